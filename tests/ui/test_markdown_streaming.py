"""Half-written markdown: nothing flashes while it grows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.ui.chat.markdown_blocks import Paragraph, Span, clean, parse
from personadesk.ui.chat.markdown_streaming import completed
from tests.ui.test_markdown_blocks import words_of

TEXTS = [
    "Come. *He gestures at* a **chair carved** from `ash` and ***both*** ~~old~~ text.",
    "Before\n\n1. One **two**\n2. Three *four*\n\n- a\n- b\n\n> quote *x*\n\nAfter",
    "Code:\n\n```py\nx = `1`\nprint(x)\n```\n\nEnd __strong__ and _em_ snake_case_name 2 * 3.",
    "# Title\n\nText\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\ndone",
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


@pytest.mark.parametrize("half", ["*", "**", "`", "``", "-", "1.", "#", "> ", "| a | b |", "| a |\n|--", "~~"])
def test_what_may_still_become_something_is_held_back(half: str) -> None:
    assert shown(completed(f"Text.\n\n{half}")) == "Text."


@given(st.text("ab *_`~[]()!|>-#1.\\\n", max_size=80))
def test_anything_half_written_is_parsed(text: str) -> None:
    parse(completed(text))


@given(st.text("ab *_~[]()!|>-#1.\n", max_size=60))
def test_finished_paragraphs_are_left_as_they_are(text: str) -> None:
    before = "A *finished* one.\n\n"

    assert completed(before + text).startswith(before.rstrip())
