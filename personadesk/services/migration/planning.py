"""The dry run: a plan, from reading alone. It writes nothing."""

import contextlib
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Protocol, TypeVar

from personadesk.domain.errors import Stopped, UserFacingError
from personadesk.domain.ids import PersonaId, RunId
from personadesk.domain.incoming import IncomingPersona, IncomingProfile
from personadesk.domain.migration import (
    Choices,
    Found,
    Part,
    Plan,
    PlanGroup,
    PlanRow,
    Progress,
    SourceKind,
    Stage,
    Verdict,
)
from personadesk.domain.plan_columns import PlanRows
from personadesk.domain.ready_profile import ProfileHead
from personadesk.formats.bot_persona import persona_stem, shown_name
from personadesk.formats.legacy_profile import PROFILE_LIMIT_BYTES, read_profile
from personadesk.formats.profile_merge import difference, merge_sentence
from personadesk.formats.ready_profiles import read_head
from personadesk.services.migration.people import MetPeople
from personadesk.services.migration.reading import FROM_FILES, Names, ReadAhead, SeenFile, profile_file, see
from personadesk.services.migration.sorting import (
    CACHE,
    NotOurs,
    Piece,
    inside_path,
    person_of,
    pieces_of,
    profile_piece,
)
from personadesk.services.migration_ports import (
    Backups,
    Cancelled,
    ForeignDatabases,
    KnownFile,
    ProfileReaders,
    SourceFiles,
    Tell,
)
from personadesk.services.ports import Clock, Store

T = TypeVar("T")

TELL_EVERY = 64
DEFAULT_KEY = "default"
_KINDS = {
    "link": "A link. It is not followed; the backup notes where it leads.",
    "special": "No regular file (a pipe, a socket or a device). It is never opened.",
    "unreadable": "It can't be read with your rights.",
}


class BlockingDatabase(Protocol):
    def submit_write(self, work: Callable[[Store], T]) -> Future[T]: ...
    def submit_large_write(self, work: Callable[[Store], T]) -> Future[T]: ...
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
    runs: frozenset[RunId] = frozenset()


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
    here.runs = runs_here(store)
    return here


def runs_here(store: Store) -> frozenset[RunId]:
    return frozenset(run.id for run in store.imports.runs() if run.undone_at is None)


