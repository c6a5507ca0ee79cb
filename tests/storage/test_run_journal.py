"""The journal tells of a run that was killed, and keeps a second one out."""

import os
from pathlib import Path

import pytest

from personadesk.domain.errors import UserFacingError
from personadesk.services.migration_ports import OpenRun
from personadesk.storage.run_journal import RunJournal


def test_looking_makes_nothing(tmp_path: Path) -> None:
    journal = RunJournal(tmp_path / "data")
    assert journal.unfinished() == []
    assert journal.moves("u") == []
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_told_until_it_ends(tmp_path: Path) -> None:
    journal = RunJournal(tmp_path / "data")
    journal.begin("u-1", {"source": "/odd/\udcff"})
    journal.note("u-1", "move", {"from": "a", "to": "b/a"})
    steps = (("begin", {"source": "/odd/\udcff"}), ("move", {"from": "a", "to": "b/a"}))
    assert RunJournal(tmp_path / "data").unfinished() == [OpenRun("u-1", steps)]
    journal.end("u-1")
    assert journal.unfinished() == []
    assert journal.moves("u-1") == [("a", "b/a")]


def test_a_move_that_did_not_happen_is_none(tmp_path: Path) -> None:
    journal = RunJournal(tmp_path)
    journal.begin("u", {})
    for name in ("a", "b"):
        journal.note("u", "move", {"from": name, "to": f"c/{name}"})
    journal.note("u", "stays", {"from": "b", "why": "It is there already."})

    assert journal.moves("u") == [("a", "c/a")]


def test_a_torn_line_is_ignored_and_the_next_one_is_not(tmp_path: Path) -> None:
    journal = RunJournal(tmp_path)
    journal.begin("u", {})
    with (tmp_path / "migrations" / "u.jsonl").open("ab") as file:
        file.write(b'{"step": "back')
    assert journal.unfinished() == [OpenRun("u", (("begin", {}),))]
    journal.note("u", "imported", {})
    assert journal.unfinished() == [OpenRun("u", (("begin", {}), ("imported", {})))]


def test_a_uuid_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="uuid"):
        RunJournal(tmp_path).begin("../u", {})


def test_a_second_run_of_the_same_data_is_kept_out(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    journal = RunJournal(tmp_path / "data")
    with journal.lock(tmp_path / "bot"):
        with pytest.raises(UserFacingError, match="Another migration"), RunJournal(tmp_path / "data").lock(tmp_path):
            pass
        assert list((tmp_path / "bot").iterdir()) == []
    with journal.lock(tmp_path / "gone"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="a folder can't be locked there")
def test_a_second_run_of_the_same_source_is_kept_out(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    first, second = RunJournal(tmp_path / "one"), RunJournal(tmp_path / "two")
    with first.lock(tmp_path / "bot"):
        with pytest.raises(UserFacingError, match="reading"), second.lock(tmp_path / "bot"):
            pass
        with second.lock(tmp_path):
            pass
    with second.lock(tmp_path / "bot"):
        pass
