"""The filter must not depend on how a model's words are cut into pieces."""

import re
from itertools import combinations

import pytest

from personadesk.domain.chat import FinishReason
from personadesk.services.reply_filter import TEMPLATE_MARKS, ReplyFilter


def filtered(pieces: list[str]) -> tuple[str, str]:
    """What was shown on the way, and what is kept."""
    cleaner = ReplyFilter(echoes=["Luna"], others=["Kim O'Neil", "User", "You"])
    shown = ""
    for piece in pieces:
        shown += cleaner.feed(piece)
        if cleaner.done:
            break
    return shown, cleaner.finish(FinishReason.STOP)


def every_cut(text: str) -> list[list[str]]:
    """The text whole, in two and in three pieces at every place, and character by character."""
    places = range(1, len(text))
    cuts = [(), *((place,) for place in places), *combinations(places, 2)]
    pieces = [[text[a:b] for a, b in zip((0, *cut), (*cut, len(text)), strict=True)] for cut in cuts]
    return [*pieces, list(text)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Hello\nKim O'Neil: and I", "Hello"),
        ("Hello\n\nkim o'neil :and I", "Hello"),
        ("Hello\n**User:** and I", "Hello"),
        ("Luna: Luna: Hello", "Hello"),
        ("**Luna**: Hello", "Hello"),
        ("**Luna:** Hello", "Hello"),
        ("Younger than you", "Younger than you"),
        ("Hello\nYou know", "Hello\nYou know"),
        ("a < b <|im_e>", "a < b <|im_e>"),
        *((f"Hello {mark}user", "Hello") for mark in TEMPLATE_MARKS),
    ],
)
def test_a_reply_is_the_same_however_it_is_cut(said: str, kept: str) -> None:
    results = [filtered(pieces) for pieces in every_cut(said)]

    assert {result for _, result in results} == {kept}
    assert all(kept.startswith(shown.strip()) for shown, _ in results)


def test_a_user_spoken_for_behind_an_echoed_name_is_never_shown() -> None:
    said = "Luna: User: I agree"
    cleaner = ReplyFilter(echoes=["Luna"], others=["User"])

    shown = "".join(cleaner.feed(character) for character in said)

    assert shown == ""
    assert cleaner.done


def continued(begun: str, said: str, finish: FinishReason, *, sentence_limit: int = 0) -> str:
    """What is kept of a reply that had a text already, said word by word."""
    cleaner = ReplyFilter(echoes=["Luna"], others=["User"], sentence_limit=sentence_limit)
    cleaner.go_on_from(begun)
    for piece in re.split(r"(?= )", said):
        if cleaner.done:
            break
        cleaner.feed(piece)
    return cleaner.finish(finish)


CUT = "One sentence that is long enough to be kept. And then I went to the market and"


@pytest.mark.parametrize(
    ("begun", "said", "kept"),
    [
        (CUT, " bought a few apples for my", " bought a few apples for my"),
        (CUT, " bought apples. And a few pears for", " bought apples."),
        ("It was a long day for all of us.", " And then we", " And then we"),
        ("  My own words, and\n", "yours", "yours"),
    ],
)
def test_what_a_reply_goes_on_from_is_never_cut(begun: str, said: str, kept: str) -> None:
    assert continued(begun, said, FinishReason.LENGTH) == begun + kept


@pytest.mark.parametrize(
    ("begun", "said", "kept"),
    [
        ("I am here. It is a good day. It is a good day. And", " so it is. Good.", " so it is. Good."),
        ("Well. No no no no no no no no, he said. And", " that was it. Good.", " that was it. Good."),
        ("Well. Then he said no no no", " no no no no no no no", ""),
        ("It is a good day. It is a", " good day. It is.", ""),
        ("Yes. No. Yes. No. And", " one. Two. Three.", " one. Two."),
    ],
)
def test_a_rambling_model_loses_only_what_it_adds(begun: str, said: str, kept: str) -> None:
    assert continued(begun, said, FinishReason.STOP, sentence_limit=2) == begun + kept
