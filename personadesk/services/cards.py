"""Bringing card files in: a look that stores nothing, then what the user decided."""

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from personadesk.domain.card_import import CardCandidate, CardDecision, CardMatch, CardOutcome, CardReport
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Origin, Persona
from personadesk.domain.versions import SavedBy
from personadesk.formats.card_files import NoCardInside
from personadesk.formats.lorebook_files import embedded_book
from personadesk.formats.picture_heads import picture_type
from personadesk.services.card_ports import CardReader, KeepsFiles, ReadCard
from personadesk.services.personas import free_name
from personadesk.services.ports import Database, Publish, Store

K = TypeVar("K")
V = TypeVar("V")

FILE_LIMIT_BYTES = 64 * 1024 * 1024
FILES_LIMIT = 20_000
AT_ONCE = 8
"""Files that are read and decoded at the same time."""
BATCH = 16
"""Cards a transaction: a program that is killed loses at most these, and they are brought in the next time."""

ENDINGS = (".png", ".apng", ".webp", ".jpg", ".jpeg", ".json", ".charx")

Tell = Callable[[int, int, str], None]
"""Files done, files in all (0 while they are being counted), the one at work."""


_END: Any = object()


@dataclass(frozen=True, slots=True)
class _Brought:
    candidate: CardCandidate
    decision: CardDecision
    content: bytes
    read: ReadCard


