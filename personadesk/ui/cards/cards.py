"""Cards in and out of the window: drops, pastes, files to open, and what leaves."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from personadesk.domain.ids import PersonaId
from personadesk.ui.bridge import Bridge
from personadesk.ui.roster import Roster
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    # Imported when they are opened.
    from PySide6.QtCore import QMimeData

    from personadesk.domain.card_import import PictureProblem
    from personadesk.domain.errors import UserFacingError
    from personadesk.ui.cards.card_desk import BringsCards, CardDesk, WritesCards
    from personadesk.ui.cards.export_dialog import ExportDialog
    from personadesk.ui.cards.import_dialog import ImportDialog

CARD_HEIGHT_PX = 640
EXPORT_HEIGHT_PX = 560
ENDINGS = "*.png *.apng *.webp *.jpg *.jpeg *.json *.charx *.persona"


class Cards(QObject):
    """Made with the window; joined to the services once the store is open."""

    chat_requested = Signal(object)  # PersonaId
    picture_offered = Signal(object, bytes)  # Path | None, and the bytes where there is none
    wizard_requested = Signal()

    def __init__(
        self, *, bridge: Bridge, roster: Roster, themes: ThemeSource, toasts: ToastStack, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._toasts = toasts
        self._window = window
        self.desk: CardDesk | None = None
        self.importing: ImportDialog | None = None
        self.exporting: ExportDialog | None = None

    def attach(self, *, brings: "BringsCards", writes: "WritesCards") -> None:
        from personadesk.ui.cards.card_desk import CardDesk

        self.desk = CardDesk(brings=brings, writes=writes, bridge=self._bridge, parent=self)
        self.desk.pictures_finished.connect(self._say_without_picture)
        self.desk.pictures_put_off.connect(self._say_put_off)
        self.desk.finish_pictures()

    def take_pastes(self, page: QWidget) -> None:
        """Ctrl+V in `page`, outside its text fields, brings in a card from the clipboard."""
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), page)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.paste_or_say)

    def stop(self) -> None:
        """The window is going: no further card is begun."""
        if self.desk is not None:
            self.desk.stop()

    def bring(self, paths: Sequence[Path]) -> None:
        """Look at card files and folders of them, and ask what becomes of each."""
        dialog = self._import_dialog()
        if dialog is not None:
            dialog.look(paths)

    def paste(self, data: "QMimeData | None" = None) -> bool:
        """Take a card from the clipboard: files, a JSON text or a picture. False where there is none in it."""
        data = QGuiApplication.clipboard().mimeData() if data is None else data
        local = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if local:
            self.bring(local)
            return True
        text = data.text().strip() if data.hasText() else ""
        if text.startswith("{"):
            self._look_at_bytes(text.encode("utf-8", "replace"), self.tr("Pasted card") + ".json")
            return True
        png = bytes(data.data("image/png").data()) if data.hasFormat("image/png") else b""
        if png:
            self._look_at_bytes(png, self.tr("Pasted card") + ".png")
            return True
        return False

    def export(self, persona_ids: Sequence[PersonaId]) -> None:
        """Ask for a format and a place, and write."""
        people = self._roster.personas
        personas = [(each, people[each].shown_name) for each in persona_ids if each in people]
        if self.desk is None or not personas or self.exporting is not None:
            return
        from personadesk.ui.cards.export_dialog import ExportDialog

        dialog = ExportDialog(themes=self._themes, desk=self.desk, personas=personas, parent=self._window)
        dialog.exported.connect(self._say_exported)
        dialog.destroyed.connect(self._forget_export)
        self.exporting = dialog
        dialog.show_fitting(EXPORT_HEIGHT_PX)

    def open_menu(self, corner: QPoint | None = None) -> None:
        """What can be brought in, from `corner` (global) or the middle of the window."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(self._themes.theme))
        for name, text, act in (
            ("import", self.tr("Card files…"), self.choose_files),
            ("folder", self.tr("A folder of cards…"), self.choose_folder),
            ("copy", self.tr("Paste a card"), self.paste_or_say),
            ("grid", self.tr("From another program…"), self.wizard_requested.emit),
        ):
            entry = QAction(icon(name, self._themes.theme.muted), text, menu)
            entry.triggered.connect(lambda _checked=False, chosen=act: chosen())
            menu.addAction(entry)
        menu.popup(corner or self._window.mapToGlobal(self._window.rect().center()))

    def choose_files(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self._window, self.tr("Import cards"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("Character cards") + f" ({ENDINGS})", self.tr("All files") + " (*)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda chosen: self.bring([Path(each) for each in chosen]))
        dialog.open()

    def choose_folder(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self._window, self.tr("Import a folder of cards"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.bring([Path(chosen)]))
        dialog.open()

    def paste_or_say(self) -> None:
        if not self.paste():
            self._toasts.say(
                self.tr("There is no card in the clipboard. Copy a card file or its JSON first."), bad=True
            )

    # -- inside

    def _look_at_bytes(self, content: bytes, name: str) -> None:
        dialog = self._import_dialog()
        if dialog is not None:
            dialog.look_at_bytes(content, name)

    def _import_dialog(self) -> "ImportDialog | None":
        if self.desk is None or self.importing is not None:
            if self.importing is not None:
                self.importing.raise_()
            return None
        from personadesk.ui.cards.import_dialog import ImportDialog

        dialog = ImportDialog(themes=self._themes, desk=self.desk, parent=self._window)
        dialog.open_wanted.connect(self.chat_requested)
        dialog.picture_offered.connect(self.picture_offered)
        dialog.destroyed.connect(self._forget_import)
        self.importing = dialog
        dialog.show_fitting(CARD_HEIGHT_PX)
        return dialog

    def _say_without_picture(self, problems: "Sequence[PictureProblem]") -> None:
        """Where no dialog lists them."""
        if not problems or (self.importing is not None and self.importing.outcome.report is not None):
            return
        if len(problems) == 1:
            said = self.tr("%1 came in without its picture. %2")
            said = said.replace("%1", problems[0].name).replace("%2", problems[0].problem)
        else:
            said = self.tr("%s cards came in without their pictures, which can't be shown.") % len(problems)
        self._toasts.say(said, bad=True)

    def _say_put_off(self, problem: "UserFacingError") -> None:
        said = self.tr("Pictures of cards are prepared at the next start.")
        self._toasts.say(f"{said} {problem.sentence} {problem.next_step}".strip(), bad=True)

    def _say_exported(self, files: list[Path]) -> None:
        if not files:
            return
        folder = files[0].parent
        said = files[0].name if len(files) == 1 else self.tr("%s files") % len(files)
        self._toasts.say(
            self.tr("Exported: %s") % said,
            action=self.tr("Open folder"),
            act=lambda: _open(folder),
        )

    def _forget_import(self) -> None:
        self.importing = None

    def _forget_export(self) -> None:
        self.exporting = None


def _open(folder: Path) -> None:
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
