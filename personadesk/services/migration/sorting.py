"""What a file of a source is, told by its content, and what is read from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import (
    Incoming,
    IncomingChat,
    IncomingLorebook,
    IncomingMemories,
    IncomingPersona,
    IncomingProfile,
)
from personadesk.domain.migration import Found, Part, SourceKind
from personadesk.domain.ready_profile import ProfileHead, ReadyProfile
from personadesk.formats.bot_chats import looks_like_chat_history, looks_like_summary, read_chat_history, read_summary
from personadesk.formats.card_files import NoCardInside, read_card_file
from personadesk.formats.exact_json import read_json
from personadesk.formats.legacy_profile import NotAProfile, profile_id, read_profile
from personadesk.formats.lorebook_files import looks_like_lorebook, read_lorebook
from personadesk.formats.persona_archive import archive_pieces, read_archive
from personadesk.formats.sillytavern import read_chat, read_you

CACHE = "_index_cache.pkl"
ARCHIVE_ENDING = ".persona"
_PARTS: dict[type, Part] = {
    IncomingPersona: Part.CARD,
    IncomingMemories: Part.MEMORIES,
    IncomingChat: Part.CHAT,
    IncomingLorebook: Part.LOREBOOK,
}
CARD_ENDINGS = (".png", ".apng", ".webp", ".charx")


class NotOurs(Exception):
    """Something beside what is imported; the message says what."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing out of a file. `group` is the persona's folder, stem or name, "" for none."""

    part: Part
    group: str
    incoming: Incoming | ReadyProfile | ProfileHead
    notes: Sequence[str] = field(default=())

    @property
    def count(self) -> int:
        """How many memories, messages or entries it holds; -1 for a card."""
        match self.incoming:
            case IncomingProfile(memories=memories) | IncomingMemories(memories=memories):
                return len(memories)
            case ReadyProfile(memories=memories):
                return len(memories.texts)
            case ProfileHead(memories=count):
                return count
            case IncomingChat(messages=messages):
                return len(messages)
            case IncomingLorebook(entries=entries):
                return entries
            case _:
                return -1


def pieces_of(kind: SourceKind, path: str, content: bytes) -> Iterator[Piece]:
    """Read one file. `path` is relative to its tree's folder. Raises UserFacingError for what can't be read, and
    NotOurs for what is something else."""
    name = path.rpartition("/")[2]
    if name == CACHE:
        raise NotOurs("The bot's cache. It is never opened, and it is in the backup.")
    if name.lower().endswith(ARCHIVE_ENDING):
        yield from _archive(content)
    elif name.lower().endswith(CARD_ENDINGS):
        yield _card(content, name)
    elif kind is SourceKind.SILLYTAVERN:
        yield from _sillytavern(path, name, content)
    elif kind is SourceKind.CARDS:
        yield _card(content, name)
    elif not name.lower().endswith(".json"):
        raise NotOurs("No file that personas are made of.")
    else:
        yield from _bot_file(path, name, content)


def inside_path(found: Found, path: str) -> str:
    """The path as the rules of a source's layout see it: below its main tree, else below its base."""
    main = found.trees[0]
    if main == "." or found.kind is not SourceKind.PROFILES:
        return path
    return path.removeprefix(f"{main}/")


def may_be_profile(kind: SourceKind, path: str) -> bool:
    """Whether `pieces_of` would first of all try to read a profile."""
    if kind in (SourceKind.SILLYTAVERN, SourceKind.CARDS):
        return False
    return path.lower().endswith(".json") and not _is_of_cards(path)


def profile_piece(path: str, profile: ReadyProfile | ProfileHead) -> Piece:
    """What `pieces_of` gives for a file whose profile is read already."""
    return Piece(Part.PROFILE, _folder_of(path), profile, profile.notes)


def _archive(content: bytes) -> Iterator[Piece]:
    """All of it goes to the one persona that is in it."""
    group = ""
    for incoming in archive_pieces(read_archive(content)):
        if isinstance(incoming, IncomingPersona):
            group = incoming.card.name
        yield Piece(_PARTS[type(incoming)], group, incoming)


def _card(content: bytes, name: str) -> Piece:
    try:
        return Piece(Part.CARD, name.rpartition(".")[0] or name, read_card_file(content, name))
    except NoCardInside as error:
        raise NotOurs("A picture without a card in it.") from error


def _sillytavern(path: str, name: str, content: bytes) -> Iterator[Piece]:
    folders = path.split("/")
    if name.lower().endswith(".jsonl"):
        chat, notes = read_chat(content, name)
        yield Piece(Part.CHAT, folders[-2] if len(folders) > 1 else "", chat, notes)
    elif name == "settings.json":
        for you in read_you(content):
            yield Piece(Part.YOU, "", you)
    elif name.lower().endswith(".json") and folders[0] == "characters":
        yield _card(content, name)
    elif name.lower().endswith(".json"):
        yield Piece(Part.LOREBOOK, "", read_lorebook(content, name))
    else:
        raise NotOurs("No file that personas are made of.")


def _bot_file(path: str, name: str, content: bytes) -> Iterator[Piece]:
    if _is_of_cards(path):
        yield _card(content, name)
        return
    try:
        reading = read_profile(content, name)
    except NotAProfile:
        yield from _other_bot_file(name, content)
        return
    except UserFacingError:
        if profile_id(name) is None and not _in_known_folder(path):
            raise NotOurs("No JSON that can be read, and not named like a profile.") from None
        raise
    yield Piece(Part.PROFILE, _folder_of(path), reading.profile, reading.notes)


def _other_bot_file(name: str, content: bytes) -> Iterator[Piece]:
    value = read_json(content).value
    if looks_like_summary(value):
        yield Piece(Part.SUMMARY, "", read_summary(content, name))
    elif looks_like_lorebook(value):
        yield Piece(Part.LOREBOOK, "", read_lorebook(content, name))
    elif looks_like_chat_history(value):
        for persona, chat in read_chat_history(content, name).items():
            yield Piece(Part.CHAT, persona, chat)
    elif profile_id(name) is not None:
        raise UserFacingError("It is named like a profile and holds something else.", "Look into the file.")
    else:
        raise NotOurs("JSON of another kind.")


def _is_of_cards(path: str) -> bool:
    return "prompts/characters/" in f"/{path}"


def _folder_of(path: str) -> str:
    folders = path.split("/")
    return folders[-2] if len(folders) > 1 else ""


def _in_known_folder(path: str) -> bool:
    return any(f"{name}/" in path for name in ("chat_history", "conversation_summaries", "lorebooks"))


def person_of(incoming: Incoming | ReadyProfile | ProfileHead) -> tuple[str | None, str]:
    """The person a piece is about: key ("" for You, None for nobody) and name."""
    match incoming:
        case ReadyProfile(person_key=key, known_as=name) | ProfileHead(person_key=key, known_as=name):
            return key, name
        case IncomingProfile(person_key=key, known_as=name):
            return key, name
        case IncomingChat(person_key=key):
            return key, ""
        case IncomingMemories(person_key=key, person_name=name):
            return key, name
        case _:
            return None, ""
