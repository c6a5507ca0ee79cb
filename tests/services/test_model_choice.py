"""Choosing among models: what is asked goes to the chosen one, and a running reply is never torn."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from personadesk.domain.chat import ChatRequest, FinishReason, ModelInfo, ModelState, ModelStatus, ReplyPiece
from personadesk.domain.errors import NotFound
from personadesk.domain.events import Event, ModelChanged
from personadesk.services.model_choice import ChosenModel
from personadesk.services.models import Catalogue, ModelEntry, parse_catalogue
from personadesk.services.ports import Publish
from personadesk.storage.database import open_database
from tests.fakes import FakeClock

ENTRY = """
[[models]]
id = "{id}"
label = "{id}"
where = "on this computer"
file = "{id}.gguf"
size_bytes = 1
sha256 = "{sha}"
licence = "Apache-2.0"
context_tokens = 1024
[[models.sources]]
kind = "url"
url = "https://models.example/{id}"
"""


def catalogue() -> Catalogue:
    entries = "".join(ENTRY.format(id=name, sha=digit * 64) for name, digit in (("basic", "a"), ("better", "b")))
    return parse_catalogue('default = "basic"\n' + entries)


class Talker:
    """A model that says its own name, word by word, when it is let."""

    def __init__(self, entry: ModelEntry, publish: Publish) -> None:
        self._publish = publish
        self.info: ModelInfo = entry.info
        self.status = ModelStatus(entry.info, ModelState.RESTING)
        self.gate = asyncio.Event()
        self.counting = asyncio.Event()
        self.counting.set()
        self.closed = False

    async def refresh(self) -> ModelStatus:
        return self.status

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        yield ReplyPiece(f"I am {self.info.id}")
        await self.gate.wait()
        yield ReplyPiece(".", FinishReason.STOP)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        await self.counting.wait()
        return [len(text) for text in texts]

    async def warm_up(self) -> None:
        self.status = ModelStatus(self.info, ModelState.READY)

    async def rest(self) -> None:
        self.status = ModelStatus(self.info, ModelState.RESTING)

    async def close(self) -> None:
        self.closed = True
        self._publish(ModelChanged(self.status))


class Desk:
    """A ChosenModel over a real store, and what it made and published."""

    def __init__(self, data_dir: Path, clock: FakeClock) -> None:
        self.database = open_database(data_dir, clock=clock)
        self.made: dict[str, Talker] = {}
        self.events: list[Event] = []
        self.model = ChosenModel(
            catalogue=catalogue(), make=self._make, database=self.database, publish=self.events.append
        )

    def _make(self, entry: ModelEntry, publish: Publish) -> Talker:
        self.made[entry.id] = Talker(entry, publish)
        return self.made[entry.id]


async def text_of(model: ChosenModel) -> str:
    return "".join([piece.text async for piece in model.stream(ChatRequest(()))])


def test_the_default_answers_until_another_is_chosen(data_dir: Path, clock: FakeClock) -> None:
    async def use() -> tuple[str, str]:
        desk = Desk(data_dir, clock)
        desk.made["basic"].gate.set()
        before = await text_of(desk.model)
        await desk.model.choose("better")
        desk.made["better"].gate.set()
        after = await text_of(desk.model)
        await desk.model.close()
        desk.database.close()
        assert desk.made["basic"].closed
        said = [event.status.info.id for event in desk.events if isinstance(event, ModelChanged)]
        assert set(said) == {"better"}, "the retired model's own news must not reach the window"
        return before, after

    assert asyncio.run(use()) == ("I am basic.", "I am better.")


def test_the_choice_is_remembered_by_the_next_start(data_dir: Path, clock: FakeClock) -> None:
    async def choose() -> None:
        desk = Desk(data_dir, clock)
        await desk.model.choose("better")
        desk.database.close()

    async def start_again() -> str:
        desk = Desk(data_dir, clock)
        await desk.model.recall()
        desk.database.close()
        return desk.model.info.id

    asyncio.run(choose())

    assert asyncio.run(start_again()) == "better"


def test_a_running_reply_is_finished_by_the_model_that_began_it(data_dir: Path, clock: FakeClock) -> None:
    async def use() -> str:
        desk = Desk(data_dir, clock)
        pieces = desk.model.stream(ChatRequest(()))
        said = (await anext(pieces)).text
        await desk.model.choose("better")
        assert not desk.made["basic"].closed
        desk.made["basic"].gate.set()
        said += "".join([piece.text async for piece in pieces])
        assert desk.made["basic"].closed
        desk.database.close()
        return said

    assert asyncio.run(use()) == "I am basic."


def test_a_model_that_counts_for_a_prompt_is_not_closed_by_a_choice(data_dir: Path, clock: FakeClock) -> None:
    async def use() -> list[int]:
        desk = Desk(data_dir, clock)
        basic = desk.made["basic"]
        basic.counting = asyncio.Event()
        counts = asyncio.create_task(desk.model.count_tokens(["four"]))
        await asyncio.sleep(0)
        await desk.model.choose("better")
        assert not basic.closed
        basic.counting.set()
        counted = await counts
        assert basic.closed
        desk.database.close()
        return counted

    assert asyncio.run(use()) == [4]


def test_a_model_nobody_knows_is_refused_and_nothing_changes(data_dir: Path, clock: FakeClock) -> None:
    async def use() -> str:
        desk = Desk(data_dir, clock)
        try:
            with pytest.raises(NotFound):
                await desk.model.choose("imagined")
        finally:
            desk.database.close()
        return desk.model.info.id

    assert asyncio.run(use()) == "basic"


def test_a_choice_that_is_not_in_the_catalogue_any_more_gives_the_default(data_dir: Path, clock: FakeClock) -> None:
    async def use() -> str:
        desk = Desk(data_dir, clock)
        await desk.database.write(lambda store: store.settings.set("model.chosen", "gone"))
        await desk.model.recall()
        desk.database.close()
        return desk.model.info.id

    assert asyncio.run(use()) == "basic"
