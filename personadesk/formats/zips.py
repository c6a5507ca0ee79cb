"""Zips from strangers, checked before anything is unpacked; and zips written so that equal content is equal bytes."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from personadesk.domain.errors import UserFacingError
from personadesk.formats.picture_heads import picture_type

EXPANDED_LIMIT_BYTES = 200 * 1024 * 1024
EXPANSION_LIMIT = 200
ENTRIES_LIMIT = 10_000

_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END = b"PK\x05\x06"
_LONGEST_TAIL = 22 + 65_535
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_READ_BYTES = 1024 * 1024


class RefusedZip(UserFacingError):
    """An archive that is damaged, or that would do harm."""


class Zip:
    """A stranger's zip whose entries have been checked. `what` is what the user calls it: "card", "archive"."""

    def __init__(self, content: bytes, what: str) -> None:
        self._what = what
        with self._broken_off():
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        entries = self._archive.infolist()
        if len(entries) > ENTRIES_LIMIT:
            raise RefusedZip(f"This {what} holds more than {ENTRIES_LIMIT:,} files.", "Choose a smaller one.")
        for entry in entries:
            self._check(entry)
        if sum(entry.file_size for entry in entries) > EXPANDED_LIMIT_BYTES:
            raise RefusedZip(
                f"This {what} unpacks to more than {EXPANDED_LIMIT_BYTES // (1024 * 1024)} MB.",
                "Choose a smaller one.",
            )
        # What has no name can't be asked for. (ZipInfo.is_dir fails on one.)
        self._entries = {
            entry.filename: entry for entry in entries if entry.filename and not entry.filename.endswith("/")
        }
        # What stands before the zip in a picture with a zip at its end.
        self.prefix_bytes = min((entry.header_offset for entry in entries), default=0)

    @property
    def names(self) -> tuple[str, ...]:
        """The files' names in their order, without folders."""
        return tuple(self._entries)

    def size(self, name: str) -> int:
        """A file's size as announced, -1 where there is none of that name."""
        entry = self._entries.get(name)
        return -1 if entry is None else entry.file_size

    def read(self, name: str) -> bytes:
        """Return a file, whose checksum holds. Raises KeyError, RefusedZip."""
        entry = self._entries[name]
        content = bytearray()
        with self._broken_off(), self._archive.open(entry) as stream:
            # No more than was announced, whatever the packed bytes expand to.
            while piece := stream.read(_READ_BYTES):
                content += piece
                if len(content) > entry.file_size:
                    raise self._bomb()
        return bytes(content)

    def _check(self, entry: zipfile.ZipInfo) -> None:
        # ZipInfo cuts a name at a NUL and turns the system's own separator; what was written is orig_filename.
        written = entry.orig_filename.replace("\\", "/")
        path = PurePosixPath(written)
        if path.is_absolute() or ".." in path.parts or "\0" in written or written[1:2] == ":":
            raise RefusedZip(
                f"This {self._what} holds a file that would be written outside its folder.", "Choose another one."
            )
        if entry.flag_bits & _ENCRYPTED:
            raise RefusedZip(f"This {self._what} is encrypted.", "Export it from its program without encryption.")
        if entry.file_size > EXPANSION_LIMIT * max(entry.compress_size, 1):
            raise self._bomb()
        if entry.compress_type not in _METHODS:
            raise RefusedZip(
                f"This {self._what} is packed in a way that PersonaDesk does not read.", "Pack it as an ordinary zip."
            )

    @contextmanager
    def _broken_off(self) -> Iterator[None]:
        try:
            yield
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
            OverflowError,
        ) as error:
            raise RefusedZip(
                f"This {self._what} is damaged.", "Export it again from the program that made it."
            ) from error

    def _bomb(self) -> RefusedZip:
        return RefusedZip(
            f"This {self._what} expands to more than {EXPANSION_LIMIT} times its size.", "Choose another one."
        )


def ends_with_zip(content: bytes) -> bool:
    """Say whether a zip's end stands at the end of the content, whatever stands before it."""
    return _END in content[-_LONGEST_TAIL:]


def write_zip(files: Iterable[tuple[str, bytes]], target: IO[bytes]) -> None:
    """Write files in the given order. Raises UserFacingError for what would be refused when it is read again."""
    total = count = 0
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files:
            total += len(content)
            count += 1
            if total > EXPANDED_LIMIT_BYTES or count > ENTRIES_LIMIT:
                raise UserFacingError(
                    f"This would be more than {EXPANDED_LIMIT_BYTES // (1024 * 1024)} MB or {ENTRIES_LIMIT:,} files.",
                    "Leave something out, such as the conversations.",
                )
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            entry.compress_type = _method(content)
            archive.writestr(entry, content)


def _method(content: bytes) -> int:
    """Pictures are packed already, and what packs too well would be taken for a bomb."""
    if picture_type(content):
        return zipfile.ZIP_STORED
    packed = max(1, len(zlib.compress(content)))
    return zipfile.ZIP_DEFLATED if packed < len(content) <= packed * (EXPANSION_LIMIT - 10) else zipfile.ZIP_STORED
