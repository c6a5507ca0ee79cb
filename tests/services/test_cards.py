"""Cards in and out, through a real store and real reading processes."""

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path

from PIL import Image

from personadesk.assembly import Backend
from personadesk.domain.card_import import CardDecision, CardMatch, CardReport
from personadesk.domain.ids import PersonaId
from personadesk.domain.voice import VoiceChoice
from personadesk.formats.card_export import write_png_card
from personadesk.formats.card_files import read_card_file
from personadesk.services.card_exports import CardFormat

BOOK = {"name": "The Zone", "entries": [{"keys": ["anomaly"], "content": "They kill.", "extensions": {}, "x": 1}]}


def card_json(name: str, creator: str = "Kim", tagline: str = "", **data: object) -> str:
    said = {"name": name, "creator": creator, "first_mes": f"I am {name}.", "foreign": [1.5, None], **data}
    return json.dumps({"spec": "chara_card_v3", "spec_version": "3.0", "data": said, "beside": True})


def picture(colour: str = "teal", size: int = 64) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(target, "PNG")
    return target.getvalue()


def png_card(name: str, **data: object) -> bytes:
    text = card_json(name, **data)  # type: ignore[arg-type]
    return write_png_card(text, text, picture(), None)


def bring(backend: Backend, *paths: Path, decision: CardDecision | None = None) -> CardReport:
    async def work() -> CardReport:
        found = await backend.cards.look(paths)
        return await backend.cards.bring([(item, decision or item.decisions[0]) for item in found])

    return backend.engine.submit(work()).result(60)


def export(backend: Backend, persona_id: PersonaId | None, kind: CardFormat) -> bytes:
    assert persona_id is not None
    return backend.engine.submit(backend.card_exports.export(persona_id, kind)).result(60).content


def test_a_card_comes_in_and_goes_out_as_it_was(backend: Backend, tmp_path: Path) -> None:
    file = tmp_path / "scav.png"
    file.write_bytes(png_card("Scav", character_book=BOOK))

    [outcome] = bring(backend, file).outcomes

    assert outcome.problem == ""
    assert export(backend, outcome.persona_id, CardFormat.AS_RECEIVED) == file.read_bytes()
    before = json.loads(card_json("Scav", character_book=BOOK))
    for kind in (CardFormat.PNG, CardFormat.JSON_V3, CardFormat.CHARX):
        out = export(backend, outcome.persona_id, kind)
        after = json.loads(read_card_file(out, "x").card.raw_json)
        assert before["data"].items() <= after["data"].items()
        assert after["beside"] is True
    assert json.loads(export(backend, outcome.persona_id, CardFormat.JSON_V2))["spec"] == "chara_card_v2"
    book = json.loads(export(backend, outcome.persona_id, CardFormat.LOREBOOK))
    assert book["data"]["entries"] == BOOK["entries"]


def test_the_same_file_is_known_and_a_new_version_updates(backend: Backend, tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("a.json", "b.json", "c.json"))
    first.write_text(card_json("Marked One", description="Old"))
    second.write_text(card_json("Marked One", description="New"))
    other.write_text(card_json("Marked One", creator="Somebody else"))
    [made] = bring(backend, first).outcomes

    looked = backend.engine.submit(backend.cards.look([first, second, other])).result(60)
    report = bring(backend, tmp_path)

    assert [item.match for item in looked] == [CardMatch.SAME_FILE, CardMatch.SAME_CARD, CardMatch.SAME_NAME]
    assert all(item.existing_id == made.persona_id for item in looked)
    skipped, updated, added = report.outcomes
    assert (skipped.decision, skipped.persona_id) == (CardDecision.SKIP, None)
    assert (updated.decision, updated.persona_id) == (CardDecision.UPDATE, made.persona_id)
    assert added.persona_name == "Marked One 2"
    assert made.persona_id is not None
    persona = backend.engine.submit(backend.personas.get(made.persona_id)).result(60)
    assert persona.card.description == "New"


