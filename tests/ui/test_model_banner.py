"""The banner over a chat without a model: what happened, and the way out."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QProgressBar

from personadesk.domain.chat import FetchProgress, ModelState
from personadesk.domain.errors import FetchFailed
from personadesk.ui.chat.model_banner import ModelBanner
from tests.ui.desk import Desk

MISSING = "The model's file is not on this computer."


def banner(desk: Desk, state: ModelState = ModelState.MISSING, sentence: str = MISSING) -> ModelBanner:
    desk.open("Luna")
    desk.model.become(state, sentence)
    desk.until(desk.chat.banner.isVisible)
    return desk.chat.banner


def words(shown: ModelBanner) -> str:
    return str(shown._sentence.text())


def fetching(desk: Desk) -> ModelBanner:
    shown = banner(desk)
    desk.click(shown.fetch)
    desk.until(lambda: desk.fetcher.report is not None)
    return shown


def test_a_model_that_is_there_needs_no_banner(desk: Desk) -> None:
    desk.open("Luna")

    assert not desk.chat.banner.isVisible()


@pytest.mark.parametrize(
    ("state", "sentence"), [(ModelState.MISSING, MISSING), (ModelState.DAMAGED, "The model's file is damaged.")]
)
def test_a_missing_or_damaged_model_is_said_with_both_ways_out(desk: Desk, state: ModelState, sentence: str) -> None:
    shown = banner(desk, state, sentence)

    assert words(shown) == f"{sentence} Fetch it here, or choose the file if you have it."
    assert shown.fetch.isVisible()
    assert shown.choose.isVisible()
    assert not shown.cancel.isVisible()


def test_a_fetch_shows_how_far_it_is(desk: Desk) -> None:
    shown = fetching(desk)
    assert desk.fetcher.report is not None

    desk.fetcher.report(FetchProgress("Fetching the model…", 49_000_000, 98_000_000))

    desk.until(lambda: words(shown) == "Fetching the model… · 49 MB / 98 MB")
    bar = shown.findChild(QProgressBar)
    assert isinstance(bar, QProgressBar)
    assert (bar.value(), bar.maximum()) == (500, 1000)
    assert shown.cancel.isVisible()
    assert not shown.fetch.isVisible()


def test_a_fetch_that_ends_well_leaves_no_banner(desk: Desk) -> None:
    shown = fetching(desk)

    desk.model.become(ModelState.RESTING)
    desk.fetcher.succeed()

    desk.until(lambda: not shown.isVisible())
    assert desk.model_desk.usable


def test_a_fetch_that_fails_says_why_and_can_be_tried_again(desk: Desk) -> None:
    shown = fetching(desk)

    desk.fetcher.fail(FetchFailed("The server could not be reached.", "Check the network and try again."))

    desk.until(lambda: words(shown) == "The server could not be reached. Check the network and try again.")
    assert shown.fetch.isVisible()
    assert not shown.cancel.isVisible()


def test_cancel_ends_the_fetch(desk: Desk) -> None:
    shown = fetching(desk)

    desk.click(shown.cancel)

    desk.until(lambda: desk.fetcher.cancelled)
    assert shown.fetch.isVisible()
    assert words(shown).startswith(MISSING)


def test_progress_that_comes_after_cancel_is_dropped(desk: Desk) -> None:
    shown = fetching(desk)
    report = desk.fetcher.report
    assert report is not None
    desk.click(shown.cancel)

    report(FetchProgress("Fetching the model…", 1, 2))
    desk.until(lambda: desk.fetcher.cancelled)
    desk.ask(desk.model.refresh())
    desk.model.become(ModelState.MISSING, "Still missing.")

    desk.until(lambda: words(shown).startswith("Still missing."))
    assert shown.fetch.isVisible()
    assert not shown.cancel.isVisible()


def test_a_file_of_the_users_own_is_taken(desk: Desk, tmp_path: Path) -> None:
    banner(desk)

    desk.model_desk.adopt(tmp_path / "model.gguf", desk.model_desk.status.info.id)

    desk.until(lambda: desk.fetcher.adopted == [tmp_path / "model.gguf"])
    desk.until(lambda: not desk.model_desk.fetching)


def test_a_second_press_does_not_start_a_second_fetch(desk: Desk) -> None:
    shown = fetching(desk)
    first = desk.fetcher.report

    shown.fetch.click()
    desk.ask(desk.model.refresh())

    assert desk.fetcher.report is first


def test_the_settings_show_the_same_fetch(desk: Desk) -> None:
    banner(desk)
    desk.window.overlays.open_models()
    in_settings = next(item for item in desk.window.findChildren(ModelBanner) if item is not desk.chat.banner)
    desk.until(in_settings.isVisible)

    desk.click(in_settings.fetch)

    desk.until(lambda: in_settings.cancel.isVisible() and not desk.chat.banner.fetch.isVisible())


def test_settings_opened_in_mid_fetch_show_it_running(desk: Desk) -> None:
    fetching(desk)

    desk.window.overlays.open_models()

    in_settings = next(item for item in desk.window.findChildren(ModelBanner) if item is not desk.chat.banner)
    desk.until(in_settings.isVisible)
    assert in_settings.cancel.isVisible()
    assert not in_settings.fetch.isVisible()
