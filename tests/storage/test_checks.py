from contextlib import closing
from pathlib import Path

from sqlcipher3 import dbapi2

from personadesk.domain.persona import PersonaCard
from personadesk.storage.checks import check_store
from tests.storage.conftest import Desk


def fill(desk: Desk) -> Path:
    picture = desk.write(lambda store: store.assets.put(b"picture", "image/png"))
    persona = desk.write(lambda store: store.personas.create(PersonaCard("Luna"), avatar=picture))
    desk.say(desk.conversation(persona.id), "hello", "", "東京")
    return desk.database.data_dir


def test_a_sound_store_beside_a_running_program_has_no_problems(desk: Desk) -> None:
    data_dir = fill(desk)

    report = check_store(data_dir)

    assert report.problems == ()
    assert report.sound
    assert report.exists
    assert report.schema_version == report.known_version
    assert report.counts["messages"] == 3
    assert report.database_bytes > 0
    assert report.log_bytes > 0
    assert report.asset_bytes == len(b"picture")


def test_a_directory_without_a_store_is_not_touched(tmp_path: Path) -> None:
    report = check_store(tmp_path)

    assert not report.exists
    assert report.sound
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_a_problem_in_words(tmp_path: Path) -> None:
    (tmp_path / "personadesk.sqlite3").write_bytes(b"nonsense" * 1_000)

    report = check_store(tmp_path)

    assert not report.sound
    assert "damaged" in report.problems[0]
    assert report.schema_version is None


def test_what_sql_did_behind_the_programs_back_is_found(desk: Desk) -> None:
    data_dir = fill(desk)
    desk.database.close()
    with closing(dbapi2.connect(str(data_dir / "personadesk.sqlite3"), isolation_level=None)) as connection:
        connection.execute("DELETE FROM message_search WHERE rowid = 1 << 40 | 1")
        connection.execute("INSERT INTO message_search (rowid, body) VALUES (7 << 40 | 9, 'ghost')")
        connection.execute("UPDATE path_blocks SET characters = characters + 5")
        connection.execute("DELETE FROM swipes WHERE message_id = 2")
    for file in (data_dir / "assets").rglob("*"):
        if file.is_file():
            file.write_bytes(b"pict")

    problems = " ".join(check_store(data_dir).problems)

    assert "Messages that search does not know: 1." in problems
    assert "Messages that search knows and that are not there: 1." in problems
    assert "outline is wrong: 1." in problems
    assert "points at a row of swipes" in problems
    assert "missing or cut short" in problems
