"""What stands in signs and abbreviations, as it is read out."""

import pytest

from personadesk.providers.voices.kokoro.reading import read_out


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("at 7:30 p.m., not 7:05", "at 7 30 p.m., not 7 oh 5"),
        ("12:00 sharp, or 3:00 pm", "12 o'clock sharp, or 3 pm"),
        ("Prof. Green of 12 Baker St., London", "Professor Green of 12 Baker Street, London"),
        ("In St. Louis, by the St. James hotel", "In Saint Louis, by the Saint James hotel"),
        ("fruit, e.g. apples, i.e. red ones", "fruit, for example apples, that is red ones"),
        ("cats vs. dogs w/o cages", "cats versus dogs without cages"),
        ("No. 5 said no. I won't.", "number 5 said no. I won't."),
        ("1 km, 5 km at 60 km/h, 21 °C", "1 kilometre, 5 kilometres at 60 kilometres an hour, 21 degrees Celsius"),
        ("$5 million, £3.50, ¥500", "5 million dollars, £3.50, 500 yen"),
        ("3/4 of 1/2, but 24/7 and 5/12/1999", " three quarters of  one half, but 24/7 and 5/12/1999"),
        ("agent 007 has 0.5 l", "agent 0 0 7 has 0.5 l"),
        ("10-12 or 1990\u20131995, call 555-1234-99", "10 to 12 or 1990 to 1995, call 555-1234-99"),
        ("2024-03-05 and 2024-13-05", "March 5th, 2024 and 2024-13-05"),
        ("on Feb. 3 and May 22, 1999", "on February 3rd and May 22nd, 1999"),
        ("Chapter IV, World War II, but I", "Chapter 4, World War 2, but I"),
        ("1:2:3 and 2 + 2 = 4", "1 2 3 and 2 plus 2 equals 4"),
    ],
)
def test_signs_and_abbreviations_are_words(written: str, said: str) -> None:
    assert read_out(written) == said


def test_plain_words_stay_as_they_are() -> None:
    text = "“Well,” she said, “it's about time — isn't it?” I paid $1,250 in 2187. OK…"

    assert read_out(text) == text
