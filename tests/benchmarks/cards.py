"""What reading cards apart from this process costs beside decoding and writing their pictures on the same cores.

`python -m tests.benchmarks.cards [COUNT [ROUNDS]]`; the cards are PNG files of about 700 KB, each a file of its own.
The floor is as many plain processes as cores, each decoding its share with Pillow and writing the files' bytes.
All run in turn, several rounds, so that what disturbs the machine disturbs them alike.

"Brought into a library" ends where the window's report is shown: every persona is there, to be talked with, and the
file it came in is on the disk. "Until the last picture" is from the beginning, too, and ends when no persona waits
for its face: those are prepared behind the report, and have no bar of their own.
"""

import asyncio
import base64
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from personadesk.assembly import Backend
from personadesk.domain.card_import import CardDecision
from personadesk.formats import png_chunks
from personadesk.paths import Paths, find_resources
from personadesk.providers.card_reader.pool import ProcessCardReader

COUNT = 1_000
DIFFERENT = 20
ROUNDS = 3
SIZE_PX = (448, 672)
TARGET = 1.5
MEASURED = ("read, check, prepare and write", "brought into a library", "the same until the last picture")
BARRED = 2
AT_ONCE = 4
CORES = min(2, os.cpu_count() or 1)

FLOOR = """
import io, pathlib, sys
from PIL import Image
target = pathlib.Path(sys.argv[1])
for place in sys.stdin.read().splitlines():
    path = pathlib.Path(place)
    content = path.read_bytes()
    Image.open(io.BytesIO(content)).load()
    (target / path.name).write_bytes(content)
"""


def picture(seed: int) -> bytes:
    """A portrait-like PNG: smooth shapes with a grain, as pictures of cards have."""
    width, height = SIZE_PX
    grain = random.Random(seed)
    noise = Image.frombytes("RGB", (width // 4, height // 4), grain.randbytes(width * height // 16 * 3))
    target = io.BytesIO()
    noise.resize(SIZE_PX, Image.Resampling.BICUBIC).save(target, "PNG")
    return target.getvalue()


def card_file(seed: int, plain: bytes) -> bytes:
    data = {
        "name": f"Persona {seed}",
        "description": f"Someone with a long story, number {seed}. " * 120,
        "first_mes": "Good evening. " * 80,
        "mes_example": "<START>\n{{user}}: Hello\n{{char}}: Hello.\n" * 40,
        "alternate_greetings": ["Good morning. " * 60] * 3,
        "character_book": {"entries": [{"keys": [f"key {n}"], "content": "Lore. " * 60} for n in range(20)]},
    }
    card = base64.b64encode(json.dumps({"spec": "chara_card_v3", "spec_version": "3.0", "data": data}).encode())
    return png_chunks.joined(
        (
            *(chunk.raw for chunk in png_chunks.chunks(plain)),
            *(png_chunks.text_chunk(name, card) for name in ("chara", "ccv3")),
        )
    )


def floor(paths: list[Path], target: Path) -> None:
    shares = [paths[start::CORES] for start in range(CORES)]
    running = [
        subprocess.Popen([sys.executable, "-c", FLOOR, str(target)], stdin=subprocess.PIPE, text=True) for _ in shares
    ]
    for process, share in zip(running, shares, strict=True):
        assert process.stdin is not None
        process.stdin.write("\n".join(map(str, share)))
        process.stdin.close()
    for process in running:
        if process.wait():
            raise SystemExit("the floor failed")


def read_all(paths: list[Path], target: Path) -> None:
    """Read every card and write what came in: the file as received, and the prepared picture."""

    async def run() -> None:
        reader = ProcessCardReader()
        places = asyncio.Semaphore(AT_ONCE)

        async def one(path: Path) -> None:
            async with places:
                content = await asyncio.to_thread(path.read_bytes)
                read = await reader.read(content, path.name)
                assert read.has_picture
                picture = await reader.picture(content, path.name)
                assert picture is not None
                await asyncio.to_thread(write, target / path.name, content, picture.content)

        await asyncio.gather(*(one(path) for path in paths))
        await reader.close()

    asyncio.run(run())


def import_all(paths: list[Path], target: Path, lap: Callable[[], None]) -> None:
    """Bring every card into a library, as the window does: look, then read again and store, synced; then pictures."""
    backend = Backend(Paths(data_dir=target / "desk", resources=find_resources()))

    async def run() -> None:
        await backend.prepare()
        found = await backend.cards.look(paths)
        report = await backend.cards.bring([(item, item.decisions[0]) for item in found])
        assert report.count(CardDecision.ADD) == len(paths)
        lap()
        assert not await backend.cards.finish_pictures()

    backend.engine.submit(run()).result()
    backend.close()


def write(place: Path, received: bytes, avatar: bytes) -> None:
    place.write_bytes(received)
    place.with_suffix(".avatar").write_bytes(avatar)


def seconds(work: Callable[[list[Path], Path], None], paths: list[Path]) -> tuple[float, float]:
    """By the clock, and of the processors' time: the second says the same on a busy machine."""
    with tempfile.TemporaryDirectory() as target:
        watch = Stopwatch()
        work(paths, Path(target))
        return watch.read()


def seconds_of_import(paths: list[Path]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Until all are in the library, and until the last has its picture."""
    with tempfile.TemporaryDirectory() as target:
        watch = Stopwatch()
        laps: list[tuple[float, float]] = []
        import_all(paths, Path(target), lambda: laps.append(watch.read()))
        return laps[0], watch.read()


class Stopwatch:
    def __init__(self) -> None:
        self._start, self._busy = time.perf_counter(), _busy()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._start, _busy() - self._busy


def _busy() -> float:
    """Of this process and all of its children, also of those that are at work."""
    return sum(os.times()[:4]) + sum(map(_busy_of, _children()))


def _children() -> list[Path]:
    tasks = Path("/proc/self/task").glob("*/children")
    return [Path("/proc") / pid for task in tasks for pid in task.read_text().split()]


def _busy_of(process: Path) -> float:
    try:
        words = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, words[11:13])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    count, rounds = (int(word) for word in (*sys.argv[1:], *(str(COUNT), str(ROUNDS))[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        plain = [picture(seed) for seed in range(min(DIFFERENT, count))]
        paths = [Path(folder) / f"{seed:05}.png" for seed in range(count)]
        for seed, path in enumerate(paths):
            path.write_bytes(card_file(seed, plain[seed % len(plain)]))
        size_kb = sum(path.stat().st_size for path in paths) / count / 1_000
        print(f"{count:,} cards of {size_kb:.0f} KB, {SIZE_PX[0]} x {SIZE_PX[1]} px, {CORES} processes")
        turns = [(seconds(floor, paths), seconds(read_all, paths), *seconds_of_import(paths)) for _ in range(rounds)]
        for number, measure in enumerate(("by the clock", "of the processors")):
            least = statistics.median(turn[0][number] for turn in turns)
            print(f"{f'decode and write, bare, {measure}':56} {least:8.2f} s   {least / count * 1_000:.2f} ms a card")
            for place, name in enumerate(MEASURED, start=1):
                ours = statistics.median(turn[place][number] for turn in turns)
                ratio = statistics.median(turn[place][number] / turn[0][number] for turn in turns)
                bar = f" (at most {TARGET} x)" if place <= BARRED else ""
                print(f"{f'{name}, {measure}':56} {ours:8.2f} s   {ratio:.2f} x{bar}")


if __name__ == "__main__":
    main()
