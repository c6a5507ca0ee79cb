"""Ways of speaking that the user saved under a name: kept once, picked for any persona."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import uuid4

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.events import ChangeSet
from personadesk.domain.providers import SavedWay
from personadesk.services.model_settings import change_stored_way
from personadesk.services.ports import Database, JsonValue, Publish, Settings, Store

WAYS_SETTING = "speaking.ways"
"""The setting that holds them: a list of {"id", "name", "temperature", "top_p"}, by name."""

WAYS_LIMIT = 50
NAME_LIMIT = 40


class SpeakingWays:
    """Personas hold a way's id beside a copy of its numbers (`PersonaModel`): deleting one changes no reply."""

    def __init__(self, *, database: Database, publish: Publish) -> None:
        self._database = database
        self._publish = publish

    async def all(self) -> tuple[SavedWay, ...]:
        """By name."""
        return await self._database.read(lambda store: read_ways(store.settings))

    async def save(self, name: str, *, temperature: float, top_p: float) -> SavedWay:
        """Keep numbers under a name. Raises InvalidInput."""
        way = SavedWay(uuid4().hex, name, temperature, top_p)
        return await self._put(way)

    async def rename(self, way_id: str, name: str) -> SavedWay:
        """Raises NotFound, InvalidInput."""

        def work(store: Store) -> SavedWay:
            ways = read_ways(store.settings)
            before = next((way for way in ways if way.id == way_id), None)
            if before is None:
                raise NotFound("This way of speaking has been deleted.", "Save it again.")
            way = replace(before, name=_checked(name, ways, but=way_id))
            _write(store.settings, [*(other for other in ways if other.id != way_id), way])
            return way

        return await self._change(work)

    async def renumber(self, way_id: str, *, temperature: float, top_p: float) -> SavedWay:
        """Change a way's numbers, also for every persona that speaks so. Raises NotFound, InvalidInput."""
        _check_numbers(temperature, top_p)
        changed: list[str] = []

        def work(store: Store) -> SavedWay:
            ways = read_ways(store.settings)
            before = next((way for way in ways if way.id == way_id), None)
            if before is None:
                raise NotFound("This way of speaking has been deleted.", "Save it again.")
            way = replace(before, temperature=temperature, top_p=top_p)
            _write(store.settings, [*(other for other in ways if other.id != way_id), way])
            changed.extend(change_stored_way(store, way))
            return way

        return await self._change(work, changed)

    async def delete(self, way_id: str) -> SavedWay:
        """Forget a way of speaking; personas that speak so keep its numbers. Raises NotFound."""

        def work(store: Store) -> SavedWay:
            ways = read_ways(store.settings)
            gone = next((way for way in ways if way.id == way_id), None)
            if gone is None:
                raise NotFound("This way of speaking has been deleted already.", "Choose another one.")
            _write(store.settings, [way for way in ways if way.id != way_id])
            return gone

        return await self._change(work)

    async def restore(self, way: SavedWay) -> SavedWay:
        """Undo `delete`, also for the personas that spoke so. Raises InvalidInput where its name was taken since."""
        return await self._put(way)

    async def _put(self, way: SavedWay) -> SavedWay:
        def work(store: Store) -> SavedWay:
            ways = read_ways(store.settings)
            if len(ways) >= WAYS_LIMIT:
                raise InvalidInput("name", f"{WAYS_LIMIT} ways of speaking are saved.", "Delete one first.")
            _check_numbers(way.temperature, way.top_p)
            named = SavedWay(way.id, _checked(way.name, ways), way.temperature, way.top_p)
            _write(store.settings, [*ways, named])
            return named

        return await self._change(work)

    async def _change(self, work: Callable[[Store], SavedWay], also: Sequence[str] = ()) -> SavedWay:
        """`also` are settings that the work changes beside the ways; it may be filled by then."""
        way = await self._database.write(work)
        self._publish(ChangeSet(settings=frozenset({WAYS_SETTING, *also})))
        return way


def read_ways(settings: Settings) -> tuple[SavedWay, ...]:
    """What can't be read is as if it had never been saved."""
    kept = settings.get(WAYS_SETTING)
    read = [_way_from(value) for value in kept] if isinstance(kept, list) else []
    return tuple(way for way in read if way is not None)


def _write(settings: Settings, ways: list[SavedWay]) -> None:
    kept: list[JsonValue] = [
        {"id": way.id, "name": way.name, "temperature": way.temperature, "top_p": way.top_p}
        for way in sorted(ways, key=lambda way: way.name.casefold())
    ]
    settings.set(WAYS_SETTING, kept)


def _way_from(value: JsonValue) -> SavedWay | None:
    if not isinstance(value, dict):
        return None
    way_id, name = value.get("id"), value.get("name")
    temperature, top_p = value.get("temperature"), value.get("top_p")
    if not (isinstance(way_id, str) and way_id and isinstance(name, str) and name):
        return None
    if not (isinstance(temperature, int | float) and isinstance(top_p, int | float)):
        return None
    return SavedWay(way_id, name, float(temperature), float(top_p))


def _check_numbers(temperature: float, top_p: float) -> None:
    if not (0 <= temperature <= 2 and 0 < top_p <= 1):
        raise InvalidInput("sampling", "No model takes these numbers.", "Move the sliders.")


def _checked(name: str, ways: tuple[SavedWay, ...], *, but: str = "") -> str:
    """A name as it is kept."""
    words = " ".join(name.split())
    if not words:
        raise InvalidInput("name", "It needs a name.", "Type one.")
    if len(words) > NAME_LIMIT:
        raise InvalidInput("name", f"The name is longer than {NAME_LIMIT} characters.", "Shorten it.")
    if any(way.id != but and way.name.casefold() == words.casefold() for way in ways):
        raise InvalidInput("name", f"“{words}” is saved already.", "Choose another name.")
    return words
