"""What a reading process does with one order."""

from personadesk.domain.avatar import Crop
from personadesk.domain.errors import InvalidInput
from personadesk.domain.incoming import IncomingPersona
from personadesk.formats.card_contents import card_contents
from personadesk.formats.card_files import read_card_file
from personadesk.formats.persona_archive import archive_pieces, is_archive, read_archive
from personadesk.providers.card_reader import frames
from personadesk.services.card_ports import PreparedAvatar, ReadCard


def done(order: frames.Head, content: bytes) -> list[bytes]:
    """Do what is asked and give the answer's frame. Raises UserFacingError."""
    if order["do"] == "read":
        return frames.pack_reading(read_card(content, order["name"], picture=order["picture"]), content)
    # Pillow is loaded for the first picture: a process that only reads JSON does without.
    from personadesk.providers.card_reader import pictures

    if order["do"] == "to_png":
        return frames.packed({}, [pictures.as_png(content)])
    crop = None if order["crop"] is None else Crop(*order["crop"])
    return frames.pack_avatar(pictures.prepare_avatar(content, crop))


def read_card(content: bytes, name: str, *, picture: bool) -> ReadCard:
    """Read a card file, or the persona of an archive, and make its picture fit to be stored."""
    incoming = _from_archive(content) if is_archive(content) else read_card_file(content, name)
    avatar: PreparedAvatar | None = None
    problem = ""
    if picture and incoming.avatar:
        from personadesk.providers.card_reader.pictures import fit_avatar

        try:
            avatar = fit_avatar(incoming.avatar)
        except InvalidInput as error:
            problem = f"{error.sentence} {error.next_step}"
    return ReadCard(incoming, card_contents(incoming), avatar, problem)


def _from_archive(content: bytes) -> IncomingPersona:
    persona = next(archive_pieces(read_archive(content)))
    assert isinstance(persona, IncomingPersona)
    return persona
