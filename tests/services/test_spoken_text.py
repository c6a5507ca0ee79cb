"""What of a message is said aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.services.speech.languages import script_language
from personadesk.services.speech.spoken_text import spoken_text


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
        ("", ""),
    ],
)
def test_a_message_is_said_as_one_would_read_it(message: str, said: str):
    assert spoken_text(message).text == said


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
