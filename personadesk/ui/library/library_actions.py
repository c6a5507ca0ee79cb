"""What a user does with many personas at once: tags, stars, copies."""

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QWidget

from personadesk.domain.ids import PersonaId
from personadesk.domain.library import TagChange
from personadesk.ui.bridge import Bridge
from personadesk.ui.library.library_page import LibraryPage
from personadesk.ui.library.people_words import people_words
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.toasts import ToastStack

if TYPE_CHECKING:
    # Imported when they are opened, or with the store.
    from personadesk.services.library import LibraryService
    from personadesk.ui.library.tag_popup import TagPopup

T = TypeVar("T")


class LibraryActions(QObject):
    """GUI thread. Each verb asks the service and offers to take it back; the roster hears by change sets."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        themes: ThemeSource,
        toasts: ToastStack,
        page: LibraryPage,
        service: "LibraryService",
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._toasts = toasts
        self._page = page
        self._window = window
        self._service = service
        bar, selection = page.bar, page.grid.selection
        bar.add_tag.clicked.connect(lambda: self.choose_tag_for(selection.ids()))
        bar.remove_tag.clicked.connect(self._choose_tag_to_remove)
        bar.star.clicked.connect(lambda: self.star(selection.ids()))
        bar.duplicate.clicked.connect(lambda: self.duplicate(selection.ids()))

    # -- tags

    def choose_tag_for(self, persona_ids: Sequence[PersonaId], point: QPoint | None = None) -> None:
        """Let a tag be chosen or made for these, at a global point or above the bar."""
        if not persona_ids:
            return
        chosen = [item for key in persona_ids if (item := self._roster.personas.get(key)) is not None]
        everyone = frozenset.intersection(*(frozenset(item.tags) for item in chosen)) if chosen else frozenset[str]()
        popup = self._popup(self._page.counts().tags, self.tr("Find or make a tag"), checked=everyone, can_make=True)
        popup.chosen.connect(lambda tag, _ctrl: self.add_tag(persona_ids, tag))
        self._open(popup, self._page.bar.add_tag, point)

    def add_tag(self, persona_ids: Sequence[PersonaId], tag: str) -> None:
        self._run(self._service.add_tags(persona_ids, [tag]), lambda change: self._say_tagged(change, tag))

    def remove_tag(self, persona_ids: Sequence[PersonaId], tag: str) -> None:
        words = self.tr("Took “%s” away from %s.")
        self._run(
            self._service.remove_tags(persona_ids, [tag]),
            lambda change: self.offer_undo(change, words % (tag, people_words(len(change.after)))),
        )

    def offer_undo(self, change: TagChange, words: str) -> None:
        """Say what a change of tags did, with its undo."""
        self._toasts.say(words, action=self.tr("Undo"), act=lambda: self._undo_tags(change))

    # -- stars and copies

    def star(self, persona_ids: Sequence[PersonaId]) -> None:
        """Star them all; where all have one, take it away."""
        if not persona_ids:
            return
        personas = self._roster.personas
        starring = not all(personas[key].favourite for key in persona_ids if key in personas)
        words = self.tr("Added %s to the favourites.") if starring else self.tr("Took the star away from %s.")
        self._run(
            self._service.set_favourites(persona_ids, starring),
            lambda changed: self._toasts.say(
                words % people_words(len(changed)), action=self.tr("Undo"), act=lambda: self._unstar(changed, starring)
            ),
        )

    def duplicate(self, persona_ids: Sequence[PersonaId]) -> None:
        if persona_ids:
            self._run(self._service.duplicate_many(persona_ids), self._say_copied)

    # -- inside

    def _choose_tag_to_remove(self) -> None:
        persona_ids = self._page.grid.selection.ids()
        counts: dict[str, int] = {}
        for key in persona_ids:
            for tag in self._roster.personas[key].tags if key in self._roster.personas else ():
                counts[tag] = counts.get(tag, 0) + 1
        if not counts:
            self._toasts.say(self.tr("None of them has a tag."))
            return
        ordered = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold())))
        popup = self._popup(ordered, self.tr("Find a tag"))
        popup.chosen.connect(lambda tag, _ctrl: self.remove_tag(persona_ids, tag))
        self._open(popup, self._page.bar.remove_tag, None)

    def _popup(
        self, tags: dict[str, int], prompt: str, *, checked: frozenset[str] = frozenset(), can_make: bool = False
    ) -> "TagPopup":
        from personadesk.ui.library.tag_popup import TagPopup

        return TagPopup(
            themes=self._themes,
            tags=tags,
            looks=self._roster.tag_looks,
            prompt=prompt,
            checked=checked,
            can_make=can_make,
            parent=self._page,
        )

    def _open(self, popup: "TagPopup", above: QWidget, point: QPoint | None) -> None:
        if point is not None:
            popup.open_at(point)
        else:
            popup.open_at(above.mapToGlobal(QPoint(0, -6)), above=True)

    def _say_tagged(self, change: TagChange, tag: str) -> None:
        if change.after:
            self.offer_undo(change, self.tr("Tagged %s with “%s”.") % (people_words(len(change.after)), tag))
        else:
            self._toasts.say(self.tr("They have “%s” already.") % tag)

    def _undo_tags(self, change: TagChange) -> None:
        self._bridge.run(self._service.undo_tags(change), owner=self)

    def _unstar(self, changed: Sequence[PersonaId], starred: bool) -> None:
        self._bridge.run(self._service.set_favourites(changed, not starred), owner=self)

    def _say_copied(self, copies: tuple[PersonaId, ...]) -> None:
        self._page.grid.selection.clear()
        self._toasts.say(
            self.tr("Copied %s.") % people_words(len(copies)),
            action=self.tr("Undo"),
            act=lambda: self._trash_quietly(copies),
        )

    def _trash_quietly(self, persona_ids: Sequence[PersonaId]) -> None:
        self._bridge.run(self._service.trash_many(persona_ids), owner=self)

    def _run(self, coroutine: Coroutine[Any, Any, T], then: Callable[[T], Any]) -> None:
        self._bridge.run(coroutine, owner=self, then=then)
