"""Which theme is shown: the user's choice, or the system's."""

from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from personadesk.ui.theme.tokens import Theme, load_theme


class ThemeChoice(StrEnum):
    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class ThemeSource(QObject):
    """Holds the theme shown now; `changed` carries the new one. Widgets ask `theme` when they paint."""

    changed = Signal(object)  # Theme

    def __init__(
        self, *, folder: Path, choice: ThemeChoice = ThemeChoice.SYSTEM, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._themes: dict[str, Theme] = {}
        self._choice = choice
        self.theme: Theme = self._resolve()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._update)

    @property
    def choice(self) -> ThemeChoice:
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        self._choice = choice
        self._update()

    def _update(self) -> None:
        theme = self._resolve()
        if theme is not self.theme:
            self.theme = theme
            QGuiApplication.setPalette(palette(theme))
            self.changed.emit(theme)

    def _resolve(self) -> Theme:
        # Offscreen and bare X servers say Unknown: dark is the look the program was drawn for.
        system = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
        light = system if self._choice is ThemeChoice.SYSTEM else self._choice is ThemeChoice.LIGHT
        name = "light" if light else "dark"
        if name not in self._themes:
            self._themes[name] = load_theme(self._folder / f"{name}.toml")
        return self._themes[name]


def palette(theme: Theme) -> QPalette:
    """The theme as an explicit QPalette, so that no part depends on the platform's own."""
    colours = QPalette()
    role = QPalette.ColorRole
    for target, colour in {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.window,
        role.Text: theme.text,
        role.Button: theme.surface,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.faint,
        role.Link: theme.link,
        role.LinkVisited: theme.link,
        role.Light: theme.hover,
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.shadow,
    }.items():
        colours.setColor(target, colour)
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, disabled, mix(theme.faint, theme.window, 0.35))
    return colours


def mix(colour: QColor, other: QColor, share: float) -> QColor:
    """`colour` with `share` (0 to 1) of `other` in it."""
    keep = 1.0 - share
    return QColor.fromRgbF(
        colour.redF() * keep + other.redF() * share,
        colour.greenF() * keep + other.greenF() * share,
        colour.blueF() * keep + other.blueF() * share,
        colour.alphaF() * keep + other.alphaF() * share,
    )


def menu_style(theme: Theme) -> str:
    """The style sheet of pop-up menus: leaf widgets, so it costs no view anything."""
    return (
        f"QMenu {{ background: {theme.raised.name()}; color: {theme.text.name()};"
        f" border: 1px solid {theme.line.name()}; border-radius: 10px; padding: 6px; }}"
        "QMenu::item { padding: 7px 28px 7px 12px; border-radius: 7px; }"
        "QMenu::icon { padding-left: 10px; }"
        f"QMenu::item:selected {{ background: {theme.hover.name()}; }}"
        f"QMenu::item:disabled {{ color: {theme.faint.name()}; }}"
        f"QMenu::separator {{ height: 1px; background: {theme.line.name()}; margin: 6px 8px; }}"
    )


def progress_style(theme: Theme) -> str:
    """The style sheet of one progress bar: a thin accent line."""
    return (
        f"QProgressBar {{ background: {theme.line.name()}; border: none; border-radius: 3px; }}"
        f"QProgressBar::chunk {{ background: {theme.accent.name()}; border-radius: 3px; }}"
    )


def scroll_bar_style(theme: Theme) -> str:
    """The style sheet of one scroll bar: thin, rounded, without arrows."""
    handle = mix(theme.faint, theme.window, 0.45).name()
    return (
        "QScrollBar { background: transparent; border: none; margin: 0; }"
        "QScrollBar:vertical { width: 12px; } QScrollBar:horizontal { height: 12px; }"
        f"QScrollBar::handle {{ background: {handle}; border-radius: 3px; margin: 3px; min-height: 36px; }}"
        f"QScrollBar::handle:hover {{ background: {theme.faint.name()}; }}"
        "QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }"
        "QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }"
    )
