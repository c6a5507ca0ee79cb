"""English as it is read out: what stands in signs and abbreviations, in words that a pronouncer knows.

The dictionary behind the voice knows most numbers, sums of money and titles. What it would swallow or spell is here.
"""

import re
from collections.abc import Callable

_Change = tuple[re.Pattern[str], "str | Callable[[re.Match[str]], str]"]

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTH_OF = {name[:3]: name for name in _MONTHS} | {"Sept": "September"}
_TITLES = {
    "Prof": "Professor",
    "Capt": "Captain",
    "Lt": "Lieutenant",
    "Sgt": "Sergeant",
    "Gen": "General",
    "Col": "Colonel",
    "Rev": "Reverend",
    "Gov": "Governor",
    "Sen": "Senator",
    "Mt": "Mount",
    "St": "Saint",
    "Ft": "Fort",
}
_PLACES = {"St": "Street", "Ave": "Avenue", "Rd": "Road", "Blvd": "Boulevard", "Jr": "Junior", "Sr": "Senior"}
_NO_NAMES = "The|In|At|To|From|Of|On|And|But|Near|For|With|Is|By|As|Or|If|So|Dear"
_WORDS = {
    "e.g.": "for example",
    "i.e.": "that is",
    "vs.": "versus",
    "approx.": "approximately",
    "dept.": "department",
    "est.": "established",
    "w/o": "without",
    "w/": "with",
}
_UNITS = {
    "km/h": "kilometres an hour",
    "mph": "miles an hour",
    "km": "kilometres",
    "cm": "centimetres",
    "mm": "millimetres",
    "m": "metres",
    "kg": "kilograms",
    "mg": "milligrams",
    "g": "grams",
    "lbs": "pounds",
    "lb": "pounds",
    "oz": "ounces",
    "ft": "feet",
    "ml": "millilitres",
    "kHz": "kilohertz",
    "MHz": "megahertz",
    "GHz": "gigahertz",
    "KB": "kilobytes",
    "MB": "megabytes",
    "GB": "gigabytes",
    "TB": "terabytes",
    "hrs": "hours",
    "min": "minutes",
    "sec": "seconds",
    "ms": "milliseconds",
    "\u00b0C": "degrees Celsius",
    "\u00b0F": "degrees Fahrenheit",
    "\u00b0": "degrees",
}
_ONE = {"feet": "foot", "inches": "inch"}
_MONEY = {"$": "dollars", "\u00a3": "pounds", "\u20ac": "euros"}
_FRACTIONS = {
    "\u00bd": "one half",
    "\u00bc": "one quarter",
    "\u00be": "three quarters",
    "1/2": "one half",
    "1/4": "one quarter",
    "3/4": "three quarters",
    "1/3": "one third",
    "2/3": "two thirds",
}
_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9", "X": "10"}


def read_out(text: str) -> str:
    """Only what stands between words changes: nothing is left out that was to be heard."""
    for pattern, to in _CHANGES:
        text = pattern.sub(to, text)
    return text


def _any(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _date(match: re.Match[str]) -> str:
    month, day = int(match[2]), int(match[3])
    return f"{_MONTHS[month - 1]} {day}, {match[1]}" if 1 <= month <= 12 and 1 <= day <= 31 else match[0]


def _time(match: re.Match[str]) -> str:
    hour, minute, half = int(match[1]), match[2], match[3]
    if hour > 24:
        return match[0]
    if minute == "00":
        said = str(hour) if half else f"{hour} o'clock"
    else:
        said = f"{hour} oh {minute[1]}" if minute[0] == "0" else f"{hour} {minute}"
    return said + (f" {half}" if half else "")


def _day(match: re.Match[str]) -> str:
    day = int(match[2])
    if not 1 <= day <= 31:
        return match[0]
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{match[1]} {day}{ending}"


def _unit(match: re.Match[str]) -> str:
    said = _UNITS[match[2]]
    if match[1] == "1":
        first, space, rest = said.partition(" ")
        said = _ONE.get(first, first.removesuffix("s")) + space + rest
    return f"{match[1]} {said}"


_CHANGES: tuple[_Change, ...] = (
    (re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b"), _date),
    (re.compile(r"\b(\d{1,2}):([0-5]\d)\b(?:\s?([AaPp]\.?[Mm]\b\.?))?(?!:\d)"), _time),
    (re.compile(r"(?<=\d):(?=\d)"), " "),
    (re.compile(r"\b(\d)'\s?(\d{1,2})(?:\"|\u201d|'')"), r"\1 foot \2"),
    (
        re.compile(r"([$\u00a3\u20ac])\s?(\d[\d,.]*)\s(thousand|million|billion|trillion)\b"),
        lambda match: f"{match[2]} {match[3]} {_MONEY[match[1]]}",
    ),
    (re.compile(r"\u00a5\s?(\d[\d,]*)"), r"\1 yen"),
    (re.compile(rf"(?<![\d/])({_any(_FRACTIONS)})(?![\d/])"), lambda match: f" {_FRACTIONS[match[1]]}"),
    (re.compile(rf"\b(\d[\d,]*(?:\.\d+)?)\s?({_any(_UNITS)})(?![\w\u00b0])"), _unit),
    (re.compile(r"(?<![\d-])(\d{1,4})[-\u2013](\d{1,4})(?![\d-])"), r"\1 to \2"),
    (re.compile(r"(?<![\d.,:/-])0\d+\b(?![.,:/-]\d)"), lambda match: " ".join(match[0])),
    (re.compile(r"\bNos?\.\s?(?=\d)"), "number "),
    (re.compile(rf"\b({_any(_MONTH_OF)})\.\s?(?=\d)"), lambda match: f"{_MONTH_OF[match[1]]} "),
    (re.compile(rf"\b({'|'.join(_MONTHS)})\s(\d{{1,2}})\b(?![:.]\d)"), _day),
    # Behind a name it is the kind of a street, or of a son; in front of one a title.
    (
        re.compile(rf"\b(?!(?:{_NO_NAMES})\s)([A-Z][a-z]+\s)({_any(_PLACES)})\.(?=[\s,;:!?)]|$)"),
        lambda match: match[1] + _PLACES[match[2]],
    ),
    (re.compile(rf"\b({_any(_TITLES)})\.\s(?=[A-Z])"), lambda match: f"{_TITLES[match[1]]} "),
    (re.compile(rf"\b({_any(_PLACES)})\.(?=[\s,;:!?)]|$)"), lambda match: _PLACES[match[1]]),
    (re.compile(rf"(?<![\w.])({_any(_WORDS)})(?!\w)", re.IGNORECASE), lambda match: _WORDS[match[1].lower()]),
    (
        re.compile(rf"\b(Chapter|Part|Volume|Book|Act|War|Episode)\s({_any(_ROMAN)})\b"),
        lambda match: f"{match[1]} {_ROMAN[match[2]]}",
    ),
    (re.compile(r"(?<=\d)\s?\+\s?(?=\d)"), " plus "),
    (re.compile(r"(?<=[\w)])\s=\s(?=\w)"), " equals "),
    (re.compile(r"(?<=\d)\s?\u00d7\s?(?=\d)"), " times "),
)
