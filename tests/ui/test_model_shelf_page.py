"""The shelf of models in the settings: what each needs, a file of one's own by drop, deleting, going on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from personadesk.ui.settings.model_list import ModelRow, ModelShelfList
from tests.formats.test_gguf_head import WHOLE, gguf
from tests.ui.test_provider_page import NEAR, Page

BASIC = "smollm2-135m-instruct"
BETTER = "qwen2.5-coder-1.5b-instruct"


@pytest.fixture
def page(data_dir: Path, qtbot: QtBot) -> Iterator[Page]:
    made = Page(data_dir, qtbot)
    yield made
    made.close()


@pytest.fixture
def shelf(page: Page) -> ModelShelfList:
    shown = ModelShelfList(desk=page.desk, themes=page.themes)
    layout = page.window.layout()
    assert layout is not None
    layout.addWidget(shown)
    page.show()
    page.until(lambda: page.desk.row(BETTER) is not None)
    return shown


def drop(shelf: ModelShelfList, *paths: Path) -> bool:
    """Whether it would be taken; it is dropped then."""
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = shelf.rect().center()
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, carried, left, none)
    enter.setAccepted(False)
    shelf.dragEnterEvent(enter)
    if enter.isAccepted():
        shelf.dropEvent(QDropEvent(QPointF(at), Qt.DropAction.CopyAction, carried, left, none))
    return enter.isAccepted()


def test_each_model_says_what_it_needs_and_from_where_it_comes(shelf: ModelShelfList) -> None:
    needs = shelf.rows[BETTER].needs.text()

    assert "Needs about 1.6 GB of memory; this computer has" in needs
    assert "Fetched from 22 packages of your Python package index, or, if that fails, huggingface.co" in needs
    assert "checked by its SHA-256" in needs
    assert "of disk space are free" in needs
    assert "Fetched from" not in shelf.rows[BASIC].needs.text(), "it is here already"


@pytest.mark.parametrize(
    ("gigabytes", "words"),
    [
        (25, "this computer has 25.0 GB. It is the largest of these that fits. There is room for larger ones: add one"),
        (4, "this computer has 4.0 GB. It is the largest of these that fits. Fetched from"),
        (2, "this computer has 2.0 GB. That is more than it can spare"),
    ],
)
def test_how_a_model_suits_the_computer_is_told_by_its_size_alone(
    page: Page, shelf: ModelShelfList, gigabytes: int, words: str
) -> None:
    page.memory = gigabytes * 1_000_000_000
    page.desk.look()

    page.until(lambda: words in shelf.rows[BETTER].needs.text())
    assert "best" not in shelf.rows[BETTER].needs.text()


def test_a_dropped_file_becomes_a_model_that_can_be_used_and_deleted(
    page: Page, shelf: ModelShelfList, tmp_path: Path, qtbot: QtBot
) -> None:
    picked = tmp_path / "mine.gguf"
    picked.write_bytes(gguf(*WHOLE) + b"weights")
    (tmp_path / "card.png").write_bytes(b"png")

    assert not drop(shelf, tmp_path / "card.png")
    assert drop(shelf, picked)
    page.until(lambda: len(shelf.rows) == 3)
    page.until(lambda: shelf.told.text().startswith("It is here."))
    own = next(row for model_id, row in shelf.rows.items() if model_id.startswith("own-"))
    model_id = next(model_id for model_id in shelf.rows if model_id.startswith("own-"))
    page.fetcher.here.add(model_id)
    page.desk.look()
    page.until(lambda: own.use.isVisible())
    assert own.delete.isVisible()
    assert any(offer.name == "My Model" for offer in page.desk.offers())

    own.delete.click()
    box = page.dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "My Model" in box.text()
    next(button for button in box.buttons() if button.text() == "Delete").click()

    page.until(lambda: len(shelf.rows) == 2)
    assert not list(page.folder.glob("*.gguf"))


def test_a_model_without_a_chat_template_is_taken_in_with_a_word_about_it(
    page: Page, shelf: ModelShelfList, tmp_path: Path
) -> None:
    picked = tmp_path / "base.gguf"
    picked.write_bytes(gguf(*WHOLE[:-1]) + b"weights")

    assert drop(shelf, picked)

    page.until(lambda: shelf.told.text().startswith("It is here. Choose Use"))
    assert "no chat template, so it may ramble" in shelf.told.text()
    page.until(lambda: len(shelf.rows) == 3)
    own = next(row for model_id, row in shelf.rows.items() if model_id.startswith("own-"))
    page.until(lambda: "no chat template, so it may ramble" in own.needs.text())
    assert "no chat template" not in shelf.rows[BASIC].needs.text()


def test_what_is_no_model_is_said_where_it_was_dropped(page: Page, shelf: ModelShelfList, tmp_path: Path) -> None:
    picked = tmp_path / "mine.gguf"
    picked.write_bytes(b"PK\3\4 something else")

    assert drop(shelf, picked)

    page.until(lambda: shelf.told.text().startswith("This is not a GGUF file."))
    assert shelf.add.isEnabled()


def test_a_paused_fetch_can_be_gone_on_with(page: Page, shelf: ModelShelfList) -> None:
    row: ModelRow = shelf.rows[BETTER]
    entry = page.catalogue.get(BETTER)
    row.fetch.click()
    page.until(lambda: row.cancel.isVisible())
    page.until(lambda: page.fetcher.report is not None)
    page.folder.mkdir(exist_ok=True)
    (page.folder / f".{entry.file}.part").write_bytes(b"x" * 2_000_000)
    note = f'{{"sha256": "{entry.sha256}", "source": "there"}}'
    (page.folder / f".{entry.file}.part.json").write_text(note)

    assert row.cancel.text() == "Pause"
    row.cancel.click()

    page.until(lambda: row.fetch.text() == "Go on (2 MB of 1.1 GB)")
    assert row.delete.isVisible()
    row.delete.click()
    box = page.dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.text() == "Delete what was fetched of Qwen2.5 Coder 1.5B?"
    assert box.informativeText() == "2 MB become free. Conversations stay."
    next(button for button in box.buttons() if button.text() == "Delete").click()
    page.until(lambda: row.fetch.text() == "Fetch (1.1 GB)")


def test_a_fetched_model_leaves_a_providers_the_default_until_it_is_chosen(page: Page, shelf: ModelShelfList) -> None:
    row, near = shelf.rows[BETTER], page.add(NEAR)
    page.desk.choose(f"{near.id}/big")
    page.until(lambda: page.desk.default_key == f"{near.id}/big")

    row.fetch.click()
    page.until(lambda: page.fetcher.report is not None)
    page.fetcher.here.add(BETTER)
    page.fetcher.succeed()
    page.until(row.use.isVisible)
    assert not page.desk.answers_when_brought(BETTER)
    assert page.model.key == f"{near.id}/big"

    row.use.click()
    page.until(lambda: page.desk.default_key == BETTER)
