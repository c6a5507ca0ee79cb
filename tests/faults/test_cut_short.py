"""A run that is killed or starved at one of its system calls: before or after, never between."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot_folder import make_bot, tree
from tests.faults.strace import MUTATING, needs_strace, traced
from tests.program import run

SHORT = 3
"""Places of each fault in the suite; PERSONADESK_FAULT_PLACES names how many, "all" for every one."""

FAULTS = ("signal=SIGKILL", "error=ENOSPC", "error=EIO")


def places(count: int, fault: str) -> Iterator[int]:
    wanted = os.environ.get("PERSONADESK_FAULT_PLACES", str(SHORT))
    if wanted == "all":
        yield from range(1, count + 1)
    else:
        yield from sorted(random.Random(f"{fault} 1").sample(range(1, count + 1), min(int(wanted), count)))


def sources(bot: Path) -> dict[str, bytes]:
    return {path: content for path, content in tree(bot).items() if "profiles_backup_" not in path}


@needs_strace
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_a_system_call_leaves_before_or_after(tmp_path: Path, fault: str) -> None:
    bot = tmp_path / "bot"
    make_bot(bot)
    original = sources(bot)
    run(tmp_path / "count", "migrate", "--list")
    log = tmp_path / "count.log"
    counted = traced(
        tmp_path / "count", "migrate", "--profiles-dir", str(bot), options=("-e", f"trace={MUTATING}"),
        log=log,
    )  # fmt: skip
    assert counted.returncode == 0, counted.stderr
    for left in bot.rglob("profiles_backup_*"):
        left.unlink()
    # strace counts for each thread by itself.
    threads = Counter(line.split(" ", 1)[0] for line in log.read_text(errors="replace").splitlines())
    calls = max(threads.values())

    for place in places(max(calls, 1), fault):
        desk = tmp_path / f"desk-{place}"
        run(desk, "migrate", "--list")
        traced(
            desk, "migrate", "--profiles-dir", str(bot),
            options=("-e", f"trace={MUTATING}", "-e", f"inject={MUTATING}:{fault}:when={place}"),
            log=tmp_path / "fault.log",
        )  # fmt: skip
        assert sources(bot) == original, f"call {place}"

        again = run(desk, "migrate", "--profiles-dir", str(bot))
        assert again.returncode == 0, f"call {place}: {again.stderr}"
        assert sources(bot) == original, f"call {place}"
        assert not list(bot.rglob("*.part")), f"call {place}"
        undone = run(desk, "migrate", "--rollback")
        assert undone.returncode == 0, f"call {place}: {undone.stderr}"
        assert sources(bot) == original, f"call {place}"
        for left in bot.rglob("profiles_backup_*"):
            left.unlink()
