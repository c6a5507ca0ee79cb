"""The filter must not depend on how a model's words are cut into pieces."""

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
