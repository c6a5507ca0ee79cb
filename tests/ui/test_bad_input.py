"""Hostile names, cards and messages through the real window: nothing raises, loads, hangs or leaves its place."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from personadesk.domain.conversation import SwipeState
from personadesk.ui.theme.source import ThemeChoice
from tests.ui import hostile
from tests.ui.desk import Desk

NAMES = {
    "emoji": hostile.EMOJI,
    "marks": hostile.MARKS,
    "rtl": hostile.RTL,
    "override": hostile.OVERRIDE,
    "wide": hostile.WIDE,
    "one-word": hostile.ONE_WORD,
    "markup": hostile.SCRIPT[:50],
    "percent": "%s %1 %d {0} &amp;",
}


@pytest.fixture
def put_back() -> Iterator[QApplication]:
    """The application, whose font and direction are put back."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    font, direction = QFont(application.font()), application.layoutDirection()
    yield application
    application.setFont(font)
    application.setLayoutDirection(direction)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_persona_of_any_name_is_shown_found_talked_to_and_deleted(desk: Desk, name: str) -> None:
    own = desk.make(name, description=hostile.SCRIPT, greeting=hostile.PICTURES)
    shown = desk.persona(name.strip()).shown_name
    desk.picture()

    desk.window.open_persona(own)
    desk.until(lambda: desk.window.current_persona == own and desk.chat.conversation_id is not None)
    desk.answer(hostile.PICTURES, hostile.SCRIPT)
    assert desk.chat.header.name.text() == shown
    desk.picture()

    desk.window.show_library()
    desk.window.library.search.line.setText(shown)
    desk.until(lambda: desk.cards() == [shown])
    desk.window.personas.delete(own)
    desk.toast(f"{shown} moved to the trash.")
    desk.picture()
    assert desk.problems == []


def test_a_megabyte_of_description_is_kept_whole_and_shown_in_two_lines(desk: Desk) -> None:
    own = desk.make("Marlow", description=hostile.MEGABYTE)

    desk.window.library.grid.select_persona(own)
    desk.picture()

    assert len(desk.ask(desk.personas.get(own)).card.description) == len(hostile.MEGABYTE)
    assert len(desk.persona("Marlow").description) <= 500


def test_a_tag_of_ten_thousand_characters_makes_a_chip_like_others(desk: Desk) -> None:
    desk.make("Marlow", tags=(hostile.LONG_TAG,))
    desk.window.library.show_filter(hostile.LONG_TAG)

    chips = [item for item in desk.window.library.findChildren(QAbstractButton) if item.property("filter")]

    assert max(chip.width() for chip in chips) < 300
    assert desk.cards() == ["Marlow"]


def test_twenty_traits_of_forty_characters_stay_on_their_card(desk: Desk) -> None:
    own = desk.make("Marlow", traits=hostile.TRAITS)
    grid = desk.window.library.grid
    grid.select_persona(own)

    card = grid.visualRect(desk.window.library.model.index(desk.window.library.model.row_of(own)))
    desk.picture()

    assert grid.viewport().rect().contains(card.center())
    assert desk.ask(desk.personas.get(own)).card.traits == hostile.TRAITS


@pytest.mark.parametrize(
    "text",
    [hostile.SCRIPT, hostile.PICTURES, hostile.CODE, hostile.LINES, "x" * 100_000, "> " * 400 + "deep", "|a" * 500],
    ids=["script", "pictures", "code", "control", "one-word", "nested", "table"],
)
def test_a_message_of_any_kind_is_sent_answered_and_kept(desk: Desk, text: str) -> None:
    desk.open("Luna")

    desk.model.answer = text[:100_000]
    desk.send(text[:100_000])
    desk.until(lambda: len(desk.model.streams) == 1 and desk.last().state is SwipeState.COMPLETE)
    desk.picture()
    desk.open("Ethan")
    desk.open("Luna")

    desk.picture()
    assert desk.said()[1].strip() == text[:100_000].replace("\x00", "").strip() or "\x00" in text
    assert desk.problems == []


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "/etc/passwd", ""]
)
def test_only_harmless_links_are_followed(desk: Desk, address: str) -> None:
    desk.open("Luna")

    desk.chat.doing.open_link(address)

    assert desk.toasts() == []


def test_a_model_that_says_nothing_is_told_in_a_sentence(desk: Desk) -> None:
    desk.open("Luna")
    desk.send("Hello")
    desk.until(lambda: len(desk.model.streams) == 1)
    desk.model.streams[0].end()

    desk.until(lambda: not desk.chat.replying)

    desk.picture()
    assert desk.last().state is SwipeState.FAILED
    assert desk.last().error


# -- layout


def cut_off(root: QWidget) -> list[str]:
    """Controls that don't show all of what they say, or stand outside their window."""
    faults = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root) or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QAbstractButton):
            hint = widget.minimumSizeHint()
            if widget.width() < hint.width() or widget.height() < hint.height():
                faults.append(f"cut: {widget.accessibleName()!r} {widget.size()} of {hint}")
        if isinstance(widget, QLabel) and widget.wordWrap() and widget.text():
            needed = widget.heightForWidth(widget.width())
            if widget.height() < needed:
                faults.append(f"cut: {widget.text()[:40]!r} {widget.height()} of {needed}")
    return faults


def overlapping(root: QWidget) -> list[str]:
    """Buttons and fields of one parent that stand on each other."""
    faults = []
    seen: list[tuple[QRect, str]] = []
    for widget in root.findChildren(QAbstractButton):
        if not widget.isVisibleTo(root) or widget.visibleRegion().isEmpty():
            continue
        rect = QRect(widget.mapTo(root, QPoint(0, 0)), widget.size()).adjusted(1, 1, -1, -1)
        faults += [f"{widget.accessibleName()!r} on {name!r}" for other, name in seen if rect.intersects(other)]
        seen.append((rect, widget.accessibleName()))
    return faults


@pytest.mark.parametrize("scale", [1, 2], ids=["100%", "200%"])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (900, 600), (620, 560)])
@pytest.mark.parametrize("theme", [ThemeChoice.DARK, ThemeChoice.LIGHT])
def test_nothing_is_cut_off_or_overlaps(
    start: Callable[[], Desk],
    put_back: QApplication,
    theme: ThemeChoice,
    width: int,
    height: int,
    direction: Qt.LayoutDirection,
    scale: int,
) -> None:
    font = QFont(put_back.font())
    font.setPointSizeF(9.75 * scale)
    put_back.setFont(font)
    put_back.setLayoutDirection(direction)
    desk = start()
    desk.themes.choose(theme)
    desk.show(width, height)
    own = desk.make(hostile.WIDE, traits=hostile.TRAITS, tags=(hostile.LONG_TAG,), description=hostile.SCRIPT)
    desk.picture()

    in_library = cut_off(desk.window) + overlapping(desk.window)
    desk.window.open_persona(own)
    desk.until(lambda: desk.window.current_persona == own and desk.chat.conversation_id is not None)
    desk.answer("Hello", hostile.PICTURES)
    desk.picture()
    in_chat = cut_off(desk.window) + overlapping(desk.window)

    assert in_library == []
    assert in_chat == []
