"""The dry run: a plan, from reading alone. It writes nothing."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from personadesk.domain.errors import Stopped, UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.incoming import IncomingPersona, IncomingProfile
from personadesk.domain.migration import (
    Choices,
    Found,
    Part,
    Plan,
    PlanGroup,
    PlanPerson,
    PlanRow,
    Progress,
    SourceKind,
    Stage,
    Verdict,
)
from personadesk.formats.bot_persona import persona_stem, shown_name
from personadesk.formats.legacy_profile import PROFILE_LIMIT_BYTES, read_profile
from personadesk.formats.profile_merge import difference, merge_sentence
from personadesk.services.migration.sorting import CACHE, NotOurs, Piece, person_of, pieces_of
from personadesk.services.migration_ports import (
    Backups,
    Cancelled,
    Entry,
    ForeignDatabases,
    KnownFile,
    SourceFiles,
    Tell,
)
from personadesk.services.ports import Clock, Store

T = TypeVar("T")

CARD_LIMIT_BYTES = 64 * 1024 * 1024
LOG_LIMIT_BYTES = 64 * 1024 * 1024
TELL_EVERY = 64
DEFAULT_KEY = "default"
_KINDS = {
    "link": "A link. It is not followed; the backup notes where it leads.",
    "special": "No regular file (a pipe, a socket or a device). It is never opened.",
    "unreadable": "It can't be read with your rights.",
}


class BlockingDatabase(Protocol):
    def submit_write(self, work: Callable[[Store], T]) -> Future[T]: ...
    def submit_read(self, work: Callable[[Store], T]) -> Future[T]: ...


@dataclass(slots=True)
class Here:
    """What the store knows already."""

    names: dict[str, PersonaId] = field(default_factory=dict)
    shown: dict[PersonaId, str] = field(default_factory=dict)
    files: dict[bytes, list[KnownFile]] = field(default_factory=dict)
    places: dict[str, KnownFile] = field(default_factory=dict)
    people: set[tuple[PersonaId | None, str]] = field(default_factory=set)
    default: PersonaId | None = None


def read_here(store: Store) -> Here:
    """Runs within one read of the store."""
    here = Here()
    for persona in store.personas.summaries():
        here.names[_key(persona.name)] = persona.id
        here.names.setdefault(_key(persona.shown_name), persona.id)
        here.shown[persona.id] = persona.shown_name
    built_in = store.personas.built_in(DEFAULT_KEY)
    if built_in is not None and built_in[0].deleted_at is None:
        here.default = built_in[0].id
    for known in store.imports.known():
        here.files.setdefault(known.sha256, []).append(known)
        here.places[known.path] = known
        here.people.add((known.persona_id, known.person_key))
    return here


class Planner:
    """Blocks; `cancelled` is asked for every file. One plan an instance."""

    def __init__(
        self,
        *,
        files: SourceFiles,
        databases: ForeignDatabases,
        backups: Backups,
        database: BlockingDatabase,
        clock: Clock,
        tell: Tell,
        cancelled: Cancelled,
    ) -> None:
        self._files = files
        self._databases = databases
        self._backups = backups
        self._database = database
        self._clock = clock
        self._tell = tell
        self._cancelled = cancelled
        self._here = Here()
        self._rows: list[PlanRow] = []
        self._cards: dict[str, tuple[str, str]] = {}
        self._people: dict[str, list[tuple[str, int]]] = {}
        self._total_bytes = 0

    def plan(self, found: Found, choices: Choices) -> Plan:
        """Raises Stopped where cancelled."""
        self._here = self._database.submit_read(read_here).result()
        if found.kind in (SourceKind.MYBELLA, SourceKind.MEMU):
            self._plan_database(found)
        else:
            self._plan_files(found)
        groups = self._groups(choices)
        left_out = frozenset(found.trees[1:]) & choices.leave_out
        rows = [self._judged(row, groups, choices, left_out) for row in self._rows]
        rows = self._merges(found, rows, groups)
        rows.sort(key=lambda row: row.path)
        people, you = self._known_people(choices)
        folder = choices.backup_folder or (found.main.parent if found.trees[0] != "." else found.base.parent)
        return Plan(
            found=found,
            choices=choices,
            rows=tuple(rows),
            groups=tuple(groups.values()),
            people=people,
            you=you,
            backup_path=self._backups.name(folder, self._clock.now()),
            total_bytes=self._total_bytes,
            needed_bytes=self._total_bytes + 2_048 * len(rows) + 65_536,
            free_bytes=self._files.free_bytes(folder),
            made_at=self._clock.now(),
        )

    # -- looking

    def _plan_files(self, found: Found) -> None:
        entries = [entry for entry in self._files.walk(found.base, found.trees) if entry.kind != "folder"]
        for number, entry in enumerate(entries):
            if number % TELL_EVERY == 0:
                self._tell(Progress(Stage.LOOK, number, len(entries), entry.path))
            if self._cancelled():
                raise Stopped("The check was stopped.", "Nothing was changed.")
            self._total_bytes += entry.size
            self._rows += self._rows_of(found, entry)
        self._tell(Progress(Stage.LOOK, len(entries), len(entries)))

    def _rows_of(self, found: Found, entry: Entry) -> Iterator[PlanRow]:
        blank = PlanRow(entry.path, Part.OTHER, Verdict.NOT_OURS, size=entry.size)
        if entry.kind != "file":
            yield replace(blank, reason=_KINDS.get(entry.kind, "It is no regular file."))
            return
        name = entry.path.rpartition("/")[2]
        if name == CACHE:
            yield replace(blank, reason="The bot's cache. It is never opened, and it is in the backup.")
            return
        limit = limit_of(name)
        try:
            content, digest, size = self._files.read(found.base, entry.path, limit)
        except UserFacingError as problem:
            yield replace(blank, verdict=Verdict.ATTENTION, reason=_said(problem))
            return
        blank = replace(blank, size=size, sha256=digest)
        if content is None:
            yield replace(
                blank, verdict=Verdict.ATTENTION, reason=f"It is too large to be read ({size // 1_000_000} MB)."
            )
            return
        try:
            for piece in pieces_of(found.kind, inside_path(found, entry.path), content):
                yield self._row_for(blank, piece)
        except NotOurs as other:
            yield replace(blank, reason=str(other))
        except UserFacingError as problem:
            yield replace(blank, part=_likely_part(name), verdict=Verdict.ATTENTION, reason=_said(problem))

    def _row_for(self, blank: PlanRow, piece: Piece) -> PlanRow:
        key, name = person_of(piece.incoming)
        if isinstance(piece.incoming, IncomingProfile):
            self._people.setdefault(piece.incoming.person_key, []).append((name, piece.incoming.interactions))
        if isinstance(piece.incoming, IncomingPersona):
            self._cards.setdefault(piece.group, (blank.path, piece.incoming.card.name))
        return replace(
            blank,
            part=piece.part,
            verdict=Verdict.IMPORT if piece.part is not Part.YOU else Verdict.NOT_OURS,
            group=piece.group,
            person_key=key or "",
            count=piece.count,
            reason=" ".join(piece.notes) if piece.part is not Part.YOU else "Your own persona there. Your name stays.",
        )

    def _plan_database(self, found: Found) -> None:
        path = found.trees[0]
        _, digest, size = self._files.read(found.base, path, 0)
        self._total_bytes = size
        counted: dict[tuple[str, Part], int] = {}
        try:
            for persona, incoming in self._databases.bring(found.base, path, found.kind):
                if self._cancelled():
                    raise Stopped("The check was stopped.", "Nothing was changed.")
                piece = Piece(part_of(incoming), persona, incoming)
                if isinstance(incoming, IncomingPersona):
                    self._cards.setdefault(persona, (path, incoming.card.name))
                place = (persona, piece.part)
                counted[place] = counted.get(place, 0) + max(piece.count, 0)
        except Stopped:
            raise
        except UserFacingError as problem:
            self._rows.append(PlanRow(path, Part.OTHER, Verdict.ATTENTION, size=size, reason=_said(problem)))
        for (persona, part), count in counted.items():
            self._rows.append(PlanRow(path, part, Verdict.IMPORT, group=persona, count=count, size=size, sha256=digest))

    # -- judging

    def _groups(self, choices: Choices) -> dict[str, PlanGroup]:
        chosen = dict(choices.personas)
        groups: dict[str, PlanGroup] = {}
        for row in self._rows:
            if row.group in groups or row.verdict is not Verdict.IMPORT or row.part is Part.LOREBOOK:
                continue
            groups[row.group] = self._group(row.group, chosen)
        return groups

    def _group(self, key: str, chosen: dict[str, PersonaId]) -> PlanGroup:
        card_path, card_name = next(
            (self._cards[stem] for stem in ((key, *persona_stem(key)) if key else ()) if stem in self._cards), ("", "")
        )
        name = card_name or shown_name(key)
        if key in chosen and chosen[key] in self._here.shown:
            return PlanGroup(key, self._here.shown[chosen[key]], chosen[key], "")
        if not key:
            default = self._here.default
            return PlanGroup("", self._here.shown.get(default, "Default") if default else "Default", default)
        persona_id = self._here.names.get(_key(name))
        return PlanGroup(key, self._here.shown[persona_id] if persona_id else name, persona_id, card_path)

    def _judged(
        self, row: PlanRow, groups: dict[str, PlanGroup], choices: Choices, left_out: frozenset[str]
    ) -> PlanRow:
        if row.verdict is not Verdict.IMPORT:
            return row
        in_tree = any(row.path == tree or row.path.startswith(f"{tree}/") for tree in left_out)
        if in_tree or (row.group and row.group in choices.leave_out):
            return replace(row, verdict=Verdict.SKIP, reason="You left it out.")
        known = self._here.files.get(row.sha256, [])
        group = groups.get(row.group)
        persona_id = group.persona_id if group else None
        if any(item.persona_id in (persona_id, None) or row.part is Part.CARD for item in known):
            return replace(row, verdict=Verdict.HERE, reason="")
        if row.part is Part.CARD and persona_id is not None:
            return replace(row, verdict=Verdict.SKIP, reason="A persona of that name is here already and stays.")
        return row

    def _merges(self, found: Found, rows: list[PlanRow], groups: dict[str, PlanGroup]) -> list[PlanRow]:
        """Find the files about a person that their persona knows from another file, and say what joins."""
        first: dict[tuple[str, str], PlanRow] = {}
        judged = []
        for row in sorted(rows, key=lambda item: (item.path.count("/"), item.path)):
            fresh = row
            if row.part is Part.PROFILE and row.verdict is Verdict.IMPORT:
                group = groups[row.group]
                place = (_key(group.name), row.person_key)
                if place in first:
                    reason = self._sentence(found, first[place], row)
                    fresh = replace(row, verdict=Verdict.MERGE, reason=f"{reason} {row.reason}".strip())
                elif (group.persona_id, row.person_key) in self._here.people and group.persona_id is not None:
                    fresh = self._with_stored(found, row, group.persona_id)
                    first[place] = row
                else:
                    first[place] = row
            judged.append(fresh)
        return judged

    def _sentence(self, found: Found, one: PlanRow, other: PlanRow) -> str:
        try:
            old, new = self._profile(found, one), self._profile(found, other)
        except (UserFacingError, NotOurs):
            return ""
        return f"Joined with {one.path}: {merge_sentence(old, new)}"

    def _with_stored(self, found: Found, row: PlanRow, persona_id: PersonaId) -> PlanRow:
        original = self._database.submit_read(lambda store: store.imports.original(persona_id, row.person_key)).result()
        known = self._here.places.get(row.path)
        verdict = Verdict.UPDATE if known is not None and known.person_key == row.person_key else Verdict.MERGE
        try:
            old = read_profile(original or b"{}", row.path.rpartition("/")[2]).profile
            new = self._profile(found, row)
        except (UserFacingError, NotOurs):
            return replace(row, verdict=verdict)
        said = difference(old, new) if verdict is Verdict.UPDATE else merge_sentence(old, new)
        return replace(row, verdict=verdict, reason=f"{said} {row.reason}".strip())

    def _profile(self, found: Found, row: PlanRow) -> IncomingProfile:
        content, _, _ = self._files.read(found.base, row.path, PROFILE_LIMIT_BYTES)
        return read_profile(content or b"", row.path.rpartition("/")[2]).profile

    def _known_people(self, choices: Choices) -> tuple[tuple[PlanPerson, ...], str]:
        people = []
        for key, said in self._people.items():
            names = Counter(name for name, _ in said if name)
            name = names.most_common(1)[0][0] if names else key.rpartition(":")[2]
            people.append(PlanPerson(key, name, len(said), max(talks for _, talks in said)))
        people.sort(key=lambda person: (-person.profiles, -person.interactions, person.key))
        you = choices.you if choices.you is not None else (people[0].key if people else "")
        return tuple(people), you


def limit_of(name: str) -> int:
    lowered = name.lower()
    if lowered.endswith((".png", ".apng", ".charx")):
        return CARD_LIMIT_BYTES
    return LOG_LIMIT_BYTES if lowered.endswith(".jsonl") else PROFILE_LIMIT_BYTES


def inside_path(found: Found, path: str) -> str:
    """The path as the rules of a source's layout see it: below its main tree, else below its base."""
    main = found.trees[0]
    if main == "." or found.kind is not SourceKind.PROFILES:
        return path
    return path.removeprefix(f"{main}/")


def part_of(incoming: object) -> Part:
    return {
        "IncomingProfile": Part.PROFILE,
        "IncomingChat": Part.CHAT,
        "IncomingMemories": Part.MEMORIES,
        "IncomingPersona": Part.CARD,
        "IncomingLorebook": Part.LOREBOOK,
    }.get(type(incoming).__name__, Part.OTHER)


def _likely_part(name: str) -> Part:
    return Part.PROFILE if name.startswith("user_") else Part.OTHER


def _said(problem: UserFacingError) -> str:
    return f"{problem.sentence} {problem.next_step}".strip()


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
    return unicodedata.normalize("NFKC", folded)
