"""Everything below the window, put together."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from personadesk.assembly import Backend
from personadesk.domain.conversation import Role, SwipeState
from personadesk.domain.errors import StoreUnavailable
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.paths import find_paths
from personadesk.services.personas import LibraryListing
from personadesk.services.ports import NewSwipe, Store
from personadesk.storage.presence import Presence

BUILT_IN = {"Isabella", "Alex", "Luna", "Maya", "Sam", "Ethan", "Default"}


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[tuple[Backend, LibraryListing]]:
    backend = Backend(find_paths(str(data_dir)))
    try:
        yield backend, backend.engine.submit(backend.prepare()).result(60)
    finally:
        backend.close()


def _leave_a_reply_half_written(backend: Backend, persona: PersonaId) -> ConversationId:
    def work(store: Store) -> ConversationId:
        chat = store.for_persona(persona)
        conversation = chat.create_conversation(store.people.you().id)
        chat.append_message(conversation.id, Role.PERSONA, [NewSwipe("Once upon", SwipeState.STREAMING)])
        return conversation.id

    return backend.database.submit_write(work).result(60)


def test_the_first_start_brings_the_built_in_personas_and_the_second_the_same(data_dir: Path) -> None:
    with running(data_dir) as (_, first):
        pass

    with running(data_dir) as (_, second):
        pass

    assert {item.name for item in first.personas} == BUILT_IN
    assert second.personas == first.personas


def test_a_start_ends_what_a_killed_program_left_unfinished(data_dir: Path) -> None:
    with running(data_dir) as (backend, listing):
        persona = listing.personas[0].id
        conversation = _leave_a_reply_half_written(backend, persona)

    with running(data_dir) as (backend, _):
        opened = backend.engine.submit(backend.chat.open(persona, conversation)).result(60)

    (reply,) = opened.transcript.tail
    assert (reply.text, reply.state) == ("Once upon", SwipeState.INTERRUPTED)
    assert reply.error


def test_a_start_beside_another_leaves_the_others_reply_alone(data_dir: Path) -> None:
    with running(data_dir) as (window, listing):
        persona = listing.personas[0].id
        conversation = _leave_a_reply_half_written(window, persona)

        with running(data_dir) as (terminal, _):
            opened = terminal.engine.submit(terminal.chat.open(persona, conversation)).result(60)

    assert opened.transcript.tail[0].state is SwipeState.STREAMING


def test_presence_is_alone_only_while_nobody_else_is_here(tmp_path: Path) -> None:
    first, second = Presence(tmp_path), Presence(tmp_path)
    while_two = (first.alone, second.alone)
    first.close()
    third = Presence(tmp_path)
    second.close()
    third.close()
    fourth = Presence(tmp_path)
    fourth.close()

    assert while_two == (True, False)
    assert not third.alone
    assert fourth.alone


def test_a_folder_that_cannot_be_marked_is_nobodys_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    presence = Presence(tmp_path / "file")
    presence.close()

    assert not presence.alone


def test_a_folder_that_cannot_be_used_is_said_and_all_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    backend = Backend(find_paths(str(tmp_path / "file")))

    with pytest.raises(StoreUnavailable, match="a file and not a folder"):
        backend.engine.submit(backend.prepare()).result(60)

    backend.close()
    backend.close()
    assert not backend.engine.alive
