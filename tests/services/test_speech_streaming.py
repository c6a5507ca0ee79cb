"""Sentences of a reply that is still being written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.services.speech.streaming import SentenceCutter, said_lines


def said_as_it_grows(text: str, step: int = 1) -> list[tuple[int, str]]:
    """(characters that had come, what could be said by then), the rest with -1."""
    cutter = SentenceCutter()
    said = [(at, line.text) for at in range(step, len(text) + 1, step) for line in cutter.grow(text[:at])]
    return said + [(-1, line.text) for line in cutter.finish(text)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("It is 1.5 miles. Dr. Ito walks. So", ["It is 1.5 miles.", "Dr. Ito walks.", "So"]),
        ("He lives in the U.S. Army base. Yes!", ["He lives in the U.S. Army base.", "Yes!"]),
        ("“Come in!” she says. “Tea?” And", ["“Come in!” she says.", "“Tea?”", "And"]),
        ("*He waves. He smiles.* Hi there. You", ["He waves.", "He smiles.", "Hi there.", "You"]),
        ("It is **very good. Really** so. Fine", ["It is very good.", "Really so.", "Fine"]),
        ("See [the docs. All](https://a.b/c. d) now. Ok", ["See the docs.", "All now.", "Ok"]),
        ("Look:\n```\na. B. c\n```\nNice one. Bye", ["Look:", "Some code is left out.", "Nice one.", "Bye"]),
        ("Run `cd. Be` now. Then", ["Run cd.", "Be now.", "Then"]),
        ("| a | b |\n|---|---|\n| 1. | 2 |\nDone. Ok", ["a, b", "1., 2", "Done.", "Ok"]),
        ("今日は。元気?はい", ["今日は。", "元気?はい"]),
        ("2 * 3 is six. A lone * sign. Ok", ["2 * 3 is six.", "A lone * sign.", "Ok"]),
        ("😀🎉", []),
    ],
)
def test_a_growing_text_is_said_as_the_whole_would_be(text: str, lines: list[str]):
    for step in (1, 3, 7):
        assert [line for _, line in said_as_it_grows(text, step)] == lines


def test_a_sentence_is_said_as_soon_as_the_next_begins():
    assert said_as_it_grows("Good evening. The moon is up.\nTea") == [
        (15, "Good evening."),
        (30, "The moon is up."),
        (-1, "Tea"),
    ]


def test_a_pause_ends_a_sentence_but_no_number():
    cutter = SentenceCutter()

    assert cutter.grow("Good evening.") == []
    assert [line.text for line in cutter.grow("Good evening.", settled=True)] == ["Good evening."]
    assert cutter.grow("Good evening. It costs 1.", settled=True) == []
    assert cutter.grow("Good evening. It costs 1.5", settled=True) == []
    assert cutter.grow("Good evening. It costs 1.5 *and so. On", settled=True) == []


def test_what_was_said_is_not_said_again_when_the_text_changes():
    cutter = SentenceCutter()
    cutter.grow("  Good evening. The moon is up. And th")

    lines = cutter.finish("Good evening. The moon is up. But never mind.")

    assert [line.text for line in lines] == ["But never mind."]
    assert cutter.finish("Good") == []


def test_places_count_in_the_whole_message():
    message = "**Good** evening. The *moon* is up. Tea"
    cutter = SentenceCutter()

    lines = [*cutter.grow(message[:30]), *cutter.grow(message), *cutter.finish(message)]

    assert [message[slice(*line.source(0, len(line.text)))] for line in lines] == [
        "Good** evening.",
        "The *moon* is up.",
        "Tea",
    ]


@given(st.text(alphabet="aB .*_`~[](<>!?|1#\n\\日。", max_size=120), st.integers(1, 9))
def test_every_word_is_said_once_however_it_comes(text: str, step: int):
    cutter = SentenceCutter()
    grown = [line for at in range(0, len(text), step) for line in cutter.grow(text[:at])] + cutter.finish(text)

    places = [place for line in grown for place in line.places]
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


def test_a_long_reply_with_a_lone_mark_is_not_held_back():
    text = "**" + "Word after word goes on. " * 200

    assert len(said_as_it_grows(text, 50)) > 150
    assert said_lines("") == []
