"""Who has which tag, kept up to date by what changes."""

from dataclasses import dataclass, field

from personadesk.domain.ids import PersonaId
from personadesk.ui.roster import Roster


@dataclass(frozen=True, slots=True)
class TagCounts:
    """`tags` holds the most frequent first, those equally frequent by name."""

    personas: int = 0
    favourites: int = 0
    tags: dict[str, int] = field(default_factory=dict)


class TagBook:
    """Brought up to date when it is asked, and then only for those who changed."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._noted: dict[PersonaId, tuple[str, ...]] = {}
        self._with: dict[str, set[PersonaId]] = {}
        self._starred: set[PersonaId] = set()
        self._counts: dict[str, TagCounts] = {}
        self._all_due = True
        self._due: set[PersonaId] = set()

    def forget_all(self) -> None:
        """Anybody may be another."""
        self._all_due = True

    def forget(self, persona_id: PersonaId) -> None:
        self._due.add(persona_id)

    def having(self, tag: str) -> set[PersonaId]:
        """Not to be changed by the caller."""
        self._catch_up()
        return self._with.get(tag, set())

    def favourites(self) -> set[PersonaId]:
        """Not to be changed by the caller."""
        self._catch_up()
        return self._starred

    def counts(self, folder: str = "") -> TagCounts:
        """How often tags occur, with everyone or among those who have one tag."""
        self._catch_up()
        if folder not in self._counts:
            among = self._with.get(folder, set()) if folder else self._noted.keys()
            found = {tag: len(those & among) if folder else len(those) for tag, those in self._with.items()}
            ordered = sorted(
                ((tag, count) for tag, count in found.items() if count),
                key=lambda pair: (-pair[1], pair[0].casefold(), pair[0]),
            )
            self._counts[folder] = TagCounts(len(among), len(self._starred & among), dict(ordered))
        return self._counts[folder]

    # -- inside

    def _catch_up(self) -> None:
        if self._all_due:
            people = self._roster.personas
            self._due |= self._noted.keys() - people.keys()
            self._due.update(key for key, item in people.items() if self._noted.get(key) is not item.tags)
            starred = {key for key, item in people.items() if item.favourite}
            if starred != self._starred:
                self._starred = starred
                self._counts.clear()
        for persona_id in self._due:
            self._note(persona_id)
        self._all_due = False
        self._due.clear()

    def _note(self, persona_id: PersonaId) -> None:
        summary = self._roster.personas.get(persona_id)
        before = self._noted.pop(persona_id, None)
        tags = summary.tags if summary is not None else ()
        if tags != before:
            for tag in before or ():
                self._drop(tag, persona_id)
            for tag in tags:
                self._with.setdefault(tag, set()).add(persona_id)
        starred = summary is not None and summary.favourite
        if tags != before or summary is None or starred != (persona_id in self._starred):
            self._counts.clear()
        if summary is not None:
            self._noted[persona_id] = summary.tags
        (self._starred.add if starred else self._starred.discard)(persona_id)

    def _drop(self, tag: str, persona_id: PersonaId) -> None:
        those = self._with.get(tag)
        if those is not None:
            those.discard(persona_id)
            if not those:
                del self._with[tag]
