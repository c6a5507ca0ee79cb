from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from personadesk.domain.conversation import Role
from personadesk.domain.errors import NotFound
from personadesk.domain.events import ChangeSet
from personadesk.domain.persona import Origin, Persona, PersonaCard
from personadesk.formats.character_card import read_card_json, write_card_json
from personadesk.services.built_ins import AVATAR_TYPE, RELEASE_SETTING, is_current, seed
from personadesk.services.ports import NewSwipe, Store
from personadesk.storage.built_in_files import BuiltInFiles
from personadesk.storage.database import SqliteDatabase, open_database
from tests.fakes import FakeClock

T = TypeVar("T")
FILES = BuiltInFiles(Path(__file__).parents[2] / "resources" / "personas")
NAMES = ["Isabella", "Alex", "Luna", "Maya", "Sam", "Ethan", "Default"]


class Shipped:
    """What a release of the program ships, with what a test changes in it."""

    def __init__(self) -> None:
        self.personas = dict(FILES.load())

    def load(self) -> Mapping[str, tuple[PersonaCard, bytes]]:
        return self.personas

    def rewrite(self, key: str, **changes: Any) -> None:
        card, avatar = self.personas[key]
        self.personas[key] = read_card_json(write_card_json(replace(card, **changes))), avatar

    def redraw(self, key: str, avatar: bytes) -> None:
        self.personas[key] = self.personas[key][0], avatar


