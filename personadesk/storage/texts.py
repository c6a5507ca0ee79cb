"""Text as it is stored and as it is shown on one line."""

from personadesk.domain.errors import InvalidInput


def storable(text: str) -> str:
    """Return text that UTF-8 can hold: halves of a surrogate pair are joined, lone ones become U+FFFD.

    They come from JSON escapes and from models that stop in the middle of a character.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def checked_message(text: str) -> str:
    """Return a message's text as it is stored. Raises InvalidInput where it is too long."""
    # The summaries of the cards come through this module before any conversation is needed.
    from personadesk.domain.conversation import MESSAGE_LIMIT

    if len(text) > MESSAGE_LIMIT:
        raise InvalidInput(
            "text",
            f"This message has {len(text):,} characters; a message holds up to {MESSAGE_LIMIT:,}.",
            "Send it in parts.",
        )
    return storable(text)


def one_line(text: str, limit: int) -> str:
    """Return the text with every run of white space as one space, cut to `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
