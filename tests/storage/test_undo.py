from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId, RunId
from personadesk.domain.incoming import IncomingChat, IncomingLorebook, IncomingMessage
from personadesk.domain.migration import Part, UndoPreview
from personadesk.domain.persona import PersonaCard
from personadesk.services.ports import Store
from personadesk.storage.checks import check_store
from tests.storage.conftest import Desk
from tests.storage.test_imports import begin, bring, profile, row

CHAT = IncomingChat("Harbour", (IncomingMessage(Role.USER, ("Ahoy",)), IncomingMessage(Role.PERSONA, ("Aye",))))


def run(desk: Desk, uuid: str, *texts: str, persona_id: PersonaId | None = None, affection: float = 1.0) -> RunId:
    """A run that brings a profile, and a persona, a chat and a lorebook where it is told none."""

    def work(store: Store) -> RunId:
        writer = begin(store, uuid)
        rows = [row(f"{uuid}.json", uuid.encode())]
        luna = persona_id
        if luna is None:
            with writer.file():
                card = replace(row("luna.png", part=Part.CARD, key=""), group="card")
                file_id = writer.keep_file(card, b"png", None, None)
                luna = writer.persona(file_id, PersonaCard("Luna", greeting="Hi!"), b"picture", "image/png")
                writer.bring(file_id, IncomingLorebook("World", "{}", 4), luna, None)
                writer.bring(file_id, CHAT, luna, None)
                rows.append(card)
        said = profile("discord:1", *texts, affection=affection)
        bring(writer, rows[0], said, luna, uuid.encode())
        writer.finish(rows, Path("/backup.tar"), None)
        return writer.run_id

    return desk.write(work)


def luna_id(desk: Desk) -> PersonaId:
    [luna] = desk.read(lambda store: store.personas.summaries())
    return luna.id


def texts_of(desk: Desk, luna: PersonaId) -> set[str]:
    return {memory.text for memory in desk.read(lambda store: store.memories(luna).memories())}


def undo(desk: Desk, run_id: RunId) -> UndoPreview:
    preview = desk.read(lambda store: store.imports.preview_undo(run_id))
    assert desk.write(lambda store: store.imports.undo(run_id)) == preview
    desk.database.opened().result()
    assert check_store(desk.database.data_dir).problems == ()
    return preview


def test_an_undo_takes_away_everything_that_nobody_touched(desk: Desk) -> None:
    run_id = run(desk, "one", "Likes boats", "Has a cat")
    luna = luna_id(desk)
    greeting = desk.conversation(luna)
    desk.say(greeting, "Hi!", role=Role.PERSONA)
    avatar = desk.read(lambda store: store.assets.path(store.personas.get(luna).avatar))

    preview = undo(desk, run_id)

    assert preview == UndoPreview(run_id, personas=1, memories=2, conversations=1, lorebooks=1)
    assert desk.read(lambda store: store.personas.summaries()) == []
    assert desk.read(lambda store: store.imports.person_keys()) == {}
    assert desk.read(lambda store: list(store.imports.known())) == []
    assert desk.read(lambda store: list(store.imports.originals())) == []
    assert not avatar.exists()
    [listed] = desk.read(lambda store: store.imports.runs())
    assert listed.undone_at is not None
    assert len(desk.read(lambda store: store.imports.rows(run_id))) == 2
    with pytest.raises(UserFacingError, match="undone before"):
        desk.write(lambda store: store.imports.undo(run_id))


