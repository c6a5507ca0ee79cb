"""A user's own model files on the shelf: looked at, taken in, remembered, deleted; and what suits a computer."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.errors import FetchFailed, NotFound
from personadesk.providers.model_fetch import FileFetcher
from personadesk.providers.model_files import ModelFiles
from personadesk.providers.own_models import OwnModelFiles, memory_bytes
from personadesk.services.model_shelf import Fit, ModelShelf, ShelfService, memory_need
from personadesk.services.models import parse_catalogue
from personadesk.storage.database import open_database
from tests.fakes import FakeClock
from tests.formats.test_gguf_head import WHOLE, entry, gguf
from tests.services.test_model_choice import catalogue

GIGABYTE = 1_000_000_000
MODEL = gguf(*WHOLE) + b"weights" * 1000


class Desk:
    def __init__(self, data_dir: Path, free: int) -> None:
        self.folder = data_dir / "models"
        self.database = open_database(data_dir, clock=FakeClock())
        self.shelf = ModelShelf(catalogue())
        self.files = ModelFiles(models_dir=self.folder)
        self.service = ShelfService(
            shelf=self.shelf,
            files=OwnModelFiles(shelf=self.shelf, files=self.files, free=lambda _folder: free),
            fetcher=FileFetcher(catalogue=self.shelf, files=self.files, pip=()),
            database=self.database,
            publish=lambda _event: None,
        )


@asynccontextmanager
async def opened(data_dir: Path, free: int = 10 * GIGABYTE) -> AsyncIterator[Desk]:
    desk = Desk(data_dir, free)
    try:
        await desk.service.recall()
        yield desk
    finally:
        await asyncio.to_thread(desk.database.close)


@pytest.fixture
def picked(tmp_path: Path) -> Path:
    path = tmp_path / "My model v2 (Q4).gguf"
    path.write_bytes(MODEL)
    return path


def test_a_file_of_ones_own_is_a_model_from_then_on(data_dir: Path, picked: Path) -> None:
    async def use() -> None:
        async with opened(data_dir) as desk:
            added = await desk.service.add(picked, lambda _progress: None)
            assert (added.label, added.context_tokens, added.licence) == ("My Model", 8192, "mit")
            assert added.sha256 == hashlib.sha256(MODEL).hexdigest()
            assert await desk.service.add(picked, lambda _progress: None) == added
        await asyncio.to_thread(picked.unlink)
        async with opened(data_dir) as again:
            assert again.shelf.get(added.id) == added
            path = await again.files.verified(added)
            assert path.read_bytes() == MODEL
            row = (await again.service.rows())[-1]
            assert (row.entry, row.here, row.deletable, row.own) == (added, True, True, True)
            await again.service.delete(added.id)
            assert not path.exists()
            with pytest.raises(NotFound):
                again.shelf.get(added.id)
        async with opened(data_dir) as last:
            assert len(last.shelf.models) == 2

    asyncio.run(use())


def test_a_file_without_a_chat_template_is_taken_in_and_known_as_one(data_dir: Path, picked: Path) -> None:
    picked.write_bytes(gguf(*WHOLE[:-1]) + b"weights")

    async def use() -> None:
        async with opened(data_dir) as desk:
            added = await desk.service.add(picked, lambda _progress: None)
            assert not added.has_chat_template
        async with opened(data_dir) as again:
            assert again.shelf.get(added.id) == added

    asyncio.run(use())


def test_a_file_on_the_same_disk_takes_no_room_of_its_own(data_dir: Path, picked: Path) -> None:
    async def use() -> None:
        async with opened(data_dir, free=0) as desk:
            added = await desk.service.add(picked, lambda _progress: None)
            assert desk.files.target(added).samefile(picked)

    asyncio.run(use())


def test_a_file_that_must_be_copied_needs_its_room(
    data_dir: Path, picked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: object, _target: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)

    async def use(free: int) -> None:
        async with opened(data_dir, free) as desk:
            added = await desk.service.add(picked, lambda _progress: None)
            assert not desk.files.target(added).samefile(picked)

    with pytest.raises(FetchFailed, match="not enough room"):
        asyncio.run(use(free=0))
    asyncio.run(use(free=GIGABYTE))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\3\4 not a model at all", "not a GGUF"),
        (MODEL[:100], "not copied whole"),
        (gguf(*WHOLE, entry("split.count", 3)), "one of 3 files"),
    ],
)
def test_what_is_no_whole_model_is_refused(data_dir: Path, picked: Path, content: bytes, words: str) -> None:
    picked.write_bytes(content)

    async def use() -> list[str]:
        async with opened(data_dir) as desk:
            with pytest.raises(FetchFailed, match=words):
                await desk.service.add(picked, lambda _progress: None)
            return [path.name for path in desk.folder.glob("*")] if desk.folder.exists() else []

    assert asyncio.run(use()) == []


def test_a_paused_fetch_is_seen_and_can_be_thrown_away(data_dir: Path) -> None:
    async def use() -> None:
        async with opened(data_dir) as desk:
            desk.folder.mkdir()
            basic = desk.shelf.get("basic")
            (desk.folder / ".basic.gguf.part").write_bytes(b"x" * 70)
            note = f'{{"sha256": "{basic.sha256}", "source": "https://models.example/basic"}}'
            (desk.folder / ".basic.gguf.part.json").write_text(note)
            assert [row.part_bytes for row in await desk.service.rows()] == [70, 0]
            await desk.service.delete("basic")
            assert list(desk.folder.iterdir()) == []
            with pytest.raises(FetchFailed, match="came with the program"):
                await desk.service.delete("better")

    asyncio.run(use())


def test_what_a_model_needs_is_near_what_was_measured() -> None:
    known = parse_catalogue((Path(__file__).parents[2] / "resources" / "models.toml").read_text("utf-8"))
    basic, better = known.models[0], known.models[1]

    assert memory_need(basic) == pytest.approx(265_000_000, rel=0.2)
    assert memory_need(better) == pytest.approx(1_600_000_000, rel=0.2)
    assert Fit(memory_need(better), 4 * GIGABYTE, 0).fits
    assert not Fit(memory_need(replace(better, size_bytes=5 * GIGABYTE)), 4 * GIGABYTE, 0).fits
    assert Fit(GIGABYTE, 0, 0).fits, "a computer that does not tell is given the benefit of the doubt"
    assert memory_bytes() > 0
