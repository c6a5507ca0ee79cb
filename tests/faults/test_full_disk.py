"""A disk that is full after so many bytes, of a file or of the whole disk."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.ground import Ground, archives
from tests.faults.tally import LONG, Tally
from tests.program import COMMAND, DONE_S, unmeasured

MB = 1024 * 1024
PROFILES, SIZE = (300, 20_000) if LONG else (40, 40_000)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts differ on other systems")


def start(desk: Path, bot: Path, *before: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*before, *COMMAND, "--data-dir", str(desk), "migrate", "--profiles-dir", str(bot)],
        capture_output=True, text=True, env=unmeasured(), timeout=DONE_S, check=False,
    )  # fmt: skip


def is_told(done: "subprocess.CompletedProcess[str]") -> None:
    """A run that had too little room says so in a sentence, and that is all it says."""
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert bool(done.stderr) == bool(done.returncode), done.stderr


def steps(needed: int) -> list[int]:
    """Sizes in bytes: every megabyte, up to one that is enough; in the suite two of them."""
    every = list(range(0, needed + MB, MB))
    return every if LONG else [needed // 4, needed + MB]


def test_a_file_that_may_not_grow_leaves_before_or_after(tmp_path: Path) -> None:
    ground = Ground(tmp_path, PROFILES, SIZE)
    sizes = steps(6 * sum(map(len, ground.original.values())))
    tally = Tally("no file may grow beyond so many MB", len(sizes))

    for size in sizes:
        desk = ground.fresh_desk(f"desk-{size}")
        done = start(desk, ground.bot, "bash", "-c", f'ulimit -f {size // 1024}; exec "$@"', "bash")
        is_told(done)
        was = ground.judge(desk)
        assert (was == "after") == (done.returncode == 0), done.stderr
        tally.add(was)
        ground.tidy(desk)
        if was == "after":
            break
    assert was == "after"
    tally.done()


@contextlib.contextmanager
def disk(place: Path) -> Iterator[None]:
    """A small disk in memory; only root may make one."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1G", "personadesk-test", str(place)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def resize(place: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size // 1024}k", str(place)], check=True)


def used(place: Path) -> int:
    status = os.statvfs(place)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("full", ["the data's disk", "everybody's disk"])
def test_a_full_disk_leaves_before_or_after(tmp_path: Path, full: str) -> None:
    ground = Ground(tmp_path / "ground", PROFILES, SIZE)
    sizes = steps(6 * sum(map(len, ground.original.values())))
    tally = Tally(f"{full} has room for so many MB", len(sizes))

    for size in sizes:
        place = tmp_path / f"disk-{size}"
        with disk(place):
            desk = shutil.copytree(ground.desk, place / "desk")
            bot = ground.bot
            if full == "everybody's disk":
                bot = shutil.copytree(ground.bot, place / "bot")
            resize(place, used(place) + max(size, 4096))
            done = start(desk, bot)
            is_told(done)
            assert len(archives(bot)) == (done.returncode == 0), done.stderr
            resize(place, 1024 * MB)
            was = ground.judge(desk, bot)
            assert (was == "after") == (done.returncode == 0), done.stderr
            tally.add(was)
            ground.tidy(desk)
        place.rmdir()
        if was == "after":
            break
    assert was == "after"
    tally.done()
