"""Bringing card files in: a look that stores nothing, then what the user decided."""

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from personadesk.domain.card_import import (
    CardCandidate,
    CardDecision,
    CardMatch,
    CardOutcome,
    CardReport,
    PictureProblem,
)
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Origin, Persona
from personadesk.domain.versions import SavedBy
from personadesk.formats.card_files import NoCardInside
from personadesk.formats.lorebook_files import embedded_book
from personadesk.formats.picture_heads import picture_type
from personadesk.services.card_pictures import CardPictures, TellPictures, wait_for_pictures
from personadesk.services.card_ports import CardReader, KeepsFiles, PreparedAvatar, ReadCard
from personadesk.services.personas import free_name
from personadesk.services.ports import Database, Publish, Store
from personadesk.services.side_by_side import in_batches, side_by_side

FILE_LIMIT_BYTES = 64 * 1024 * 1024
FILES_LIMIT = 20_000
AT_ONCE = 8
"""Files that are read and decoded at the same time."""
BATCH = 16
"""Cards a transaction. A program that is killed loses the few that are on their way; they come in the next time."""

BATCH_BYTES = 32 * 1024 * 1024
LOOKED_CHARACTERS = 24 * 1024 * 1024
"""Of the cards' texts that are kept from a look to the import; what is beyond is read once more."""

ENDINGS = (".png", ".apng", ".webp", ".jpg", ".jpeg", ".json", ".charx")

Tell = Callable[[int, int, str], None]
"""Files done, files in all (0 while they are being counted), the one at work."""


@dataclass(frozen=True, slots=True)
class _Brought:
    candidate: CardCandidate
    decision: CardDecision
    content: bytes
    sha256: str
    read: ReadCard
    picture: PreparedAvatar | None = None
    note: str = ""


class _Looked:
    """What was read of the latest files, by their SHA-256: whoever brings them in needs it again at once."""

    def __init__(self) -> None:
        self._read: dict[str, ReadCard] = {}
        self._characters = 0

    def keep(self, sha256: str, read: ReadCard) -> None:
        if sha256 not in self._read and self._characters < LOOKED_CHARACTERS:
            self._read[sha256] = read
            self._characters += len(read.card.raw_json)

    def take(self, sha256: str) -> ReadCard | None:
        return self._read.pop(sha256, None)

    def clear(self) -> None:
        self._read.clear()
        self._characters = 0


