"""The short form; `bash tests/fuzz/run.sh` is the long one."""

from collections.abc import Callable

import pytest
from hypothesis import given

from tests.fuzz.inputs import INPUTS, WHOLE_FILES
from tests.fuzz.targets import TARGETS, Escaped, attempt

SLOWED_S = 20.0
"""For a machine that counts every line: a reader that hangs needs longer still. The long form holds the second."""


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_bytes_make_a_reader_crash_hang_or_reach_outside(target: Callable[[bytes], None]) -> None:
    for content in WHOLE_FILES:
        attempt(target, content, SLOWED_S)

    @given(INPUTS)
    def any_bytes(content: bytes) -> None:
        attempt(target, content, SLOWED_S)

    any_bytes()


DEEP = b'{"name": "a", "x": ' + b"[" * 50_000
HOSTILE = {
    "nested without end": DEEP,
    "a number without end": b'{"name": "a", "x": ' + b"9" * 200_000 + b"}",
    "many empty lists": b'{"name": "a", "x": [' + b"[]," * 60_000 + b"[]]}",
    "many small chunks": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXt\0\0\0\0" * 50_000,
    "many angle brackets": b'{"name": "a", "creator_notes": "' + b"<a" * 100_000 + b'"}',
    "many commas": b'{"name": "a", "tags": "' + b"a," * 40_000 + b'"}',
    "spaces": b'{"name": "a' + b" " * 200_000 + b'"}',
    "many markers": b"\xff\xd8\xff" + b"\xff\xe0\x00\x02" * 100_000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_made_to_take_long_does_not(content: bytes) -> None:
    for target in TARGETS.values():
        attempt(target, content, SLOWED_S)


def test_the_watch_sees_a_reader_that_opens_a_file() -> None:
    def reader(content: bytes) -> None:
        open(content)  # noqa: PTH123, SIM115

    with pytest.raises(Escaped):
        attempt(reader, b"/etc/hostname")
