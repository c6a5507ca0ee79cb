"""Strangers' cards and pictures, read by real processes of their own."""

import asyncio
import io
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image

from personadesk.domain.avatar import AVATAR_LIMIT_BYTES, Crop
from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.formats.card_contents import card_contents
from personadesk.formats.card_files import NoCardInside, read_card_file
from personadesk.formats.character_card import UnreadableCard
from personadesk.formats.persona_archive import write_archive
from personadesk.providers.card_reader.pool import ProcessCardReader
from personadesk.services.card_ports import ReadCard, ReaderUnavailable
from tests.formats.card_samples import SIGNATURE, card, charx_of, chunk, coded, png, text
from tests.formats.test_persona_archive import WHOLE

T = TypeVar("T")
Use = Callable[[ProcessCardReader], Awaitable[T]]
BREAKING = (sys.executable, str(Path(__file__).with_name("breaking_child.py")))
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the limits are the kernel's")


def with_reader(use: Use[T], **options: object) -> T:
    async def run() -> T:
        reader = ProcessCardReader(processes=1, **options)  # type: ignore[arg-type]
        try:
            return await use(reader)
        finally:
            await reader.close()

    return asyncio.run(run())


def refusal(use: Use[object], **options: object) -> UserFacingError:
    with pytest.raises(UserFacingError) as refused:
        with_reader(use, **options)
    return refused.value


