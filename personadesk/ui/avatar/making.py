"""From an offer to a picture to crop, and from a crop to a finished picture. Coroutines for the engine."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QImage

from personadesk.domain.avatar import AvatarChange, AvatarChoice, Crop
from personadesk.domain.errors import NotFound
from personadesk.ui.avatar.intake import Offer, take
from personadesk.ui.avatar.port import PictureReader
from personadesk.ui.avatar.preview import Preview, decode, drawing_as_png

OWN_SIDE_PX = 512


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture that can be cropped, and the bytes it is cropped from."""

    source: bytes = field(repr=False)
    preview: Preview


@dataclass(frozen=True, slots=True)
class Finished:
    """A choice with its picture to show."""

    choice: AvatarChoice
    image: QImage
    source: bytes = field(repr=False)
    """What it was cut from, to be cut again."""


async def look(reader: PictureReader, offer: Offer) -> Looked:
    """Raises UserFacingError."""
    return await look_again(reader, await asyncio.to_thread(take, offer))


async def look_at_kept(reader: PictureReader, path_of: Callable[[str], Path], sha256: str) -> Looked:
    """Look at a picture that is in the library. Raises UserFacingError."""
    return await look_again(reader, await asyncio.to_thread(lambda: _own_content(path_of(sha256))))


async def look_again(reader: PictureReader, source: bytes) -> Looked:
    """Look at bytes that are at hand. Raises UserFacingError."""
    prepared = await reader.prepare_avatar(source, None)
    width, height = prepared.source_width, prepared.source_height
    return Looked(source, await asyncio.to_thread(decode, prepared.content, width, height))


async def finish(reader: PictureReader, source: bytes, crop: Crop) -> Finished:
    """Cut the piece out. Raises UserFacingError."""
    prepared = await reader.prepare_avatar(source, crop)
    preview = await asyncio.to_thread(decode, prepared.content)
    choice = AvatarChoice(AvatarChange.NEW, prepared.content, prepared.media_type, crop)
    return Finished(choice, preview.levels[0], source)


async def finish_own(path: Path) -> Finished:
    """Take one of the program's own drawings. Raises UserFacingError."""

    def work() -> Finished:
        content = _own_content(path)
        return Finished(AvatarChoice(AvatarChange.NEW, content, "image/png"), decode(content).levels[0], content)

    return await asyncio.to_thread(work)


async def finished_again(choice: AvatarChoice) -> Finished:
    """Take a NEW choice up again; of what it was cut from, only the piece is left. Raises UserFacingError."""
    preview = await asyncio.to_thread(decode, choice.content)
    return Finished(choice, preview.levels[0], choice.content)


def _own_content(path: Path) -> bytes:
    """The bytes of a picture of the library or of the program; a drawing as a PNG."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise NotFound("This picture is not here any more.", "Choose another one.") from problem
    head = content[:256]
    if b"<svg" in head or head.lstrip().startswith(b"<?xml"):
        return drawing_as_png(content, OWN_SIDE_PX)
    return content
