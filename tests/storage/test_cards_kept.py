"""What belongs to a card: versions, the file it came in, lorebooks and who reads them."""

import json
from dataclasses import replace

import pytest

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.persona import PersonaCard
from personadesk.domain.versions import SavedBy
from personadesk.domain.voice import VoiceChoice
from personadesk.services.personas import copy_persona
from tests.fakes import FakeClock
from tests.storage.conftest import Desk

BOOK = {"name": "The Zone", "entries": [{"keys": ["anomaly"], "content": "They kill."}]}


def raw_card(name: str) -> str:
    return json.dumps({"spec": "chara_card_v3", "data": {"name": name, "character_book": BOOK}})


def test_every_save_is_a_version_and_the_first_keeps_what_was_before(desk: Desk) -> None:
    scav = desk.write(lambda store: store.personas.create(PersonaCard(name="Scav", tagline="Trader", raw_json="{}")))
    card = replace(scav.card, tagline="Stalker", voice=VoiceChoice(preset="elevenlabs:x", speed=1.1))

    desk.write(lambda store: store.personas.update_card(scav.id, card))
    desk.write(lambda store: store.personas.update_card(scav.id, card))
    desk.write(lambda store: store.personas.update_card(scav.id, scav.card, saved_by=SavedBy.RESTORED))

    versions = desk.read(lambda store: store.versions.of(scav.id))
    assert [version.saved_by for version in versions] == [SavedBy.RESTORED, SavedBy.EDITED, SavedBy.MADE]
    assert [version.card for version in versions] == [scav.card, card, scav.card]
    other = desk.persona("Luna").id
    with pytest.raises(NotFound):
        desk.read(lambda store: store.versions.get(other, versions[0].id))


def test_a_cards_lorebook_becomes_the_personas_own(desk: Desk) -> None:
    scav = desk.write(lambda store: store.personas.create(PersonaCard(name="Scav", raw_json=raw_card("Scav"))))
    luna = desk.persona("Luna").id

    [book] = desk.read(lambda store: store.lorebooks.for_persona(scav.id))

    assert (book.name, book.entries, book.persona_id) == ("The Zone", 1, scav.id)
    assert json.loads(book.raw_json) == BOOK
    assert desk.read(lambda store: store.lorebooks.for_persona(luna)) == []
    with pytest.raises(InvalidInput):
        desk.write(lambda store: store.lorebooks.set_readers(book.id, [luna]))


def test_a_shared_book_is_read_by_those_it_is_open_to(desk: Desk) -> None:
    luna, maya = desk.persona("Luna").id, desk.persona("Maya").id
    book = desk.write(lambda store: store.lorebooks.create("World", "{}", 0))

    desk.write(lambda store: store.lorebooks.set_readers(book.id, [luna, luna]))

    assert [item.id for item in desk.read(lambda store: store.lorebooks.for_persona(luna))] == [book.id]
    assert desk.read(lambda store: store.lorebooks.for_persona(maya)) == []
    [shelved] = desk.read(lambda store: store.lorebooks.shelf())
    assert shelved.shared_with == {luna}
    desk.write(lambda store: store.lorebooks.set_enabled(book.id, False))
    assert desk.read(lambda store: store.lorebooks.for_persona(luna)) == []
    desk.write(lambda store: store.lorebooks.trash(book.id))
    with pytest.raises(NotFound):
        desk.read(lambda store: store.lorebooks.get(book.id))
    desk.write(lambda store: store.lorebooks.restore(book.id))
    assert desk.read(lambda store: store.lorebooks.get(book.id)).enabled is False


def test_what_belongs_to_a_purged_persona_goes_with_it(desk: Desk) -> None:
    scav = desk.write(lambda store: store.personas.create(PersonaCard(name="Scav", raw_json=raw_card("Scav"))))
    sha256 = desk.write(lambda store: store.assets.put(b"a card", "image/png"))
    shared = desk.write(lambda store: store.lorebooks.create("World", "{}", 0))
    desk.write(lambda store: store.lorebooks.set_readers(shared.id, [scav.id]))
    desk.write(lambda store: store.versions.keep_received(scav.id, sha256, "scav.png"))
    desk.write(lambda store: store.personas.update_card(scav.id, replace(scav.card, tagline="x"), avatar=sha256))
    conversation = desk.write(lambda store: store.for_persona(scav.id).create_conversation(store.people.you().id))
    desk.write(lambda store: store.lorebooks.save_state(scav.id, conversation.id, {"sticky": {"1": 2}}))
    assert desk.read(lambda store: store.lorebooks.state(scav.id, conversation.id)) == {"sticky": {"1": 2}}
    assert desk.read(lambda store: store.versions.with_file(sha256)) == scav.id
    place = desk.read(lambda store: store.assets.path(sha256))

    desk.write(lambda store: store.trash.purge(store.personas.trash(scav.id)))

    assert not place.exists()
    assert [book.id for book in desk.read(lambda store: store.lorebooks.shelf())] == [shared.id]


def test_an_old_lorebook_leaves_the_trash_for_good(desk: Desk, clock: FakeClock) -> None:
    book = desk.write(lambda store: store.lorebooks.create("World", "{}", 0))
    desk.write(lambda store: store.lorebooks.trash(book.id))

    assert desk.write(lambda store: store.trash.purge_older_than(clock.now())) == 0
    clock.advance(days=31)
    assert desk.write(lambda store: store.trash.purge_older_than(clock.now())) == 1
    with pytest.raises(NotFound):
        desk.write(lambda store: store.lorebooks.restore(book.id))


def test_a_copy_takes_the_lorebooks_as_they_are_now(desk: Desk) -> None:
    scav = desk.write(lambda store: store.personas.create(PersonaCard(name="Scav", raw_json=raw_card("Scav"))))
    shared = desk.write(lambda store: store.lorebooks.create("World", "{}", 0))
    desk.write(lambda store: store.lorebooks.set_readers(shared.id, [scav.id]))
    [book] = desk.read(lambda store: store.lorebooks.own(scav.id))
    desk.write(lambda store: store.lorebooks.update(book.id, "The Zone, edited", '{"entries": []}', 0))

    copy = desk.write(lambda store: copy_persona(store, scav.id))

    read = desk.read(lambda store: store.lorebooks.for_persona(copy.id))
    assert [item.name for item in read] == ["The Zone, edited", "World"]
    assert desk.read(lambda store: store.lorebooks.trashed()) == []
