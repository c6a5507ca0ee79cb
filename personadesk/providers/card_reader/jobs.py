"""What a reading process does with one order."""

from personadesk.domain.avatar import Crop
from personadesk.domain.incoming import IncomingPersona
from personadesk.formats.card_contents import card_contents
from personadesk.formats.card_files import has_card_chunk, read_card_file
from personadesk.formats.persona_archive import archive_pieces, is_archive, read_archive
from personadesk.providers.card_reader import frames
from personadesk.services.card_ports import PreparedAvatar, ReadCard


def done(order: frames.Head, content: bytes) -> list[bytes]:
    """Do what is asked and give the answer's frame. Raises UserFacingError."""
    match order["do"]:
        case "read":
            incoming = _incoming(content, order["name"])
            return frames.pack_texts(ReadCard(incoming.card, card_contents(incoming), bool(incoming.avatar)))
        case "unpack":
            return frames.pack_incoming(_incoming(content, order["name"]), content)
        case "picture":
            return frames.pack_avatar(_picture(content, order["name"]))
    # Pillow is loaded for the first picture: a process that only reads JSON does without.
    from personadesk.providers.card_reader import pictures

    if order["do"] == "to_png":
        return frames.packed({}, [pictures.as_png(content)])
    if order["do"] == "fit":
        return frames.pack_avatar(pictures.fit_avatar(content))
    crop = None if order["crop"] is None else Crop(*order["crop"])
    return frames.pack_avatar(pictures.prepare_avatar(content, crop))


def _incoming(content: bytes, name: str) -> IncomingPersona:
    """A card file, or the persona of an archive."""
    if not is_archive(content):
        return read_card_file(content, name)
    persona = next(archive_pieces(read_archive(content)))
    assert isinstance(persona, IncomingPersona)
    return persona


def _picture(content: bytes, name: str) -> PreparedAvatar | None:
    from personadesk.providers.card_reader.pictures import fit_avatar

    # Such a card's picture is its file: its texts need not be read again.
    source = content if has_card_chunk(content) else _incoming(content, name).avatar
    return fit_avatar(source) if source else None
