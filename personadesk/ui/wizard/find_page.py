"""The first page: the places that hold something, and a way to point to another."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Found, SourceKind
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, PaintedButton, focus_ring
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.text import draw_line, runs_right_to_left
from personadesk.ui.wizard.row_model import plain, short_path

ICONS = {SourceKind.CARDS: "grid", SourceKind.SILLYTAVERN: "chat", SourceKind.ARCHIVE: "download"}


class FoundCard(PaintedButton):
    """One place: what it seems to be and where it is. A double click or Enter goes on with it."""

    taken = Signal()

    def __init__(self, themes: ThemeSource, found: Found) -> None:
        super().__init__(themes)
        self.found = found
        self._name = self._name_of(found.kind)
        self._path = short_path(found.main)
        self._sentence = plain(found.sentence)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{self._name}, {self._path}. {self._sentence}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _name_of(self, kind: SourceKind) -> str:
        return {
            SourceKind.PROFILES: self.tr("Profiles of a Discord bot"),
            SourceKind.MYBELLA: self.tr("MyBella's conversations"),
            SourceKind.MEMU: self.tr("A memory store"),
            SourceKind.SILLYTAVERN: self.tr("SillyTavern's characters and chats"),
            SourceKind.CARDS: self.tr("Character cards"),
            SourceKind.ARCHIVE: self.tr("An archive of PersonaDesk"),
        }[kind]

    def sizeHint(self) -> QSize:
        lines = 3 if self._sentence else 2
        return QSize(320, self.fontMetrics().lineSpacing() * lines + 34)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.setChecked(True)
            self.taken.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setChecked(True)
        self.taken.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        chosen = self.isChecked()
        painter.setBrush(theme.hover if self.underMouse() and not chosen else theme.surface)
        painter.setPen(QPen(theme.accent if chosen else theme.line, 2 if chosen else 1))
        painter.drawRoundedRect(rect, 14, 14)
        rtl = self.isRightToLeft()
        size = 40.0
        left = rect.right() - 16 - size if rtl else rect.left() + 16
        tile = QRectF(left, rect.center().y() - size / 2, size, size)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.selection)
        painter.drawRoundedRect(tile, 11, 11)
        name = ICONS.get(self.found.kind, "user")
        ratio = self.devicePixelRatioF()
        ink = theme.accent_text
        painter.drawPixmap(round(tile.left() + 10), round(tile.top() + 10), pixmap(name, ink, 20, ratio))
        if chosen:
            edge = rect.left() + 16 if rtl else rect.right() - 34
            painter.drawPixmap(round(edge), round(rect.center().y() - 9), pixmap("check", ink, 18, ratio))
        words = rect.adjusted(46, 0, -72, 0) if rtl else rect.adjusted(72, 0, -46, 0)
        self._paint_words(painter, theme, words, Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft)
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), 15)

    def _paint_words(self, painter: QPainter, theme: Theme, words: QRectF, side: Qt.AlignmentFlag) -> None:
        strong = QFont(self.font())
        strong.setWeight(QFont.Weight.DemiBold)
        lines = [(self._name, strong, theme.text), (self._path, self.font(), theme.muted)]
        if self._sentence:
            lines.insert(1, (self._sentence, self.font(), theme.text))
        height = QFontMetricsF(self.font()).lineSpacing() + 3
        top = words.center().y() - height * len(lines) / 2
        for number, (text, font, ink) in enumerate(lines):
            painter.setFont(font)
            painter.setPen(ink)
            line = QRectF(words.left(), top + number * height, words.width(), height)
            # A path reads from its start, whatever letters stand in it.
            shown = text if not runs_right_to_left(text) else f"\N{RIGHT-TO-LEFT MARK}{text}"
            draw_line(painter, line, shown, side)


class FindPage(QWidget):
    """`chosen` carries a Found to go on with, `path_given` a folder or a file to look into."""

    chosen = Signal(object)
    path_given = Signal(object)  # Path
    selection_changed = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        size = self.font().pointSizeF()
        self.title = Label(themes, self.tr("Bring in what you have"), bold=True, size_pt=size * 1.6, wrap=True)
        self.intro = Label(
            themes,
            self.tr("Profiles, chats, memories and cards of other programs. Your files stay as they are: "
                    "first you see what would happen to each of them."),
            ink="muted",
            wrap=True,
        )  # fmt: skip
        self.state = Label(themes, wrap=True)
        self.trouble = Label(themes, ink="warn", wrap=True)
        self.trouble.hide()
        self.cards: list[FoundCard] = []
        holder = QWidget()
        self._list = QVBoxLayout(holder)
        self._list.setContentsMargins(2, 2, 2, 2)
        self._list.setSpacing(10)
        self._list.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(holder)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.folder = Button(themes, self.tr("Choose folder…"), icon="folder")
        self.file = Button(themes, self.tr("Choose file…"), icon="plus")
        self.folder.clicked.connect(lambda: self._ask(folder=True))
        self.file.clicked.connect(lambda: self._ask(folder=False))
        self._build()
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.folder)
        row.addWidget(self.file)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.title)
        layout.addWidget(self.intro)
        layout.addWidget(self.state)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.trouble)
        layout.addLayout(row)
        hint = self.tr("Or drop a folder or a file anywhere on this window.")
        layout.addWidget(Label(self._themes, hint, ink="faint", wrap=True))

    @property
    def selected(self) -> Found | None:
        return next((card.found for card in self.cards if card.isChecked()), None)

    def show_looking(self, words: str = "") -> None:
        """Say that a place is being looked into."""
        self.trouble.hide()
        self.state.setText(words or self.tr("Looking in the usual places…"))
        self.state.show()
        for button in (self.folder, self.file):
            button.setEnabled(False)

    def show_found(self, found: list[Found], *, where: str = "") -> None:
        """List what is there. `where` names the place the user pointed to."""
        self._ready()
        if not found and where:
            self.show_trouble(
                UserFacingError(
                    self.tr("In {place} is nothing that PersonaDesk knows.").format(place=where),
                    self.tr("Choose the folder that holds the profiles, the chats or the cards."),
                )
            )
            return
        self.trouble.hide()
        for card in self.cards:
            card.setParent(None)
            card.deleteLater()
        self.cards = []
        for number, item in enumerate(found):
            card = FoundCard(self._themes, item)
            card.taken.connect(lambda item=item: self.chosen.emit(item))
            card.toggled.connect(lambda _on: self.selection_changed.emit())
            self._list.insertWidget(number, card)
            card.show()
            self.cards.append(card)
        before: QWidget = self.area
        for card in self.cards:
            QWidget.setTabOrder(before, card)
            before = card
        QWidget.setTabOrder(before, self.folder)
        if self.cards:
            self.cards[0].setChecked(True)
        self._say_what_is_there()
        self.selection_changed.emit()

    def show_trouble(self, problem: UserFacingError) -> None:
        """Say why a place can't be taken; what was listed stays."""
        self._ready()
        self._say_what_is_there()
        self.trouble.setText(plain(f"{problem.sentence} {problem.next_step}".strip()))
        self.trouble.show()

    def focus_first(self) -> None:
        (self.cards[0] if self.cards else self.folder).setFocus(Qt.FocusReason.OtherFocusReason)

    # -- inside

    def _ready(self) -> None:
        for button in (self.folder, self.file):
            button.setEnabled(True)

    def _say_what_is_there(self) -> None:
        if not self.cards:
            words = self.tr("Nothing was found in the usual places: beside the program, in your home folder and in a "
                            "bot's folder. If your files lie elsewhere, show where.")  # fmt: skip
        elif len(self.cards) == 1:
            words = self.tr("This was found:")
        else:
            words = self.tr("These were found. Choose one; the others can follow later.")
        self.state.setText(words)

    def _ask(self, *, folder: bool) -> None:
        dialog = QFileDialog(self, self.tr("Choose a folder") if folder else self.tr("Choose a file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        if folder:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.path_given.emit(Path(path)))
        dialog.open()

    def _apply_theme(self, theme: Theme) -> None:
        self.area.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
