"""Whether a space stands between two pieces of one text, told by what meets there."""

import re
import unicodedata

_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf"  # Tibetan, Burmese, Khmer, Tai
    "\u2e80-\u2fff\u3000-\u312f\u31a0-\u9fff\ua000-\ua4cf"  # Chinese and Japanese with their marks, Yi
    "\uaa60-\uaadf\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f"  # Burmese and Tai again, wide and compatible forms
    "\U00016fe0-\U00018d8f\U0001aff0-\U0001b2ff\U00020000-\U0003ffff]"
)
"""What is written without spaces between words. Hangul is not among it: Korean has them."""

_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
_PAIRED = '"*_~`' + _APOSTROPHES
_JOINING = "/\\@#"


def space_between(before: str, after: str) -> bool:
    """Whether `after` begins a word that a space divides from `before`. A word that was cut in two can't be told."""
    if not before or before[-1].isspace() or not after[:1].isalnum():
        return False
    last = before[-1]
    if _WITHOUT_SPACES.match(last) or _WITHOUT_SPACES.match(after) or last in _JOINING:
        return False
    if _is_paired(last):
        inside_a_word = last in _APOSTROPHES and before[-2:-1].isalnum()
        return not inside_a_word and not _opens_behind(before)
    if unicodedata.category(last) == "Pd":
        # A hyphen joins; a dash between spaces divides.
        return before[-2:-1].isspace()
    return unicodedata.category(last) != "Ps"


def _is_paired(character: str) -> bool:
    """Quotation marks of any language, and markdown's: one may open here and close there."""
    return character in _PAIRED or unicodedata.category(character) in ("Pi", "Pf")


def _opens_behind(before: str) -> bool:
    """Whether the paired marks at the end open something: then no word ends where they begin."""
    while before and _is_paired(before[-1]):
        before = before[:-1]
    return not before or before[-1].isspace() or unicodedata.category(before[-1]) in ("Ps", "Pd")
