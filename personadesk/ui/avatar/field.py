"""The editor's field for a persona's picture."""

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QPixmap,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from personadesk.domain.avatar import AvatarChange, AvatarChoice
from personadesk.domain.errors import UserFacingError
from personadesk.ui.avatar.chosen import Chosen
from personadesk.ui.avatar.face import FACE_PX, Face
from personadesk.ui.avatar.intake import Offer, may_hold_picture
from personadesk.ui.avatar.making import Finished
from personadesk.ui.avatar.picker import HEIGHT_PX, PicturePicker
from personadesk.ui.avatar.port import PictureReader
from personadesk.ui.avatar.preview import round_pixmap
from personadesk.ui.avatar.studio import AvatarStudio
from personadesk.ui.bridge import Bridge
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.fields import Label

PATTERNS = "*.png *.jpg *.jpeg *.jpe *.gif *.webp"


class AvatarField(QWidget):
    """A round picture to click, drop on and paste into; what is wrong with a picture stands beside it.

    `choice` is what is to become of the stored picture; `changed` tells whenever it is another one.
    """

    changed = Signal()
    redrawn = Signal()
    """A picture has been decoded: `portrait` shows it from now on."""

    def __init__(
        self,
        *,
        themes: ThemeSource,
        bridge: Bridge,
        avatars: Avatars,
        reader: PictureReader,
        pictures: Path,
        parent: QWidget | None = None,
    ) -> None:
        """`pictures` is the folder of the program's own."""
        super().__init__(parent)
        self._themes = themes
        self._bridge = bridge
        self._avatars = avatars
        self._pictures = pictures
        self._name = ""
        self._stored = ""
        self._chosen = Chosen()
        self.waits = False
        """Whether a picture is being read: `choice` is still the one before."""
        self.face = Face(themes)
        self.hint = Label(themes, ink="muted", wrap=True)
        self.problem = Label(themes, ink="bad", wrap=True)
        self._studio = AvatarStudio(themes=themes, bridge=bridge, reader=reader, parent=self)
        self._build()
        self._studio.waiting.connect(self._wait)
        self._studio.failed.connect(self.show_problem)
        self._studio.finished.connect(self._take_finished)
        self._studio.left.connect(self.face.setFocus)
        self.face.clicked.connect(self.open_menu)
        self.face.paste_requested.connect(self.paste)
        self.face.remove_requested.connect(self.remove)
        self.face.dropped.connect(self._studio.take_mime)
        avatars.ready.connect(self._show_ready)
        self._show()

    @property
    def choice(self) -> AvatarChoice:
        return self._chosen.choice

    def set_persona(self, name: str, avatar: str) -> None:
        """Show what is stored (`avatar` is the asset's SHA-256, "" for none) and begin anew."""
        self._name = name
        self._stored = avatar
        self._forget()
        self._show()

    def set_name(self, name: str) -> None:
        """Initials and gradient follow the name."""
        self._name = name
        self._show()

    def set_choice(self, choice: AvatarChoice) -> None:
        """Take up a choice made before, silently. One that can't be shown is given up, which `changed` tells."""
        if choice == self.choice:
            return
        self._forget()
        self._chosen.set(choice)
        if choice.change is AvatarChange.NEW and self._chosen.image is None:
            self._studio.show_again(choice)
        self._show()

    def portrait(self, size_px: int) -> QPixmap:
        """The round picture as it would be stored, for a preview; ask again after `changed`."""
        ratio = self.devicePixelRatioF()
        if self._chosen.image is not None:
            return round_pixmap(self._chosen.image, size_px, ratio)
        avatar = self._stored if self.choice.change is AvatarChange.KEPT else ""
        return self._avatars.portrait(name=self._name, avatar=avatar, size_px=size_px, ratio=ratio)

    def take(self, offer: Offer) -> None:
        """Let a picture be cropped, as one that is dropped here."""
        self._studio.take(offer)

    def show_problem(self, problem: UserFacingError) -> None:
        """Say beside the field why a picture was not taken."""
        if self.choice.change is AvatarChange.NEW and self._chosen.image is None:
            self.keep()
        self._say(f"{problem.sentence} {problem.next_step}".strip())

    # -- what a user does

    def open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        ink = self._themes.theme.muted
        clipboard = QGuiApplication.clipboard().mimeData()
        _entry(menu, "folder", self.tr("Choose a file…"), ink).triggered.connect(self.choose_file)
        paste = _entry(menu, "copy", self.tr("Paste"), ink)
        paste.setEnabled(clipboard is not None and may_hold_picture(clipboard))
        paste.triggered.connect(self.paste)
        _entry(menu, "image", self.tr("Built-in pictures…"), ink).triggered.connect(self.open_pictures)
        menu.addSeparator()
        crop = _entry(menu, "edit", self.tr("Adjust crop…"), ink)
        crop.setEnabled(self._has_picture)
        crop.triggered.connect(self.adjust)
        if self.choice.change is not AvatarChange.KEPT:
            _entry(menu, "undo", self.tr("Back to the stored one"), ink).triggered.connect(self.keep)
        remove = _entry(menu, "trash", self.tr("Remove"), ink)
        remove.setEnabled(self._has_picture)
        remove.triggered.connect(self.remove)
        corner = self.face.mapToGlobal(QPoint(0, self.face.height() + 2))
        if self.isRightToLeft():
            corner.setX(corner.x() + self.face.width() - menu.sizeHint().width())
        menu.popup(corner)

    def choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a picture"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        # The content decides: a picture without an ending is one too.
        dialog.setNameFilters([self.tr("Pictures (%s)") % PATTERNS, self.tr("All files (*)")])
        dialog.fileSelected.connect(self._studio.take_file)
        dialog.open()

    def paste(self) -> None:
        mime = QGuiApplication.clipboard().mimeData()
        if mime is not None:
            self._studio.take_mime(mime)

    def open_pictures(self) -> None:
        picker = PicturePicker(themes=self._themes, bridge=self._bridge, folder=self._pictures, parent=self.window())
        picker.picked.connect(self._studio.take_own)
        picker.finished.connect(self._studio.left)
        picker.show_fitting(HEIGHT_PX)

    def adjust(self) -> None:
        """Open the crop of the picture as it is now."""
        if self._chosen.image is not None:
            self._studio.crop_again(self._chosen.source, self._chosen.crop)
        elif self._has_picture:
            self._studio.crop_kept(self._avatars.path_of, self._stored)

    def remove(self) -> None:
        """Take the picture away: initials stand for it again."""
        if self._has_picture:
            self._forget()
            if self._stored:
                self._chosen.set(AvatarChoice(AvatarChange.REMOVED))
            self._tell()

    def keep(self) -> None:
        """Go back to what is stored."""
        if self.choice.change is not AvatarChange.KEPT:
            self._forget()
            self._tell()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.face.dragEnterEvent(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.face.dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.face.dropEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self._say(self.problem.text())

    # -- inside

    @property
    def _has_picture(self) -> bool:
        return self._chosen.image is not None or (bool(self._stored) and self.choice.change is AvatarChange.KEPT)

    def _build(self) -> None:
        self.hint.setText(
            self.tr("Drop a picture here, paste it, or click to choose one. PNG, JPEG, GIF or WebP, up to 5 MB.")
        )
        self.problem.hide()
        self.setAcceptDrops(True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        words.addWidget(self.hint)
        words.addWidget(self.problem)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.face)
        layout.addLayout(words, 1)
        self.setFocusProxy(self.face)

    def _take_finished(self, finished: Finished) -> None:
        again = self._chosen.image is None and finished.choice == self.choice
        self._chosen.take(finished)
        if again:
            self._show()
            self.redrawn.emit()
        else:
            self._tell()

    def _forget(self) -> None:
        """Drop what is new, also what is still being read."""
        self._studio.stop()
        self._chosen.set(AvatarChoice())
        self._say("")

    def _tell(self) -> None:
        self._say("")
        self._show()
        self.changed.emit()

    def _wait(self, waits: bool) -> None:
        self.waits = waits
        self.face.set_waiting(waits)
        if waits:
            self._say("")

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.hint.setVisible(not words and self.isEnabled())
        self._describe()

    def _show(self) -> None:
        self.face.show_picture(self.portrait(FACE_PX))
        self._describe()

    def _show_ready(self, avatar: str) -> None:
        if avatar == self._stored and self._chosen.image is None:
            self._show()
            self.redrawn.emit()

    def _describe(self) -> None:
        state = self.tr("A picture is chosen.") if self._has_picture else self.tr("Its initials stand for it.")
        self.face.setAccessibleName(self.tr("Picture"))
        self.face.setAccessibleDescription(self.problem.text() or state)
        self.face.setToolTip(self.tr("Change the picture"))


def _entry(menu: QMenu, icon_name: str, text: str, ink: QColor) -> QAction:
    return menu.addAction(icon(icon_name, ink, 16), text)
