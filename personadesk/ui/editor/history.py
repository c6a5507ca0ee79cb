"""Earlier versions of a card: when, what changed, and the way back to one."""

from PySide6.QtCore import QDateTime, QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.versions import SavedBy
from personadesk.services.card_changes import FieldChange
from personadesk.services.persona_editing import VersionChange
from personadesk.ui.editor.change_text import ChangeText
from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.editor.places import field_title
from personadesk.ui.editor.version_list import VersionList, VersionRow
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import CardPanel, Label

LIST_WIDTH_PX = 300


class HistoryPanel(QWidget):
    """`restore_requested` carries the VersionId that is to be the newest again."""

    restore_requested = Signal(object)
    left = Signal()

    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self._work = work
        self._versions: tuple[VersionChange, ...] = ()
        self._asked = 0
        themes = work.themes
        self.back = Button(themes, self.tr("Back to editing"), icon="chevron-left", kind=Kind.GHOST, compact=True)
        self.back.clicked.connect(self.left)
        self.restore = Button(themes, self.tr("Restore this version"), icon="restore", compact=True)
        self.restore.clicked.connect(self._ask_restore)
        self.list = VersionList(themes)
        self.list.chosen.connect(self._show_version)
        self.changes = ChangeText(themes)
        self.scope = Label(
            themes,
            self.tr("A version holds the card and its picture: the lorebook stays as it is when you restore one."),
            ink="muted",
            wrap=True,
        )
        self._build()

    def refresh(self) -> None:
        """Read the versions anew."""
        persona = self._work.contents.persona
        self.scope.setVisible(self._work.contents.book is not None or self._work.contents.book_unreadable)
        if persona is not None:
            desk = self._work.desk
            desk.bridge.run(desk.editing.versions(persona.id), owner=self, then=self._show)

    # -- inside

    def _build(self) -> None:
        themes = self._work.themes
        head = QHBoxLayout()
        head.addWidget(self.back)
        head.addWidget(Label(themes, self.tr("History"), bold=True, size_pt=self.font().pointSizeF() * 1.2))
        head.addStretch(1)
        head.addWidget(self.restore)
        left, right = CardPanel(themes), CardPanel(themes)
        for panel, widget in ((left, self.list), (right, self.changes)):
            inside = QVBoxLayout(panel)
            inside.setContentsMargins(4, 6, 4, 6)
            inside.addWidget(widget)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(left, 2)
        body.addWidget(right, 3)
        left.setMaximumWidth(round(LIST_WIDTH_PX * max(self.font().pointSizeF() / 9.75, 1.0)))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.scope)
        column.addLayout(body, 1)

    def _show(self, versions: tuple[VersionChange, ...]) -> None:
        self._versions = versions
        self.list.fill([self._row(change, newest=place == 0) for place, change in enumerate(versions)])
        self.restore.setEnabled(False)
        if versions:
            self.list.choose(0)
            self.list.setFocus()
        else:
            self.changes.say(self.tr("There are no earlier versions: every save from now on keeps one."))

    def _row(self, change: VersionChange, *, newest: bool) -> VersionRow:
        saved_at = QDateTime.fromSecsSinceEpoch(round(change.version.saved_at.timestamp()))
        moment = QLocale().toString(saved_at, QLocale.FormatType.ShortFormat)
        if newest:
            moment = self.tr("%s · now") % moment
        return VersionRow(moment, self._what(change))

    def _what(self, change: VersionChange) -> str:
        fields = ", ".join(field_title(name) for name in change.fields)
        words = {
            SavedBy.MADE: self.tr("As it was made"),
            SavedBy.REPLACED: self.tr("Replaced by a card: %s") % fields,
            SavedBy.RESTORED: self.tr("Restored: %s") % fields,
        }
        return words.get(change.version.saved_by, fields)

    def _show_version(self, place: int) -> None:
        """The newest beside what it came from; an older one beside the newest."""
        if not 0 <= place < len(self._versions):
            return
        self.restore.setEnabled(place > 0)
        before = self._versions[place or min(1, len(self._versions) - 1)].version
        self._asked += 1
        asked = self._asked
        desk = self._work.desk
        desk.bridge.run(
            desk.editing.compare(before, self._versions[0].version),
            owner=self,
            then=lambda changes: self._show_changes(asked, changes),
        )

    def _show_changes(self, asked: int, changes: tuple[FieldChange, ...]) -> None:
        if asked == self._asked:
            self.changes.show_changes(changes)

    def _ask_restore(self) -> None:
        place = self.list.currentIndex().row()
        if 0 < place < len(self._versions):
            self.restore_requested.emit(self._versions[place].version.id)
