"""The pictures of cards that came in: prepared in the background, once the cards are in the library."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from personadesk.domain.card_import import PictureProblem
from personadesk.domain.errors import StoreError, UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.services.card_ports import CardReader, KeepsFiles, PreparedAvatar, ReaderUnavailable
from personadesk.services.ports import Database, Publish, Settings, Store
from personadesk.services.side_by_side import in_batches, side_by_side

log = logging.getLogger(__name__)

WAITING_SETTING = "cards.pictures"
"""Who waits for a picture: ids as [first, last], since those of one import follow one another."""

BATCH = 16
"""Pictures a transaction, and faces that appear together."""
PAGE = 256
AT_ONCE = 4
"""More than there are reading processes, so that none waits for a file from the disk."""

TellPictures = Callable[[int, int], None]
"""Pictures that are done with, and all of this run."""


@dataclass(frozen=True, slots=True)
class _Source:
    persona_id: PersonaId
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    persona_id: PersonaId
    picture: PreparedAvatar | None = None
    problem: PictureProblem | None = None


class CardPictures:
    """Asynchronous, for the engine thread. Who waits is stored with the card: a later start goes on with the rest."""

    def __init__(self, *, database: Database, publish: Publish, reader: CardReader, files: KeepsFiles) -> None:
        self._database = database
        self._publish = publish
        self._reader = reader
        self._files = files
        self._work: asyncio.Task[UserFacingError | None] | None = None
        self._problems: list[PictureProblem] = []
        self._tells: list[TellPictures] = []
        self._asked_again = False
        self._holds = 0
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()
        self._closed = False
        self._done = self._total = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Leave the processes and the disk to what goes on inside; then begin."""
        self._holds += 1
        self._may_go_on.clear()
        try:
            yield
        finally:
            self._holds -= 1
            if not self._holds:
                self._may_go_on.set()
                if not self._closed:
                    self._begin()

    async def finish(self, tell: TellPictures = lambda *_: None) -> tuple[PictureProblem, ...]:
        """Wait until every picture is prepared; those that can't be shown are told once.

        Raises UserFacingError where the disk or the system lets none be prepared: then they go on waiting.
        """
        self._tells.append(tell)
        try:
            failure = await asyncio.shield(self._begin())
        finally:
            self._tells.remove(tell)
        if failure is not None:
            raise failure
        problems, self._problems = self._problems, []
        return tuple(problems)

    async def settle(self, persona_id: PersonaId) -> None:
        """Prepare this one's before all others, where it waits. Raises UserFacingError as `finish` does."""
        if persona_id not in await self._database.read(lambda store: waiting(store.settings)):
            return
        for source in await self._sources([persona_id]):
            await self._store([await self._prepare(source)])

    async def close(self) -> None:
        self._closed = True
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    # -- inside

    def _begin(self) -> asyncio.Task[UserFacingError | None]:
        self._asked_again = True
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._prepare_all())
        return self._work

    async def _prepare_all(self) -> UserFacingError | None:
        """Returns what lets none be prepared any more."""
        self._done = self._total = 0
        try:
            while ids := await self._who_waits():
                self._total = self._done + len(ids)
                for start in range(0, len(ids), PAGE):
                    sources = await self._sources(ids[start : start + PAGE])
                    await in_batches(self._prepared(sources), _is_full, self._store)
        except (StoreError, ReaderUnavailable) as failure:
            log.info("pictures of cards wait for the next start: %s", failure.sentence)
            return failure
        return None

    async def _who_waits(self) -> list[PersonaId]:
        while True:
            await self._may_go_on.wait()
            self._asked_again = False
            ids = await self._database.read(lambda store: waiting(store.settings))
            if ids or not self._asked_again:
                return ids

    async def _sources(self, ids: Sequence[PersonaId]) -> list[_Source]:
        """The files of those that have no picture yet. Whoever needs none waits no longer."""

        def work(store: Store) -> list[_Source]:
            files = [(persona_id, store.versions.received(persona_id)) for persona_id in _without_picture(store, ids)]
            return [_Source(persona_id, file.name, file.sha256) for persona_id, file in sorted(files) if file]

        sources = await self._database.read(work)
        settled = set(ids) - {source.persona_id for source in sources}
        if settled:
            await self._store([_Prepared(persona_id) for persona_id in sorted(settled)])
        return sources

    async def _prepared(self, sources: Sequence[_Source]) -> AsyncGenerator[_Prepared, None]:
        found = side_by_side(sources, self._prepare, at_once=AT_ONCE, stopped=lambda: not self._may_go_on.is_set())
        async with aclosing(found):
            async for _, prepared in found:
                yield prepared

    async def _prepare(self, source: _Source) -> _Prepared:
        try:
            content = await asyncio.to_thread(self._content, source.sha256)
            return _Prepared(source.persona_id, await self._reader.picture(content, source.name))
        except ReaderUnavailable:
            raise
        except UserFacingError as problem:
            said = f"{problem.sentence} {problem.next_step}".strip()
            return _Prepared(source.persona_id, problem=PictureProblem(source.persona_id, source.name, said))

    def _content(self, sha256: str) -> bytes:
        try:
            return self._files.path(sha256).read_bytes()
        except OSError as error:
            raise UserFacingError(
                f"The file it came in can't be read: {error.strerror}.", "Import the card again."
            ) from error

    async def _store(self, batch: list[_Prepared]) -> None:
        ids = [item.persona_id for item in batch]
        found = [(item.persona_id, item.picture) for item in batch if item.picture is not None]
        pictures = [(hashlib.sha256(each.content).hexdigest(), persona_id, each) for persona_id, each in found]
        await asyncio.to_thread(self._files.keep, {sha256: each.content for sha256, _, each in pictures})

        def work(store: Store) -> tuple[frozenset[PersonaId], int]:
            without = _without_picture(store, ids)
            given = [item for item in pictures if item[1] in without]
            for sha256, persona_id, each in given:
                store.assets.put(each.content, each.media_type, sha256=sha256)
                store.personas.give_avatar(persona_id, sha256)
            left = [other for other in waiting(store.settings) if other not in set(ids)]
            _keep_waiting(store.settings, left)
            return frozenset(persona_id for _, persona_id, _ in given), len(left)

        given, left = await self._database.write(work)
        if given:
            self._publish(ChangeSet(personas=given))
        self._problems += [item.problem for item in batch if item.problem is not None]
        self._done = max(self._done, self._total - left)
        for tell in self._tells:
            tell(self._done, self._total)


