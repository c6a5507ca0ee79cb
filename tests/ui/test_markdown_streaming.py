"""Half-written markdown: nothing flashes while it grows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from personadesk.ui.chat.markdown_blocks import Paragraph, Span, clean, parse
from personadesk.ui.chat.markdown_document import MessageDocument
from personadesk.ui.chat.markdown_ink import persona_ink
from personadesk.ui.chat.markdown_streaming import completed
from tests.ui.test_markdown_blocks import words_of
from tests.ui.transcripts import theme

TEXTS = [
    "Come. *He gestures at* a **chair carved** from `ash` and ***both*** ~~old~~ text.",
    "Before\n\n1. One **two**\n2. Three *four*\n\n- a\n- b\n\n> quote *x*\n\nAfter",
    "Code:\n\n```py\nx = `1`\nprint(x)\n```\n\nEnd __strong__ and _em_ snake_case_name 2 * 3.",
    "# Title\n\nText\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\ndone",
    "To do:\n\n- [ ] buy *milk*\n- [x] call Nora\n- [plain]\n\n1. [X] one",
    "**Bold *and italic* inside** out, `` a `b` c `` then *x `y*` z*.",
]


def shown(text: str) -> str:
    return "\n".join(map(words_of, parse(clean(text)).blocks)).strip()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:10])
def test_every_beginning_shows_a_beginning_of_the_whole(text: str) -> None:
    whole = shown(text)

    for length in range(len(text) + 1):
        assert whole.startswith(shown(completed(text[:length]))), text[:length]


@pytest.mark.parametrize(
    ("half", "span"),
    [
        ("**bo", Span("bo", strong=True)),
        ("**bold*", Span("bold", strong=True)),
        ("*soft", Span("soft", emphasis=True)),
        ("`co", Span("co", code=True)),
        ("~~go", Span("go", strike=True)),
        ("[he](https://a.exa", Span("he")),
        ("![a cat](https://a.exa", Span("a cat")),
    ],
)
def test_what_is_open_is_shown_as_if_it_were_closed(half: str, span: Span) -> None:
    (block,) = parse(completed(half)).blocks

    assert block == Paragraph((span,))


@pytest.mark.parametrize(
    "half", ["*", "**", "`", "``", "-", "1.", "#", "> ", "| a | b |", "| a |\n|--", "~~", "- [", "- [x", "1. [ ]"]
)
def test_what_may_still_become_something_is_held_back(half: str) -> None:
    assert shown(completed(f"Text.\n\n{half}")) == "Text."


@given(st.text("ab *_`~[]()!|>-#1.\\\n", max_size=80))
def test_anything_half_written_is_parsed(text: str) -> None:
    parse(completed(text))


@given(st.text("ab *_~[]()!|>-#1.\n", max_size=60))
def test_finished_paragraphs_are_left_as_they_are(text: str) -> None:
    before = "A *finished* one.\n\n"

    assert completed(before + text).startswith(before.rstrip())


def test_a_very_long_reply_keeps_its_beginning_and_shows_its_newest_words(qapp: QApplication) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    text = "".join(f"Paragraph {number} says this and that.\n\n" for number in range(2_000))

    for end in range(500, len(text), 500):
        document.show_text(text[:end], live=True)
    growing = document.toPlainText()
    document.show_text(text)
    finished = document.toPlainText()

    assert growing.startswith("Paragraph 0 says")
    assert "Paragraph 198" in growing
    assert len(growing) < 30_000
    assert finished.startswith("Paragraph 0 says")
    assert finished.endswith("Show the whole message")


def test_the_newest_words_of_long_code_stay_code(qapp: QApplication) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    prose = "Some words.\n\n" * 2_000
    code = "```python\n" + "x = 1\n" * 2_000

    for end in range(1_000, len(prose + code), 1_000):
        document.show_text((prose + code)[:end], live=True)

    assert "x = 1" in document.marks.codes[-1].code.text


def test_line_ends_of_every_kind_are_the_same_however_they_come(qapp: QApplication) -> None:
    text = "one\r\ntwo\rthree\u2028four\n" * 50

    grown, whole = (MessageDocument(persona_ink(theme(), QFont())) for _ in range(2))
    for end in range(0, len(text), 7):
        grown.show_text(text[:end], live=True)
    grown.show_text(text)
    whole.show_text(text)

    assert grown.toPlainText() == whole.toPlainText()


@pytest.mark.parametrize(
    "piece",
    ["lorem ipsum *dolor* ", "a line\n", "- an item\n", "- [ ] to do\n", "`a` ", "漢字かな", "|a|b|\n|-|-|\n|c|d|\n"],
)
def test_a_block_that_is_longer_than_what_is_shown_is_shown_once(qapp: QApplication, piece: str) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    text = (piece * (60_000 // len(piece))).rstrip() + " ending"

    for end in range(900, len(text), 900):
        document.show_text(text[:end], live=True)
        document.lay_out(600)
    document.show_text(text, live=True)
    grown = document.toPlainText()
    document.show_text(text)

    assert len(grown) < 30_000
    assert grown.endswith("ending")
    assert document.toPlainText()[:200] == grown[:200]