class Library:
    """A real store, one transaction a call."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def write(self, work: Callable[[Store], T]) -> T:
        return self._database.submit_write(work).result()

    def seed(self, shipped: Shipped) -> ChangeSet:
        return self.write(lambda store: seed(store, shipped))

    def named(self, name: str) -> Persona:
        found = self.write(lambda store: store.personas.find_by_name(name))
        assert found is not None
        return found

    def names(self) -> list[str]:
        summaries = self.write(lambda store: store.personas.summaries())
        return [summary.name for summary in sorted(summaries, key=lambda summary: summary.id)]


@pytest.fixture
def library(data_dir: Path, clock: FakeClock) -> Iterator[Library]:
    database = open_database(data_dir, clock=clock)
    yield Library(database)
    database.close()


@pytest.fixture
def shipped() -> Shipped:
    return Shipped()


def test_the_first_start_makes_every_built_in_in_order(library: Library, shipped: Shipped) -> None:
    changes = library.seed(shipped)

    assert library.names() == NAMES
    assert len(changes.personas) == len(NAMES)


def test_a_built_in_has_its_whole_card_and_its_portrait(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)

    luna = library.named("Luna")
    card, avatar = shipped.personas["luna"]
    assert (luna.card, luna.origin, luna.built_in_key) == (card, Origin.BUILT_IN, "luna")
    assert library.write(lambda store: store.assets.path(luna.avatar)).read_bytes() == avatar


def test_default_belongs_to_its_user(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)

    default = library.named("Default")
    assert (default.origin, default.built_in_key) == (Origin.CUSTOM, "default")


def test_a_second_start_reads_one_setting_and_no_persona(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    settings_alone: Any = library.write(
        lambda store: SimpleNamespace(
            settings=SimpleNamespace(get={RELEASE_SETTING: store.settings.get(RELEASE_SETTING)}.get)
        )
    )

    changes = seed(settings_alone, shipped)

    assert changes == ChangeSet()


def test_whether_there_is_anything_to_do_can_be_told_from_the_setting(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    seeded = library.write(lambda store: store.settings.get(RELEASE_SETTING))

    before = is_current(seeded, shipped)
    shipped.redraw("luna", b"<svg/>")

    assert before
    assert not is_current(seeded, shipped)
    assert not is_current(None, shipped)


def test_a_newer_card_and_portrait_reach_the_library(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    luna = library.named("Luna")
    shipped.rewrite("luna", description="She has moved to a lighthouse.")
    shipped.redraw("luna", b"<svg/>")

    changes = library.seed(shipped)

    updated = library.named("Luna")
    assert changes.personas == {luna.id} == {updated.id}
    assert updated.card.description == "She has moved to a lighthouse."
    assert library.write(lambda store: store.assets.path(updated.avatar)).read_bytes() == b"<svg/>"


def test_an_update_keeps_the_conversation_the_star_and_the_pin(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    luna = library.named("Luna")

    def use(store: Store) -> None:
        mine = store.for_persona(luna.id)
        conversation = mine.create_conversation(store.people.you().id)
        mine.append_message(conversation.id, Role.USER, [NewSwipe("Remember the lighthouse.")])
        store.personas.set_favourite(luna.id, True)
        store.personas.set_pins([luna.id])

    library.write(use)
    shipped.rewrite("luna", tagline="Awake again.")

    library.seed(shipped)

    summary = library.write(lambda store: store.personas.summary(luna.id))
    assert (summary.tagline, summary.favourite, summary.pin_position) == ("Awake again.", True, 0)
    assert (summary.message_count, summary.last_text) == (1, "Remember the lighthouse.")


def test_an_update_leaves_a_users_copy_alone(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    luna = library.named("Luna")
    copy = library.write(lambda store: store.personas.create(replace(luna.card, name="Luna 2"), avatar=luna.avatar))
    shipped.rewrite("luna", description="Another one.")
    shipped.redraw("luna", b"<svg/>")

    library.seed(shipped)

    assert library.named("Luna 2") == copy
    assert library.write(lambda store: store.assets.path(copy.avatar)).is_file()


def test_a_built_in_that_is_new_in_a_release_joins_the_others(library: Library, shipped: Shipped) -> None:
    later = Shipped()
    del shipped.personas["ethan"]
    library.seed(shipped)

    changes = library.seed(later)

    assert sorted(library.names()) == sorted(NAMES)
    assert changes.personas == {library.named("Ethan").id}


@pytest.mark.parametrize("taken", ["Ethan", "ETHAN"])
def test_a_users_persona_keeps_its_name_and_the_built_in_takes_another(
    taken: str, library: Library, shipped: Shipped
) -> None:
    library.write(lambda store: store.personas.create(PersonaCard(name=taken, description="Mine.")))

    library.seed(shipped)

    assert library.named("Ethan").card.description == "Mine."
    built_in = library.named("Ethan (built-in)")
    assert built_in.built_in_key == "ethan"
    assert built_in.card.prompt_name == "Ethan"


def test_a_second_name_that_is_taken_is_passed_over_too(library: Library, shipped: Shipped) -> None:
    for name in ("Ethan", "Ethan (built-in)"):
        library.write(lambda store, name=name: store.personas.create(PersonaCard(name=name)))

    library.seed(shipped)

    assert library.named("Ethan (built-in 2)").built_in_key == "ethan"


def test_a_built_in_takes_its_name_back_when_it_is_free_again(library: Library, shipped: Shipped) -> None:
    mine = library.write(lambda store: store.personas.create(PersonaCard(name="Ethan")))
    library.seed(shipped)
    library.write(lambda store: store.personas.trash(mine.id))
    shipped.rewrite("luna", tagline="Something changed.")

    library.seed(shipped)

    assert library.named("Ethan").built_in_key == "ethan"
    assert library.named("Ethan").card.nickname == ""


def test_a_default_nobody_changed_is_updated(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    shipped.rewrite("default", description="Even plainer.")

    library.seed(shipped)

    assert library.named("Default").card.description == "Even plainer."


def test_a_default_nobody_changed_is_updated_once_and_again(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    for description in ("Even plainer.", "The plainest."):
        shipped.rewrite("default", description=description)
        library.seed(shipped)

    assert library.named("Default").card.description == "The plainest."


def test_a_default_its_user_changed_stays_as_it_is(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    default = library.named("Default")
    edited = replace(default.card, name="Robin", greeting="Ahoy!")
    library.write(lambda store: store.personas.update_card(default.id, edited))
    shipped.rewrite("default", description="Even plainer.", greeting="Hello again.")

    changes = library.seed(shipped)

    assert library.named("Robin").card == edited
    assert changes.personas == frozenset()
    assert "Default" not in library.names()


def test_a_default_with_a_picture_of_its_users_keeps_it(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    default = library.named("Default")

    def change_picture(store: Store) -> str:
        picture = store.assets.put(b"my picture", AVATAR_TYPE)
        store.personas.update_card(default.id, default.card, avatar=picture)
        return picture

    picture = library.write(change_picture)
    shipped.redraw("default", b"<svg/>")

    library.seed(shipped)

    assert library.named("Default").avatar == picture


@pytest.mark.parametrize("purged", [False, True], ids=["in the trash", "deleted for good"])
def test_a_default_its_user_deleted_does_not_come_back(purged: bool, library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    default = library.named("Default")
    trash_id = library.write(lambda store: store.personas.trash(default.id))
    if purged:
        library.write(lambda store: store.trash.purge(trash_id))
    shipped.rewrite("default", description="Even plainer.")

    changes = library.seed(shipped)

    assert "Default" not in library.names()
    assert changes.personas == frozenset()


def test_a_default_that_was_in_the_trash_and_is_back_is_as_it_was(library: Library, shipped: Shipped) -> None:
    library.seed(shipped)
    default = library.named("Default")
    trash_id = library.write(lambda store: store.personas.trash(default.id))
    shipped.rewrite("default", description="Even plainer.")
    library.seed(shipped)

    library.write(lambda store: store.trash.restore(trash_id))

    assert library.named("Default").card == default.card


def test_a_missing_file_is_named_and_nothing_is_seeded(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "personas"
    folder.mkdir()
    (folder / "index.json").write_text('["luna"]')

    with pytest.raises(NotFound, match=r"luna\.json can't be read"):
        library.write(lambda store: seed(store, BuiltInFiles(folder)))

    assert library.names() == []
