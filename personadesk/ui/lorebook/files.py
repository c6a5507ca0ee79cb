"""Lorebooks' files on disk: read and written off the window's thread."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import LorebookId, PersonaId
from personadesk.domain.lorebook import Lorebook
from personadesk.formats.character_card import SIZE_LIMIT_BYTES
from personadesk.formats.exact_json import read_json
from personadesk.formats.lorebook import read_book
from personadesk.formats.lorebook_files import looks_like_lorebook, read_lorebook
from personadesk.services.lorebooks import LorebookService, LoreFile


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lorebook", text)


async def bring_in(service: LorebookService, path: Path, persona_id: PersonaId | None = None) -> ShelvedBook:
    """Put a file's book on the shelf. Raises UserFacingError."""
    return await service.import_file(await asyncio.to_thread(_read, path), path.name, persona_id)


async def read_entries(path: Path) -> Lorebook:
    """The book in a file. Raises UserFacingError."""

    def work() -> Lorebook:
        incoming = read_lorebook(_read(path), path.name)
        return read_book(incoming.raw_json, incoming.name)

    return await asyncio.to_thread(work)


async def give_out(service: LorebookService, lorebook_id: LorebookId, kind: LoreFile, path: Path) -> Path:
    """Write a book into a file. Raises UserFacingError."""
    content = await service.export(lorebook_id, kind)
    try:
        await asyncio.to_thread(path.write_bytes, content)
    except OSError as error:
        raise UserFacingError(
            _tr("The lorebook could not be saved there."), _tr("Choose another place or make room.")
        ) from error
    return path


async def lorebooks_among(paths: Sequence[Path]) -> frozenset[Path]:
    """Those files that are lorebooks, by their content."""
    return await asyncio.to_thread(lambda: frozenset(path for path in paths if _looks(path)))


def _looks(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > SIZE_LIMIT_BYTES:
            return False
        with path.open("rb") as file:
            if not file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
                return False
        return looks_like_lorebook(read_json(path.read_bytes()).value)
    except (OSError, UserFacingError):
        return False


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One more than fits: the reader says that it is too large.
            return file.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        raise UserFacingError(
            _tr("This file can't be read."), _tr("Check that it is still there and that you may open it.")
        ) from error
