"""A dry run writes nothing: not in the source, not in the data directory, nowhere."""

from pathlib import Path

import pytest

from tests.bot_folder import make_bot, tree
from tests.faults.strace import WRITES, changed_files, needs_strace, traced
from tests.program import run


@needs_strace
@pytest.mark.parametrize("used_before", [False, True])
def test_dry_run_makes_no_call_that_changes_a_file(tmp_path: Path, used_before: bool) -> None:
    make_bot(tmp_path / "bot")
    desk = tmp_path / "desk"
    if used_before:
        run(desk, "migrate", "--list")
    before, log = tree(tmp_path / "bot"), tmp_path / "strace.log"

    done = traced(
        desk, "migrate", "--dry-run", "--profiles-dir", str(tmp_path / "bot"),
        options=("-e", f"trace={WRITES}"), log=log,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "Nothing was changed" in done.stdout
    assert [line[:200] for line in changed_files(log)[:5]] == []
    assert tree(tmp_path / "bot") == before
    assert desk.exists() is used_before
