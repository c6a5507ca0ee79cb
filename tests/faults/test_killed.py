"""A run that is killed at any moment."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from personadesk.storage.run_journal import FOLDER_NAME, LOCK_NAME
from tests.faults.ground import Ground, contents, opened, plan, sources
from tests.faults.tally import LONG, Tally
from tests.program import COMMAND, unmeasured, until

KILLS = 500 if LONG else 2
PROFILES = 300 if LONG else 60
IN_THE_START = 0.1
"""So many of the kills come before the run has begun to write."""


class Run:
    def __init__(self, desk: Path, *arguments: str) -> None:
        self.began = time.monotonic()
        self._lock = desk / FOLDER_NAME / LOCK_NAME
        self._child = subprocess.Popen(
            [*COMMAND, "--data-dir", str(desk), *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=unmeasured(),
        )  # fmt: skip

    def until_it_writes(self) -> float:
        until("the run to take its lock", lambda: self._lock.exists() or self._child.poll() is not None or None)
        return time.monotonic()

    def ended(self) -> int:
        return self._child.wait(90)

    def kill(self) -> int:
        self._child.kill()
        return self.ended()


@pytest.mark.parametrize("reorganize", [False, True])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_kill_at_any_moment_leaves_before_or_after(tmp_path: Path, reorganize: bool) -> None:
    ground = Ground(tmp_path, PROFILES, reorganize=reorganize)
    desk = ground.fresh_desk("measured")
    run = Run(desk, *ground.arguments())
    start = run.until_it_writes() - run.began
    writing = run.until_it_writes()
    assert run.ended() == 0
    work = time.monotonic() - writing
    assert ground.judge(desk) == "after"
    ground.tidy(desk)
    wanted = KILLS // 2
    tally = Tally(f"SIGKILL at any moment{', files being moved' if reorganize else ''}", wanted)

    kills = number = 0
    while kills < wanted:
        number += 1
        chance = random.Random(number)
        desk = ground.fresh_desk(f"{number}")
        run = Run(desk, *ground.arguments())
        if chance.random() < IN_THE_START:
            time.sleep(chance.uniform(0, start))
        else:
            run.until_it_writes()
            time.sleep(chance.uniform(0, work))
        code = run.kill()
        try:
            was = ground.judge(desk)
        except BaseException as error:
            error.add_note(f"kill {number}, code {code}")
            raise
        if code:
            kills += 1
            tally.add(was)
        ground.tidy(desk)
    tally.done()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_an_undo_that_is_killed_can_be_asked_for_again(tmp_path: Path) -> None:
    ground = Ground(tmp_path, PROFILES, reorganize=True)
    wanted = KILLS // 5 or 1
    tally = Tally("SIGKILL during an undo", wanted)

    kills = number = 0
    work = 0.0
    while kills < wanted:
        number += 1
        desk = ground.fresh_desk(f"{number}")
        with opened(desk) as backend:
            backend.migration.run(plan(backend, ground.bot, reorganize=True))
        lock = desk / FOLDER_NAME / LOCK_NAME
        lock.unlink()
        undo = Run(desk, "migrate", "--rollback")
        began = undo.until_it_writes()
        if not work:  # the first shows how long it takes
            assert undo.ended() == 0
            work, code = time.monotonic() - began, 0
        else:
            time.sleep(random.Random(number).uniform(0, work))
            code = undo.kill()
        with opened(desk) as backend:
            backend.migration.recover()
            (run,) = backend.migration.runs()
            was = "before" if run.undone_at is None else "after"
            if run.undone_at is None:
                assert contents(desk) == ground.after
                assert backend.migration.undo(run.id).left == ()
            assert contents(desk) == ground.undone
        assert sources(ground.bot) == ground.original, f"kill {number}"
        if code:
            kills += 1
            tally.add(was)
        ground.tidy(desk)
    tally.done()