def drawn(
    size: tuple[int, int], mode: str = "RGB", kind: str = "PNG", colour: object = None, **options: object
) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind, **options)  # type: ignore[arg-type]
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.fixture(scope="module")
def loop() -> "asyncio.AbstractEventLoop":
    """One loop and one reader for the tests that break nothing: a process is costly to start."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def reader(loop: asyncio.AbstractEventLoop) -> "ProcessCardReader":
    async def made() -> ProcessCardReader:
        reader = ProcessCardReader(processes=1)
        # Both of its threads start now: one that starts later would be a straggler to the test it starts in.
        both = threading.Barrier(2)
        await asyncio.gather(*(loop.run_in_executor(reader._threads, both.wait) for _ in range(2)))
        await reader.to_png(drawn((1, 1)))
        return reader

    reader = loop.run_until_complete(made())
    yield reader
    loop.run_until_complete(reader.close())


Ask = Callable[[Awaitable[T]], T]


@pytest.fixture
def ask(loop: asyncio.AbstractEventLoop) -> Ask[object]:
    return loop.run_until_complete


SAMPLES = {
    "json": json.dumps(card(alternate_greetings=["Hello."], extensions={"x": 1})).encode(),
    "png": drawn((30, 20))[:-12] + text("ccv3", coded(card("Ädä"))) + chunk(b"IEND", b""),
    "charx": charx_of(
        card(assets=[{"type": "icon", "uri": "embeded://a.png", "name": "main", "ext": "png"}] * 2),
        **{"a.png": drawn((30, 20)), "module.risum": b"m"},
    ),
}


@pytest.mark.parametrize("content", SAMPLES.values(), ids=SAMPLES)
def test_a_card_comes_out_of_its_process_as_it_is_read_here(
    content: bytes, reader: ProcessCardReader, ask: Ask
) -> None:
    incoming = read_card_file(content, "ada")

    assert ask(reader.unpack(content, "ada")) == incoming
    assert ask(reader.read(content, "ada")) == ReadCard(
        incoming.card, card_contents(incoming), has_picture=bool(incoming.avatar)
    )
    picture = ask(reader.picture(content, "ada"))
    assert (picture is None) == (not incoming.avatar)
    assert picture is None or (picture.width, picture.height) == (30, 20)


def test_a_card_is_read_whatever_becomes_of_its_picture(reader: ProcessCardReader, ask: Ask) -> None:
    whole = png(text("ccv3", coded(card())), width=500, height=500)
    broken = whole.replace(zlib.compress(bytes(501 * 500))[:20], b"x" * 20)

    read = ask(reader.read(broken, "ada.png"))

    assert (read.card.name, read.has_picture) == ("Ada", True)
    with pytest.raises(InvalidInput, match="damaged"):
        ask(reader.picture(broken, "ada.png"))


def test_the_persona_of_an_archive_is_read_too(reader: ProcessCardReader, ask: Ask) -> None:
    content = write_archive(WHOLE)

    assert ask(reader.read(content, "ada.persona")).card.name == "Ada"
    assert ask(reader.picture(content, "ada.persona")) is not None


@pytest.mark.parametrize(
    ("content", "error"),
    [(png(), NoCardInside), (b"{}", UnreadableCard), (charx_of({}), UnreadableCard)],
    ids=["a picture", "no name", "an archive without a name"],
)
def test_a_refusal_keeps_its_kind_and_its_words(
    content: bytes, error: type[UserFacingError], reader: ProcessCardReader, ask: Ask
) -> None:
    with pytest.raises(UserFacingError) as here:
        read_card_file(content, "a")

    with pytest.raises(error) as there:
        ask(reader.read(content, "a"))

    assert type(there.value) is error
    assert (there.value.sentence, there.value.next_step) == (here.value.sentence, here.value.next_step)


def test_a_large_picture_is_scaled_and_keeps_its_shape(reader: ProcessCardReader, ask: Ask) -> None:
    made = ask(reader.prepare_avatar(drawn((3000, 2000)), None))

    assert (made.width, made.height, made.media_type) == (1024, 683, "image/jpeg")
    assert (made.source_width, made.source_height) == (3000, 2000)
    assert opened(made.content).size == (1024, 683)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_crop_is_measured_in_the_upright_picture(kind: str, reader: ProcessCardReader, ask: Ask) -> None:
    lying = Image.new("RGB", (200, 100), "red")
    lying.paste("blue", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: the blue half comes to the top
    taken = io.BytesIO()
    lying.save(taken, kind, exif=exif, quality=95)

    whole = ask(reader.prepare_avatar(taken.getvalue(), None))
    top = ask(reader.prepare_avatar(taken.getvalue(), Crop(10, 10, 60)))

    assert (whole.width, whole.height, whole.source_width, whole.source_height) == (100, 200, 100, 200)
    assert (top.width, top.height) == (60, 60)
    red, _, blue = opened(top.content).getpixel((30, 30))
    assert blue > 200 > 60 > red


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_nothing_but_the_picture_is_kept(kind: str, reader: ProcessCardReader, ask: Ask) -> None:
    exif = Image.Exif()
    exif[0x9286] = b"where it was taken"
    options = {"comment": b"who took it"} if kind in ("GIF", "JPEG") else {}
    content = drawn((40, 40), "RGB", kind, **({"exif": exif} if kind != "GIF" else {}), **options)

    made = ask(reader.prepare_avatar(content, None))

    assert b"taken" not in made.content
    assert b"who took" not in made.content


def test_a_transparent_png_keeps_its_own_pixels_and_loses_its_texts(reader: ProcessCardReader, ask: Ask) -> None:
    plain = drawn((40, 40), "RGBA", colour=(255, 0, 0, 128))
    content = plain[:33] + text("Author", b"someone") + plain[33:]

    made = ask(reader.prepare_avatar(content, None))

    assert (made.media_type, made.content) == ("image/png", plain)


def test_a_transparent_picture_that_is_scaled_stays_transparent(reader: ProcessCardReader, ask: Ask) -> None:
    made = ask(reader.prepare_avatar(drawn((2000, 1000), "RGBA", colour=(255, 0, 0, 128)), None))

    assert (made.media_type, made.width) == ("image/webp", 1024)
    assert opened(made.content).getchannel("A").getextrema() == (128, 128)


def test_of_a_moving_picture_the_first_frame_is_kept(reader: ProcessCardReader, ask: Ask) -> None:
    target = io.BytesIO()
    first, second = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    first.save(target, "GIF", save_all=True, append_images=[second])

    made = ask(reader.prepare_avatar(target.getvalue(), None))

    assert opened(made.content).convert("RGB").getpixel((10, 10))[0] > 200
    assert getattr(opened(made.content), "n_frames", 1) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_pictures_of_every_mode_become_one_that_is_shown(mode: str, reader: ProcessCardReader, ask: Ask) -> None:
    content = drawn((1500, 20), mode, "JPEG" if mode == "CMYK" else "PNG")

    made = ask(reader.prepare_avatar(content, None))

    assert (made.width, opened(made.content).mode) in ((1024, "RGB"), (1024, "RGBA"))


def test_a_picture_comes_as_png_where_that_is_asked_for(reader: ProcessCardReader, ask: Ask) -> None:
    made = ask(reader.to_png(drawn((30, 20), kind="JPEG")))

    assert (opened(made).format, opened(made).size) == ("PNG", (30, 20))


REFUSED = {
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
    "bmp": (drawn((10, 10), kind="BMP"), "no picture"),
    "cut off": (drawn((200, 200), kind="JPEG")[:-200], "damaged"),
    "only a head": (drawn((10, 10))[:40], "damaged"),
    "64 megapixels": (png(width=8001, height=8000), "megapixels"),
    "5 MB": (drawn((10, 10)) + bytes(AVATAR_LIMIT_BYTES), "larger than 5 MB"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_avatar_is_refused_with_a_sentence(
    content: bytes, reason: str, reader: ProcessCardReader, ask: Ask
) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        ask(reader.prepare_avatar(content, None))

    assert refused.value.field == "avatar"
    assert refused.value.next_step


def test_a_card_in_a_picture_of_more_than_5_mb_is_an_avatar_all_the_same(reader: ProcessCardReader, ask: Ask) -> None:
    large = chunk(b"zTXt", b"Comment\0\0" + os.urandom(AVATAR_LIMIT_BYTES))
    content = drawn((30, 20))[:-12] + large + text("chara", coded(card())) + chunk(b"IEND", b"")

    assert ask(reader.prepare_avatar(content, None)).width == 30


def test_a_crop_beside_the_picture_is_refused(reader: ProcessCardReader, ask: Ask) -> None:
    with pytest.raises(InvalidInput, match="outside"):
        ask(reader.prepare_avatar(drawn((10, 10)), Crop(20, 0, 5)))


def test_many_are_read_side_by_side_each_with_its_own_answer() -> None:
    async def use(reader: ProcessCardReader) -> list[str]:
        files = [json.dumps(card(f"Ada {number}")).encode() for number in range(40)]
        return [read.card.name for read in await asyncio.gather(*(reader.read(file, "a") for file in files))]

    assert with_reader(use) == [f"Ada {number}" for number in range(40)]


@pytest.mark.parametrize("name", ["crash", "garbage", "no json", "another shape", "endless"])
def test_after_a_process_that_breaks_the_next_file_is_read(name: str) -> None:
    async def use(reader: ProcessCardReader) -> None:
        with pytest.raises(UserFacingError, match="stop") as broken:
            await reader.read(b"", name)
        assert broken.value.next_step
        with pytest.raises(UnreadableCard, match="Said"):
            await reader.read(b"", "fine")

    with_reader(use, command=BREAKING)


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    async def use(reader: ProcessCardReader) -> None:
        with pytest.raises(UnreadableCard, match="Said"):
            await reader.read(b"", "fine")
        with pytest.raises(UserFacingError, match="longer than"):
            await reader.read(b"", "hang")
        with pytest.raises(UnreadableCard, match="Said"):
            await reader.read(b"", "fine")

    with_reader(use, command=BREAKING, limit_s=3.0)


def test_whoever_stops_waiting_leaves_no_answer_to_the_next() -> None:
    async def use(reader: ProcessCardReader) -> None:
        waiting = asyncio.create_task(reader.read(b"", "hang"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(UnreadableCard, match="Said"):
            await reader.read(b"", "fine")

    with_reader(use, command=BREAKING)


def test_a_reader_that_is_closed_in_the_middle_leaves_no_process_and_says_so() -> None:
    async def close_in_the_middle() -> list[object]:
        reader = ProcessCardReader(processes=1)
        asked = [asyncio.ensure_future(reader.prepare_avatar(png(), None)) for _ in range(3)]
        await asyncio.sleep(0)
        await reader.close()
        return list(await asyncio.gather(*asked, return_exceptions=True))

    assert {type(answer) for answer in asyncio.run(close_in_the_middle())} == {ReaderUnavailable}


def test_a_program_that_is_not_there_is_said() -> None:
    error = refusal(lambda reader: reader.read(b"", "a"), command=("/nowhere/at/all",))

    assert isinstance(error, ReaderUnavailable)
    assert "could not be started" in error.sentence


def children() -> set[str]:
    return {pid for place in Path("/proc/self/task").glob("*/children") for pid in place.read_text().split()}


@LINUX
def test_a_resting_process_ends_by_itself() -> None:
    before = children()

    async def use(reader: ProcessCardReader) -> None:
        await reader.read(SAMPLES["json"], "a")
        assert len(children() - before) == 1
        while children() - before:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    with_reader(use, idle_s=0.5)


CONFINED = """
import json, socket, sys
from personadesk.providers.card_reader import limits
limits.confine()
found = {}
def attempt(name, work):
    try:
        work()
        found[name] = "done"
    except (OSError, MemoryError) as error:
        found[name] = type(error).__name__
