"""The embedded model's supervision, with a child process that fails on purpose."""

import asyncio
import hashlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, ModelState, Sampling
from personadesk.domain.errors import ModelCrashed, ModelError, ModelFileDamaged, ModelFileMissing
from personadesk.domain.events import Event, ModelChanged
from personadesk.providers.chat.deadlines import DEFAULT_DEADLINES, Deadlines
from personadesk.providers.chat.embedded.model import EmbeddedChatModel
from personadesk.providers.chat.server_model import estimate_tokens
from personadesk.providers.model_files import ModelFiles
from personadesk.services.models import ModelEntry

CHILD = Path(__file__).with_name("scripted_child.py")
WEIGHTS = b"weights, as far as the supervisor can tell"
ENTRY = ModelEntry(
    id="tiny",
    label="Tiny",
    where="Basic, on this computer",
    file="tiny.gguf",
    size_bytes=len(WEIGHTS),
    sha256=hashlib.sha256(WEIGHTS).hexdigest(),
    licence="Apache-2.0",
    context_tokens=512,
    small=True,
    sampling=Sampling(),
    sources=(),
)

Use = Callable[[EmbeddedChatModel], Awaitable[None]]


class Bench:
    """A model over a scripted child, what it published, and which processes were started."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.events: list[Event] = []
        self.starts = directory / "starts"
        self._published = asyncio.Event()
        (directory / ENTRY.file).write_bytes(WEIGHTS)

    def model(
        self,
        script: str,
        *,
        idle_s: float = 600.0,
        handshake_s: float = 60.0,
        deadlines: Deadlines = DEFAULT_DEADLINES,
    ) -> EmbeddedChatModel:
        return EmbeddedChatModel(
            entry=ENTRY,
            files=ModelFiles(models_dir=self.directory),
            publish=self.publish,
            command=(sys.executable, str(CHILD), script, str(self.starts)),
            idle_s=idle_s,
            handshake_s=handshake_s,
            deadlines=deadlines,
        )

    def run(self, script: str, use: Use, *, idle_s: float = 600.0, handshake_s: float = 60.0) -> None:
        async def whole() -> None:
            model = self.model(script, idle_s=idle_s, handshake_s=handshake_s)
            try:
                await use(model)
            finally:
                await model.close()

        asyncio.run(whole())

    def publish(self, event: Event) -> None:
        self.events.append(event)
        self._published.set()

    async def reaches(self, model: EmbeddedChatModel, state: ModelState) -> None:
        while model.status.state is not state:
            self._published.clear()
            await self._published.wait()

    def wait_for_start(self) -> None:
        while not self.pids:
            time.sleep(0.01)

    @property
    def states(self) -> list[ModelState]:
        return [event.status.state for event in self.events if isinstance(event, ModelChanged)]

    @property
    def pids(self) -> list[int]:
        return [int(line) for line in self.starts.read_text().split()] if self.starts.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def request(text: str = "hello", max_tokens: int = 5) -> ChatRequest:
    return ChatRequest((ChatTurn(ChatRole.USER, text),), Sampling(max_tokens=max_tokens))


async def reply(model: EmbeddedChatModel, asked: ChatRequest | None = None) -> str:
    async with aclosing(model.stream(asked or request())) as pieces:
        return "".join([piece.text async for piece in pieces])


def test_the_first_message_starts_the_child_and_the_second_uses_it(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        assert model.status.state is ModelState.RESTING
        assert await reply(model) == "word1 word2 word3 word4 word5 "
        assert await reply(model) == "word1 word2 word3 word4 word5 "

    bench.run("serve", use)

    assert len(bench.pids) == 1
    assert bench.states == [ModelState.LOADING, ModelState.READY]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("die", "ended before it was ready"),
        ("garble", "ended before it was ready"),
        ("refuse", "the runtime can't load it"),
        ("library", "not installed as it should be"),
    ],
)
@pytest.mark.allows_log("announced nothing that can be read")
def test_a_child_that_does_not_get_ready_is_told_in_a_sentence(bench: Bench, script: str, words: str) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        with pytest.raises(ModelError, match=words) as caught:
            await reply(model)
        assert caught.value.next_step
        assert model.status.state is ModelState.FAILED
        assert model.status.sentence == caught.value.sentence

    bench.run(script, use)


def test_a_child_that_never_announces_itself_is_given_up_and_killed(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        with pytest.raises(ModelError, match="not get ready in time"):
            await reply(model)

    bench.run("mute", use, handshake_s=0.5)


def test_a_program_that_cannot_be_started_is_told(bench: Bench) -> None:
    async def use() -> None:
        model = EmbeddedChatModel(
            entry=ENTRY,
            files=ModelFiles(models_dir=bench.directory),
            publish=bench.publish,
            command=(str(bench.directory / "not-there"),),
        )
        with pytest.raises(ModelError, match="could not be started"):
            await reply(model)
        await model.close()

    asyncio.run(use())


@pytest.mark.allows_log("failed in a reply")
def test_a_crash_in_mid_reply_is_told_and_the_next_message_gets_a_fresh_child(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        pieces = model.stream(request("crash, please"))
        seen = [(await anext(pieces)).text for _ in range(3)]
        with pytest.raises(ModelCrashed, match="ended in the middle") as caught:
            await anext(pieces)
        assert seen == ["word1 ", "word2 ", "word3 "]
        assert caught.value.next_step
        assert model.status.state is ModelState.FAILED
        assert await reply(model) == "word1 word2 word3 word4 word5 "

    bench.run("serve", use)

    assert len(bench.pids) == 2


@pytest.mark.allows_log("failed in a reply")
def test_a_crash_that_nobody_waited_for_leaves_the_model_resting(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        with pytest.raises(ModelCrashed):
            [piece async for piece in model.stream(replace(request("crash, please"), aside=True))]
        assert model.status.state is ModelState.RESTING
        assert await reply(model) == "word1 word2 word3 word4 word5 "

    bench.run("serve", use)


@pytest.mark.allows_log("failed in a reply")
def test_a_child_that_hangs_is_told_and_the_next_message_gets_a_fresh_one(bench: Bench) -> None:
    model = bench.model("serve", deadlines=Deadlines(first_s=2.0))

    async def use() -> None:
        try:
            with pytest.raises(ModelError, match="did not begin to answer in time"):
                await reply(model, request("hang"))
            assert model.status.state is ModelState.FAILED
            assert await reply(model) == "word1 word2 word3 word4 word5 "
        finally:
            await model.close()

    asyncio.run(use())

    assert len(bench.pids) == 2


@pytest.mark.allows_log("ended by itself")
def test_a_child_killed_while_idle_is_replaced_by_the_next_message(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        await model.warm_up()
        os.kill(bench.pids[0], signal.SIGKILL)
        await bench.reaches(model, ModelState.RESTING)
        assert await reply(model) == "word1 word2 word3 word4 word5 "

    bench.run("serve", use)

    assert len(bench.pids) == 2


def test_an_idle_model_is_unloaded_and_comes_back(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        await reply(model)
        await bench.reaches(model, ModelState.RESTING)
        assert await reply(model) == "word1 word2 word3 word4 word5 "

    bench.run("serve", use, idle_s=0.05)

    assert len(bench.pids) == 2


def test_a_model_in_use_is_not_unloaded(bench: Bench) -> None:
    timer_passed = asyncio.Event()

    async def use(model: EmbeddedChatModel) -> None:
        async with aclosing(model.stream(request(max_tokens=50))) as pieces:
            first = await anext(pieces)
            asyncio.get_running_loop().call_later(0.05, timer_passed.set)
            await timer_passed.wait()
            rest = [piece.text async for piece in pieces]
        assert first.text
        assert len(rest) == 50

    bench.run("serve", use, idle_s=0.01)

    assert len(bench.pids) == 1


def test_two_replies_are_written_at_once_and_a_third_waits(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        first, second = model.stream(request()), model.stream(request())
        pieces = [(await anext(stream)).text for stream in (first, second)]
        third = asyncio.create_task(reply(model))
        await asyncio.wait({third}, timeout=0.05)
        waited = not third.done()
        await first.aclose()
        assert pieces == ["word1 ", "word1 "]
        assert waited
        assert await third == "word1 word2 word3 word4 word5 "
        assert "".join([piece.text async for piece in second]) == "word2 word3 word4 word5 "

    bench.run("serve", use)

    assert len(bench.pids) == 1


@pytest.mark.allows_log("failed in a reply")
def test_two_replies_that_break_with_one_child_leave_the_next_child_alone(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        endless = model.stream(request(max_tokens=1_000_000))
        await anext(endless)
        with pytest.raises(ModelCrashed):
            await reply(model, request("crash"))
        running = model.stream(request())
        await anext(running)
        with pytest.raises(ModelCrashed):
            [piece async for piece in endless]
        assert "".join([piece.text async for piece in running]) == "word2 word3 word4 word5 "

    bench.run("serve", use)

    assert len(bench.pids) == 2


def test_stopping_a_waiting_reply_leaves_the_running_one_alone(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        running, other = model.stream(request()), model.stream(request())
        await anext(running)
        await anext(other)
        waiting = asyncio.create_task(reply(model))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await other.aclose()
        rest = [piece.text async for piece in running]
        assert "".join(rest) == "word2 word3 word4 word5 "

    bench.run("serve", use)


def test_stopping_while_the_model_loads_lets_the_loading_go_on(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        asking = asyncio.create_task(reply(model))
        await bench.reaches(model, ModelState.LOADING)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await reply(model) == "word1 word2 word3 word4 word5 "

    bench.run("serve", use)

    assert len(bench.pids) == 1


def test_closing_while_the_model_loads_leaves_no_child(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        asking = asyncio.create_task(reply(model))
        counting = asyncio.create_task(model.count_tokens(["hello"]))
        await asyncio.to_thread(bench.wait_for_start)
        await model.close()
        with pytest.raises(ModelError, match="put away"):
            await asking
        assert await counting == [estimate_tokens("hello")]

    bench.run("mute", use)


def test_tokens_are_counted_by_the_child_once_a_text(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        assert await model.count_tokens(["one two three", "", "one two three"]) == [3, 0, 3]
        os.kill(bench.pids[0], signal.SIGSTOP)
        assert await model.count_tokens(["one two three"]) == [3]

    bench.run("serve", use)


def test_tokens_are_estimated_where_the_model_cannot_be_loaded(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        counts = await model.count_tokens(["Hello there", ""])
        assert counts[0] >= 3

    bench.run("die", use)


def test_warming_up_a_model_that_fails_raises_nothing_and_tells_the_status(bench: Bench) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        await model.warm_up()
        assert model.status.state is ModelState.FAILED

    bench.run("refuse", use)


def test_a_missing_file_is_told_without_starting_anything(bench: Bench) -> None:
    (bench.directory / ENTRY.file).unlink()

    async def use(model: EmbeddedChatModel) -> None:
        assert (await model.refresh()).state is ModelState.MISSING
        with pytest.raises(ModelFileMissing) as caught:
            await reply(model)
        assert "Fetch it" in caught.value.next_step

    bench.run("serve", use)

    assert bench.pids == []


def test_a_truncated_file_is_told_without_starting_anything(bench: Bench) -> None:
    (bench.directory / ENTRY.file).write_bytes(WEIGHTS[:-1])

    async def use(model: EmbeddedChatModel) -> None:
        assert (await model.refresh()).state is ModelState.DAMAGED
        with pytest.raises(ModelFileDamaged):
            await reply(model)

    bench.run("serve", use)

    assert bench.pids == []


def test_a_file_with_another_checksum_is_told_and_a_repaired_one_is_taken(bench: Bench) -> None:
    (bench.directory / ENTRY.file).write_bytes(WEIGHTS[::-1])

    async def use(model: EmbeddedChatModel) -> None:
        with pytest.raises(ModelFileDamaged):
            await reply(model)
        (bench.directory / ENTRY.file).write_bytes(WEIGHTS)
        assert (await model.refresh()).state is ModelState.RESTING
        assert await reply(model) == "word1 word2 word3 word4 word5 "

    bench.run("serve", use)

    assert ModelState.DAMAGED in bench.states
