from datetime import timedelta
from pathlib import Path

import pytest

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import TrashId
from personadesk.domain.persona import PersonaCard
from personadesk.domain.voice import VoiceChoice
from personadesk.services.ports import Store
from personadesk.storage.checks import check_store
from personadesk.storage.database import open_database
from tests.fakes import FakeClock
from tests.storage.conftest import Desk


def test_a_trashed_persona_is_gone_and_comes_back_whole(desk: Desk) -> None:
    persona = desk.persona("Luna")
    conversation = desk.conversation(persona.id)
    desk.say(conversation, "remember the boats")

    trash_id = desk.write(lambda store: store.personas.trash(persona.id))
    [entry] = desk.read(lambda store: store.trash.entries())
    [trashed] = desk.read(lambda store: store.personas.trashed())
    gone = desk.read(lambda store: store.personas.summaries())
    with pytest.raises(NotFound):
        desk.read(lambda store: store.for_persona(persona.id))
    desk.write(lambda store: store.trash.restore(trash_id))

    assert (entry.id, entry.kind, entry.label, entry.persona_id) == (trash_id, "persona", "Luna", persona.id)
    assert trashed.id == persona.id
    assert trashed.deleted_at is not None
    assert gone == []
    assert desk.texts(conversation) == ["remember the boats"]
    assert desk.found(persona.id, "boats") == ["remember the boats"]
    assert desk.read(lambda store: store.trash.entries()) == []


def test_the_name_of_a_trashed_persona_is_free(desk: Desk) -> None:
    first = desk.persona("Luna")
    trash_id = desk.write(lambda store: store.personas.trash(first.id))

    second = desk.persona("luna")

    with pytest.raises(InvalidInput) as caught:
        desk.write(lambda store: store.trash.restore(trash_id))
    assert caught.value.field == "name"
    assert second.id != first.id
    assert [entry.id for entry in desk.read(lambda store: store.trash.entries())] == [trash_id]


def test_purging_a_persona_takes_everything_of_it_and_nothing_else(desk: Desk) -> None:
    picture = desk.write(lambda store: store.assets.put(b"picture", "image/png"))
    kept, purged = (
        desk.write(lambda store, name=name: store.personas.create(PersonaCard(name), avatar=picture)) for name in "ab"
    )
    conversations = [desk.conversation(persona.id) for persona in (kept, purged)]
    for conversation in conversations:
        said = desk.say(conversation, "shared word", "another shared word")
        desk.write(lambda store, said=said: store.for_persona(said[0].persona_id).trash_message(said[0].id))

    trash_id = desk.write(lambda store: store.personas.trash(purged.id))
    desk.write(lambda store: store.trash.purge(trash_id))

    report = check_store(desk.database.data_dir)
    assert report.problems == ()
    assert (report.counts["personas"], report.counts["messages"], report.counts["swipes"]) == (1, 2, 2)
    assert desk.found(kept.id, "shared") == ["another shared word"]
    assert desk.database.asset_path(picture).read_bytes() == b"picture"


def test_the_picture_goes_with_the_last_persona_that_has_it(desk: Desk) -> None:
    picture = desk.write(lambda store: store.assets.put(b"picture", "image/png"))
    persona = desk.write(lambda store: store.personas.create(PersonaCard("a"), avatar=picture))
    trash_id = desk.write(lambda store: store.personas.trash(persona.id))

    desk.write(lambda store: store.trash.purge(trash_id))

    with pytest.raises(NotFound):
        desk.database.asset_path(picture)


def test_the_id_of_a_purged_persona_is_never_given_out_again(desk: Desk) -> None:
    highest = desk.persona("Luna")
    desk.say(desk.conversation(highest.id), "secret")
    trash_id = desk.write(lambda store: store.personas.trash(highest.id))
    desk.write(lambda store: store.trash.purge(trash_id))

    following = desk.persona("Luna")

    assert following.id > highest.id
    assert desk.read(lambda store: store.for_persona(following.id).conversations()) == []
    assert desk.found(following.id, "secret") == []


@pytest.mark.parametrize("restarted", [False, True])
def test_the_id_of_a_purged_message_is_never_given_out_again(
    desk: Desk, data_dir: Path, clock: FakeClock, restarted: bool
) -> None:
    luna, other = desk.persona("Luna"), desk.persona("Other")
    [highest] = desk.say(desk.conversation(luna.id), "secret")
    trash_id = desk.write(lambda store: store.for_persona(luna.id).trash_message(highest.id))
    desk.write(lambda store: store.trash.purge(trash_id))
    if restarted:
        desk.database.close()
        desk.database = open_database(data_dir, clock=clock)

    [following] = desk.say(desk.conversation(other.id), "another word")
    desk.database.close()

    assert following.id > highest.id


