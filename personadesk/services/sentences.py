"""Where sentences end: enough to trim a text so that it still reads well."""

import re

_END = re.compile(
    r"[.!?\u2026]+[\"'\u201d\u2019)\]*_]*(?=\s|$)"  # Latin: a space follows
    r"|[\u3002\uff01\uff1f]+[\u201d\u2019\u300d\u300f\uff09]*"  # Chinese and Japanese: none does
)
_NOT_AN_END = re.compile(
    r"(?:^|[\s(])(?:\d+|[A-HJ-Za-hj-z]|e\.g|i\.e|etc|Mr|Mrs|Ms|Dr|St|Mt|Prof|Capt|Lt|Sgt|approx|vs)\.$", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"(?:^|[\s(])(?:Nos?|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|pp?|vol|ch)\.$", re.IGNORECASE
)
_NUMBER = re.compile(r"\s+\d")


def sentence_ends(text: str) -> list[int]:
    """The offsets right behind each finished sentence. A list's number, an initial or an abbreviation ends none."""
    ends = []
    for match in _END.finditer(text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        before = text[max(line_start, match.start() - 12) : match.start() + 1]
        if _NOT_AN_END.search(before) or (_NUMBERED.search(before) and _NUMBER.match(text, match.end())):
            continue
        ends.append(match.end())
    return ends


def keep_sentences(text: str, limit: int) -> str:
    """Cut to at most `limit` characters, behind a whole sentence where one ends in time, else behind a word."""
    if len(text) <= limit:
        return text
    fitting = [end for end in sentence_ends(text[: limit + 1]) if end <= limit]
    if fitting:
        return text[: fitting[-1]]
    cut = text[: max(limit - 1, 0)]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"
