"""The language of a text, as far as its letters tell."""

_SCRIPTS = (
    ("ja", (("\u3040", "\u30ff"),)),
    ("ko", (("\uac00", "\ud7af"), ("\u1100", "\u11ff"))),
    ("zh", (("\u3400", "\u9fff"),)),
    ("ru", (("\u0400", "\u04ff"),)),
    ("el", (("\u0370", "\u03ff"),)),
    ("he", (("\u0590", "\u05ff"),)),
    ("ar", (("\u0600", "\u06ff"),)),
    ("hi", (("\u0900", "\u097f"),)),
    ("th", (("\u0e00", "\u0e7f"),)),
)


def script_language(text: str) -> str:
    """The language that a text's letters give away, "" for Latin letters or none."""
    counts: dict[str, int] = {}
    letters = 0
    for char in text[:2000]:
        if not char.isalpha():
            continue
        letters += 1
        for language, ranges in _SCRIPTS:
            if any(low <= char <= high for low, high in ranges):
                counts[language] = counts.get(language, 0) + 1
                break
    if counts.get("ja"):
        counts["ja"] += counts.pop("zh", 0)
    language, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return language if count * 2 > letters else ""
