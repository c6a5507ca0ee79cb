"""What scrolls along above the cards: the way back, hero, chips, folders, the trash's words, an empty state."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.services.trash_keeping import KEPT
from personadesk.ui.library.filter_chips import FilterChips
from personadesk.ui.library.folder_tiles import FolderTiles
from personadesk.ui.library.hero import HeroCard
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.flow import FlowLayout

MARGIN_PX = 28
SPACING_PX = 14


class Trail(QWidget):
    """Where in the library one is, and the way back."""

    back_requested = Signal()

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.back = Button(themes, self.tr("Personas"), kind=Kind.GHOST, icon="chevron-left", compact=True)
        self.back.setToolTip(self.tr("Back to all personas (Alt+Left)"))
        self.back.clicked.connect(self.back_requested)
        self._name = Label(themes, bold=True, size_pt=self.font().pointSizeF() * 1.2, elide=True)
        slash = Label(themes, "/", ink="faint")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.back)
        layout.addWidget(slash)
        layout.addWidget(self._name, 1)

    def show_name(self, name: str) -> None:
        self._name.setText(name)
        self.back.set_icon_name("chevron-right" if self.isRightToLeft() else "chevron-left")


class TrashWords(QWidget):
    """What becomes of the trash, and what can be done with all of it."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._words = Label(themes, ink="muted", wrap=True)
        self.others = Button(themes, self.tr("Everything in the trash…"))
        self.restore_all = Button(themes, self.tr("Restore all"), icon="restore")
        self.empty = Button(themes, self.tr("Empty trash…"), icon="trash", kind=Kind.DANGER)
        row = QWidget()
        buttons = FlowLayout(row)
        for button in (self.restore_all, self.others, self.empty):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._words)
        layout.addWidget(row)
        words = self.tr("What is in the trash is deleted for good after %s days.")
        self._words.setText(words % KEPT.days)


class LibraryHeader(QWidget):
    """As high as what it shows needs."""

    def __init__(self, *, themes: ThemeSource, avatars: Avatars) -> None:
        super().__init__()
        self.hero = HeroCard(themes=themes, avatars=avatars)
        self.trail = Trail(themes)
        self.chips = FilterChips(themes)
        self.folders = FolderTiles(themes=themes, avatars=avatars)
        self.trash = TrashWords(themes)
        self.empty = Label(themes, ink="muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setContentsMargins(0, 48, 0, 24)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(MARGIN_PX, 2, MARGIN_PX, 0)
        self._layout.setSpacing(SPACING_PX)
        for part in (self.trail, self.hero, self.chips, self.folders, self.trash, self.empty):
            self._layout.addWidget(part)
        for part in (self.trail, self.hero, self.folders, self.trash, self.empty):
            part.hide()

    def sizeHint(self) -> QSize:
        return QSize(0, self.heightForWidth(max(self.width(), 320)))

    def heightForWidth(self, width: int) -> int:
        self._layout.invalidate()
        return self._layout.totalHeightForWidth(width)

    def hasHeightForWidth(self) -> bool:
        return True