class CardService:
    """Asynchronous, for the engine thread. Cancelling a task leaves whole personas or none."""

    def __init__(
        self,
        *,
        database: Database,
        publish: Publish,
        reader: CardReader,
        files: KeepsFiles,
        pictures: CardPictures,
    ) -> None:
        self._database = database
        self._publish = publish
        self._reader = reader
        self._files = files
        self._pictures = pictures
        self._looked = _Looked()

    async def look(self, paths: Sequence[Path], tell: Tell = lambda *_: None) -> list[CardCandidate]:
        """Read files, and those in folders, and say what each would become. Nothing is stored.

        In a folder, files that hold no card are passed over; one named outright is listed with why it is refused.
        """
        named, inside = await asyncio.to_thread(_files_of, paths)
        files = list((dict.fromkeys(inside, False) | dict.fromkeys(named, True)).items())
        found: list[CardCandidate] = []
        done = 0
        async with aclosing(side_by_side(files, lambda file: self._look_at(*file), at_once=AT_ONCE)) as looked:
            async for _, outcome in looked:
                done += 1
                tell(done, len(files), outcome.name if outcome else "")
                if outcome is not None:
                    found.append(outcome)
        order = {path: number for number, (path, _) in enumerate(files)}
        found.sort(key=lambda item: order[item.path] if item.path else 0)
        return await self._matched(found)

    async def look_at_bytes(self, content: bytes, name: str) -> CardCandidate:
        """Say what a pasted or dropped card would become. `problem` says why one is refused."""
        digest = hashlib.sha256(content).hexdigest()
        [candidate] = await self._matched([await self._candidate(content, digest, name, None)])
        return replace(candidate, content=content)

    async def picture(self, candidate: CardCandidate) -> bytes:
        """The picture that a candidate would bring, ready to be shown; b"" where there is none that can be."""
        try:
            content, _ = await self._content(candidate)
            picture = await self._reader.picture(content, candidate.name)
        except UserFacingError:
            return b""
        return picture.content if picture is not None else b""

    async def bring(
        self,
        chosen: Iterable[tuple[CardCandidate, CardDecision]],
        tell: Tell = lambda *_: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> CardReport:
        """Do as decided. A file that fails is reported, and the rest goes on; so does what came in when stopped.

        New personas come in without their pictures, which are prepared afterwards: `finish_pictures` waits for them.
        """
        work = list(chosen)
        outcomes: dict[int, CardOutcome] = {
            number: CardOutcome(candidate.name, decision, problem=candidate.problem)
            for number, (candidate, decision) in enumerate(work)
            if decision is CardDecision.SKIP or candidate.contents is None
        }

        async def fetched() -> AsyncGenerator[tuple[int, _Brought], None]:
            todo = [number for number in range(len(work)) if number not in outcomes]
            found = side_by_side(todo, lambda number: self._fetch(*work[number]), at_once=AT_ONCE, stopped=stopped)
            async with aclosing(found):
                async for number, read in found:
                    if isinstance(read, CardOutcome):
                        outcomes[number] = read
                    else:
                        yield number, read
                    tell(len(outcomes), len(work), work[number][0].name)

        async def keep(batch: list[tuple[int, _Brought]]) -> None:
            outcomes.update(await self._store(batch))

        try:
            with self._pictures.held():
                await in_batches(fetched(), _is_full, keep)
        finally:
            self._looked.clear()
        tell(len(outcomes), len(work), "")
        return CardReport(tuple(outcomes[number] for number in sorted(outcomes)), stopped=len(outcomes) < len(work))

    async def finish_pictures(self, tell: TellPictures = lambda *_: None) -> tuple[PictureProblem, ...]:
        """Wait until the pictures of all cards are prepared, and tell of those that can't be.

        Raises UserFacingError where they have to wait for the next start.
        """
        return await self._pictures.finish(tell)

    # -- inside

    async def _look_at(self, path: Path, named: bool) -> CardCandidate | None:
        try:
            content, digest = await asyncio.to_thread(_content, path)
        except UserFacingError as problem:
            return CardCandidate(path.name, path, 0, "", problem=_said(problem)) if named else None
        candidate = await self._candidate(content, digest, path.name, path)
        return candidate if named or candidate.contents is not None else None

    async def _candidate(self, content: bytes, digest: str, name: str, path: Path | None) -> CardCandidate:
        try:
            read = await self._reader.read(content, name)
        except UserFacingError as problem:
            bare = isinstance(problem, NoCardInside)
            return CardCandidate(name, path, len(content), digest, problem=_said(problem), is_picture=bare)
        self._looked.keep(digest, read)
        return CardCandidate(name, path, len(content), digest, contents=read.contents, card_name=read.card.name)

    async def _matched(self, candidates: list[CardCandidate]) -> list[CardCandidate]:
        return await self._database.read(lambda store: [_match(store, item) for item in candidates])

    async def _content(self, candidate: CardCandidate) -> tuple[bytes, str]:
        if candidate.path is None:
            return candidate.content, candidate.sha256
        return await asyncio.to_thread(_content, candidate.path)

    async def _fetch(self, candidate: CardCandidate, decision: CardDecision) -> _Brought | CardOutcome:
        try:
            content, digest = await self._content(candidate)
            read = self._looked.take(digest) or await self._reader.read(content, candidate.name)
            brought = _Brought(candidate, decision, content, digest, read)
        except UserFacingError as problem:
            return CardOutcome(candidate.name, decision, problem=_said(problem))
        if decision is CardDecision.UPDATE and brought.read.has_picture:
            # A version has its picture from the beginning: the one it replaces is shown until then.
            try:
                return replace(brought, picture=await self._reader.picture(content, candidate.name))
            except UserFacingError as problem:
                return replace(brought, note=_said(problem))
        return brought

    async def _store(self, batch: list[tuple[int, _Brought]]) -> dict[int, CardOutcome]:
        def work(store: Store) -> dict[int, CardOutcome]:
            kept = {number: _keep(store, brought) for number, brought in batch}
            later = [number for number, brought in batch if brought.read.has_picture and not _updates(brought)]
            wait_for_pictures(store.settings, [each for number in later if (each := kept[number].persona_id)])
            return kept

        try:
            # Together, and before the transaction: the store then only names them.
            await asyncio.to_thread(self._files.keep, {brought.sha256: brought.content for _, brought in batch})
            outcomes = await self._database.write(work)
        except UserFacingError as problem:
            if len(batch) == 1:
                [(number, brought)] = batch
                return {number: CardOutcome(brought.candidate.name, brought.decision, problem=_said(problem))}
            outcomes = {}
            for one in batch:  # the others of the batch come in without the one that failed
                outcomes |= await self._store([one])
            return outcomes
        changed = frozenset(item.persona_id for item in outcomes.values() if item.persona_id is not None)
        self._publish(ChangeSet(personas=changed, cards=changed))
        return outcomes


def _is_full(batch: list[tuple[int, _Brought]]) -> bool:
    return len(batch) >= BATCH or sum(len(brought.content) for _, brought in batch) >= BATCH_BYTES


def _updates(brought: _Brought) -> bool:
    return brought.decision is CardDecision.UPDATE and brought.candidate.existing_id is not None


def _keep(store: Store, brought: _Brought) -> CardOutcome:
    candidate, card, picture = brought.candidate, brought.read.card, brought.picture
    received = store.assets.put(brought.content, _media_type(brought.content), sha256=brought.sha256)
    if _updates(brought):
        assert candidate.existing_id is not None
        avatar = store.assets.put(picture.content, picture.media_type) if picture is not None else None
        own = store.personas.get(candidate.existing_id).card.voice
        # A card brings no recording along: the one there is stays.
        card = replace(card, voice=replace(card.voice, sample=own.sample, sample_name=own.sample_name))
        persona = store.personas.update_card(candidate.existing_id, card, avatar=avatar, saved_by=SavedBy.REPLACED)
        _renew_book(store, persona)
    else:
        if store.personas.named(card.name) is not None:
            card = replace(card, name=free_name(store.personas, card.name))
        persona = store.personas.create(card)
    store.versions.keep_received(persona.id, received, candidate.name)
    return CardOutcome(candidate.name, brought.decision, persona.id, persona.card.shown_name, note=brought.note)


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
    holder = store.personas.named(candidate.card_name)
    if holder is None:
        return candidate
    named = store.personas.get(holder)
    alike = named.origin is Origin.CUSTOM and named.card.creator.casefold() == candidate.contents.creator.casefold()
    match = CardMatch.SAME_CARD if alike else CardMatch.SAME_NAME
    return _matching(candidate, match, named.id, named.card.shown_name)


def _matching(candidate: CardCandidate, match: CardMatch, persona_id: PersonaId, name: str) -> CardCandidate:
    return replace(candidate, match=match, existing_id=persona_id, existing_name=name)


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


def _content(path: Path) -> tuple[bytes, str]:
    """Read a regular file; its content, and the SHA-256 of that. Raises UserFacingError."""
    try:
        with open_regular(path) as file:
            # As much as there is: a buffer for the limit would cost more than the file.
            size = min(os.fstat(file.fileno()).st_size, FILE_LIMIT_BYTES)
            content = file.read(size + 1)
            if len(content) > size:  # it grew, or does not say how long it is
                content += file.read(FILE_LIMIT_BYTES + 1 - len(content))
    except OSError as error:
        raise UserFacingError(f"This file can't be read: {error.strerror}.", "Choose another file.") from error
    if len(content) > FILE_LIMIT_BYTES:
        raise UserFacingError(
            f"This file is larger than {FILE_LIMIT_BYTES // (1024 * 1024)} MB.", "Choose a card of the usual size."
        )
    return content, hashlib.sha256(content).hexdigest()


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
