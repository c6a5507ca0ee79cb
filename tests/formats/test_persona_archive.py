import hashlib
import json
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.archive import ArchivedVoice, PersonaArchive
from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import (
    IncomingChat,
    IncomingFile,
    IncomingLorebook,
    IncomingMemories,
    IncomingMemory,
    IncomingMessage,
    IncomingPersona,
)
from personadesk.domain.memory import MemoryKind
from personadesk.domain.voice import VoiceChoice
from personadesk.formats import sillytavern
from personadesk.formats.character_card import read_card_json
from personadesk.formats.persona_archive import (
    archive_pieces,
    is_archive,
    read_archive,
    write_archive,
)
from personadesk.formats.zips import Zip
from tests.formats.card_samples import JPEG, card, charx, charx_of, coded, png, text

WHEN = datetime(2026, 11, 21, 12, 0, 5, 123456, tzinfo=UTC)
CHAT = IncomingChat(
    "An evening\nby the sea",
    (
        IncomingMessage(
            Role.PERSONA, ("Hi", "Hello"), 1, WHEN, models=("small", "large"), pinned=True, note="The first"
        ),
        IncomingMessage(
            Role.USER,
            ("Two\nlines\u2028and more",),
            files=(
                IncomingFile("map.txt", "text/plain", b"North", "North"),
                IncomingFile("too.txt", "text/plain", b"North", "North"),
                IncomingFile("me.png", "image/png", png()),
            ),
        ),
    ),
    person_key="discord:1",
    started_at=WHEN,
)
WHOLE = PersonaArchive(
    card_json=json.dumps(card()),
    avatar=png(),
    media_type="image/png",
    original=png(text("ccv3", coded(card()))),
    original_name="Ada (1).png",
    lorebooks=(IncomingLorebook("Engines", '{"entries": []}', 0), IncomingLorebook("", "{}", 0)),
    voice=ArchivedVoice('{"preset": "elevenlabs:x"}', b"RIFF....WAVE", "ada.wav"),
    memories=(
        IncomingMemories((IncomingMemory(MemoryKind.FACT, "Likes tea.", "conversation", WHEN, "c", "d", 3),), ""),
        IncomingMemories((IncomingMemory(MemoryKind.EVENT, "It rained."),), None),
    ),
    chats=(CHAT, IncomingChat("Empty", ())),
    made_at=WHEN,
)


def test_everything_comes_back_as_it_went() -> None:
    written = write_archive(WHOLE)

    assert read_archive(written) == WHOLE
    assert write_archive(WHOLE) == written


def test_what_was_not_asked_for_is_not_in_it() -> None:
    only = replace(WHOLE, memories=(), chats=(), voice=None, original=b"", original_name="", avatar=b"", media_type="")

    names = Zip(write_archive(only), "archive").names

    assert not [name for name in names if name.startswith(("memories", "conversations", "voice", "original", "avatar"))]
    assert read_archive(write_archive(only)) == only


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
MESSAGES = st.builds(
    lambda role, swipes, shown, at: IncomingMessage(role, tuple(swipes), shown % len(swipes), at),
    st.sampled_from(Role), st.lists(TEXTS, min_size=1, max_size=3), st.integers(0, 9), TIMES,
)  # fmt: skip
CHATS = st.builds(IncomingChat, TEXTS, st.lists(MESSAGES, max_size=4).map(tuple), TEXTS, TIMES)
MEMORIES = st.builds(IncomingMemory, st.sampled_from(MemoryKind), TEXTS, TEXTS, TIMES, TEXTS, TEXTS, st.integers(1, 9))
ABOUT = st.builds(IncomingMemories, st.lists(MEMORIES, min_size=1, max_size=3).map(tuple), st.none() | TEXTS, TEXTS)


