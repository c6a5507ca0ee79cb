import errno
import sqlite3
from pathlib import Path

import pytest

from personadesk.domain.errors import StoreDamaged, StoreError, StoreUnavailable
from personadesk.storage.faults import file_error, store_error

HERE = Path("/somewhere/personadesk")


class DriverFault(Exception):
    def __init__(self, code: int) -> None:
        super().__init__("what the driver says")
        self.sqlite_errorcode = code


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (5, StoreUnavailable, "Another program"),
        (261, StoreUnavailable, "Another program"),
        (13, StoreUnavailable, "disk is full"),
        (8, StoreUnavailable, "can't write"),
        (14, StoreUnavailable, "can't write"),
        (778, StoreUnavailable, "could not be read or written"),
        (11, StoreDamaged, "damaged"),
        (26, StoreDamaged, "damaged"),
    ],
)
def test_a_result_code_of_the_environments_doing_is_a_sentence(code: int, kind: type[StoreError], words: str) -> None:
    meaning = store_error(DriverFault(code), HERE)

    assert isinstance(meaning, kind)
    assert words in meaning.sentence
    assert meaning.next_step


def test_a_fault_without_a_code_is_known_by_its_words() -> None:
    meaning = store_error(sqlite3.OperationalError("database or disk is full"), HERE)

    assert meaning is not None
    assert "disk is full" in meaning.sentence


@pytest.mark.parametrize("error", [DriverFault(1), DriverFault(19), DriverFault(1299), ValueError("ours"), None])
def test_what_is_our_own_doing_stays_a_bug(error: Exception | None) -> None:
    assert store_error(error, HERE) is None


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "disk is full"), (errno.EACCES, "can't write")]
)
def test_a_file_that_cannot_be_written_is_a_sentence(number: int, words: str) -> None:
    assert words in file_error(OSError(number, "x"), HERE).sentence