class Planner:
    """Blocks; `cancelled` is asked for every file. One plan an instance."""

    def __init__(
        self,
        *,
        files: SourceFiles,
        profiles: ProfileReaders,
        databases: ForeignDatabases,
        backups: Backups,
        database: BlockingDatabase,
        clock: Clock,
        tell: Tell,
        cancelled: Cancelled,
    ) -> None:
        self._files = files
        self._profiles = profiles
        self._databases = databases
        self._backups = backups
        self._database = database
        self._clock = clock
        self._tell = tell
        self._cancelled = cancelled
        self._here = Here()
        self._rows = PlanRows()
        self._cards: dict[str, tuple[str, str]] = {}
        self._people = MetPeople()
        self._with_files: dict[str, None] = {}
        self._total_bytes = 0

    def plan(self, found: Found, choices: Choices) -> Plan:
        """Raises Stopped where cancelled."""
        self._here = self._database.submit_read(read_here).result()
        if found.kind in (SourceKind.MYBELLA, SourceKind.MEMU):
            self._plan_database(found)
        else:
            self._plan_files(found)
        groups = self._groups(choices)
        self._judge(groups, choices, tuple(frozenset(found.trees[1:]) & choices.leave_out))
        self._merge(found, groups)
        people = self._people.ranked()
        you = choices.you if choices.you is not None else (people[0].key if people else "")
        folder = choices.backup_folder or (found.main.parent if found.trees[0] != "." else found.base.parent)
        return Plan(
            found=found,
            choices=choices,
            rows=self._rows,
            groups=tuple(groups.values()),
            people=people,
            you=you,
            backup_path=self._backups.name(folder, self._clock.now()),
            total_bytes=self._total_bytes,
            needed_bytes=self._total_bytes + 2_048 * len(self._rows) + 65_536,
            free_bytes=self._files.free_bytes(folder),
            made_at=self._clock.now(),
            runs_here=self._here.runs,
        )

    # -- looking

    def _plan_files(self, found: Found) -> None:
        with contextlib.ExitStack() as open_now:
            folder = open_now.enter_context(self._files.opened(found.base))
            paths = Names()
            for entry in folder.walk(found.trees):
                self._pause()
                if entry.kind == "file":
                    paths.add(entry.path)
                elif entry.kind != "folder":
                    reason = _KINDS.get(entry.kind, "It is no regular file.")
                    self._rows.add(PlanRow(entry.path, Part.OTHER, Verdict.NOT_OURS, reason=reason))
            files = (see(folder, path) for path in paths)
            read: Iterable[tuple[SeenFile, ProfileHead | None]] = zip(files, repeat(None))
            if len(paths) > FROM_FILES:
                beside = open_now.enter_context(self._profiles.started())
                read = ReadAhead(partial(profile_file, found), beside.heads, read_head).read(files)
            for number, (seen, head) in enumerate(read):
                if number % TELL_EVERY == 0:
                    self._tell(Progress(Stage.LOOK, number, len(paths), seen.path))
                self._pause()
                self._plan_file(found, seen, head)
        self._tell(Progress(Stage.LOOK, len(paths), len(paths)))

    def _pause(self) -> None:
        if self._cancelled():
            raise Stopped("The check was stopped.", "Nothing was changed.")

    def _plan_file(self, found: Found, seen: SeenFile, head: ProfileHead | None) -> None:
        path, content, digest, size, unread = seen
        name = path.rpartition("/")[2]
        part, verdict, reason = Part.OTHER, Verdict.ATTENTION, ""
        try:
            if unread is not None:
                raise unread
            if name == CACHE:
                raise NotOurs("The bot's cache. It is never opened, and it is in the backup.")
            if content is None:
                reason = f"It is too large to be read ({size // 1_000_000} MB)."
            else:
                part = _likely_part(name)
                inside = inside_path(found, path)
                pieces = pieces_of(found.kind, inside, content) if head is None else [profile_piece(inside, head)]
                for piece in pieces:
                    self._rows.add(self._row_for(path, piece, size, digest))
        except NotOurs as other:
            part, verdict, reason = Part.OTHER, Verdict.NOT_OURS, str(other)
        except UserFacingError as problem:
            reason = _said(problem)
        self._total_bytes += size
        if reason:
            self._rows.add(PlanRow(path, part, verdict, size=size, sha256=digest, reason=reason))

    def _row_for(self, path: str, piece: Piece, size: int, digest: bytes) -> PlanRow:
        key, name = person_of(piece.incoming)
        verdict, reason = Verdict.IMPORT, " ".join(piece.notes)
        if piece.part is Part.PROFILE and key is not None and isinstance(piece.incoming, IncomingProfile | ProfileHead):
            self._people.meet(key, name, piece.incoming.interactions)
        elif isinstance(piece.incoming, IncomingPersona):
            self._cards.setdefault(piece.group, (path, piece.incoming.card.name))
        elif piece.part is Part.YOU:
            verdict, reason = Verdict.NOT_OURS, "Your own persona there. Your name stays."
        if verdict is Verdict.IMPORT and piece.part is not Part.LOREBOOK:
            self._with_files[piece.group] = None
        return PlanRow(path, piece.part, verdict, piece.group, key or "", piece.count, size, digest, reason)

    def _plan_database(self, found: Found) -> None:
        path = found.trees[0]
        _, digest, size = self._files.read(found.base, path, 0)
        self._total_bytes = size
        counted: dict[tuple[str, Part], int] = {}
        try:
            for persona, incoming in self._databases.bring(found.base, path, found.kind):
                self._pause()
                piece = Piece(part_of(incoming), persona, incoming)
                if isinstance(incoming, IncomingPersona):
                    self._cards.setdefault(persona, (path, incoming.card.name))
                place = (persona, piece.part)
                counted[place] = counted.get(place, 0) + max(piece.count, 0)
        except Stopped:
            raise
        except UserFacingError as problem:
            self._rows.add(PlanRow(path, Part.OTHER, Verdict.ATTENTION, size=size, reason=_said(problem)))
        for (persona, part), count in counted.items():
            if part is not Part.LOREBOOK:
                self._with_files[persona] = None
            self._rows.add(PlanRow(path, part, Verdict.IMPORT, group=persona, count=count, size=size, sha256=digest))

    # -- judging

    def _groups(self, choices: Choices) -> dict[str, PlanGroup]:
        chosen = dict(choices.personas)
        return {key: self._group(key, chosen) for key in self._with_files}

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

    def _judge(self, groups: dict[str, PlanGroup], choices: Choices, left_out: tuple[str, ...]) -> None:
        trees = tuple(f"{tree}/" for tree in left_out)
        any_row = bool(left_out or choices.leave_out or self._here.files)
        for number in range(len(self._rows)):
            if not any_row and self._rows.part(number) is not Part.CARD:
                continue
            row = self._rows[number]
            if row.verdict is not Verdict.IMPORT:
                continue
            if row.path in left_out or row.path.startswith(trees) or (row.group and row.group in choices.leave_out):
                self._rows.judge(number, Verdict.SKIP, "You left it out.")
                continue
            group = groups.get(row.group)
            persona_id = group.persona_id if group else None
            known = self._here.files.get(row.sha256, ())
            if any(item.persona_id in (persona_id, None) or row.part is Part.CARD for item in known):
                self._rows.judge(number, Verdict.HERE, "")
            elif row.part is Part.CARD and persona_id is not None:
                self._rows.judge(number, Verdict.SKIP, "A persona of that name is here already and stays.")

    def _merge(self, found: Found, groups: dict[str, PlanGroup]) -> None:
        """Find the files about a person that their persona knows from another file, and say what joins."""
        self._rows.sort()
        if self._people.all_once and not self._here.people:
            return
        persona_of = {key: (_key(group.name), group.persona_id) for key, group in groups.items()}
        first: dict[str, dict[str, int]] = {}
        # The least deep first; Python's sorting keeps the order that was there.
        for number in sorted(range(len(self._rows)), key=lambda number: self._rows.path(number).count("/")):
            row = self._rows[number]
            if row.part is not Part.PROFILE or row.verdict is not Verdict.IMPORT:
                continue
            name, persona_id = persona_of[row.group]
            joined = number
            if self._people.are_several(row.person_key):
                joined = first.setdefault(name, {}).setdefault(row.person_key, number)
            if joined != number:
                reason = self._sentence(found, self._rows[joined], row)
                self._rows.judge(number, Verdict.MERGE, f"{reason} {row.reason}".strip())
            elif persona_id is not None and (persona_id, row.person_key) in self._here.people:
                self._rows.judge(number, *self._with_stored(found, row, persona_id))

    def _sentence(self, found: Found, one: PlanRow, other: PlanRow) -> str:
        try:
            old, new = self._profile(found, one), self._profile(found, other)
        except (UserFacingError, NotOurs):
            return ""
        return f"Joined with {one.path}: {merge_sentence(old, new)}"

    def _with_stored(self, found: Found, row: PlanRow, persona_id: PersonaId) -> tuple[Verdict, str]:
        original = self._database.submit_read(lambda store: store.imports.original(persona_id, row.person_key)).result()
        known = self._here.places.get(row.path)
        verdict = Verdict.UPDATE if known is not None and known.person_key == row.person_key else Verdict.MERGE
        try:
            old = read_profile(original or b"{}", row.path.rpartition("/")[2]).profile
            new = self._profile(found, row)
        except (UserFacingError, NotOurs):
            return verdict, row.reason
        said = difference(old, new) if verdict is Verdict.UPDATE else merge_sentence(old, new)
        return verdict, f"{said} {row.reason}".strip()

    def _profile(self, found: Found, row: PlanRow) -> IncomingProfile:
        content, _, _ = self._files.read(found.base, row.path, PROFILE_LIMIT_BYTES)
        return read_profile(content or b"", row.path.rpartition("/")[2]).profile


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