@given(st.lists(CHATS, max_size=2).map(tuple), st.lists(ABOUT, max_size=1).map(tuple))
def test_conversations_and_memories_of_any_kind_come_back(
    chats: tuple[IncomingChat, ...], memories: tuple[IncomingMemories, ...]
) -> None:
    archive = replace(WHOLE, chats=chats, memories=memories)

    assert read_archive(write_archive(archive)) == archive


def test_a_conversation_opens_in_sillytavern_too() -> None:
    lines = Zip(write_archive(WHOLE), "archive").read("conversations/0001.jsonl")

    chat, notes = sillytavern.read_chat(lines, "evening.jsonl")

    assert chat.messages == tuple(replace(message, files=()) for message in CHAT.messages)
    assert notes == ()
    assert not lines.endswith(b"\n")


def test_an_archive_is_told_by_its_head() -> None:
    assert is_archive(write_archive(WHOLE)[:100])
    assert not is_archive(charx_of(card())[:100])
    assert not is_archive(png())


def test_an_archive_reads_like_any_other_source() -> None:
    carried = charx_of(card(), **{"module.risum": b"m"})

    persona, *others = archive_pieces(replace(WHOLE, original=carried, original_name="ada.charx"))

    assert isinstance(persona, IncomingPersona)
    assert WHOLE.voice is not None
    voice = VoiceChoice(sample=hashlib.sha256(WHOLE.voice.sample).hexdigest(), sample_name="ada.wav")
    assert persona.card == replace(read_card_json(WHOLE.card_json), voice=voice)
    assert (persona.avatar, persona.sample) == (WHOLE.avatar, WHOLE.voice.sample)
    assert [asset.path for asset in persona.assets] == ["module.risum"]
    assert others == [*WHOLE.lorebooks, *WHOLE.memories, *WHOLE.chats]


def test_a_picture_that_packs_too_well_can_be_read_again() -> None:
    bland = replace(WHOLE, chats=(IncomingChat("x", (IncomingMessage(Role.USER, ("a" * 2_000_000,)),)),))

    assert read_archive(write_archive(bland)) == bland


def test_more_than_an_archive_may_hold_is_not_written() -> None:
    with pytest.raises(UserFacingError, match="200 MB"):
        write_archive(replace(WHOLE, original=JPEG + bytes(201 * 1024 * 1024)))


def repacked(change: Callable[[dict[str, bytes]], None]) -> bytes:
    archive = Zip(write_archive(WHOLE), "archive")
    files = {name: archive.read(name) for name in archive.names}
    change(files)
    return charx(files)


def relisted(**changes: object) -> bytes:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = json.dumps({**json.loads(files["manifest.json"]), **changes}).encode()

    return repacked(change)


def lying() -> bytes:
    content = bytearray(write_archive(WHOLE))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 300_000_000)
    return bytes(content)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"no zip", "damaged"),
    "cut off": (lambda: write_archive(WHOLE)[:-30], "damaged"),
    "a card": (lambda: charx_of(card()), "no persona archive"),
    "another format": (lambda: relisted(format="x"), "no persona archive"),
    "a newer one": (lambda: relisted(version=2), "newer"),
    "no list": (lambda: relisted(members=[]), "list of files"),
    "a changed file": (lambda: repacked(lambda files: files.update({"avatar.png": b"x"})), "avatar.png is not what"),
    "a missing file": (lambda: repacked(lambda files: files.pop("avatar.png") and None), "not those it lists"),
    "one file more": (lambda: repacked(lambda files: files.update(more=b"x")), "not those it lists"),
    "no such part": (lambda: relisted(parts={"avatar": "gone.png"}), "gone.png can't be read"),
    "a lying size": (lying, "times its size|200 MB"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_damage_is_refused_with_a_sentence(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(UserFacingError, match=reason) as refused:
        read_archive(make())

    assert refused.value.next_step


def test_each_broken_byte_is_noticed() -> None:
    content = write_archive(WHOLE)

    for at in range(30, len(content), 53):
        broken = content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
        with suppress(UserFacingError):
            assert read_archive(broken) == WHOLE  # a byte that says nothing, such as a time
