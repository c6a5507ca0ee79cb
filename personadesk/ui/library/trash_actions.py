"""The trash, for many personas at once: into it, back from it, and out of it for good."""

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.library import Restored, Trashed
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.library_page import LibraryPage
from personadesk.ui.library.people_words import people_words
from personadesk.ui.library.persona_question import PersonaQuestion
from personadesk.ui.roster import Roster
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    from personadesk.services.library import LibraryService
    from personadesk.services.library_ports import TrashEntry
    from personadesk.ui.library.trash_dialog import TrashDialog

T = TypeVar("T")

DIALOG_HEIGHT_PX = 560
TAKES_A_WHILE = 200
"""From here deleting for good takes about a second."""


class TrashActions(QObject):
    """GUI thread. What goes to the trash can be taken back; what leaves it for good is asked about."""

    left = Signal(object)  # PersonaId that is going to the trash

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        toasts: ToastStack,
        page: LibraryPage,
        service: "LibraryService",
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._toasts = toasts
        self._page = page
        self._window = window
        self._service = service
        self._question = PersonaQuestion(bridge=bridge, themes=page.themes, toasts=toasts, window=window)
        self.dialog: TrashDialog | None = None
        bar, selection = page.bar, page.grid.selection
        bar.trash.clicked.connect(lambda: self.trash(selection.ids()))
        bar.restore.clicked.connect(lambda: self.restore(selection.ids()))
        bar.purge.clicked.connect(lambda: self.purge(selection.ids()))
        page.delete_many_requested.connect(self._delete)
        page.header.trash.restore_all.clicked.connect(lambda: self.restore(list(self._in_trash())))
        page.header.trash.empty.clicked.connect(self.empty_trash)
        page.header.trash.others.clicked.connect(self.open_dialog)
        page.trash_requested.connect(self.open_dialog)
        roster.reset.connect(self._read_anew)

    def trash(self, persona_ids: Sequence[PersonaId]) -> None:
        if not persona_ids:
            return
        for persona_id in persona_ids:
            self.left.emit(persona_id)
        self._run(self._service.trash_many(persona_ids), self._say_trashed)

    def restore(self, persona_ids: Sequence[PersonaId]) -> None:
        """Bring these back from the trash."""
        listed = self._in_trash()
        self._restore([listed[key] for key in persona_ids if key in listed])

    def purge(self, persona_ids: Sequence[PersonaId]) -> None:
        """Ask, and delete these for good."""
        listed = self._in_trash()
        trash_ids = [listed[key] for key in persona_ids if key in listed]
        if trash_ids:
            self._question.ask(
                persona_ids,
                text=self.tr("Delete %s for good?") % people_words(len(trash_ids)),
                more=self.tr("Their conversations go with them. This can't be undone."),
                button=self.tr("Delete for good"),
                act=lambda: self._purge(trash_ids),
            )

    def empty_trash(self) -> None:
        """Ask, and delete everything in the trash for good: personas, conversations and messages."""
        self._run(self._service.trash_entries(), self._ask_to_empty)

    def open_dialog(self) -> None:
        """Show all that is in the trash, also conversations and messages."""
        if self.dialog is None:
            from personadesk.ui.library.trash_dialog import TrashDialog

            self.dialog = TrashDialog(themes=self._page.themes, parent=self._window)
            self.dialog.restore_requested.connect(self._restore_entries)
            self.dialog.purge_requested.connect(self._ask_to_purge)
            self.dialog.empty_requested.connect(self.empty_trash)
            self.dialog.destroyed.connect(self._forget_dialog)
            self.dialog.show_fitting(DIALOG_HEIGHT_PX)
        self._read_anew()

    # -- inside

    def _read_anew(self) -> None:
        if self.dialog is not None:
            self._run(self._service.trash_entries(), self._show_entries)

    def _show_entries(self, entries: "list[TrashEntry]") -> None:
        if self.dialog is not None:
            trashed = {item.id: item.shown_name for _, item in self._roster.trashed}
            here = {key: item.shown_name for key, item in self._roster.personas.items()}
            self.dialog.show_entries(entries, here | trashed)

    def _restore_entries(self, trash_ids: Sequence[TrashId]) -> None:
        self._run(self._service.restore_entries(trash_ids), self._say_entries_restored)

    def _say_entries_restored(self, restored: Restored) -> None:
        if restored.refused:
            self._toasts.say(restored.refused[0], bad=True)
        self._read_anew()

    def _ask_to_purge(self, trash_ids: Sequence[TrashId]) -> None:
        count = len(trash_ids)
        self._question.ask(
            [persona_id for persona_id, trash_id in self._in_trash().items() if trash_id in trash_ids],
            text=self.tr("Delete it for good?") if count == 1 else self.tr("Delete %s things for good?") % count,
            more=self.tr("A persona's conversations go with it. This can't be undone."),
            button=self.tr("Delete for good"),
            act=lambda: self._purge(trash_ids),
        )

    def _forget_dialog(self) -> None:
        self.dialog = None

    def _delete(self, persona_ids: Sequence[PersonaId]) -> None:
        (self.purge if self._page.model.in_trash else self.trash)(persona_ids)

    def _say_trashed(self, trashed: Trashed) -> None:
        kept = len(trashed.kept)
        stays = self.tr("One built-in persona stays.") if kept == 1 else self.tr("%s built-in personas stay.") % kept
        if not trashed.trash_ids:
            self._toasts.say(stays)
            return
        self._page.grid.selection.clear()
        words = self.tr("Moved %s to the trash.") % people_words(len(trashed.trash_ids))
        self._toasts.say(
            f"{words} {stays}" if kept else words,
            action=self.tr("Undo"),
            act=lambda: self._restore(trashed.trash_ids, quietly=True),
        )

    def _restore(self, trash_ids: Sequence[TrashId], *, quietly: bool = False) -> None:
        if trash_ids:
            self._run(self._service.restore_many(trash_ids), lambda restored: self._say_restored(restored, quietly))

    def _say_restored(self, restored: Restored, quietly: bool) -> None:
        if restored.refused:
            names = ", ".join(restored.refused[:3]) + ("…" if len(restored.refused) > 3 else "")
            words = self.tr("Somebody else has the name now: %s. Rename that persona, then restore.")
            self._toasts.say(words % names, bad=True)
        if restored.personas and not quietly:
            self._toasts.say(self.tr("%s came back.") % people_words(len(restored.personas)))

    def _ask_to_empty(self, entries: "list[TrashEntry]") -> None:
        if not entries:
            self._toasts.say(self.tr("The trash is empty."))
            return
        trash_ids = [entry.id for entry in entries]
        counts = {kind: sum(entry.kind == kind for entry in entries) for kind in ("persona", "conversation", "message")}
        parts = [people_words(counts["persona"])] if counts["persona"] else []
        if counts["conversation"]:
            one, many = self.tr("1 conversation"), self.tr("%s conversations")
            parts.append(one if counts["conversation"] == 1 else many % f"{counts['conversation']:,}")
        if counts["message"]:
            one, many = self.tr("1 message"), self.tr("%s messages")
            parts.append(one if counts["message"] == 1 else many % f"{counts['message']:,}")
        self._question.ask(
            [entry.persona_id for entry in entries if entry.kind == "persona"],
            text=self.tr("Empty the trash?"),
            more=self.tr("This deletes for good: %s. It can't be undone.") % ", ".join(parts),
            button=self.tr("Empty trash"),
            act=lambda: self._purge(trash_ids),
        )

    def _purge(self, trash_ids: Sequence[TrashId]) -> None:
        if len(trash_ids) > TAKES_A_WHILE:
            self._toasts.say(self.tr("Deleting %s things for good…") % f"{len(trash_ids):,}")
        self._run(self._service.purge_many(trash_ids), self._say_purged)

    def _say_purged(self, purged: int) -> None:
        one, many = self.tr("Deleted one thing for good."), self.tr("Deleted %s things for good.")
        self._toasts.say(one if purged == 1 else many % f"{purged:,}")
        self._read_anew()

    def _in_trash(self) -> dict[PersonaId, TrashId]:
        return {item.id: trash_id for trash_id, item in self._roster.trashed}

    def _run(self, coroutine: Coroutine[Any, Any, T], then: Callable[[T], Any]) -> None:
        self._bridge.run(coroutine, owner=self, then=then)
