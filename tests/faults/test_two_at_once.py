"""Two runs at once: one imports, the other says so, and nothing of the first is touched."""

import random
import subprocess
import time
from pathlib import Path

import pytest

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Progress, Stage
from tests.faults.ground import Ground, archives, contents, opened, plan, sources
from tests.faults.tally import LONG, Tally
from tests.program import COMMAND, DONE_S, run, unmeasured

ROUNDS = 60 if LONG else 1
APART_S = 0.8
"""The second starts at most so much later than the first."""


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path, 300 if LONG else 60)


def started(ground: Ground, desk: Path) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*COMMAND, "--data-dir", str(desk), *ground.arguments()], stdout=pipe, stderr=pipe, env=unmeasured(), text=True
    )


def test_of_two_that_start_together_one_imports(ground: Ground) -> None:
    tally = Tally("two runs at once", ROUNDS)

    for number in range(ROUNDS):
        desk = ground.fresh_desk(f"desk-{number}")
        children = [started(ground, desk)]
        time.sleep(random.Random(number).uniform(0, APART_S) if LONG else 0)
        children.append(started(ground, desk))
        said = [child.communicate(timeout=DONE_S) for child in children]

        codes = sorted(child.returncode for child in children)
        errors = "".join(error for _, error in said)
        assert codes in ([0, 0], [0, 1]), said
        assert "Traceback" not in errors
        imported = [out for out, _ in said if "Backup: " in out]
        assert len(imported) == 1, said
        other = next(out + error for out, error in said if "Backup: " not in out)
        outcome = "found all of it here" if codes == [0, 0] else "was told to wait or look again"
        assert (
            ("no backup was made" in other)
            if codes == [0, 0]
            else ("Another migration" in other or "in between" in other)
        )
        assert contents(desk) == ground.after
        assert len(archives(ground.bot)) == 1
        assert ground.judge(desk) == "after"
        tally.add(f"the other {outcome}")
        ground.tidy(desk)
    tally.done()


def test_a_start_in_the_middle_of_a_run_leaves_it_alone(ground: Ground) -> None:
    desk = ground.fresh_desk("busy")
    meanwhile: list[subprocess.CompletedProcess[str]] = []

    def tell(progress: Progress) -> None:
        if progress.stage is Stage.CHECK_BACKUP and not meanwhile:
            meanwhile.append(run(desk, "migrate", "--list"))

    with opened(desk) as backend:
        receipt = backend.migration.run(plan(backend, ground.bot, reorganize=False), tell=tell)

    assert (meanwhile[0].returncode, meanwhile[0].stderr) == (0, "")
    assert receipt.backup is not None
    assert receipt.backup.is_file()
    assert ground.judge(desk) == "after"


def test_a_plan_that_another_run_overtook_brings_nothing_twice(ground: Ground) -> None:
    desk = ground.fresh_desk("overtaken")
    with opened(desk) as slow, opened(desk) as quick:
        overtaken = plan(slow, ground.bot, reorganize=False)
        quick.migration.run(plan(quick, ground.bot, reorganize=False))

        with pytest.raises(UserFacingError, match="in between"):
            slow.migration.run(overtaken)

    assert contents(desk) == ground.after
    assert len(archives(ground.bot)) == 1
    assert sources(ground.bot) == ground.original