def test_a_picture_let_go_and_taken_up_again_in_one_breath_stays(desk: Desk) -> None:
    picture = desk.write(lambda store: store.assets.put(b"picture", "image/png"))
    persona = desk.write(lambda store: store.personas.create(PersonaCard("a"), avatar=picture))
    trash_id = desk.write(lambda store: store.personas.trash(persona.id))

    def work(store: Store) -> None:
        store.trash.purge(trash_id)
        store.personas.create(PersonaCard("b"), avatar=store.assets.put(b"picture", "image/png"))

    desk.write(work)

    assert desk.database.asset_path(picture).read_bytes() == b"picture"


def test_a_conversation_goes_to_the_trash_and_comes_back(desk: Desk) -> None:
    persona = desk.persona("Luna")
    conversation = desk.conversation(persona.id)
    said = desk.say(conversation, "the newest\nline")

    trash_id = desk.write(lambda store: store.for_persona(persona.id).trash_conversation(conversation.id))
    [entry] = desk.read(lambda store: store.trash.entries())
    summary = desk.read(lambda store: store.personas.summary(persona.id))
    with pytest.raises(NotFound):
        desk.read(lambda store: store.for_persona(persona.id).message(said[0].id))
    desk.write(lambda store: store.trash.restore(trash_id))

    assert (entry.kind, entry.label) == ("conversation", "the newest line")
    assert (summary.conversation_id, summary.message_count) == (None, 0)
    assert desk.texts(conversation) == ["the newest\nline"]


def test_a_purged_message_leaves_its_answer_with_its_parent(desk: Desk) -> None:
    conversation = desk.conversation(desk.persona("Luna").id)
    first, second, third = desk.say(conversation, "one", "two", "three")
    trash_id = desk.write(lambda store: store.for_persona(conversation.persona_id).trash_message(second.id))

    desk.write(lambda store: store.trash.purge(trash_id))

    last = desk.read(lambda store: store.for_persona(conversation.persona_id).message(third.id))
    assert last.parent_id == first.id
    assert desk.texts(conversation) == ["one", "three"]
    assert check_store(desk.database.data_dir).problems == ()


def test_a_part_of_something_in_the_trash_waits_for_the_whole(desk: Desk) -> None:
    persona = desk.persona("Luna")
    conversation = desk.conversation(persona.id)
    [message] = desk.say(conversation, "hello")
    own = persona.id
    message_trash = desk.write(lambda store: store.for_persona(own).trash_message(message.id))
    conversation_trash = desk.write(lambda store: store.for_persona(own).trash_conversation(conversation.id))
    persona_trash = desk.write(lambda store: store.personas.trash(own))

    for waiting in (message_trash, conversation_trash):
        with pytest.raises(InvalidInput):
            desk.write(lambda store, waiting=waiting: store.trash.restore(waiting))
    desk.write(lambda store: store.trash.restore(persona_trash))
    with pytest.raises(InvalidInput):
        desk.write(lambda store: store.trash.restore(message_trash))
    desk.write(lambda store: store.trash.restore(conversation_trash))
    desk.write(lambda store: store.trash.restore(message_trash))

    assert desk.texts(conversation) == ["hello"]


def test_only_what_has_been_in_the_trash_long_enough_is_purged(desk: Desk, clock: FakeClock) -> None:
    old, new = desk.persona("old"), desk.persona("new")
    conversation = desk.conversation(old.id)
    desk.write(lambda store: store.for_persona(old.id).trash_conversation(conversation.id))
    desk.write(lambda store: store.personas.trash(old.id))
    clock.advance(days=29)
    desk.write(lambda store: store.personas.trash(new.id))
    clock.advance(days=2)

    purged = desk.write(lambda store: store.trash.purge_older_than(clock.now() - timedelta(days=30)))

    assert purged == 2
    assert [entry.persona_id for entry in desk.read(lambda store: store.trash.entries())] == [new.id]
    assert desk.write(lambda store: store.trash.purge_older_than(clock.now() - timedelta(days=30))) == 0


def test_something_that_is_not_in_the_trash_can_be_neither_restored_nor_purged(desk: Desk) -> None:
    for work in (lambda store: store.trash.restore(TrashId(9)), lambda store: store.trash.purge(TrashId(9))):
        with pytest.raises(NotFound):
            desk.write(work)


def test_a_voice_sample_goes_with_the_last_persona_that_has_it_in_any_version(desk: Desk) -> None:
    sample = desk.write(lambda store: store.assets.put(b"a voice", "audio/wav"))
    voice = VoiceChoice(sample=sample)
    first = desk.write(lambda store: store.personas.create(PersonaCard("first", voice=voice)))
    second = desk.write(lambda store: store.personas.create(PersonaCard("second", voice=voice)))
    desk.write(lambda store: store.personas.update_card(second.id, PersonaCard("second")))
    assert desk.read(lambda store: store.personas.samples()) == {first.id: sample}

    desk.write(lambda store: store.trash.purge(store.personas.trash(first.id)))
    assert desk.database.asset_path(sample).read_bytes() == b"a voice"
    desk.write(lambda store: store.trash.purge(store.personas.trash(second.id)))

    with pytest.raises(NotFound):
        desk.database.asset_path(sample)
