"""The pictures of cards, prepared once the cards are in the library: real store, real processes, a real kill."""

import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.assembly import Backend
from personadesk.domain.avatar import AvatarChange, AvatarChoice
from personadesk.domain.card_import import CardDecision, CardReport, PictureProblem
from personadesk.domain.errors import StoreUnavailable
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Persona, PersonaSummary
from personadesk.domain.versions import SavedBy
from personadesk.formats.picture_heads import picture_type
from personadesk.paths import Paths, find_resources
from personadesk.services.card_exports import CardFormat
from personadesk.services.card_pictures import waiting
from tests.formats.card_samples import card, coded, png, text
from tests.program import DONE_S, unmeasured
from tests.services.test_cards import card_json, picture, png_card

IMPORTED_AND_KILLED = """
import os, signal, sys
from pathlib import Path
from personadesk.assembly import Backend
from personadesk.paths import Paths, find_resources

moment, cards, data_dir = sys.argv[1:]
backend = Backend(Paths(data_dir=Path(data_dir), resources=find_resources()))

def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def work():
    await backend.prepare()
    found = await backend.cards.look([Path(cards)])
    await backend.cards.bring([(item, item.decisions[0]) for item in found])
    if moment == "before the first":
        end()
    backend.hub.subscribe(end)
    await backend.cards.finish_pictures()

backend.engine.submit(work()).result()
"""


def broken_card(name: str) -> bytes:
    """A PNG whose pixels break off: everything else of it is whole."""
    whole = png(text("ccv3", coded(card(name, creator="Kim"))), width=500, height=500)
    return whole.replace(zlib.compress(bytes(501 * 500))[:20], b"x" * 20)


async def imported(backend: Backend, *paths: Path, decision: CardDecision | None = None) -> CardReport:
    found = await backend.cards.look(paths)
    return await backend.cards.bring([(item, decision or item.decisions[0]) for item in found])


async def who_waits(backend: Backend) -> list[PersonaId]:
    return await backend.database.read(lambda store: waiting(store.settings))


def customs(backend: Backend) -> list[PersonaSummary]:
    listed = backend.engine.submit(backend.personas.listing()).result(60).personas
    return [item for item in listed if item.name.startswith("Crowd")]