def write():
    with open(sys.argv[1], "wb") as file:
        file.write(b"x")
attempt("memory", lambda: bytearray(2_000_000_000))
attempt("write", write)
attempt("files", lambda: [open("/dev/null") for _ in range(100)])
print(json.dumps(found))
limits.CPU_S = 0
limits.start_clock()
while True:
    pass
"""


@LINUX
def test_a_reading_process_can_not_write_nor_take_what_it_likes(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CONFINED, str(tmp_path / "new")], capture_output=True, text=True, check=False, timeout=60
    )

    assert json.loads(run.stdout) == {"memory": "MemoryError", "write": "OSError", "files": "OSError"}
    assert (tmp_path / "new").read_bytes() == b""
    assert run.returncode == -signal.SIGXCPU


NARROW = """
from personadesk.providers.card_reader import limits, pictures
limits.MEMORY_BYTES = 250_000_000
from personadesk.providers.card_reader.child import serve
from personadesk.providers.card_reader.jobs import done
serve(done)
"""


@LINUX
def test_what_needs_too_much_memory_is_said_and_the_process_goes_on() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8000, 7900, 8, 2, 0, 0, 0))
    large = SIGNATURE + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")

    async def use(reader: ProcessCardReader) -> None:
        with pytest.raises(UserFacingError, match="memory"):
            await reader.prepare_avatar(large, None)
        assert (await reader.prepare_avatar(drawn((30, 20)), None)).width == 30

    with_reader(use, command=(sys.executable, "-c", NARROW))