def _is_full(batch: list[_Prepared]) -> bool:
    return len(batch) >= BATCH


def waiting(settings: Settings) -> list[PersonaId]:
    """Whoever waits for a picture, in order."""
    stored = settings.get(WAITING_SETTING)
    ids: set[int] = set()
    for item in stored if isinstance(stored, list) else ():
        match item:
            case [int(first), int(last)]:
                ids.update(range(first, last + 1))
    return [PersonaId(each) for each in sorted(ids)]


def wait_for_pictures(settings: Settings, persona_ids: Collection[PersonaId]) -> None:
    """Note who came in without the picture of its card. Within the transaction that brings it in."""
    if persona_ids:
        _keep_waiting(settings, sorted({*waiting(settings), *persona_ids}))


def wait_like(store: Store, original: PersonaId, copy: PersonaId) -> None:
    """Where a persona's picture is not prepared yet, have its copy wait for the same."""
    received = store.versions.received(original)
    if received is not None and original in waiting(store.settings):
        store.versions.keep_received(copy, received.sha256, received.name)
        wait_for_pictures(store.settings, [copy])


def _keep_waiting(settings: Settings, persona_ids: Sequence[PersonaId]) -> None:
    spans: list[list[int]] = []
    for persona_id in persona_ids:
        if spans and spans[-1][1] == persona_id - 1:
            spans[-1][1] = persona_id
        else:
            spans.append([persona_id, persona_id])
    settings.set(WAITING_SETTING, [[first, last] for first, last in spans])


def _without_picture(store: Store, persona_ids: Sequence[PersonaId]) -> frozenset[PersonaId]:
    present, trashed = store.personas.summaries_of(persona_ids)
    return frozenset(item.id for item in (*present, *trashed) if not item.avatar)