def test_faces_follow_the_cards_and_are_no_change_of_theirs(backend: Backend, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.png").write_bytes(png_card(f"Crowd {number}"))
    (tmp_path / "plain.json").write_text(card_json("Crowd of one without a picture"))
    told: list[tuple[int, int]] = []
    changed: list[frozenset[PersonaId]] = []

    def note(event: Event) -> None:
        if isinstance(event, ChangeSet):
            changed.append(event.personas)

    async def work() -> tuple[PersonaId, ...]:
        with backend.card_pictures.held():
            await imported(backend, tmp_path)
            ids = await who_waits(backend)
            backend.hub.subscribe(note)
        assert await backend.cards.finish_pictures(lambda done, total: told.append((done, total))) == ()
        assert await who_waits(backend) == []
        return tuple(ids)

    ids = backend.engine.submit(work()).result(60)

    assert len(ids) == 20
    assert frozenset().union(*changed) == set(ids)
    assert [done for done, _ in told] == [16, 20]
    assert {bool(item.avatar) for item in customs(backend) if item.id in ids} == {True}
    made = backend.engine.submit(backend.personas.get(ids[0])).result(60)
    assert made.updated_at == made.created_at
    assert backend.engine.submit(backend.editing.versions(ids[0])).result(60) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize(("moment", "waited"), [("before the first", 20), ("after the first of them", 4)])
def test_after_a_kill_the_next_start_prepares_the_rest(moment: str, waited: int, tmp_path: Path) -> None:
    cards, data = tmp_path / "cards", tmp_path / "data"
    cards.mkdir()
    for number in range(20):
        (cards / f"{number:02}.png").write_bytes(png_card(f"Crowd {number}"))
    killed = subprocess.run(
        [sys.executable, "-c", IMPORTED_AND_KILLED, moment, str(cards), str(data)],
        env=unmeasured(),
        check=False,
        timeout=DONE_S,
    )
    backend = Backend(Paths(data_dir=data, resources=find_resources()))

    async def go_on() -> int:
        await backend.prepare()
        left = len(await who_waits(backend))
        await backend.cards.finish_pictures()
        return left

    left = backend.engine.submit(go_on()).result(60)

    faces = [item.avatar for item in customs(backend)]
    shown = {picture_type(backend.database.asset_path(avatar).read_bytes()) for avatar in faces}
    backend.close()
    assert killed.returncode == -9
    assert left == waited
    assert len(faces) == 20
    assert shown == {"image/jpeg"}


def test_a_program_that_ends_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.png").write_bytes(png_card(f"Crowd {number}"))
    paths = Paths(data_dir=tmp_path / "data", resources=find_resources())
    first = Backend(paths)
    first.engine.submit(first.prepare()).result(60)
    first.engine.submit(imported(first, tmp_path)).result(60)

    first.close()

    second = Backend(paths)
    second.engine.submit(second.prepare()).result(60)
    second.engine.submit(second.cards.finish_pictures()).result(60)
    assert len([item for item in customs(second) if item.avatar]) == 40
    second.close()


def test_a_picture_that_can_not_be_shown_is_told_once_and_not_tried_again(
    backend: Backend,
    tmp_path: Path,
) -> None:
    (tmp_path / "whole.png").write_bytes(png_card("Crowd 1"))
    (tmp_path / "broken.png").write_bytes(broken_card("Crowd 2"))

    async def work() -> tuple[CardReport, tuple[PictureProblem, ...], tuple[PictureProblem, ...]]:
        report = await imported(backend, tmp_path)
        return report, await backend.cards.finish_pictures(), await backend.cards.finish_pictures()

    report, problems, again = backend.engine.submit(work()).result(60)

    assert report.count(CardDecision.ADD) == 2
    [problem] = problems
    assert problem.name == "broken.png"
    assert "damaged" in problem.problem
    assert again == ()
    assert {item.name: bool(item.avatar) for item in customs(backend)} == {"Crowd 1": True, "Crowd 2": False}


def test_an_update_has_its_picture_at_once_and_says_where_it_has_none(backend: Backend, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("a.json", "b.png", "c.png"))
    first.write_text(card_json("Crowd"))
    second.write_bytes(png_card("Crowd", description="New"))
    third.write_bytes(broken_card("Crowd"))

    async def work() -> tuple[CardReport, CardReport, list[PersonaId]]:
        await imported(backend, first)
        return await imported(backend, second), await imported(backend, third), await who_waits(backend)

    updated, broken, later = backend.engine.submit(work()).result(60)

    assert later == []
    assert [updated.outcomes[0].note, "damaged" in broken.outcomes[0].note] == ["", True]
    [persona] = customs(backend)
    assert persona.avatar


def test_what_leaves_before_its_picture_is_prepared_leaves_with_it(backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_card("Crowd"))

    async def work() -> tuple[bytes, Persona, Persona]:
        with backend.card_pictures.held():
            report = await imported(backend, tmp_path)
            [original] = [item.persona_id for item in report.outcomes if item.persona_id]
            copy = await backend.personas.duplicate(original)
            archive = await backend.card_exports.export(original, CardFormat.PNG)
        await backend.cards.finish_pictures()
        return archive.content, await backend.personas.get(original), await backend.personas.get(copy.id)

    content, original, copy = backend.engine.submit(work()).result(60)

    assert content.count(b"IDAT") == picture().count(b"IDAT")
    assert original.avatar == copy.avatar != ""


def test_a_picture_chosen_in_the_meantime_stays_and_an_edited_card_keeps_its_versions(
    backend: Backend,
    tmp_path: Path,
) -> None:
    for name in ("Crowd 1", "Crowd 2"):
        (tmp_path / f"{name}.png").write_bytes(png_card(name))
    own = AvatarChoice(AvatarChange.NEW, picture("red"), "image/png")

    async def work() -> list[Persona]:
        with backend.card_pictures.held():
            report = await imported(backend, tmp_path)
            first, second = [item.persona_id for item in report.outcomes if item.persona_id]
            for persona_id, choice in ((first, own), (second, AvatarChoice())):
                before = (await backend.personas.get(persona_id)).card
                await backend.editing.save(persona_id, replace(before, description="Another"), choice)
        await backend.cards.finish_pictures()
        return [await backend.personas.get(persona_id) for persona_id in (first, second)]

    chosen, edited = backend.engine.submit(work()).result(60)

    assert backend.database.asset_path(chosen.avatar).read_bytes() == own.content
    versions = backend.engine.submit(backend.editing.versions(edited.id)).result(60)
    assert [item.version.saved_by for item in versions] == [SavedBy.REPLACED, SavedBy.EDITED, SavedBy.MADE]
    assert versions[0].version.avatar == edited.avatar != ""


def test_where_the_disk_takes_nothing_they_go_on_waiting(backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_card("Crowd"))
    folders = [backend.paths.data_dir / "assets" / f"{number:02x}" for number in range(256)]

    async def bring() -> list[Path]:
        with backend.card_pictures.held():
            await imported(backend, tmp_path)
            in_the_way = [folder for folder in folders if not folder.exists()]
            for folder in in_the_way:
                folder.touch()
        return in_the_way

    in_the_way = backend.engine.submit(bring()).result(60)
    with pytest.raises(StoreUnavailable):
        backend.engine.submit(backend.cards.finish_pictures()).result(60)
    for folder in in_the_way:
        folder.unlink()
    backend.engine.submit(backend.cards.finish_pictures()).result(60)

    [persona] = customs(backend)
    assert persona.avatar
