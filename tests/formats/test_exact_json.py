import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.formats.exact_json import UnreadableJson, read_json, storable, write_storable

TEXT = '{"name": "Nerevar\\u00e9 é", "id": 123456789012345678901234567890}'
VALUE = {"name": "Nerevaré é", "id": 123456789012345678901234567890}


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        b"\x00\x00\xfe\xff" + TEXT.encode("utf-32-be"),
        TEXT.encode("utf-32-le"),
        b"\r\n " + TEXT.encode() + b"\r\n",
    ],
)
def test_every_unicode_encoding_is_read(content: bytes) -> None:
    assert read_json(content).value == VALUE
    assert read_json(content).notes == ()


LONG = "9" * 5000


@pytest.mark.parametrize(
    ("content", "value", "notes"),
    [
        (b"18446744073709551617", 18446744073709551617, ()),
        (b'{"a": 1, "a": 2}', {"a": 2}, ("“a” stands there more than once; the last one counts.",)),
        (b'{"a": NaN}', {"a": None}, ("NaN is no number in JSON and is left empty.",)),
        (
            b"[Infinity, -Infinity]",
            [None, None],
            (
                "Infinity is no number in JSON and is left empty.",
                "-Infinity is no number in JSON and is left empty.",
            ),
        ),
        (b"[1e999, 1.5]", [None, 1.5], ("1e999 is larger than a number can be and is left empty.",)),
        (LONG.encode(), LONG, ("A number of 5,000 digits is kept as text.",)),
        (b"[" + b"9" * 4300 + b"]", [int("9" * 4300)], ()),
        (b'"\\ud83d"', "\ud83d", ()),
        (b'"\\ud83d\\ude00"', "\U0001f600", ()),
        (b'"\xed\xa0\xbd"', "\ud83d", ()),
        (b"[" * 100 + b"]" * 100, None, ()),
    ],
)
def test_what_is_odd_is_read_with_a_note(content: bytes, value: Any, notes: tuple[str, ...]) -> None:
    parsed = read_json(content)
    if value is not None:
        assert parsed.value == value
    assert parsed.notes == notes


def test_notes_do_not_grow_without_end() -> None:
    content = "{" + ",".join(f'"k{n}": 1, "k{n}": 2' for n in range(500)) + "}"
    notes = read_json(content.encode()).notes
    assert len(notes) == 21
    assert notes[-1] == "And 480 more of this kind."


@pytest.mark.parametrize(
    ("content", "sentence", "line"),
    [
        (b"", "The file is empty.", 0),
        (b" \n", "The file is empty.", 0),
        (b"\0" * 4096, "only zero bytes", 0),
        (b'{\n"a": 1', "cut off", 2),
        (b'{\n"a": "half', "cut off", 2),
        (b'{\n"a":\ntr', "cut off", 3),
        (b'{"a": "\\ud8', "cut off", 1),
        (b'{"a": "caf\xc3', "cut off", 1),
        ('{"a": 1}'.encode("utf-16")[:-1], "cut off", 1),
        (b'{\n"a": 1' + b"\0" * 100, "cut off", 2),
        (b'{\n"a": "\0\0\0"}', "zero bytes", 2),
        (b'{\n"a": 1,\n}', "no JSON from line 3", 3),
        (b"\x80\x04\x95", "no UTF-8 text", 1),
        (b'{\n"a": "caf\xe9"}', "no UTF-8 text", 2),
        (b"<html>", "no JSON from line 1", 1),
        (b"{} {}", "no JSON from line 1", 1),
        (b"[" * 101 + b"]" * 101, "more than 100 levels", 0),
        (b"[" * 1000 + b"]" * 1000, "more than 100 levels", 0),
        (b'{"a":' * 200_000, "more than 100 levels", 0),
        (b"[" * 1000 + b"NaN" + b"]" * 1000, "more than 100 levels", 0),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(content: bytes, sentence: str, line: int) -> None:
    with pytest.raises(UnreadableJson) as caught:
        read_json(content)
    assert sentence in caught.value.sentence
    assert caught.value.line == line
    assert caught.value.next_step


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        parsed = read_json(content)
    except UnreadableJson:
        return
    write_storable(parsed.value).encode()


numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(values, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), st.booleans())
def test_what_was_written_is_read_as_it_was(value: Any, encoding: str, ascii_only: bool) -> None:
    parsed = read_json(json.dumps(value, ensure_ascii=ascii_only).encode(encoding))
    assert parsed.value == value
    assert parsed.notes == ()


def test_texts_become_storable() -> None:
    assert storable("a\ud83d\0b é") == "a\ufffd\ufffdb é"
    written = write_storable({"a\0": ["\udc00", {"b": "\0"}], "n": 2**70})
    assert json.loads(written) == {"a\ufffd": ["\ufffd", {"b": "\ufffd"}], "n": 2**70}
    assert json.loads(write_storable("\\u0000")) == "\\u0000"
    assert math.isclose(json.loads(write_storable(0.1)), 0.1)


_NUMBERS = st.sampled_from(
    [
        "0",
        "-0",
        "1.50",
        "1e5",
        "1E400",
        "-1e-400",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "0.12345678901234567890",
        "1" * 25,
    ]
)
_STRINGS = st.sampled_from(
    ["", "a", ":", "b:", "\\u003a", "\\u003A:", '\\":', "\\u0000", "\\u00e9", "\\ud83d", "é", "1" * 20, "[{", " : "]
).map(lambda text: f'"{text}"')
_SPACES = st.sampled_from(["", " ", "\n\t"])
_DOCUMENTS = st.recursive(
    _NUMBERS | _STRINGS | st.sampled_from(["null", "true", "NaN", "-Infinity"]),
    lambda inner: (
        st.tuples(_SPACES, st.lists(inner, max_size=4)).map(lambda both: f"[{both[0]}{','.join(both[1])}]")
        | st.lists(st.tuples(_STRINGS, _SPACES, inner), max_size=4).map(
            lambda pairs: "{" + ",".join(f"{key}{space}:{space}{value}" for key, space, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)


@given(_DOCUMENTS)
def test_what_is_read_the_fast_way_is_read_the_same_with_care(document: str) -> None:
    # No fast reader takes a byte order mark.
    careful = read_json(document.encode("utf-8-sig"))

    read = read_json(document.encode())

    assert repr(read.value) == repr(careful.value)
    assert read.notes == careful.notes
    if read.clean:
        assert storable(repr(read.value)) == repr(read.value)
        assert "\\x00" not in repr(read.value)
