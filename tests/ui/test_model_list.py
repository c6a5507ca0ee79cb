"""The models in the settings: choosing and fetching, and nothing left behind by a closed dialog."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from personadesk.domain.chat import FetchProgress, ModelState, ModelStatus
from personadesk.domain.errors import FetchFailed
from personadesk.ui.settings.model_list import ModelRow
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.widgets.buttons import Button
from tests.formats.test_gguf_head import WHOLE, gguf
from tests.ui.desk import Desk

BETTER = "qwen2.5-coder-1.5b-instruct"


def rows(desk: Desk) -> list[ModelRow]:
    desk.window.overlays.open_models()
    dialog = next(item for item in desk.window.findChildren(SettingsDialog) if item.isVisible())
    found = dialog.findChildren(ModelRow)
    desk.qtbot.waitUntil(lambda: bool(desk.model_desk.here))
    return found


def test_the_model_in_use_says_so_and_another_one_can_be_fetched(desk: Desk) -> None:
    basic, better = rows(desk)

    assert basic.state.isVisible()
    assert basic.state.text() == "In use"
    assert not basic.fetch.isVisible()
    assert better.fetch.isVisible()
    assert "1.1 GB" in better.fetch.text()


def test_a_fetched_model_is_in_use_from_then_on(desk: Desk) -> None:
    _, better = rows(desk)

    better.fetch.click()
    desk.qtbot.waitUntil(lambda: desk.fetcher.report is not None)
    assert desk.fetcher.report is not None
    desk.fetcher.report(FetchProgress("Downloading part 1 of 22", 50_000_000, 1_117_320_768))
    desk.qtbot.waitUntil(lambda: "50 MB / 1.1 GB" in better.trouble.text())
    assert better.cancel.isVisible()
    desk.fetcher.succeed()

    desk.qtbot.waitUntil(lambda: desk.model.chosen == [BETTER])
    assert not better.bar.isVisible()


def test_a_model_fetched_beside_a_providers_is_offered_where_its_arrival_is_told(desk: Desk) -> None:
    elsewhere = ModelStatus(replace(desk.model.info, id="near/big"), ModelState.READY)
    desk.model.status = elsewhere
    _, better = rows(desk)
    desk.model_desk.look()
    desk.until(lambda: desk.model_desk.status == elsewhere)

    better.fetch.click()
    desk.until(lambda: desk.fetcher.report is not None)
    desk.fetcher.succeed()
    toast = desk.toast("Qwen2.5 Coder 1.5B is here. Your default model stays.")
    assert desk.model.chosen == []
    next(button for button in toast.findChildren(Button) if button.text() == "Use it").click()

    desk.until(lambda: desk.model.chosen == [BETTER])


def test_a_cancelled_fetch_leaves_the_offer_as_it_was(desk: Desk) -> None:
    _, better = rows(desk)

    better.fetch.click()
    desk.qtbot.waitUntil(lambda: desk.fetcher.report is not None)
    better.cancel.click()

    desk.qtbot.waitUntil(lambda: desk.fetcher.cancelled)
    assert better.fetch.isVisible()
    assert not better.bar.isVisible()
    assert desk.model.chosen == []


def test_a_fetch_that_fails_says_why_beside_the_model(desk: Desk) -> None:
    _, better = rows(desk)

    better.fetch.click()
    desk.qtbot.waitUntil(lambda: desk.fetcher.report is not None)
    desk.fetcher.fail(FetchFailed("There is no room for 1.1 GB.", "Free some disk space."))

    desk.qtbot.waitUntil(lambda: "no room" in better.trouble.text())
    assert better.trouble.text() == "There is no room for 1.1 GB. Free some disk space."
    assert better.fetch.isVisible()


def test_a_model_that_is_here_is_used_with_one_click(desk: Desk) -> None:
    desk.fetcher.here.add(BETTER)
    _, better = rows(desk)
    desk.qtbot.waitUntil(lambda: better.use.isVisible())

    better.use.click()

    desk.qtbot.waitUntil(lambda: desk.model.chosen == [BETTER])


def test_a_closed_dialog_does_not_hear_of_the_model_any_more(desk: Desk) -> None:
    basic, _ = rows(desk)
    dialog = basic.window()
    dialog.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    desk.model.become(ModelState.LOADING)

    desk.qtbot.waitUntil(lambda: desk.model_desk.status.state is ModelState.LOADING)


def test_a_model_file_dropped_on_the_window_is_added_and_shown(desk: Desk, tmp_path: Path) -> None:
    picked = tmp_path / "mine.gguf"
    picked.write_bytes(gguf(*WHOLE) + b"weights")
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(picked))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    desk.window.dropEvent(QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, carried, left, none))

    dialog = desk.dialog(SettingsDialog)
    desk.until(lambda: len(dialog.findChildren(ModelRow)) == 3)
    assert any("My Model" in row.use.accessibleName() for row in dialog.findChildren(ModelRow))
