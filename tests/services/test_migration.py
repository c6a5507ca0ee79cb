"""Bringing a bot's folder in: plan, backup, import, again, undo."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from personadesk.assembly import Backend
from personadesk.domain.errors import Stopped, UserFacingError
from personadesk.domain.migration import Choices, Part, Plan, PlanRow, Receipt, Verdict
from personadesk.paths import Paths, find_paths
from personadesk.services.ports import Store
from tests.bot_folder import KAI, fact, make_bot, profile, put, tree


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    paths = Paths(data_dir=tmp_path / "desk", resources=find_paths().resources)
    backend = Backend(paths)
    backend.engine.submit(backend.prepare()).result()
    yield backend
    backend.close()


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    make_bot(tmp_path / "acore_bot")
    return tmp_path / "acore_bot"


def planned(backend: Backend, place: Path, choices: Choices | None = None) -> Plan:
    return backend.migration.plan(backend.migration.inspect(place)[0], choices or Choices())


def brought(backend: Backend, place: Path, choices: Choices | None = None) -> Receipt:
    return backend.migration.run(planned(backend, place, choices))


def row(plan: Plan | Receipt, ending: str) -> PlanRow:
    return next(row for row in plan.rows if row.path.endswith(ending))


def texts(backend: Backend, name: str) -> set[str]:
    """What a persona knows about You."""

    def work(store):  # type: ignore[no-untyped-def]
        persona = store.personas.find_by_name(name)
        return {memory.text for memory in store.memories(persona.id).memories(store.people.you().id)}

    found: set[str] = backend.database.submit_read(work).result()
    return found


def names(backend: Backend) -> set[str]:
    return {item.name for item in backend.database.submit_read(lambda store: store.personas.summaries()).result()}


@pytest.mark.parametrize("place", [".", "data", "data/profiles"])
def test_finds_the_profiles_from_the_bots_its_datas_and_their_own_folder(
    backend: Backend, bot: Path, place: str
) -> None:
    found = backend.migration.inspect(bot / place)[0]

    assert found.main == bot / "data" / "profiles"
    assert set(found.trees) == {
        "data/profiles", "data/chat_history", "data/lorebooks", "prompts/characters"
    }  # fmt: skip


def test_plan_has_a_row_with_a_verdict_for_every_file(backend: Backend, bot: Path) -> None:
    plan = planned(backend, bot)

    assert {item.path for item in plan.rows} == set(tree(bot))
    assert row(plan, "_index_cache.pkl").verdict is Verdict.NOT_OURS
    assert row(plan, f"default/user_{KAI}.json").verdict is Verdict.MERGE
    assert "1 new" in row(plan, f"default/user_{KAI}.json").reason
    assert row(plan, f"scav/user_{KAI}.json").verdict is Verdict.IMPORT
    assert {group.name for group in plan.groups} >= {"Dagoth Ur", "Scav", "Default"}


def test_each_persona_learns_its_own_word_for_you_and_no_others(backend: Backend, bot: Path) -> None:
    receipt = brought(backend, bot)

    assert "Is the Nerevarine reborn" in texts(backend, "Dagoth Ur")
    assert "Trades in the Zone" not in texts(backend, "Dagoth Ur")
    assert "Trades in the Zone" in texts(backend, "Scav")
    assert "Is the Nerevarine reborn" not in texts(backend, "Scav")
    assert {"Lives in Aarhus", "Bakes on Sundays"} <= texts(backend, "Default")
    assert receipt.personas_made == 2
    assert receipt.messages == 2


def test_a_persona_whose_only_file_turned_bad_is_not_left_empty(backend: Backend, bot: Path) -> None:
    ghost = bot / "data" / "profiles" / "ghost" / "user_7.json"
    put(ghost, profile(7))
    plan = planned(backend, bot)
    ghost.write_bytes(b'{"user_id": 7, "facts": [')

    receipt = backend.migration.run(plan)

    assert row(receipt, "ghost/user_7.json").verdict is Verdict.ATTENTION
    assert "Ghost" not in names(backend)
    assert receipt.personas_made == 2
    assert backend.migration.undo(receipt.run_id).preview.personas == 2


def test_a_chat_that_tells_no_time_is_as_old_as_its_file(backend: Backend, bot: Path) -> None:
    os.utime(bot / "data" / "chat_history" / "4242.json", (1_700_000_000, 1_700_000_000))

    brought(backend, bot)

    def times(store: Store) -> set[datetime]:
        dagoth = store.personas.find_by_name("Dagoth Ur")
        assert dagoth is not None
        chat = store.for_persona(dagoth.id)
        [talk] = chat.conversations()
        return {talk.created_at, *(message.created_at for message in chat.path_tail(talk.id, 9))}

    assert backend.database.submit_read(times).result() == {datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)}


def test_import_leaves_the_source_as_it_was(backend: Backend, bot: Path) -> None:
    before = tree(bot)

    receipt = brought(backend, bot)

    after = tree(bot)
    assert receipt.backup is not None
    after.pop(str(receipt.backup.relative_to(bot)))
    assert after == before


def test_second_run_has_nothing_to_do(backend: Backend, bot: Path) -> None:
    brought(backend, bot)

    plan = planned(backend, bot)

    assert plan.to_import == 0
    with pytest.raises(UserFacingError, match="nothing new"):
        backend.migration.run(plan)


def test_changed_file_is_offered_as_an_update_with_its_difference(backend: Backend, bot: Path) -> None:
    brought(backend, bot)
    changed = profile(username="stalker", facts=[fact("Trades in the Zone"), fact("Owns a guitar")])
    put(bot / "data" / "profiles" / "scav" / f"user_{KAI}.json", changed)

    plan = planned(backend, bot)
    brought(backend, bot)

    assert row(plan, f"scav/user_{KAI}.json").verdict is Verdict.UPDATE
    assert "1" in row(plan, f"scav/user_{KAI}.json").reason
    assert "Owns a guitar" in texts(backend, "Scav")


def test_broken_file_is_reported_and_the_rest_goes_on(backend: Backend, bot: Path) -> None:
    (bot / "data" / "profiles" / "scav" / "user_555.json").write_bytes(b'{"user_id": 555,\n "facts": [')

    receipt = brought(backend, bot)

    assert row(receipt, "user_555.json").verdict is Verdict.ATTENTION
    assert row(receipt, "user_555.json").part is Part.PROFILE
    assert row(receipt, f"scav/user_{KAI}.json").verdict is Verdict.IMPORT


def test_cancelled_run_leaves_nothing_behind(backend: Backend, bot: Path) -> None:
    before, here = tree(bot), names(backend)
    plan = planned(backend, bot)
    asked = iter([False] * 3)

    with pytest.raises(Stopped):
        backend.migration.run(plan, cancelled=lambda: next(asked, True))

    assert tree(bot) == before
    assert names(backend) == here
    assert backend.migration.runs() == []


def test_undo_takes_back_what_the_run_brought(backend: Backend, bot: Path) -> None:
    here = names(backend)
    receipt = brought(backend, bot)

    backend.migration.undo(receipt.run_id)

    assert names(backend) == here
    assert texts(backend, "Default") == set()
    assert planned(backend, bot).to_import > 0


def test_undo_keeps_what_the_user_changed(backend: Backend, bot: Path) -> None:
    receipt = brought(backend, bot)

    def change(store):  # type: ignore[no-untyped-def]
        persona = store.personas.find_by_name("Scav")
        memories = store.memories(persona.id)
        learned = next(item for item in memories.memories(store.people.you().id) if item.text == "Trades in the Zone")
        memories.edit(learned.id, "Trades fairly in the Zone")

    backend.database.submit_write(change).result()
    result = backend.migration.undo(receipt.run_id)

    assert texts(backend, "Scav") == {"Trades fairly in the Zone"}
    assert any("Scav" in sentence for sentence in result.preview.kept)


def test_two_runs_are_undone_in_any_order(backend: Backend, bot: Path) -> None:
    first = brought(backend, bot)
    put(bot / "data" / "profiles" / "scav" / "user_77.json", profile(77, username="Ada", facts=[fact("Repairs boats")]))
    second = brought(backend, bot)

    backend.migration.undo(first.run_id)
    still = names(backend)
    backend.migration.undo(second.run_id)

    assert "Scav" in still
    assert "Scav" not in names(backend)


def test_reorganized_files_stand_in_the_personas_folder_and_go_back(backend: Backend, bot: Path) -> None:
    profiles = bot / "data" / "profiles"
    noor = next(file for file in profiles.glob("user_9*.json"))
    content = noor.read_bytes()

    receipt = brought(backend, bot, Choices(reorganize=True))
    moved_to = profiles / "default" / noor.name
    was_moved = not noor.exists() and moved_to.read_bytes() == content
    backend.migration.undo(receipt.run_id)

    assert was_moved
    assert noor.read_bytes() == content
    assert not moved_to.exists()
    # Two files of one name: both stay.
    assert (profiles / f"user_{KAI}.json").exists()


def test_folder_rolls_back_to_the_backup_and_nothing_else_is_touched(backend: Backend, bot: Path) -> None:
    before = tree(bot)
    receipt = brought(backend, bot)
    (bot / "data" / "profiles" / "scav" / f"user_{KAI}.json").write_bytes(b"later")
    (bot / "data" / "profiles" / "new.json").write_bytes(b"{}")

    backend.migration.undo(receipt.run_id, restore_folder=True)

    after = tree(bot)
    assert {path: after[path] for path in before} == before
    assert after["data/profiles/new.json"] == b"{}"


def test_original_bytes_are_kept(backend: Backend, bot: Path) -> None:
    brought(backend, bot)

    kept = dict(backend.database.submit_read(lambda store: list(store.imports.originals())).result())

    here = tree(bot)
    for path in (f"data/profiles/scav/user_{KAI}.json", f"data/profiles/user_{KAI}.json"):
        assert kept[path] == here[path]


def test_backup_of_somebody_else_under_the_planned_name_is_not_touched(backend: Backend, bot: Path) -> None:
    plan = planned(backend, bot)
    plan.backup_path.write_bytes(b"another run's backup")

    with pytest.raises(UserFacingError):
        backend.migration.run(plan)

    assert plan.backup_path.read_bytes() == b"another run's backup"
    assert backend.migration.runs() == []
