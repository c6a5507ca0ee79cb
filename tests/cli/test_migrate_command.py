"""`personadesk migrate`, as a user meets it."""

import json
from pathlib import Path

import pytest

from tests.bot_folder import KAI, make_bot, tree
from tests.program import run


def test_brings_a_folder_in_lists_the_run_and_rolls_it_back(tmp_path: Path) -> None:
    make_bot(tmp_path / "bot")
    desk = tmp_path / "desk"

    done = run(desk, "migrate", "--profiles-dir", str(tmp_path / "bot"))
    again = run(desk, "migrate", "--profiles-dir", str(tmp_path / "bot"))
    listed = run(desk, "migrate", "--list", "--json")
    back = run(desk, "migrate", "--rollback")

    assert done.returncode == 0, done.stderr
    assert "Total found:" in done.stdout
    backup = Path(done.stdout.rsplit("Backup: ", 1)[1].strip())
    assert backup.is_file()
    assert "Imported:        0" in again.stdout
    assert json.loads(listed.stdout)[0]["backup"] == str(backup)
    assert back.returncode == 0, back.stderr
    assert "Undone:" in back.stdout


def test_something_that_needs_attention_is_exit_code_one(tmp_path: Path) -> None:
    profiles = make_bot(tmp_path / "bot")
    (profiles / "user_5.json").write_bytes(b"{")

    done = run(tmp_path / "desk", "migrate", "--profiles-dir", str(profiles), "--json")

    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert said["counts"]["attention"] == 1
    assert "line 1" in next(row["reason"] for row in said["rows"] if row["path"].endswith("user_5.json"))


def test_missing_folder_says_where_it_looked(tmp_path: Path) -> None:
    done = run(tmp_path / "desk", "migrate", "--profiles-dir", str(tmp_path / "nowhere"))

    assert done.returncode == 1
    assert str(tmp_path / "nowhere") in done.stderr


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "con"])
def test_persona_id_that_can_not_be_one_is_refused(tmp_path: Path, name: str) -> None:
    profiles = make_bot(tmp_path / "bot")
    before = tree(tmp_path / "bot")

    done = run(tmp_path / "desk", "migrate", "--profiles-dir", str(profiles), "--persona", name)

    assert done.returncode == 2
    assert tree(tmp_path / "bot") == before


def test_profiles_without_a_folder_go_to_the_persona_named(tmp_path: Path) -> None:
    profiles = make_bot(tmp_path / "bot")

    done = run(
        tmp_path / "desk", "migrate", "--profiles-dir", str(profiles), "--persona", "luna", "--json", "--dry-run"
    )
    run(tmp_path / "desk", "migrate", "--list")
    after = run(
        tmp_path / "desk", "migrate", "--profiles-dir", str(profiles), "--persona", "luna", "--json", "--dry-run"
    )

    assert done.returncode == 1
    groups = {group["key"]: group["name"] for group in json.loads(after.stdout)["personas"]}
    assert groups[""] == "Luna"
    assert f"user_{KAI}.json" in after.stdout


def test_export_gives_the_files_back_byte_for_byte(tmp_path: Path) -> None:
    profiles = make_bot(tmp_path / "bot")
    run(tmp_path / "desk", "migrate", "--profiles-dir", str(profiles))

    done = run(tmp_path / "desk", "export", str(tmp_path / "out"))
    again = run(tmp_path / "desk", "export", str(tmp_path / "out"))

    before, given = tree(tmp_path / "bot"), tree(tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert set(given) >= {f"data/profiles/user_{KAI}.json", "prompts/characters/scav.json"}
    assert all(before[path] == content for path, content in given.items())
    assert again.returncode == 1
    assert "not empty" in again.stderr
