"""The head of a GGUF file: what a model says of itself before its weights begin.

Format: ggml's docs/gguf.md, versions 2 and 3, little-endian.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

MAGIC = b"GGUF"
HEAD_LIMIT_BYTES = 256 * 1024 * 1024
"""The largest vocabularies take some 20 MB."""

_ENTRY_LIMIT = 100_000
_ITEM_LIMIT = 20_000_000
_TEXT_LIMIT_BYTES = 4 * 1024 * 1024
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_KEPT = ("general.", "split.", "tokenizer.chat_template")
_KEPT_ENDING = ".context_length"

Read = Callable[[int], bytes]
"""Gives up to that many bytes that follow, fewer only at the end."""


class NotGguf(ValueError):
    """These bytes are no head of a GGUF file. The text says what is wrong, as a sentence."""


@dataclass(frozen=True, slots=True)
class GgufHead:
    """`name` and `licence` are "" where the file does not say. `parts` is more than 1 for one of several files."""

    name: str
    architecture: str
    context_tokens: int
    size_label: str = ""
    licence: str = ""
    has_chat_template: bool = False
    parts: int = 1


def read_gguf_head(read: Read) -> GgufHead:
    """Read from a file's first byte on. Raises NotGguf."""
    source = _Source(read)
    if source.take(4) != MAGIC:
        raise NotGguf("This is not a GGUF file.")
    version = source.number("I")
    if version not in (2, 3):
        raise NotGguf(f"This GGUF file has a version that is not known: {version}.")
    tensors, entries = source.number("Q"), source.number("Q")
    if entries > _ENTRY_LIMIT or tensors > _ITEM_LIMIT:
        raise NotGguf("The head of this GGUF file makes no sense.")
    found: dict[str, object] = {}
    for _ in range(entries):
        key = source.text(_TEXT_LIMIT_BYTES)
        kept = key.startswith(_KEPT) or key.endswith(_KEPT_ENDING)
        value = source.value(source.number("I"), kept=kept)
        if kept:
            found[key] = value
    architecture = _text(found.get("general.architecture"))
    if not architecture or not tensors:
        raise NotGguf("This GGUF file holds no model.")
    return GgufHead(
        name=_text(found.get("general.name")),
        architecture=architecture,
        context_tokens=_count(found.get(f"{architecture}.context_length")),
        size_label=_text(found.get("general.size_label")),
        licence=_text(found.get("general.license")),
        has_chat_template=bool(_text(found.get("tokenizer.chat_template"))),
        parts=_count(found.get("split.count")) or 1,
    )


class _Source:
    """Bytes from front to back, never more than the limit."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._left = HEAD_LIMIT_BYTES

    def take(self, count: int) -> bytes:
        if count > self._left:
            raise NotGguf("The head of this GGUF file is far too large.")
        self._left -= count
        taken = self._read(count)
        if len(taken) < count:
            raise NotGguf("This GGUF file ends in the middle of its head: it was not copied whole.")
        return taken

    def number(self, kind: str) -> int:
        (value,) = struct.unpack(f"<{kind}", self.take(struct.calcsize(kind)))
        return int(value)

    def text(self, limit: int) -> str:
        length = self.number("Q")
        if length > limit:
            raise NotGguf("The head of this GGUF file makes no sense.")
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int, *, kept: bool) -> object:
        if kind == _STRING:
            return self.text(_TEXT_LIMIT_BYTES)
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _SCALARS:
            raise NotGguf("The head of this GGUF file makes no sense.")
        (value,) = struct.unpack(f"<{_SCALARS[kind]}", self.take(struct.calcsize(_SCALARS[kind])))
        return value if kept else None

    def _skip_array(self) -> None:
        kind, count = self.number("I"), self.number("Q")
        if count > _ITEM_LIMIT:
            raise NotGguf("The head of this GGUF file makes no sense.")
        if kind == _STRING:
            for _ in range(count):
                self.text(_TEXT_LIMIT_BYTES)
        elif kind in _SCALARS:
            width = struct.calcsize(_SCALARS[kind])
            for start in range(0, count, 65_536):
                self.take(min(65_536, count - start) * width)
        else:
            raise NotGguf("The head of this GGUF file makes no sense.")


def _text(value: object) -> str:
    """One line, without what can't be shown."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000_000 else 0
