"""What of a message is said aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.services.speech.languages import script_language
from personadesk.services.speech.spoken_text import spoken_text
from personadesk.services.speech.streaming import said_lines


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("It is **very** *good*, ~~bad~~ `x`.", "It is very good, bad x."),
        ("# Plan\n\n- [x] tea\n- cake\n1. sleep\n> he said", "Plan\ntea\ncake\n1. sleep\nhe said"),
        ("Look:\n```python\nprint(1)\n```\nNice.", "Look:\nSome code is left out.\nNice."),
        ("See https://www.example.org/a?b=c. Or [the docs](https://x.y/z).", "See link to example.org. Or the docs."),
        ("![a grey cat](cat.png) <b>Comma</b><!-- no -->", "a grey cat Comma"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a, b\n1, 2"),
        ("*She smiles.* I *really* mean it!!! *leans back*", "She smiles. I really mean it! leans back."),
        ("Well... yes 😀🎉 2 * 3 * 4 = 24, snake_case_name", "Well… yes 2 * 3 * 4 = 24, snake_case_name"),
        ("\\*not this\\*", "*not this*"),
        ("``` \nnever closed", "Some code is left out."),
        ("<speak>Hi <break time='1s'/>there<?xml x?> <say-as interpret-as='x'>you</say-as></speak>", "Hi there you"),
        ("Tom &amp; Ann&nbsp;&lt;3, at 5 \N{DEGREE SIGN}C", "Tom & Ann <3, at 5 \N{DEGREE SIGN}C"),
        (
            "The killer is ||the cook||. Note[^1] [b]this[/b] :smile: at 10:30:15",
            "The killer is \u2026. Note this at 10:30:15",
        ),
        ("====== Part ###### two @@@@", "Part two"),
        (
            "\u202eHi\u202c \u05e9\u05dc\u05d5\u05dd \u4f60\u597d, \u043c\u0438\u0440.",
            "Hi \u05e9\u05dc\u05d5\u05dd \u4f60\u597d, \u043c\u0438\u0440.",
        ),
        ("\U0001f600\U0001f389 \u2764\ufe0f", ""),
        ("", ""),
    ],
)
def test_a_message_is_said_as_one_would_read_it(message: str, said: str):
    assert spoken_text(message).text == said


def test_ten_thousand_characters_are_said_word_for_word():
    message = " ".join(
        f"This is sentence number {number} of **many**, and it goes on a little." for number in range(160)
    )

    lines = said_lines(message)

    assert len(message) > 10_000
    assert " ".join(line.text for line in lines) == message.replace("**", "")
    assert len(lines) == 160


def test_actions_can_be_left_out_and_stressed_words_stay():
    assert spoken_text("*smiles warmly* I *am* glad. *nods*", emotes=False).text == "I am glad."


def test_what_is_said_can_be_found_in_the_message():
    message = "**Good** evening.\n\n*waves* Tea at https://example.org?"

    spoken = spoken_text(message)

    at = spoken.text.index("evening")
    assert message[slice(*spoken.source(at, at + 7))] == "evening"
    at = spoken.text.index("waves")
    assert message[slice(*spoken.source(at, at + 5))] == "waves"


@given(st.text(alphabet="a b*_`~#>|[]()!<-\n\\.😀http://日", max_size=120))
def test_no_text_breaks_it(message: str):
    spoken = spoken_text(message)

    assert len(spoken.text) == len(spoken.places)
    assert list(spoken.places) == sorted(spoken.places)
    assert all(0 <= place < len(message) for place in spoken.places)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello", ""),
        ("こんにちは世界", "ja"),
        ("你好世界", "zh"),
        ("안녕", "ko"),
        ("Привет, Bob", "ru"),
        ("1 2 3", ""),
    ],
)
def test_letters_give_their_language_away(text: str, language: str):
    assert script_language(text) == language


@pytest.mark.parametrize("sign", ["*", "_", "`", "-", " ", "|", "[", "<", "> ", "~~", "**a", "\\", "http://"])
def test_a_long_row_of_signs_takes_no_time(sign: str):
    assert len(spoken_text(sign * 20_000 + "x").text) <= 2 * 20_000 * len(sign) + 100
