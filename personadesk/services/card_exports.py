"""Giving personas away: as card files that open anywhere, and as the file they came in."""

import asyncio
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pathvalidate import sanitize_filename

from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Persona
from personadesk.formats.card_book import with_book
from personadesk.formats.card_export import write_charx, write_png_card
from personadesk.formats.card_icon import with_icon
from personadesk.formats.character_card import read_card_json, write_card_json, write_card_v2_json
from personadesk.formats.lorebook import read_book, write_standalone
from personadesk.formats.persona_archive import write_archive
from personadesk.services.archived_persona import read_persona
from personadesk.services.card_pictures import CardPictures
from personadesk.services.card_ports import CardReader, PictureFiles
from personadesk.services.ports import Database, Store

PNG_SIGN = b"\x89PNG\r\n\x1a\n"
NAME_LIMIT = 100


class CardFormat(StrEnum):
    PNG = "png"
    JSON_V3 = "json"
    JSON_V2 = "json_v2"
    CHARX = "charx"
    LOREBOOK = "lorebook"
    ARCHIVE = "archive"
    AS_RECEIVED = "as_received"


ENDINGS = {
    CardFormat.PNG: ".png",
    CardFormat.JSON_V3: ".json",
    CardFormat.JSON_V2: ".json",
    CardFormat.CHARX: ".charx",
    CardFormat.LOREBOOK: ".json",
    CardFormat.ARCHIVE: ".persona",
}
_WITH_PICTURE = (CardFormat.PNG, CardFormat.CHARX, CardFormat.ARCHIVE)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """`name` is fit for every file system."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Material:
    persona: Persona
    book_json: str | None
    picture: bytes
    received: bytes
    received_name: str


class CardExports:
    """Asynchronous, for the engine thread. Reads only."""

    def __init__(
        self, *, database: Database, reader: CardReader, pictures: PictureFiles, card_pictures: CardPictures
    ) -> None:
        self._database = database
        self._reader = reader
        self._pictures = pictures
        self._card_pictures = card_pictures

    async def formats(self, persona_id: PersonaId) -> tuple[CardFormat, ...]:
        """What this persona can be exported as; AS_RECEIVED only where it came in a file."""

        def work(store: Store) -> tuple[bool, bool]:
            return bool(store.lorebooks.own(persona_id)), store.versions.received(persona_id) is not None

        has_book, has_file = await self._database.read(work)
        left_out = {CardFormat.LOREBOOK: has_book, CardFormat.AS_RECEIVED: has_file}
        return tuple(item for item in CardFormat if left_out.get(item, True))

    async def export(
        self, persona_id: PersonaId, kind: CardFormat, *, memories: bool = False, chats: bool = False
    ) -> ExportedFile:
        """`memories` and `chats` go into an archive where they are asked for.

        Raises NotFound for a lorebook or a received file that is not there.
        """
        if kind in _WITH_PICTURE:
            await self._card_pictures.settle(persona_id)
        if kind is CardFormat.ARCHIVE:
            archive = await self._database.read(
                lambda store: read_persona(store, persona_id, memories=memories, chats=chats)
            )
            drawn = self._pictures.drawn(archive.avatar)
            if drawn is not None:
                archive = replace(archive, avatar=drawn, media_type="image/png")
            content = await asyncio.to_thread(write_archive, archive)
            return ExportedFile(f"{file_stem(read_card_json(archive.card_json).shown_name)}.persona", content)
        material = await self._database.read(lambda store: _material(store, persona_id))
        stem = file_stem(material.persona.card.shown_name)
        if kind is CardFormat.AS_RECEIVED:
            if not material.received_name:
                raise NotFound(f"{material.persona.card.shown_name} came in no file.", "Choose another format.")
            return ExportedFile(material.received_name, material.received)
        content = await self._content(material, kind)
        return ExportedFile(f"{stem}{ENDINGS[kind]}", content)

    async def export_png(self, persona_id: PersonaId) -> bytes:
        return (await self.export(persona_id, CardFormat.PNG)).content

    async def _content(self, material: _Material, kind: CardFormat) -> bytes:
        card = material.persona.card
        if kind is CardFormat.LOREBOOK:
            if material.book_json is None:
                raise NotFound(f"{card.shown_name} has no lorebook.", "Choose another format.")
            return write_standalone(read_book(material.book_json, card.name)).encode()
        v3 = with_book(write_card_json(card), material.book_json)
        if kind is CardFormat.JSON_V3:
            return v3.encode()
        v2 = with_book(write_card_v2_json(card), material.book_json)
        if kind is CardFormat.JSON_V2:
            return v2.encode()
        if kind is CardFormat.CHARX:
            return await self._charx(material, v3)
        return await self._png(material, v2, v3)

    async def _png(self, material: _Material, v2: str, v3: str) -> bytes:
        """Keep the received picture where it still is the persona's, else take the persona's own."""
        received = material.received if material.received.startswith(PNG_SIGN) else None
        same = received is not None and await self._shows(material, received)
        return write_png_card(v2, v3, None if same else await self._as_png(material), received)

    async def _shows(self, material: _Material, received: bytes) -> bool:
        """Whether the picture was never changed: the same file prepared again gives the same bytes."""
        try:
            prepared = await self._reader.prepare_avatar(received, None)
        except UserFacingError:
            return not material.picture
        return prepared.content == material.picture

    async def _as_png(self, material: _Material) -> bytes | None:
        if not material.picture:
            return None
        drawn = self._pictures.drawn(material.picture)
        if drawn is not None:
            return drawn
        if material.picture.startswith(PNG_SIGN):
            return material.picture
        return await self._reader.to_png(material.picture)

    async def _charx(self, material: _Material, v3: str) -> bytes:
        files: dict[str, bytes] = {}
        icon = b""
        if material.received:
            incoming = await self._reader.unpack(material.received, material.received_name)
            files = {asset.path: asset.content for asset in incoming.assets if asset.path and asset.content}
            icon = incoming.avatar
        if not (icon and await self._shows(material, icon)):
            icon = await self._as_png(material) or b""
        if icon:
            v3, files = with_icon(v3, icon, files)
        return write_charx(v3, files)


def _material(store: Store, persona_id: PersonaId) -> _Material:
    persona = store.personas.get(persona_id)
    books = store.lorebooks.own(persona_id)
    received = store.versions.received(persona_id)
    return _Material(
        persona=persona,
        book_json=books[0].raw_json if books else None,
        picture=store.assets.path(persona.avatar).read_bytes() if persona.avatar else b"",
        received=store.assets.path(received.sha256).read_bytes() if received else b"",
        received_name=received.name if received else "",
    )


def file_stem(name: str) -> str:
    """A name that every file system takes, without its ending."""
    stem = sanitize_filename(" ".join(name.split()), replacement_text=" ", platform="universal", max_len=NAME_LIMIT)
    return stem.strip(". ") or "persona"