def test_a_new_version_of_a_card_leaves_the_voice_of_its_own(backend: Backend, tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(card_json("Marked One", description="Old"))
    second.write_text(card_json("Marked One", description="New"))
    [made] = bring(backend, first).outcomes
    assert made.persona_id is not None
    persona = backend.engine.submit(backend.personas.get(made.persona_id)).result(60)
    own = replace(persona.card, voice=VoiceChoice(sample="5a" * 32, sample_name="own.wav"))
    backend.engine.submit(backend.personas.update(made.persona_id, own)).result(60)

    bring(backend, second)

    card = backend.engine.submit(backend.personas.get(made.persona_id)).result(60).card
    assert (card.description, card.voice.sample_name) == ("New", "own.wav")


def test_many_come_in_with_a_report_and_the_broken_ones_are_named(backend: Backend, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.png").write_bytes(png_card(f"Crowd {number}"))
    (tmp_path / "no card.png").write_bytes(picture())
    broken = tmp_path / "broken.json"
    broken.write_text('{"spec": "chara_card_v2", "data": {')
    told: list[tuple[int, int]] = []

    async def work() -> CardReport:
        found = await backend.cards.look([tmp_path, broken, tmp_path / "missing.png"])
        chosen = [(item, item.decisions[0]) for item in found]
        return await backend.cards.bring(chosen, lambda done, total, _name: told.append((done, total)))

    report = backend.engine.submit(work()).result(60)

    assert sum(item.persona_id is not None for item in report.outcomes) == 20
    assert [item.name for item in report.outcomes if item.problem] == ["broken.json", "missing.png"]
    assert told[-1] == (22, 22)
    again = bring(backend, tmp_path)
    assert all(item.persona_id is None for item in again.outcomes)


def test_what_is_stopped_keeps_what_came_in(backend: Backend, tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.json").write_text(card_json(f"Slow {number}"))

    async def work() -> tuple[CardReport, CardReport]:
        found = await backend.cards.look([tmp_path])
        chosen = [(item, item.decisions[0]) for item in found]
        seen: list[int] = []
        report = await backend.cards.bring(
            chosen, lambda done, _total, _name: seen.append(done), lambda: len(seen) > 20
        )
        again = await backend.cards.look([tmp_path])
        return report, await backend.cards.bring([(item, item.decisions[0]) for item in again])

    first, second = backend.engine.submit(work()).result(60)

    assert first.stopped
    came = sum(item.persona_id is not None for item in first.outcomes)
    assert 0 < came < 40
    assert came + sum(item.persona_id is not None for item in second.outcomes) == 40


def test_an_edit_changes_only_what_was_edited_on_the_way_out(backend: Backend, tmp_path: Path) -> None:
    from dataclasses import replace

    file = tmp_path / "edit.png"
    file.write_bytes(png_card("Edited", description="Before"))
    [outcome] = bring(backend, file).outcomes
    assert outcome.persona_id is not None
    before = json.loads(export(backend, outcome.persona_id, CardFormat.JSON_V3))

    async def edit(persona_id: PersonaId) -> None:
        persona = await backend.personas.get(persona_id)
        await backend.personas.update(persona_id, replace(persona.card, description="After"))

    backend.engine.submit(edit(outcome.persona_id)).result(60)

    after = json.loads(export(backend, outcome.persona_id, CardFormat.JSON_V3))
    assert after["data"].pop("description") == "After"
    assert before["data"].pop("description") == "Before"
    assert after == before


def test_a_built_in_leaves_with_its_portrait(backend: Backend) -> None:
    luna = backend.engine.submit(backend.personas.find_by_name("Luna")).result(60)
    assert luna is not None

    content = export(backend, luna.id, CardFormat.PNG)

    assert Image.open(io.BytesIO(content)).size == (512, 512)
    assert read_card_file(content, "luna.png").card.name == "Luna"
    assert CardFormat.AS_RECEIVED not in asyncio.run(_formats(backend, luna.id))


async def _formats(backend: Backend, persona_id: PersonaId) -> tuple[CardFormat, ...]:
    return await asyncio.wrap_future(backend.engine.submit(backend.card_exports.formats(persona_id)))
