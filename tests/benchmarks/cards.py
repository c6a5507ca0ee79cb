"""What reading cards apart from this process costs beside decoding and writing their pictures on the same cores.

`python -m tests.benchmarks.cards [COUNT [ROUNDS]]`; the cards are PNG files of about 700 KB, each a file of its own.
The floor is as many plain processes as cores, each decoding its share with Pillow and writing the files' bytes.
Both run in turn, several rounds, so that what disturbs the machine disturbs both.
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
                assert read.picture is not None
                await asyncio.to_thread(write, target / path.name, content, read.picture.content)

        await asyncio.gather(*(one(path) for path in paths))
        await reader.close()

    asyncio.run(run())


def import_all(paths: list[Path], target: Path) -> None:
    """Bring every card into a library, as the window does: look, then read again, prepare and store, synced."""
    backend = Backend(Paths(data_dir=target / "desk", resources=find_resources()))

    async def run() -> None:
        await backend.prepare()
        found = await backend.cards.look(paths)
        report = await backend.cards.bring([(item, item.decisions[0]) for item in found])
        assert report.count(CardDecision.ADD) == len(paths)

    backend.engine.submit(run()).result()
    backend.close()


def write(place: Path, received: bytes, avatar: bytes) -> None:
    place.write_bytes(received)
    place.with_suffix(".avatar").write_bytes(avatar)


def seconds(work: Callable[[list[Path], Path], None], paths: list[Path]) -> tuple[float, float]:
    """By the clock, and of the processors' time: the second says the same on a busy machine."""
    with tempfile.TemporaryDirectory() as target:
        start, busy = time.perf_counter(), sum(os.times()[:4])
        work(paths, Path(target))
        return time.perf_counter() - start, sum(os.times()[:4]) - busy


def main() -> None:
    count, rounds = (int(word) for word in (*sys.argv[1:], *(str(COUNT), str(ROUNDS))[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        plain = [picture(seed) for seed in range(min(DIFFERENT, count))]
        paths = [Path(folder) / f"{seed:05}.png" for seed in range(count)]
        for seed, path in enumerate(paths):
            path.write_bytes(card_file(seed, plain[seed % len(plain)]))
        size_kb = sum(path.stat().st_size for path in paths) / count / 1_000
        print(f"{count:,} cards of {size_kb:.0f} KB, {SIZE_PX[0]} x {SIZE_PX[1]} px, {CORES} processes")
        turns = [(seconds(floor, paths), seconds(read_all, paths), seconds(import_all, paths)) for _ in range(rounds)]
        for number, measure in enumerate(("by the clock", "of the processors")):
            least = statistics.median(bare[number] for bare, _, _ in turns)
            print(f"{f'decode and write, bare, {measure}':48} {least:8.2f} s   {least / count * 1_000:.2f} ms a card")
            for place, name in ((1, "read, check, prepare and write"), (2, "brought into a library")):
                ours = statistics.median(turn[place][number] for turn in turns)
                ratio = statistics.median(turn[place][number] / turn[0][number] for turn in turns)
                print(f"{f'{name}, {measure}':48} {ours:8.2f} s   {ratio:.2f} x (at most {TARGET} x)")


if __name__ == "__main__":
    main()
