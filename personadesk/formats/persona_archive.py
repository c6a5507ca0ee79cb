"""A persona's archive: a zip named *.persona, every file of which is checked against the manifest's SHA-256.

mimetype                application/x-personadesk-persona, first and not packed: it tells the file by its head
card.json               a Character Card V3
avatar.png|jpg|webp|gif
original/card.*         the card's file as it was received
lorebooks/0001.json …
voice/settings.json, voice/sample
memories.jsonl
conversations/0001.jsonl …
files/5f70bf18…         what was attached to messages, by its SHA-256
manifest.json           last: what is where, with sizes and digests
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import IO, Any, Final, TypeVar

from personadesk.domain.archive import ArchivedVoice, PersonaArchive
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import Incoming, IncomingAsset, IncomingLorebook, IncomingPersona
from personadesk.domain.sample import SAMPLE_LIMIT_BYTES
from personadesk.formats.archive_lines import file_place, read_chat, read_memories, write_chat, write_memories
from personadesk.formats.audio_heads import sound_format
from personadesk.formats.card_files import read_card_file
from personadesk.formats.character_card import SIZE_LIMIT_BYTES, read_card_json
from personadesk.formats.picture_heads import picture_type
from personadesk.formats.zips import Zip, write_zip

SUFFIX = ".persona"
NAME_LIMIT = 200
FORMAT = "personadesk-persona"
VERSION = 1

_MIMETYPE: Final = b"application/x-personadesk-persona"
_HEAD: Final = b"mimetype" + _MIMETYPE
_HEAD_AT = 30
_MANIFEST = "manifest.json"
_CARD = "card.json"
_MEMORIES = "memories.jsonl"
_VOICE = "voice/settings.json"
_SAMPLE = "voice/sample"
_ORIGINAL = "original/card"
_FILES = "files/"
_AVATARS = {
    "image/png": "avatar.png",
    "image/jpeg": "avatar.jpg",
    "image/webp": "avatar.webp",
    "image/gif": "avatar.gif",
}

_Read = TypeVar("_Read")


class RefusedArchive(UserFacingError):
    """An archive that is damaged, incomplete or not ours. Nothing of it is used."""


def write_archive(archive: PersonaArchive) -> bytes:
    """Raises UserFacingError for more than an archive may hold."""
    target = io.BytesIO()
    write_archive_to(archive, target)
    return target.getvalue()


def write_archive_to(archive: PersonaArchive, target: IO[bytes]) -> None:
    """Write to a file, which need not be seekable, one conversation in memory at a time."""
    write_zip(_with_manifest(archive), target)


def is_archive(head: bytes) -> bool:
    """Say by a file's first bytes whether it is an archive of ours."""
    return head.startswith(b"PK\x03\x04") and head[_HEAD_AT:].startswith(_HEAD)


def read_archive(content: bytes) -> PersonaArchive:
    """Check all of an archive, then read it. Raises UserFacingError, of which RefusedArchive names the damage."""
    archive = Zip(content, "archive")
    members = _Members(archive)
    card_json = members.text(_CARD)
    read_card_json(card_json)
    parts = members.manifest["parts"]
    avatar = members.optional(parts.get("avatar"))
    return PersonaArchive(
        card_json=card_json,
        avatar=avatar,
        media_type=picture_type(avatar),
        original=members.optional(parts.get("original")),
        original_name=_line(parts.get("original_name")),
        lorebooks=tuple(_lorebook(members, listed) for listed in _list(parts.get("lorebooks"))),
        voice=_voice(members, parts),
        memories=members.decoded(_MEMORIES, read_memories) if _MEMORIES in archive.names else (),
        chats=tuple(
            members.decoded(str(name), partial(read_chat, file_of=members.attached))
            for name in _list(parts.get("conversations"))
        ),
        made_at=_moment(parts.get("made_at")),
    )


def archive_pieces(archive: PersonaArchive) -> Iterator[Incoming]:
    """What is in an archive, as any other source gives it: the persona first."""
    card, sample = read_card_json(archive.card_json), _sample(archive.voice)
    if archive.voice is not None and sample:
        own = replace(
            card.voice, sample=hashlib.sha256(sample).hexdigest(), sample_name=archive.voice.sample_name[:200]
        )
        card = replace(card, voice=own)
    yield IncomingPersona(card, archive.avatar, archive.media_type, _assets(archive), sample)
    yield from archive.lorebooks
    yield from archive.memories
    yield from archive.chats


