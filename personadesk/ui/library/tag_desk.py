"""Tags: the menu of one, the dialog of all, and the popup that finds one to filter by."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from personadesk.domain.library import TagChange, TagLook
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.card_model import Choice
from personadesk.ui.library.library_actions import LibraryActions
from personadesk.ui.library.library_page import LibraryPage
from personadesk.ui.library.tag_colours import colour_names, tag_colour
from personadesk.ui.roster import Roster
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.source import ThemeSource, menu_style

if TYPE_CHECKING:
    # Imported when it is opened, or with the store.
    from personadesk.services.library import LibraryService
    from personadesk.ui.library.tags_dialog import TagsDialog

DIALOG_HEIGHT_PX = 640
DOT_PX = 12


class TagDesk(QObject):
    """GUI thread."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        themes: ThemeSource,
        page: LibraryPage,
        actions: LibraryActions,
        service: "LibraryService",
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._page = page
        self._actions = actions
        self._service = service
        self._window = window
        self.dialog: TagsDialog | None = None
        page.tags_requested.connect(self.open_dialog)
        page.tag_menu_requested.connect(self.open_menu)
        page.more_tags_requested.connect(self.open_more)
        roster.reset.connect(self._show_tags)
        roster.persona_changed.connect(self._show_tags)
        roster.looks_changed.connect(self._show_tags)

    def open_menu(self, tag: str, point: QPoint) -> None:
        """Show what can be done with a tag."""
        theme, look = self._themes.theme, self._roster.tag_looks.get(tag, TagLook())
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setStyleSheet(menu_style(theme))
        folder = self.tr("Don't show as folder") if look.folder else self.tr("Show as folder")
        menu.addAction(icon("edit", theme.muted), self.tr("Rename…"), lambda: self.open_dialog(tag))
        menu.addAction(icon("folder", theme.muted), folder, lambda: self.set_folder(tag, not look.folder))
        colours = menu.addMenu(icon("tag", theme.muted), self.tr("Colour"))
        colours.setStyleSheet(menu_style(theme))
        group = QActionGroup(colours)
        for colour, name in colour_names().items():
            ink = tag_colour(theme, colour)
            entry = QAction(_dot(ink) if ink is not None else QIcon(), name, colours)
            entry.setCheckable(True)
            entry.setChecked(colour == look.colour)
            entry.triggered.connect(lambda _checked=False, chosen=colour: self.set_colour(tag, chosen))
            group.addAction(entry)
            colours.addAction(entry)
        menu.addSeparator()
        menu.addAction(icon("trash", theme.muted), self.tr("Delete tag"), lambda: self.delete(tag))
        menu.addAction(icon("settings", theme.muted), self.tr("Tags…"), self.open_dialog)
        menu.popup(point)

    def open_dialog(self, tag: str = "") -> None:
        """Show every tag, this one first of all."""
        if self.dialog is None:
            from personadesk.ui.library.tags_dialog import TagsDialog

            self.dialog = TagsDialog(themes=self._themes, parent=self._window)
            self.dialog.rename_requested.connect(self.rename)
            self.dialog.delete_requested.connect(self.delete)
            self.dialog.colour_chosen.connect(self.set_colour)
            self.dialog.folder_chosen.connect(self.set_folder)
            self.dialog.destroyed.connect(self._forget_dialog)
            self._show_tags()
            self.dialog.show_fitting(DIALOG_HEIGHT_PX)
        if tag:
            self.dialog.choose_tag(tag)
            self.dialog.name.line.selectAll()
            self.dialog.name.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_more(self) -> None:
        """Let any tag be found and filtered by; with Ctrl, together with what is chosen already."""
        from personadesk.ui.library.tag_popup import TagPopup

        choice = self._page.model.choice
        popup = TagPopup(
            themes=self._themes,
            tags=self._page.counts(choice.folder).tags,
            looks=self._roster.tag_looks,
            prompt=self.tr("Find a tag"),
            checked=frozenset(choice.tags),
            parent=self._page,
        )
        popup.chosen.connect(self._filter_by)
        more = self._page.header.chips.more
        popup.open_at(more.mapToGlobal(QPoint(more.width() if more.isRightToLeft() else 0, more.height() + 6)))

    # -- changing

    def rename(self, tag: str, new: str) -> None:
        """Rename a tag, or join it to another; what is filtered by it goes on being so."""
        merges = new in self._page.counts().tags
        words = self.tr("“%s” and “%s” are one tag now.") if merges else self.tr("“%s” is called “%s” now.")
        shown = self._page.model.choice.renamed(tag, new)
        self._bridge.run(
            self._service.rename_tag(tag, new),
            owner=self,
            then=lambda change: self._renamed(change, words % (tag, new), new, shown),
        )

    def delete(self, tag: str) -> None:
        words = self.tr("The tag “%s” is gone.") % tag
        self._bridge.run(
            self._service.delete_tag(tag), owner=self, then=lambda change: self._actions.offer_undo(change, words)
        )

    def set_colour(self, tag: str, colour: str) -> None:
        self._bridge.run(self._service.set_tag_look(tag, colour=colour), owner=self)

    def set_folder(self, tag: str, folder: bool) -> None:
        words = self.tr("“%s” is a folder now.") if folder else self.tr("“%s” is no folder any more.")
        self._bridge.run(
            self._service.set_tag_look(tag, folder=folder),
            owner=self,
            then=lambda change: self._actions.offer_undo(change, words % tag),
        )

    # -- inside

    def _renamed(self, change: TagChange, words: str, new: str, shown: Choice) -> None:
        self._actions.offer_undo(change, words)
        if new in self._page.counts().tags:
            self._page.choose(shown)
        else:
            # The personas with the new tag are still on their way: the page shows them when they come.
            self._page.model.choice = shown
        if self.dialog is not None:
            self.dialog.choose_tag(new)

    def _filter_by(self, tag: str, adding: bool) -> None:
        if adding:
            self._page.add_filter(tag)
        else:
            self._page.show_filter(tag)

    def _show_tags(self, _persona_id: object = None) -> None:
        if self.dialog is not None:
            self.dialog.show_tags(self._page.counts().tags, self._roster.tag_looks)

    def _forget_dialog(self) -> None:
        self.dialog = None


def _dot(colour: QColor) -> QIcon:
    made = QIcon()
    for ratio in (1, 2, 3):
        pixmap = QPixmap(DOT_PX * ratio, DOT_PX * ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(pixmap.rect())
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        made.addPixmap(pixmap)
    return made
