"""A persona moves to another computer in one file, with what it was asked to take along, and no more."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from personadesk.assembly import Backend
from personadesk.domain.archive import PersonaArchive
from personadesk.domain.conversation import Message, Role
from personadesk.domain.ids import PersonaId
from personadesk.domain.incoming import IncomingChat, IncomingFile, IncomingMessage
from personadesk.domain.migration import Choices, Receipt, SourceKind, Verdict
from personadesk.domain.persona import PersonaCard
from personadesk.domain.voice import VoiceChoice
from personadesk.formats.persona_archive import read_archive, write_archive
from personadesk.paths import Paths, find_resources
from personadesk.services.card_exports import CardFormat
from personadesk.services.ports import NewSwipe, Store
from tests.services.test_attachments import pdf, picture
from tests.services.test_cards import card_json
from tests.sounds import sound, voice


def open_desk(place: Path) -> Backend:
    backend = Backend(Paths(data_dir=place, resources=find_resources()))
    backend.engine.submit(backend.prepare()).result()
    return backend


def make_scav(store: Store) -> PersonaId:
    book = {"name": "Zone", "entries": [{"keys": ["anomaly"], "content": "They kill.", "extensions": {}}]}
    raw = card_json("Scav", character_book=book)
    voice = VoiceChoice(preset="elevenlabs:x", speed=1.2)
    scav = store.personas.create(PersonaCard(name="Scav", tagline="Trader", voice=voice, raw_json=raw))
    you = store.people.you().id
    store.memories(scav.id).add("Likes tinned meat", person_id=you)
    store.memories(scav.id).add("The bridge is mined", person_id=None)
    chat = store.for_persona(scav.id)
    talk = chat.create_conversation(you, "At the fire")
    replies = [NewSwipe(""), NewSwipe("Cheeki.", model="small"), NewSwipe("Breeki.", model="large")]
    chat.append_message(talk.id, Role.PERSONA, replies, shown=1)
    chat.append_message(talk.id, Role.USER, [NewSwipe("Hello.")])
    map_text = store.assets.put(b"North of the bridge", "text/plain")
    chat.attach(talk.id, sha256=map_text, name="map.txt", media_type="text/plain", text="North of the bridge")
    chat.send_waiting(talk.id, chat.append_message(talk.id, Role.USER, [NewSwipe("")]).id)
    return scav.id


def export(backend: Backend, folder: Path, *, everything: bool) -> Path:
    persona_id = backend.database.submit_write(make_scav).result()
    work = backend.card_exports.export(persona_id, CardFormat.ARCHIVE, memories=everything, chats=everything)
    file = backend.engine.submit(work).result(60)
    (folder / file.name).write_bytes(file.content)
    return folder / file.name


def bring(backend: Backend, file: Path) -> Receipt:
    [found] = backend.migration.inspect(file)
    assert found.kind is SourceKind.ARCHIVE
    return backend.migration.run(backend.migration.plan(found, Choices()))


@pytest.mark.parametrize("everything", [False, True])
def test_a_persona_moves_with_what_it_was_asked_to_take(tmp_path: Path, everything: bool) -> None:
    here, there = open_desk(tmp_path / "here"), open_desk(tmp_path / "there")
    try:
        folder = tmp_path / "stick"
        folder.mkdir()
        file = export(here, folder, everything=everything)

        receipt = bring(there, file)

        def look(store: Store) -> tuple[PersonaCard, list[str], list[tuple[str, list[str]]], list[str], list[str]]:
            scav = store.personas.find_by_name("Scav")
            assert scav is not None
            chat = store.for_persona(scav.id)
            talks = [
                (talk.title, [message.text for message in chat.path_tail(talk.id, 10)]) for talk in chat.conversations()
            ]
            known = sorted(memory.text for memory in store.memories(scav.id).memories())
            models = [
                written.model
                for talk in chat.conversations()
                for written in chat.texts_of(chat.path_tail(talk.id, 10)[0].id)
            ]
            return scav.card, known, talks, [book.name for book in store.lorebooks.own(scav.id)], models

        card, known, talks, books, models = there.database.submit_read(look).result()
        assert receipt.count(Verdict.ATTENTION) == 0
        assert (card.tagline, card.voice) == ("Trader", VoiceChoice(preset="elevenlabs:x", speed=1.2))
        assert books == ["Zone"]
        assert known == (["Likes tinned meat", "The bridge is mined"] if everything else [])
        assert models == (["small", "large"] if everything else [])
        assert talks == ([("At the fire", ["Cheeki.", "Hello.", ""])] if everything else [])
        again = there.migration.plan(there.migration.inspect(file)[0], Choices())
        assert again.to_import == 0

        there.migration.undo(receipt.run_id)

        assert there.database.submit_read(lambda store: store.personas.find_by_name("Scav")).result() is None
    finally:
        here.close()
        there.close()


def test_a_damaged_archive_is_named_and_nothing_comes_in(tmp_path: Path) -> None:
    here = open_desk(tmp_path / "here")
    try:
        folder = tmp_path / "stick"
        folder.mkdir()
        file = export(here, folder, everything=True)
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)

        plan = here.migration.plan(replace(here.migration.inspect(file)[0]), Choices())

        assert [row.verdict for row in plan.rows] == [Verdict.ATTENTION]
        assert plan.rows[0].reason
    finally:
        here.close()


def test_archives_with_several_books_come_in_side_by_side(tmp_path: Path) -> None:
    here, there = open_desk(tmp_path / "here"), open_desk(tmp_path / "there")
    try:
        folder = tmp_path / "stick"
        folder.mkdir()

        def make(store: Store) -> list[PersonaId]:
            made = []
            for number in range(3):
                book = {"name": f"Own {number}", "entries": [{"keys": ["a"], "content": "b", "extensions": {}}]}
                raw = card_json(f"Scav {number}", character_book=book)
                made.append(store.personas.create(PersonaCard(name=f"Scav {number}", raw_json=raw)).id)
                store.lorebooks.create(f"Second {number}", json.dumps({**book, "name": ""}), 1, made[-1])
            return made

        for persona_id in here.database.submit_write(make).result():
            file = here.engine.submit(here.card_exports.export(persona_id, CardFormat.ARCHIVE)).result(60)
            (folder / file.name).write_bytes(file.content)

        receipt = bring(there, folder)

        assert receipt.count(Verdict.ATTENTION) == 0
        shelf = there.database.submit_read(lambda store: store.lorebooks.shelf()).result()
        assert sorted(book.name for book in shelf) == [f"{kind} {n}" for kind in ("Own", "Second") for n in range(3)]
        assert all(book.persona_id is not None for book in shelf)
    finally:
        here.close()
        there.close()


def test_a_voice_sample_travels_in_the_archive_alone(tmp_path: Path) -> None:
    recording = sound("mp3", voice(4))

    def make(store: Store) -> PersonaId:
        sample = store.assets.put(recording, "audio/mpeg")
        card = PersonaCard(name="Scav", voice=VoiceChoice(sample=sample, sample_name="own.mp3", speed=1.2))
        return store.personas.create(card).id

    here, there = open_desk(tmp_path / "here"), open_desk(tmp_path / "there")
    try:
        persona_id = here.database.submit_write(make).result()
        plain, whole = (
            here.engine.submit(here.card_exports.export(persona_id, kind, memories=False, chats=False)).result(60)
            for kind in (CardFormat.JSON_V3, CardFormat.ARCHIVE)
        )
        (tmp_path / whole.name).write_bytes(whole.content)
        bring(there, tmp_path / whole.name)

        def look(store: Store) -> tuple[VoiceChoice, bytes]:
            scav = store.personas.find_by_name("Scav")
            assert scav is not None
            return scav.card.voice, store.assets.path(scav.card.voice.sample).read_bytes()

        choice, content = there.database.submit_read(look).result()
        assert (choice.sample_name, choice.speed, content) == ("own.mp3", 1.2, recording)
        assert b"own.mp3" not in plain.content
        assert choice.sample.encode() not in plain.content
    finally:
        here.close()
        there.close()


def with_files(*files: IncomingFile) -> Callable[[Store], PersonaId]:
    """Makes Scav with a conversation: one message with all of these files, and one with the last of them again."""

    def work(store: Store) -> PersonaId:
        scav = store.personas.create(PersonaCard(name="Scav"))
        chat = store.for_persona(scav.id)
        talk = chat.create_conversation(store.people.you().id, "At the fire")
        for text, those in (("Look at these.", files), ("", files[-1:])):
            for file in those:
                sha256 = store.assets.put(file.content, file.media_type)
                chat.attach(talk.id, sha256=sha256, name=file.name, media_type=file.media_type, text=file.text)
            chat.send_waiting(talk.id, chat.append_message(talk.id, Role.USER, [NewSwipe(text)]).id)
        return scav.id

    return work


def messages_of_scav(store: Store) -> list[Message]:
    scav = store.personas.find_by_name("Scav")
    assert scav is not None
    chat = store.for_persona(scav.id)
    [talk] = chat.conversations()
    return list(chat.path_tail(talk.id, 10))


def files_of_scav(store: Store) -> list[list[tuple[str, str, str, bytes]]]:
    """Of every message its files: name, media type, text and content."""
    messages = messages_of_scav(store)
    found = store.for_persona(messages[0].persona_id).attachments_of([message.id for message in messages])
    return [
        [
            (file.name, file.media_type, file.text, store.assets.path(file.sha256).read_bytes())
            for file in found.get(message.id, [])
        ]
        for message in messages
    ]


def test_files_of_messages_travel_with_them_and_go_with_an_undo(tmp_path: Path) -> None:
    here, there = open_desk(tmp_path / "here"), open_desk(tmp_path / "there")
    note = IncomingFile("map.txt", "text/plain", b"North of the bridge", "North of the bridge")
    paper = IncomingFile("deed.pdf", "application/pdf", pdf("Signed"), "Signed")
    photo = IncomingFile("me.png", "image/png", picture("teal"))
    try:
        persona_id = here.database.submit_write(with_files(note, paper, photo)).result()
        work = here.card_exports.export(persona_id, CardFormat.ARCHIVE, chats=True)
        file = here.engine.submit(work).result(60)
        (tmp_path / file.name).write_bytes(file.content)

        receipt = bring(there, tmp_path / file.name)

        both, again = there.database.submit_read(files_of_scav).result()
        [kept_note, kept_paper, (name, media_type, text, shown)] = both
        assert kept_note == (note.name, note.media_type, note.text, note.content)
        assert kept_paper == (paper.name, paper.media_type, paper.text, paper.content)
        assert (name, media_type, text) == ("me.png", "image/jpeg", "")
        assert Image.open(io.BytesIO(shown)).size == (40, 30)
        assert again == both[-1:]
        texts = [message.text for message in there.database.submit_read(messages_of_scav).result()]
        assert texts == ["Look at these.", ""]
        scav = there.database.submit_read(lambda store: store.personas.named("Scav")).result()
        assert scav is not None
        [hit] = there.database.submit_read(lambda store: store.for_persona(scav).search("deed")).result()
        assert hit.snippet.startswith("Look at these. map.txt")

        there.migration.undo(receipt.run_id)

        assert not assets_holding(tmp_path / "there", note.content, paper.content, shown)
    finally:
        here.close()
        there.close()


def test_files_that_can_not_be_shown_are_named_and_the_words_come_in(tmp_path: Path) -> None:
    there = open_desk(tmp_path / "there")
    files = (
        IncomingFile("broken.png", "image/png", picture("teal")[:60]),
        IncomingFile("program.txt", "text/plain", b"MZ\x00\x01\x02" * 200, "It says that it is text."),
        IncomingFile(" a\nlong   name.txt ", "text/html", b"<b>Words</b>", "other words"),
    )
    message = IncomingMessage(Role.USER, ("Look.",), files=files)
    archive = PersonaArchive(card_json=card_json("Scav"), chats=(IncomingChat("At the fire", (message,)),))
    try:
        (tmp_path / "scav.persona").write_bytes(write_archive(archive))

        receipt = bring(there, tmp_path / "scav.persona")

        assert receipt.count(Verdict.ATTENTION) == 0
        [found] = there.database.submit_read(files_of_scav).result()
        assert found == [("a long name.txt", "text/plain", "<b>Words</b>", b"<b>Words</b>")]
        [kept] = there.database.submit_read(messages_of_scav).result()
        assert kept.text == "Look.\n\n[Attached: broken.png, program.txt]"
    finally:
        there.close()


def test_a_file_that_is_gone_is_named_in_the_archive(tmp_path: Path) -> None:
    here = open_desk(tmp_path / "here")
    try:
        note = IncomingFile("map.txt", "text/plain", b"North of the bridge", "North of the bridge")
        persona_id = here.database.submit_write(with_files(note)).result()
        [lost] = assets_holding(tmp_path / "here", note.content)
        lost.unlink()

        work = here.card_exports.export(persona_id, CardFormat.ARCHIVE, chats=True)
        archive = read_archive(here.engine.submit(work).result(60).content)

        [chat] = archive.chats
        assert [message.swipes for message in chat.messages] == [
            ("Look at these.\n\n[Attached: map.txt]",),
            ("[Attached: map.txt]",),
        ]
    finally:
        here.close()


def assets_holding(data_dir: Path, *contents: bytes) -> list[Path]:
    files = (path for path in (data_dir / "assets").rglob("*") if path.is_file())
    return [path for path in files if path.read_bytes() in contents]