class CardService:
    """Asynchronous, for the engine thread. Cancelling a task leaves whole personas or none."""

    def __init__(self, *, database: Database, publish: Publish, reader: CardReader, files: KeepsFiles) -> None:
        self._database = database
        self._publish = publish
        self._reader = reader
        self._files = files

    async def look(self, paths: Sequence[Path], tell: Tell = lambda *_: None) -> list[CardCandidate]:
        """Read files, and those in folders, and say what each would become. Nothing is stored.

        In a folder, files that hold no card are passed over; one named outright is listed with why it is refused.
        """
        named, inside = await asyncio.to_thread(_files_of, paths)
        files = list((dict.fromkeys(inside, False) | dict.fromkeys(named, True)).items())
        found: list[CardCandidate] = []
        done = 0
        async for _, outcome in _together(files, lambda file: self._look_at(*file)):
            done += 1
            tell(done, len(files), outcome.name if outcome else "")
            if outcome is not None:
                found.append(outcome)
        order = {path: number for number, (path, _) in enumerate(files)}
        found.sort(key=lambda item: order[item.path] if item.path else 0)
        return await self._matched(found)

    async def look_at_bytes(self, content: bytes, name: str) -> CardCandidate:
        """Say what a pasted or dropped card would become. `problem` says why one is refused."""
        [candidate] = await self._matched([await self._candidate(content, name, None)])
        return replace(candidate, content=content)

    async def picture(self, candidate: CardCandidate) -> bytes:
        """The picture that a candidate would bring, ready to be shown; b"" where there is none."""
        read = await self._read(candidate, CardDecision.ADD)
        return read.read.picture.content if isinstance(read, _Brought) and read.read.picture else b""

    async def bring(
        self,
        chosen: Iterable[tuple[CardCandidate, CardDecision]],
        tell: Tell = lambda *_: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> CardReport:
        """Do as decided. A file that fails is reported, and the rest goes on; so does what came in when stopped."""
        work = list(chosen)
        outcomes: dict[int, CardOutcome] = {
            number: CardOutcome(candidate.name, decision, problem=candidate.problem)
            for number, (candidate, decision) in enumerate(work)
            if decision is CardDecision.SKIP or candidate.contents is None
        }
        todo = [number for number in range(len(work)) if number not in outcomes]
        waiting: list[tuple[int, _Brought]] = []
        storing: asyncio.Task[dict[int, CardOutcome]] | None = None
        try:
            async for number, read in _together(todo, lambda number: self._fetch(*work[number]), stopped):
                if isinstance(read, CardOutcome):
                    outcomes[number] = read
                else:
                    waiting.append((number, read))
                if len(waiting) >= BATCH:
                    # The disk has one batch to write while the next one is read.
                    outcomes |= await storing if storing is not None else {}
                    storing = asyncio.ensure_future(self._store(waiting))
                    waiting = []
                tell(len(outcomes), len(work), work[number][0].name)
            outcomes |= await storing if storing is not None else {}
            storing = None
        finally:
            if storing is not None:
                await asyncio.wait([storing])
        if waiting:
            outcomes |= await self._store(waiting)
        tell(len(outcomes), len(work), "")
        return CardReport(tuple(outcomes[number] for number in sorted(outcomes)), stopped=len(outcomes) < len(work))

    # -- inside

    async def _look_at(self, path: Path, named: bool) -> CardCandidate | None:
        try:
            content = await asyncio.to_thread(_content, path)
        except UserFacingError as problem:
            return CardCandidate(path.name, path, 0, "", problem=_said(problem)) if named else None
        candidate = await self._candidate(content, path.name, path)
        return candidate if named or candidate.contents is not None else None

    async def _candidate(self, content: bytes, name: str, path: Path | None) -> CardCandidate:
        digest = hashlib.sha256(content).hexdigest()
        try:
            read = await self._reader.read(content, name, picture=False)
        except UserFacingError as problem:
            bare = isinstance(problem, NoCardInside)
            return CardCandidate(name, path, len(content), digest, problem=_said(problem), is_picture=bare)
        return CardCandidate(
            name, path, len(content), digest, contents=read.contents, card_name=read.incoming.card.name
        )

    async def _matched(self, candidates: list[CardCandidate]) -> list[CardCandidate]:
        return await self._database.read(lambda store: [_match(store, item) for item in candidates])

    async def _read(self, candidate: CardCandidate, decision: CardDecision) -> _Brought | CardOutcome:
        try:
            content = candidate.content
            if candidate.path is not None:
                content = await asyncio.to_thread(_content, candidate.path)
            read = await self._reader.read(content, candidate.name)
            return _Brought(candidate, decision, content, read)
        except UserFacingError as problem:
            return CardOutcome(candidate.name, decision, problem=_said(problem))

    async def _fetch(self, candidate: CardCandidate, decision: CardDecision) -> _Brought | CardOutcome:
        """Read a card, and have the disk hold its files while others are read: the store only names them."""
        brought = await self._read(candidate, decision)
        if isinstance(brought, _Brought):
            picture = brought.read.picture
            contents = (brought.content, *((picture.content,) if picture else ()))
            try:
                await asyncio.gather(*(asyncio.to_thread(self._files.keep, content) for content in contents))
            except UserFacingError as problem:
                return CardOutcome(candidate.name, decision, problem=_said(problem))
        return brought

    async def _store(self, waiting: list[tuple[int, _Brought]]) -> dict[int, CardOutcome]:
        def work(store: Store) -> dict[int, CardOutcome]:
            return {number: _keep(store, brought) for number, brought in waiting}

        try:
            outcomes = await self._database.write(work)
        except UserFacingError as problem:
            if len(waiting) == 1:
                [(number, brought)] = waiting
                return {number: CardOutcome(brought.candidate.name, brought.decision, problem=_said(problem))}
            outcomes = {}
            for one in waiting:  # the others of the batch come in without the one that failed
                outcomes |= await self._store([one])
            return outcomes
        changed = frozenset(item.persona_id for item in outcomes.values() if item.persona_id is not None)
        self._publish(ChangeSet(personas=changed))
        return outcomes


def _keep(store: Store, brought: _Brought) -> CardOutcome:
    candidate, read = brought.candidate, brought.read
    card = read.incoming.card
    received = store.assets.put(brought.content, _media_type(brought.content))
    avatar = store.assets.put(read.picture.content, read.picture.media_type) if read.picture else ""
    if brought.decision is CardDecision.UPDATE and candidate.existing_id is not None:
        persona = store.personas.update_card(
            candidate.existing_id, card, avatar=avatar or None, saved_by=SavedBy.REPLACED
        )
        _renew_book(store, persona)
    else:
        if store.personas.find_by_name(card.name) is not None:
            card = replace(card, name=free_name(store.personas, card.name))
        persona = store.personas.create(card, avatar=avatar)
    store.versions.keep_received(persona.id, received, candidate.name)
    return CardOutcome(candidate.name, brought.decision, persona.id, persona.card.shown_name)


def _renew_book(store: Store, persona: Persona) -> None:
    """The card's own lorebook is the first of the persona's: the new card brings its new text."""
    book = embedded_book(persona.card.raw_json)
    if book is None:
        return
    name = book.name or persona.card.name
    own = store.lorebooks.own(persona.id)
    if own:
        store.lorebooks.update(own[0].id, name, book.raw_json, book.entries)
    else:
        store.lorebooks.create(name, book.raw_json, book.entries, persona.id)


def _match(store: Store, candidate: CardCandidate) -> CardCandidate:
    if candidate.contents is None:
        return candidate
    same = store.versions.with_file(candidate.sha256)
    if same is not None:
        return _matching(candidate, CardMatch.SAME_FILE, same, store.personas.summary(same).shown_name)
    named = store.personas.find_by_name(candidate.card_name)
    if named is None:
        return candidate
    alike = named.origin is Origin.CUSTOM and named.card.creator.casefold() == candidate.contents.creator.casefold()
    match = CardMatch.SAME_CARD if alike else CardMatch.SAME_NAME
    return _matching(candidate, match, named.id, named.card.shown_name)


def _matching(candidate: CardCandidate, match: CardMatch, persona_id: PersonaId, name: str) -> CardCandidate:
    return replace(candidate, match=match, existing_id=persona_id, existing_name=name)


async def _together(
    work: Sequence[K], act: Callable[[K], Awaitable[V]], stopped: Callable[[], bool] = lambda: False
) -> AsyncIterator[tuple[K, V]]:
    """Act on each, a few at a time, and hand out what came of it as it comes. Once stopped, nothing new is begun."""
    waiting = iter(work)
    under_way: dict[asyncio.Task[V], K] = {}
    try:
        while True:
            while len(under_way) < AT_ONCE and not stopped():
                item = next(waiting, _END)
                if item is _END:
                    break
                under_way[asyncio.ensure_future(_awaited(act(item)))] = item
            if not under_way:
                return
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield under_way.pop(task), task.result()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _awaited(work: Awaitable[V]) -> V:
    return await work


def _files_of(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The files among these, and those in the folders among these: by their endings, links not followed."""
    named = [path for path in paths if not path.is_dir()]
    inside: list[Path] = []
    for folder in (path for path in paths if path.is_dir()):
        for place, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            whole = (Path(place) / name for name in sorted(files) if name.lower().endswith(ENDINGS))
            inside += [path for path in whole if not path.is_symlink()]
            if len(inside) > FILES_LIMIT:
                raise UserFacingError(
                    f"There are more than {FILES_LIMIT:,} files in {folder}.", "Choose a folder with cards in it."
                )
    return named, inside


def _content(path: Path) -> bytes:
    """Read a regular file. Raises UserFacingError."""
    try:
        with open_regular(path) as file:
            content = file.read(FILE_LIMIT_BYTES + 1)
    except OSError as error:
        raise UserFacingError(f"{path.name} can't be read: {error.strerror}.", "Choose another file.") from error
    if len(content) > FILE_LIMIT_BYTES:
        raise UserFacingError(
            f"{path.name} is larger than {FILE_LIMIT_BYTES // (1024 * 1024)} MB.", "Choose a card of the usual size."
        )
    return content


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, and nothing that waits for a writer: no pipe, no device."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file")
    return os.fdopen(handle, "rb")


def _media_type(content: bytes) -> str:
    return picture_type(content) or ("application/zip" if content.startswith(b"PK") else "application/json")


def _said(problem: UserFacingError) -> str:
    return f"{problem.sentence} {problem.next_step}".strip()
