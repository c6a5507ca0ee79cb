"""Which encoding a text is in that has no mark and is no UTF-8: the one in which it reads most like a language.

It stays a guess, and a short text can be read in more ways than one: who shows it says what was guessed.
"""

# ruff: noqa: RUF001  Signs that look like others are what this is about.

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

FALLBACK = "windows-1252"
"""For Western Europe; it can decode nearly everything, so it is what is left."""

_LOOKED_AT = 65_536
_ODD = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ONE_SCRIPT_SHARE = 0.9
_PLAIN = "plain"
_ZEROS_SHARE = 0.005
"""In UTF-16: one of two bytes in Europe; in East Asia one for each space and each line."""
_FAIR = 0.6
"""What reads worse than this is no better than the fallback."""

_WESTERN = frozenset("äöüßéèêëàâáãåæçîïíìñôóòõøûùúœÿÄÖÜÉÈÊÀÂÁÅÆÇÎÍÑÔÓØÛÚŒ“”„‘’‚–—…•€£¥§°©®™«»¿¡·´½¼¾²³ª°º\u00a0")
_CENTRAL = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽőűŐŰöüäôÖÜÄßăâîșțşţđ“”„‘’‚–—…•€§°«»\u00a0")
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ")
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпу")
_GREEK = frozenset("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ")
_COMMON_GREEK = frozenset("αοιετσνηυρπκς")
_SIGNS = frozenset("“”„‘’–—…•€§°©®«»№·\u00a0")
_EAST_ASIAN_SIGNS = frozenset("、。，！？：；（）「」『』【】《》〈〉“”‘’…—～·・ー　％＋－＝／０１２３４５６７８９￥")


def guess_encoding(content: bytes) -> str:
    """By what it begins with; `content` is no text in UTF-8."""
    start = content[:_LOOKED_AT]
    if start.count(0) > len(start) * _ZEROS_SHARE:
        wide = _wide(start)
        if wide:
            return wide
    best, reached = FALLBACK, _FAIR
    for encoding, reads_like in _CANDIDATES.items():
        text = _strictly(start, encoding, cut=len(content) > len(start))
        # The first of those that read as well: a later one must be better.
        if text is not None and (points := reads_like(text)) > reached:
            best, reached = encoding, points
    return best


def _wide(start: bytes) -> str:
    """UTF-16 without a mark: the order of bytes that gives the more ordinary text; "" where neither gives one."""
    best, reached = "", -1
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strictly(start, encoding, cut=len(start) == _LOOKED_AT)
        if text is None:
            continue
        usual = sum(character.isascii() or character in _EAST_ASIAN_SIGNS for character in text)
        if usual > reached and _in_one_script(text):
            best, reached = encoding, usual
    return best


def _in_one_script(text: str) -> bool:
    """Whether nearly all of it is plain ASCII or of one script; of a program's bytes there is something of each."""
    if _ODD.search(text):
        return False
    scripts = Counter(map(_script, text))
    plain, nameless = scripts.pop(_PLAIN, 0), scripts.pop("", 0)
    most = max(scripts.values(), default=0)
    return not nameless and plain + most >= len(text) * _ONE_SCRIPT_SHARE


def _script(character: str) -> str:
    """The first word of its name in Unicode; "" for what has none, and _PLAIN for what every script has."""
    if character.isascii() or character in _SIGNS or character in _EAST_ASIAN_SIGNS:
        return _PLAIN
    script = unicodedata.name(character, "").partition(" ")[0]
    return "CJK" if script in ("HIRAGANA", "KATAKANA") else script


def _strictly(start: bytes, encoding: str, *, cut: bool) -> str | None:
    """Decoded, None where it can't be; one that was `cut` may end within a character."""
    for less in range(4 if cut else 1):
        try:
            return start[: len(start) - less].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _latin(text: str, usual: frozenset[str]) -> float:
    """Letters with marks stand one by one among others, two together at most."""
    runs: list[str] = re.findall(r"[^\x00-\x7f]+", text)
    count = sum(map(len, runs))
    return sum(sum(character in usual for character in run) for run in runs if len(run) <= 2) / max(count, 1)


def _alphabet(text: str, small: frozenset[str], common: frozenset[str]) -> float:
    """Words of its own letters, most of them common ones, and no capital after a small letter."""
    points = count = 0.0
    before = ""
    for character in text:
        if not character.isascii():
            count += 1
            lowered = character.lower()
            if character in _SIGNS or lowered in common:
                points += 1.0
            elif lowered in small:
                points += 0.75
            if character != lowered and before.islower():
                points -= 1.0
        if character.isalpha() and before.isalpha() and character.isascii() != before.isascii():
            points -= 1.0
        before = character
    # What reads like an alphabet's words is hardly ever anything else; Chinese looks for its signs among many.
    return 1.1 * points / max(count, 1.0)


def _japanese(text: str) -> float:
    kana = sum("\u3041" <= character <= "\u30fc" for character in text)
    return _ideographic(text, "shift_jis") if kana else 0.0


def _korean(text: str) -> float:
    count = sum(not character.isascii() for character in text)
    good = sum(character in _EAST_ASIAN_SIGNS or _daily(character, "euc_kr") for character in text)
    # The Chinese read as Korean has signs of its own among the syllables; Korean read as Chinese has none.
    return 1.05 * good / max(count, 1) if good >= 0.97 * count else 0.0


def _ideographic(text: str, plane: str) -> float:
    """The share of signs that are in daily use: those on the first level of the national standard."""
    others = [character for character in text if not character.isascii()]
    good = sum(_daily(character, plane) for character in others)
    return good / max(len(others), 1)


def _daily(character: str, plane: str) -> bool:
    if character in _EAST_ASIAN_SIGNS or "\u3041" <= character <= "\u30fc":
        return plane == "shift_jis" or character in _EAST_ASIAN_SIGNS
    try:
        code = character.encode(plane)
    except UnicodeEncodeError:
        return False
    if len(code) != 2:
        return False
    return {
        "gb2312": 0xB0 <= code[0] <= 0xD7,
        "big5": 0xA4 <= code[0] <= 0xC6,
        "shift_jis": 0x88 <= code[0] <= 0x97,
        "euc_kr": 0xB0 <= code[0] <= 0xC8,
    }[plane]


_CANDIDATES: dict[str, Callable[[str], float]] = {
    FALLBACK: lambda text: _latin(text, _WESTERN),
    "windows-1250": lambda text: _latin(text, _CENTRAL),
    "windows-1251": lambda text: _alphabet(text, _CYRILLIC, _COMMON_CYRILLIC),
    "koi8-r": lambda text: _alphabet(text, _CYRILLIC, _COMMON_CYRILLIC),
    "cp866": lambda text: _alphabet(text, _CYRILLIC, _COMMON_CYRILLIC),
    "windows-1253": lambda text: _alphabet(text, _GREEK, _COMMON_GREEK),
    "shift_jis": _japanese,
    "euc_jp": _japanese,
    "cp949": _korean,
    "gb18030": lambda text: _ideographic(text, "gb2312"),
    "big5": lambda text: _ideographic(text, "big5"),
}
