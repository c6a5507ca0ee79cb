"""Where somebody who dictates pauses."""

import math
import random
from array import array

import pytest

from personadesk.ui.speech.pauses import PauseFinder

RATE = 16_000
CHUNK = 1_280


def noise(seconds: float, loud: float, seed: int = 1) -> bytes:
    chance = random.Random(seed)
    return array("h", (round(chance.gauss(0, loud)) for _ in range(round(seconds * RATE)))).tobytes()


def speech(seconds: float, room: float = 0.0, loud: float = 6_000) -> bytes:
    """Syllables of a quarter of a second, as loud as speech, with a short gap between them."""
    chance = random.Random(2)
    samples = (
        loud * math.sin(math.tau * 180 * at / RATE) * (at * 4 % RATE < RATE * 0.8) + chance.gauss(0, room)
        for at in range(round(seconds * RATE))
    )
    return array("h", map(round, samples)).tobytes()


def passages(finder: PauseFinder, pcm: bytes) -> list[bytes]:
    return [found for at in range(0, len(pcm), CHUNK) for found in finder.take(pcm[at : at + CHUNK])]


def seconds(pcm: bytes) -> float:
    return len(pcm) / 2 / RATE


@pytest.mark.parametrize("room", [0, 20, 300])
def test_a_passage_ends_with_a_pause_in_a_quiet_room_and_in_a_loud_one(room: float) -> None:
    finder = PauseFinder(RATE)

    found = passages(
        finder, noise(2.5, room) + speech(3, room) + noise(1.5, room) + speech(1.5, room) + noise(0.5, room)
    )

    assert [seconds(passage) for passage in found] == [pytest.approx(3.7, abs=0.3)]
    assert finder.speaking
    assert seconds(finder.finish()) == pytest.approx(2.3, abs=0.4)
    assert not finder.speaking


def test_who_speaks_at_once_is_heard_from_the_first_word() -> None:
    found = passages(PauseFinder(RATE), speech(2) + noise(1.2, 10))

    assert [seconds(passage) for passage in found] == [pytest.approx(2.3, abs=0.2)]


def test_silence_steady_noise_and_a_click_are_no_passages() -> None:
    finder = PauseFinder(RATE)
    click = array("h", [20_000, -20_000] * 400).tobytes()

    assert passages(finder, bytes(RATE * 2 * 3) + click + noise(3, 10)) == []
    assert finder.finish() == b""


def test_a_short_pause_ends_nothing_and_endless_speech_is_cut() -> None:
    assert passages(PauseFinder(RATE), speech(1) + noise(0.6, 10) + speech(1) + noise(0.6, 10)) == []

    found = passages(PauseFinder(RATE), speech(1) * 30)

    assert [seconds(passage) for passage in found] == [pytest.approx(28, abs=0.1)]
