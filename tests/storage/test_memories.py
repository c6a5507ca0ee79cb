from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import PersonaId
from personadesk.domain.memory import MEMORY_LIMIT, Memory, MemoryKind
from personadesk.domain.ready_profile import text_key, text_keys
from personadesk.services.ports import Store
from tests.storage.conftest import Desk


def add(desk: Desk, persona_id: PersonaId, text: str, kind: MemoryKind = MemoryKind.FACT) -> Memory:
    def work(store: Store) -> Memory:
        return store.memories(persona_id).add(text, person_id=store.people.you().id, kind=kind)

    return desk.write(work)


def test_a_memory_is_added_edited_pinned_forgotten_and_restored(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    first, second = add(desk, luna, " Likes boats "), add(desk, luna, "Has a cat", kind=MemoryKind.TRAIT)

    assert (first.text, first.source, first.kind, second.kind) == ("Likes boats", "user", "fact", "trait")
    edited = desk.write(lambda store: store.memories(luna).edit(first.id, "Likes ships"))
    pinned = desk.write(lambda store: store.memories(luna).set_pinned(first.id, True))
    assert (edited.edited, pinned.pinned, pinned.text) == (True, True, "Likes ships")
    assert [m.text for m in desk.read(lambda store: store.memories(luna).memories())] == ["Likes ships", "Has a cat"]

    desk.write(lambda store: store.memories(luna).forget(second.id))
    assert [m.id for m in desk.read(lambda store: store.memories(luna).forgotten())] == [second.id]
    assert len(desk.read(lambda store: store.memories(luna).memories())) == 1
    desk.write(lambda store: store.memories(luna).restore(second.id))
    assert len(desk.read(lambda store: store.memories(luna).memories())) == 2


def test_the_same_words_are_one_memory(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    first = add(desk, luna, "Likes  Boats")

    assert add(desk, luna, "likes boats").id == first.id
    desk.write(lambda store: store.memories(luna).forget(first.id))
    assert add(desk, luna, "LIKES BOATS").id == first.id
    other = add(desk, luna, "Likes cats")
    with pytest.raises(InvalidInput):
        desk.write(lambda store: store.memories(luna).edit(other.id, "likes boats"))


def test_what_cannot_be_a_memory_is_refused(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    for text in ("", "  ", "x" * (MEMORY_LIMIT + 1)):
        with pytest.raises(InvalidInput):
            add(desk, luna, text)


def test_another_personas_memories_are_not_found(desk: Desk) -> None:
    luna, maya = desk.persona("Luna").id, desk.persona("Maya").id
    memory = add(desk, luna, "secret")

    for work in (
        lambda store: store.memories(maya).get(memory.id),
        lambda store: store.memories(maya).edit(memory.id, "mine"),
        lambda store: store.memories(maya).forget(memory.id),
        lambda store: store.memories(maya).restore(memory.id),
        lambda store: store.memories(maya).set_pinned(memory.id, True),
    ):
        with pytest.raises(NotFound):
            desk.write(work)
    assert desk.read(lambda store: store.memories(maya).memories()) == []


def test_a_purged_persona_takes_its_memories_along(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    add(desk, luna, "secret")

    trash_id = desk.write(lambda store: store.personas.trash(luna))
    desk.write(lambda store: store.trash.purge(trash_id))

    with pytest.raises(NotFound):
        desk.read(lambda store: store.memories(luna))


def test_a_forgotten_memory_goes_when_the_trash_is_emptied_of_what_is_old(desk: Desk) -> None:
    luna = desk.persona("Luna").id
    old = add(desk, luna, "secret")
    desk.write(lambda store: store.memories(luna).forget(old.id))
    gone = desk.read(lambda store: store.memories(luna).get(old.id)).deleted_at
    assert gone is not None

    assert desk.write(lambda store: store.trash.purge_older_than(gone)) == 0
    assert desk.write(lambda store: store.trash.purge_older_than(gone + timedelta(days=1))) == 1
    assert desk.read(lambda store: store.memories(luna).forgotten()) == []


@given(st.lists(st.text("ab |\t\n AÄß\u00a0\x1f") | st.text(), max_size=5))
def test_keys_are_the_same_one_by_one_and_all_at_once(texts: list[str]) -> None:
    assert text_keys(texts) == [text_key(text) for text in texts]


def test_the_likeliest_are_the_pinned_the_newest_and_the_oftenest(desk: Desk) -> None:
    luna = desk.persona("Luna")
    you = desk.read(lambda store: store.people.you()).id

    def fill(store: Store) -> None:
        kept = store.memories(luna.id)
        for number in range(30):
            kept.add(f"Fact {number}", person_id=you if number % 2 else None)
        kept.set_pinned(kept.memories(you)[-1].id, True)

    desk.write(fill)

    likeliest = desk.read(lambda store: store.memories(luna.id).likeliest(you, 3))

    assert "Fact 0" in {memory.text for memory in likeliest}
    assert {"Fact 29", "Fact 28"} <= {memory.text for memory in likeliest}
    assert len(likeliest) <= 6
