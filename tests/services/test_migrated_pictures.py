"""The pictures of cards that a migration brings: the window sees what the reading process has written."""

import sys
from pathlib import Path

import pytest

from personadesk.assembly import Backend
from personadesk.domain.migration import Choices
from personadesk.formats.picture_heads import picture_type
from personadesk.providers.card_reader.fitting import PictureProcesses
from personadesk.services.card_ports import ReaderUnavailable
from tests.services.test_card_pictures import broken_card
from tests.services.test_cards import picture, png_card

MUTE = (sys.executable, "-c", "import sys; sys.stdin.read()")


def test_pictures_are_prepared_and_a_broken_one_stays_out(backend: Backend, tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    cards.mkdir()
    (cards / "whole.png").write_bytes(png_card("Whole"))
    (cards / "broken.png").write_bytes(broken_card("Broken"))

    [found] = backend.migration.inspect(cards)
    receipt = backend.migration.run(backend.migration.plan(found, Choices()))

    assert receipt.personas_made == 2
    listed = backend.engine.submit(backend.personas.listing()).result(60).personas
    avatars = {item.name: item.avatar for item in listed}
    assert avatars["Broken"] == ""
    assert picture_type(backend.database.asset_path(avatars["Whole"]).read_bytes()) == "image/jpeg"


def test_a_process_that_says_nothing_is_given_up() -> None:
    with PictureProcesses(command=MUTE, limit_s=0.3).started() as process:
        assert process.fit(picture()) is None
        assert process.fit(picture()) is None


def test_a_process_that_can_not_be_had_is_said() -> None:
    with PictureProcesses(command=("/nowhere/at/all",)).started() as process, pytest.raises(ReaderUnavailable):
        process.fit(picture())