def test_what_was_changed_or_used_since_stays_and_is_named(desk: Desk) -> None:
    run_id = run(desk, "one", "Likes boats", "Has a cat", "Old job", "Forgotten")
    luna = luna_id(desk)
    ids = {memory.text: memory.id for memory in desk.read(lambda store: store.memories(luna).memories())}
    desk.write(lambda store: store.memories(luna).edit(ids["Likes boats"], "Likes ships"))
    desk.write(lambda store: store.memories(luna).set_pinned(ids["Has a cat"], True))
    desk.write(lambda store: store.memories(luna).forget(ids["Forgotten"]))
    [conversation] = desk.read(lambda store: store.for_persona(luna).conversations())
    desk.say(conversation, "And you?")

    preview = undo(desk, run_id)

    assert (preview.personas, preview.memories, preview.conversations, preview.lorebooks) == (0, 1, 0, 1)
    assert preview.kept == (
        "Luna keeps 2 memories that you edited or pinned.",
        "The conversation “Harbour” with Luna stays, because you went on with it.",
        "Luna stays, because there is something in it that this import did not bring.",
    )
    assert texts_of(desk, luna) == {"Likes ships", "Has a cat"}
    assert desk.texts(conversation) == ["Ahoy", "Aye", "And you?"]
    again = run(desk, "two", "Likes boats", "Forgotten", persona_id=luna)
    assert texts_of(desk, luna) == {"Likes ships", "Has a cat"}
    undo(desk, again)
    assert texts_of(desk, luna) == {"Likes ships", "Has a cat"}


@pytest.mark.parametrize("change", ["title", "draft", "edit"])
def test_a_conversation_that_was_named_drafted_or_edited_stays(desk: Desk, change: str) -> None:
    run_id = run(desk, "one")
    luna = luna_id(desk)
    [conversation] = desk.read(lambda store: store.for_persona(luna).conversations())

    def work(store: Store) -> None:
        chat = store.for_persona(luna)
        if change == "title":
            chat.rename_conversation(conversation.id, "Mine")
        elif change == "draft":
            chat.save_draft(conversation.id, "half a")
        else:
            chat.edit_message(chat.path_tail(conversation.id, 1)[0].id, "Nay")

    desk.write(work)
    assert undo(desk, run_id).conversations == 0


def test_a_persona_whose_card_was_changed_stays(desk: Desk) -> None:
    run_id = run(desk, "one", "Likes boats")
    luna = luna_id(desk)
    desk.write(lambda store: store.personas.update_card(luna, PersonaCard("Luna", tagline="new")))

    assert undo(desk, run_id).kept == ("Luna stays, because the card was changed.",)
    assert texts_of(desk, luna) == set()


@pytest.mark.parametrize("first_undone", [0, 1])
def test_two_runs_can_be_undone_in_any_order(desk: Desk, first_undone: int) -> None:
    luna = desk.persona("Luna").id
    runs = [
        run(desk, "one", "Both", "First", persona_id=luna, affection=10.0),
        run(desk, "two", "both", "Second", persona_id=luna, affection=20.0),
    ]
    person = desk.read(lambda store: store.imports.person_keys())["discord:1"]

    undo(desk, runs[first_undone])

    assert texts_of(desk, luna) == {"Both", ("Second", "First")[first_undone]}
    stands = desk.read(lambda store: store.memories(luna).acquaintance(person))
    assert stands is not None
    assert stands.affection == (20.0, 10.0)[first_undone]
    assert desk.read(lambda store: store.imports.person_keys()) == {"discord:1": person}
    assert {m.times_observed for m in desk.read(lambda store: store.memories(luna).memories())} == {1}

    undo(desk, runs[1 - first_undone])

    assert texts_of(desk, luna) == set()
    assert desk.read(lambda store: store.memories(luna).acquaintance(person)) is None
    assert desk.read(lambda store: store.imports.person_keys()) == {}


def test_a_purged_persona_is_no_longer_known(desk: Desk) -> None:
    run_id = run(desk, "one", "Likes boats")
    luna = luna_id(desk)
    trash_id = desk.write(lambda store: store.personas.trash(luna))
    assert desk.read(lambda store: list(store.imports.known())) == []

    desk.write(lambda store: store.trash.purge(trash_id))

    assert desk.read(lambda store: list(store.imports.originals())) == []
    assert undo(desk, run_id) == UndoPreview(run_id, 0, 0, 0, 0)
