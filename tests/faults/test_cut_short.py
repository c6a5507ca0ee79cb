"""A run that is killed or starved at one of its system calls: before or after, never between."""

import random

import pytest

from tests.faults.ground import Ground
from tests.faults.strace import MUTATING, calls, needs_strace, traced
from tests.faults.tally import LONG, Tally

SHORT = 2
"""Places of each fault in the suite; the long form tries every one."""

FAULTS = ("signal=SIGKILL", "error=ENOSPC", "error=EIO")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("cut"), reorganize=True)


@pytest.fixture(scope="module")
def places(ground: Ground) -> list[tuple[str, int]]:
    """Every system call of a run that changes something: its name, and which one of them."""
    desk, log = ground.fresh_desk("counted"), ground.root / "counted.log"
    counted = traced(desk, *ground.arguments(), options=("-e", f"trace={MUTATING}"), log=log)
    assert counted.returncode == 0, counted.stderr
    assert ground.judge(desk) == "after"
    ground.tidy(desk)
    return [(name, number) for name, most in sorted(calls(log).items()) for number in range(1, most + 1)]


@needs_strace
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_a_system_call_leaves_before_or_after(
    ground: Ground, places: list[tuple[str, int]], fault: str
) -> None:
    chosen = places if LONG else random.Random(fault).sample(places, SHORT)
    tally = Tally(f"{fault} at a system call", len(chosen))

    for name, number in chosen:
        desk = ground.fresh_desk(f"{name}-{number}")
        ended = traced(
            desk, *ground.arguments(), log=ground.root / "fault.log",
            options=("-e", f"trace={name}", "-e", f"inject={name}:{fault}:when={number}"),
        )  # fmt: skip
        try:
            was = ground.judge(desk)
        except BaseException as error:
            error.add_note(f"{fault} at {name} {number}, which ended with {ended.returncode}: {ended.stderr[-2000:]}")
            raise
        tally.add("never reached" if ended.returncode == 0 and "SIGKILL" in fault else was)
        ground.tidy(desk)
    tally.done()