class _Members:
    """An archive's files and its manifest, which agree: nothing is missing, changed or unlisted."""

    def __init__(self, archive: Zip) -> None:
        self._archive = archive
        self.manifest = self._read_manifest()
        listed = self.manifest["members"]
        if set(listed) != set(archive.names) - {_MANIFEST}:
            raise _damaged("Its files are not those it lists.")
        for name, entry in listed.items():
            self._check(name, entry)

    def text(self, name: str) -> str:
        return self.decoded(name, bytes.decode)

    def decoded(self, name: str, read: Callable[[bytes], _Read]) -> _Read:
        try:
            return read(self._archive.read(name))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise _damaged(f"{name[:60]} can't be read.") from error

    def optional(self, name: object) -> bytes:
        """A file's content, b"" where the manifest names none."""
        return b"" if name is None else self.decoded(str(name), bytes)

    def attached(self, place: str) -> bytes:
        """A message's file. Raises KeyError where there is none."""
        if not place.startswith(_FILES) or place not in self._archive.names:
            raise KeyError(place)
        return self._archive.read(place)

    def _read_manifest(self) -> dict[str, Any]:
        if _MANIFEST not in self._archive.names or self._archive.size(_MANIFEST) > SIZE_LIMIT_BYTES:
            raise RefusedArchive("This is no persona archive.", f"Choose a file that PersonaDesk has made (*{SUFFIX}).")
        manifest = self.decoded(_MANIFEST, json.loads)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise RefusedArchive("This is no persona archive.", f"Choose a file that PersonaDesk has made (*{SUFFIX}).")
        if manifest.get("version") != VERSION:
            raise RefusedArchive(
                "This archive was made by a newer PersonaDesk than this one.", "Update PersonaDesk and try again."
            )
        if not isinstance(manifest.get("members"), dict) or not isinstance(manifest.get("parts"), dict):
            raise _damaged("Its list of files can't be read.")
        return manifest

    def _check(self, name: str, entry: object) -> None:
        content = self._archive.read(name)
        expected = entry if isinstance(entry, dict) else {}
        if expected.get("size") != len(content) or expected.get("sha256") != hashlib.sha256(content).hexdigest():
            raise _damaged(f"{name[:60]} is not what it was.")


def _with_manifest(archive: PersonaArchive) -> Iterator[tuple[str, bytes]]:
    parts: dict[str, Any] = {"made_at": archive.made_at and archive.made_at.isoformat()}
    members = {}
    for name, content in _files(archive, parts):
        members[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        yield name, content
    manifest = {"format": FORMAT, "version": VERSION, "parts": parts, "members": members}
    yield _MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2).encode()


def _files(archive: PersonaArchive, parts: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "mimetype", _MIMETYPE
    yield _CARD, archive.card_json.encode()
    if archive.avatar:
        parts["avatar"] = _AVATARS.get(picture_type(archive.avatar), "avatar")
        yield parts["avatar"], archive.avatar
    if archive.original:
        parts |= {"original": _ORIGINAL, "original_name": archive.original_name}
        yield _ORIGINAL, archive.original
    parts["lorebooks"] = []
    for number, book in enumerate(archive.lorebooks, 1):
        name = f"lorebooks/{number:04}.json"
        parts["lorebooks"].append({"file": name, "name": book.name, "entries": book.entries})
        yield name, book.raw_json.encode()
    if archive.voice is not None:
        yield _VOICE, archive.voice.settings_json.encode()
        if archive.voice.sample:
            parts |= {"sample": _SAMPLE, "sample_name": archive.voice.sample_name}
            yield _SAMPLE, archive.voice.sample
    if archive.memories:
        yield _MEMORIES, write_memories(archive.memories)
    parts["conversations"] = []
    if archive.chats:
        persona_name = read_card_json(archive.card_json).shown_name
        for number, chat in enumerate(archive.chats, 1):
            name = f"conversations/{number:04}.jsonl"
            parts["conversations"].append(name)
            yield name, write_chat(chat, persona_name)
        contents = (file.content for chat in archive.chats for message in chat.messages for file in message.files)
        yield from {file_place(content): content for content in contents}.items()


def _lorebook(members: _Members, listed: object) -> IncomingLorebook:
    entry = listed if isinstance(listed, dict) else {}
    entries = entry.get("entries")
    return IncomingLorebook(
        _line(entry.get("name")), members.text(str(entry.get("file"))), entries if isinstance(entries, int) else 0
    )


def _voice(members: _Members, parts: dict[str, Any]) -> ArchivedVoice | None:
    if _VOICE not in members.manifest["members"]:
        return None
    sample = members.optional(parts.get("sample"))
    return ArchivedVoice(members.text(_VOICE), sample, _line(parts.get("sample_name")))


def _sample(voice: ArchivedVoice | None) -> bytes:
    """The recording where it is one that can be a voice's sample."""
    sample = voice.sample if voice is not None else b""
    return sample if len(sample) <= SAMPLE_LIMIT_BYTES and sound_format(sample) is not None else b""


def _assets(archive: PersonaArchive) -> tuple[IncomingAsset, ...]:
    if not archive.original:
        return ()
    try:
        return read_card_file(archive.original, archive.original_name).assets
    except UserFacingError:
        return ()


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError as error:
        raise _damaged("Its date can't be read.") from error


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _line(value: object) -> str:
    return value if isinstance(value, str) else ""


def _damaged(what: str) -> RefusedArchive:
    return RefusedArchive(f"This archive is damaged. {what}", "Take another copy of it, or export it again.")
