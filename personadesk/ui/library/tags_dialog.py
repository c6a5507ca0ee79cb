"""Every tag: rename, merge, delete, give it a colour, show it as a folder."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.library import TAG_COLOURS, TAG_LIMIT, TagLook
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.library.tag_colours import colour_names, tag_colour
from personadesk.ui.library.tag_list import TagList
from personadesk.ui.theme.icons import pixmap
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip, Kind, PaintedButton, focus_ring
from personadesk.ui.widgets.fields import CardPanel, Label, LineField, SearchField
from personadesk.ui.widgets.flow import FlowLayout

LEAST_LIST_PX = 190


class Swatch(PaintedButton):
    """One colour of the palette; "" is none."""

    def __init__(self, themes: ThemeSource, colour: str, name: str) -> None:
        super().__init__(themes)
        self.colour = colour
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(name)

    def sizeHint(self) -> QSize:
        return QSize(30, 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = tag_colour(theme, self.colour)
        spot = QRectF(5, 5, 20, 20)
        painter.setPen(QPen(theme.faint, 1.5) if colour is None else Qt.PenStyle.NoPen)
        painter.setBrush(colour if colour is not None else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(spot)
        if colour is None:
            painter.drawLine(QPointF(8.5, 21.5), QPointF(21.5, 8.5))
        if self.isChecked():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.text, 2))
            painter.drawEllipse(QRectF(2, 2, 26, 26))
            if colour is not None:
                ink = theme.window if theme.dark else theme.surface
                painter.drawPixmap(8, 8, pixmap("check", ink, 14, self.devicePixelRatioF()))
        if self.hasFocus():
            focus_ring(painter, theme, QRectF(self.rect()), 8)


class TagsDialog(FramedDialog):
    """Says what is wanted; whoever opened it asks the service and shows the tags anew."""

    rename_requested = Signal(str, str)  # tag, its new name
    delete_requested = Signal(str)
    colour_chosen = Signal(str, str)  # tag, colour
    folder_chosen = Signal(str, bool)

    def __init__(self, *, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=520)
        self.set_title(self.tr("Tags"))
        self._tags: Mapping[str, int] = {}
        self._looks: Mapping[str, TagLook] = {}
        self.search = SearchField(themes, placeholder=self.tr("Find a tag"))
        self.list = TagList(themes)
        self.list.setMinimumHeight(LEAST_LIST_PX)
        self.none = Label(themes, self.tr("No tags yet. Select cards and press “Add tag…”."), ink="muted", wrap=True)
        self.name = LineField(themes, accessible=self.tr("Name of the tag"), limit=TAG_LIMIT)
        self.rename = Button(themes, self.tr("Rename"))
        self.hint = Label(themes, ink="muted", wrap=True)
        self.swatches = [Swatch(themes, colour, name) for colour, name in colour_names().items()]
        self.folder = Chip(themes, self.tr("Show as folder"), icon="folder")
        self.delete = Button(themes, self.tr("Delete tag"), icon="trash", kind=Kind.DANGER)
        self.close_button = Button(themes, self.tr("Done"), kind=Kind.PRIMARY)
        self._build()
        self._connect()

    def show_tags(self, tags: Mapping[str, int], looks: Mapping[str, TagLook]) -> None:
        """Show these; the current one stays where it is still there."""
        self._tags, self._looks = tags, looks
        self.list.set_tags(tags, looks)
        self.note.setText(f"{len(tags):,}")
        self.list.setVisible(bool(tags))
        self.search.setVisible(bool(tags))
        self.none.setVisible(not tags)
        self._show_current(self.list.current)

    def choose_tag(self, tag: str) -> None:
        self.search.line.clear()
        self.list.choose_current(tag)
        self.list.scrollTo(self.list.currentIndex())

    # -- inside

    def _build(self) -> None:
        self._panel = CardPanel(self.themes)
        inner = QVBoxLayout(self._panel)
        inner.setContentsMargins(16, 14, 16, 14)
        inner.setSpacing(12)
        naming = QHBoxLayout()
        naming.setSpacing(8)
        naming.addWidget(self.name, 1)
        naming.addWidget(self.rename)
        inner.addLayout(naming)
        inner.addWidget(self.hint)
        palette = QWidget()
        palette.setAccessibleName(self.tr("Colour"))
        colours = FlowLayout(palette, spacing_px=2)
        for swatch in self.swatches:
            colours.addWidget(swatch)
        inner.addWidget(palette)
        last = QHBoxLayout()
        last.addWidget(self.folder)
        last.addStretch(1)
        last.addWidget(self.delete)
        inner.addLayout(last)
        self.content.setSpacing(10)
        self.content.addWidget(self.search)
        self.content.addWidget(self.list, 1)
        self.content.addWidget(self.none)
        self.content.addWidget(self._panel)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)

    def _connect(self) -> None:
        self.search.changed.connect(self.list.set_query)
        self.search.left.connect(self.list.setFocus)
        self.list.current_changed.connect(self._show_current)
        self.name.changed.connect(self._say_what_renaming_does)
        self.name.line.returnPressed.connect(self._rename)
        self.rename.clicked.connect(self._rename)
        self.folder.clicked.connect(lambda shown: self.folder_chosen.emit(self.list.current, shown))
        self.delete.clicked.connect(lambda: self.delete_requested.emit(self.list.current))
        self.close_button.clicked.connect(self.accept)
        for swatch in self.swatches:
            swatch.clicked.connect(lambda _checked=False, colour=swatch.colour: self._choose_colour(colour))

    def _show_current(self, tag: str) -> None:
        self._panel.setVisible(bool(tag))
        look = self._looks.get(tag, TagLook())
        self.name.line.setText(tag)
        self.folder.setChecked(look.folder)
        for swatch in self.swatches:
            swatch.setChecked(swatch.colour == look.colour)
        self._say_what_renaming_does()

    def _say_what_renaming_does(self, _text: str = "") -> None:
        """A name that is another tag's joins the two, and says so before it does."""
        tag, typed = self.list.current, self._typed()
        merges = typed != tag and typed in self._tags
        self.rename.set_text(self.tr("Merge") if merges else self.tr("Rename"))
        self.rename.setEnabled(bool(typed) and typed != tag)
        self.hint.setVisible(merges)
        if merges:
            words = self.tr("There is a tag “%s” already. Merging joins both under that name.")
            self.hint.setText(words % typed)

    def _rename(self) -> None:
        if self.rename.isEnabled():
            self.rename_requested.emit(self.list.current, self._typed())

    def _typed(self) -> str:
        """What is in the field; a tag that differs in capitals alone is meant as that tag."""
        typed = " ".join(self.name.line.text().split())
        if typed in self._tags:
            return typed
        folded, current = typed.casefold(), self.list.current
        return next((tag for tag in self._tags if tag != current and tag.casefold() == folded), typed)

    def _choose_colour(self, colour: str) -> None:
        self.colour_chosen.emit(self.list.current, colour if colour in TAG_COLOURS else "")
