"""Cards in and out from the terminal."""

import json
from pathlib import Path

from personadesk.formats.card_files import read_card_file
from tests.program import run
from tests.services.test_card_pictures import broken_card
from tests.services.test_cards import card_json, png_card


def test_a_folder_comes_in_and_one_of_it_goes_out(tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    cards.mkdir()
    (cards / "scav.png").write_bytes(png_card("Scav"))
    (cards / "dagoth.json").write_text(card_json("Dagoth Ur"))
    (cards / "bad.json").write_text('{"spec": "chara_card_v2"}')
    data = tmp_path / "data"

    plan = run(data, "import", "--dry-run", "--json", str(cards), str(cards / "bad.json"))
    done = run(data, "import", str(cards))
    again = run(data, "import", str(cards))
    out = run(data, "export", str(tmp_path / "out"), "--persona", "scav", "--format", "archive", "--memories")
    missing = run(data, "export", str(tmp_path / "out"), "--persona", "Nobody")
    as_card = run(data, "export", str(tmp_path / "out"), "--persona", "Scav")

    assert plan.returncode == 1
    assert {row["would"] for row in json.loads(plan.stdout)} == {"add", "skip"}
    assert (done.returncode, done.stdout) == (0, "2 imported, 0 skipped, 0 refused\n")
    assert again.stdout == "0 imported, 2 skipped, 0 refused\n"
    assert (out.returncode, out.stdout.strip()) == (0, str(tmp_path / "out" / "Scav.persona"))
    assert missing.returncode == 1
    assert "no persona called" in missing.stderr
    assert read_card_file(Path(as_card.stdout.strip()).read_bytes(), "x").card.name == "Scav"


def test_nothing_to_bring_in_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    done = run(tmp_path / "data", "import", str(empty))

    assert done.returncode == 1
    assert "no character card" in done.stderr


def test_what_is_wrong_with_a_file_is_said_with_its_name_once(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(broken_card("Scav"))
    named = [str(tmp_path / name) for name in ("broken.png", "missing.png")]

    done = run(tmp_path / "data", "import", *named)
    listed = run(tmp_path / "data", "import", "--known", "keep-both", "--json", named[0])

    assert done.returncode == 1
    without_picture, missing = sorted(done.stderr.splitlines())
    assert without_picture.startswith("broken.png: it came in without its picture. This picture is damaged.")
    assert missing.startswith("missing.png: This file can't be read: ")
    assert done.stdout == "1 imported, 0 skipped, 1 refused\n"
    [row] = json.loads(listed.stdout)
    assert "damaged" in row["note"]
