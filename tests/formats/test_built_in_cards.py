"""The personas that ship with the program keep what is promised of them."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from personadesk.domain.persona import NAME_LIMIT, CommunicationStyle, PersonaCard
from personadesk.formats.character_card import own_extension, read_card_json, write_card_json

FOLDER = Path(__file__).parents[2] / "resources" / "personas"
KEYS = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
TRAITS = {
    "isabella": "empathetic, nurturing, supportive, great listener, emotionally intelligent",
    "alex": "confident, supportive, practical, engaging, good conversationalist",
    "luna": "creative, artistic, imaginative, inspiring, thoughtful",
    "maya": "mindful, calming, health-focused, wise, balanced",
    "sam": "adventurous, energetic, sporty, motivational, fun-loving",
    "ethan": "intelligent, analytical, tech-savvy, curious, problem-solver",
    "default": "helpful, friendly, clear, honest, adaptable",
}
DRAWABLE = {
    *("svg", "title", "defs", "g", "path", "rect", "circle", "ellipse"),
    *("linearGradient", "radialGradient", "stop"),
}
"""The elements of SVG Tiny 1.2 that the portraits keep to."""


def card_of(key: str) -> PersonaCard:
    return read_card_json((FOLDER / f"{key}.json").read_text(encoding="utf-8"))


def all_texts(card: PersonaCard) -> str:
    return "\n".join([card.description, card.personality, card.scenario, card.example_dialogue, *card.greetings])


def test_every_file_belongs_to_a_listed_persona() -> None:
    stems = {path.stem for path in FOLDER.iterdir() if path.suffix in (".json", ".svg")} - {"index"}

    assert stems == set(KEYS) == set(TRAITS)


@pytest.mark.parametrize("key", KEYS)
def test_the_file_is_a_v3_card_that_says_nothing_else_when_rewritten(key: str) -> None:
    text = (FOLDER / f"{key}.json").read_text(encoding="utf-8")

    written = json.loads(write_card_json(read_card_json(text)))

    original = json.loads(text)
    assert original["spec"] == "chara_card_v3"
    assert written == original


@pytest.mark.parametrize("key", KEYS)
def test_a_persona_has_its_traits_and_a_tagline(key: str) -> None:
    card = card_of(key)

    assert ", ".join(card.traits) == TRAITS[key]
    assert 10 <= len(card.tagline) <= 80
    assert card.name.casefold() == key
    assert len(card.name) <= NAME_LIMIT
    assert 3 <= len(card.tags) <= 5


@pytest.mark.parametrize("key", KEYS)
def test_a_model_can_act_on_the_card(key: str) -> None:
    card = card_of(key)

    assert 150 <= len(card.description.split()) <= 300
    assert 3 <= len(card.key_facts) <= 5
    assert all(len(fact) <= 70 for fact in card.key_facts)
    assert card.personality
    assert card.scenario
    assert card.style is not CommunicationStyle.CUSTOM
    assert not re.search(r"\byou(r|rs|rself)?\b", card.description, re.IGNORECASE)


@pytest.mark.parametrize("key", KEYS)
def test_there_are_four_short_greetings_and_no_two_alike(key: str) -> None:
    greetings = card_of(key).greetings

    assert len(set(greetings)) == 4
    assert len({greeting.split()[0] for greeting in greetings}) >= 3
    assert all(1 <= len(re.findall(r"[.!?](?:\s|$)", greeting)) <= 4 for greeting in greetings)


@pytest.mark.parametrize("key", KEYS)
def test_the_example_dialogues_take_turns(key: str) -> None:
    before, *dialogues = card_of(key).example_dialogue.split("<START>\n")

    assert before == ""
    assert len(dialogues) == 3
    for dialogue in dialogues:
        speakers = [line.partition(": ")[0] for line in dialogue.strip().splitlines()]
        assert speakers == ["{{user}}", "{{char}}"]


@pytest.mark.parametrize("key", KEYS)
def test_only_the_two_names_stand_for_something(key: str) -> None:
    assert set(re.findall(r"\{\{.*?\}\}", all_texts(card_of(key)))) <= {"{{user}}", "{{char}}"}


def test_default_alone_is_editable() -> None:
    assert [key for key in KEYS if own_extension(card_of(key)).get("editable")] == ["default"]


@pytest.mark.parametrize("key", KEYS)
def test_the_portrait_is_a_square_of_shapes_every_renderer_knows(key: str) -> None:
    root = ElementTree.fromstring((FOLDER / f"{key}.svg").read_text(encoding="utf-8"))

    elements = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}

    assert root.get("viewBox") == "0 0 400 400"
    assert elements <= DRAWABLE


@pytest.mark.parametrize("key", KEYS)
def test_every_gradient_a_portrait_uses_is_its_own(key: str) -> None:
    svg = (FOLDER / f"{key}.svg").read_text(encoding="utf-8")

    made = re.findall(r'id="(\w+)"', svg)

    assert set(re.findall(r"url\(#(\w+)\)", svg)) == set(made)
    assert len(made) == len(set(made))
