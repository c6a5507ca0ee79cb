import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import CommunicationStyle, PersonaCard
from personadesk.formats import card_texts, character_card
from personadesk.formats.character_card import UnreadableCard, own_extension, read_card_json, write_card_json

V1 = {
    "name": "Ada",
    "description": "A mathematician.",
    "personality": "exact",
    "scenario": "a study",
    "first_mes": "Good day.",
    "mes_example": "<START>\n{{user}}: Hi\n{{char}}: Good day.",
}


def read(value: object) -> PersonaCard:
    return read_card_json(json.dumps(value))


def v2(**data: object) -> dict[str, Any]:
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**V1, **data}}


def v3(**data: object) -> dict[str, Any]:
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": {**V1, **data}}


def rewritten(value: object) -> Any:
    return json.loads(write_card_json(read(value)))


# Reading


def test_a_v1_card_gives_its_six_texts() -> None:
    card = read(V1)

    assert (card.name, card.description, card.personality) == ("Ada", "A mathematician.", "exact")
    assert (card.scenario, card.greeting) == ("a study", "Good day.")
    assert card.example_dialogue == V1["mes_example"]


def test_a_v2_card_gives_its_fields_under_data() -> None:
    card = read(
        v2(
            creator_notes="Best in the evening",
            system_prompt="{{original}} Be brief.",
            post_history_instructions="Stay exact.",
            alternate_greetings=["Hello.", "Welcome."],
            tags=["maths", "history"],
            creator="someone",
            character_version="7",
        )
    )

    assert card.greetings == ("Good day.", "Hello.", "Welcome.")
    assert (card.creator, card.creator_notes, card.character_version) == ("someone", "Best in the evening", "7")
    assert (card.system_prompt, card.post_history_instructions) == ("{{original}} Be brief.", "Stay exact.")
    assert card.tags == ("maths", "history")


def test_a_v3_cards_nickname_stands_for_char() -> None:
    card = read(v3(nickname="The Countess"))

    assert card.prompt_name == "The Countess"
    assert card.shown_name == "Ada"


def test_a_nickname_as_long_as_a_book_is_cut_like_a_name_and_written_back_whole() -> None:
    book = "Countess " * 100_000

    card = read(v3(nickname=book))

    assert card.prompt_name == "Countess Countess Countess Countess Countess"
    assert json.loads(write_card_json(card))["data"]["nickname"] == book


def test_a_card_without_our_extension_gets_no_invented_traits() -> None:
    card = read(v3(personality="brave, kind, loud", tags=["hero"]))

    assert card.traits == ()
    assert card.key_facts == ()
    assert card.style is CommunicationStyle.FRIENDLY


def test_our_extension_gives_our_own_fields() -> None:
    own = {
        "display_name": "Ada the Exact",
        "tagline": "Counts on you.",
        "traits": ["exact", "witty"],
        "key_facts": ["Ada loves engines."],
        "style": "custom",
        "style_text": "Speaks like a letter.",
    }

    card = read(v3(extensions={"personadesk": own}))

    assert (card.display_name, card.tagline) == ("Ada the Exact", "Counts on you.")
    assert (card.traits, card.key_facts) == (("exact", "witty"), ("Ada loves engines.",))
    assert (card.style, card.style_text) == (CommunicationStyle.CUSTOM, "Speaks like a letter.")


def test_the_card_keeps_the_text_it_was_read_from() -> None:
    text = json.dumps(v3(), indent=4)

    assert read_card_json("\ufeff" + text).raw_json == text


# Seen in the wild


@pytest.mark.parametrize(
    ("data", "field", "value"),
    [
        ({"alternate_greetings": "Hello."}, "alternate_greetings", ("Hello.",)),
        ({"alternate_greetings": None}, "alternate_greetings", ()),
        ({"alternate_greetings": ["", "Hello.", None, 7]}, "alternate_greetings", ("Hello.", "7")),
        ({"character_version": 2}, "character_version", "2"),
        ({"character_version": 1.5}, "character_version", "1.5"),
        ({"tags": "maths, history ,Maths"}, "tags", ("maths", "history")),
        ({"tags": None}, "tags", ()),
        ({"description": None}, "description", ""),
        ({"description": True}, "description", ""),
        ({"description": {"text": "x"}}, "description", ""),
        ({"description": ["One.", "Two."]}, "description", "One.\nTwo."),
        ({"extensions": None}, "traits", ()),
        ({"extensions": []}, "traits", ()),
        ({"extensions": {"personadesk": "x"}}, "traits", ()),
        ({"extensions": {"personadesk": {"style": "shouting"}}}, "style", CommunicationStyle.FRIENDLY),
        ({"extensions": {"personadesk": {"style": ["casual"]}}}, "style", CommunicationStyle.FRIENDLY),
        ({"extensions": {"personadesk": {"traits": "exact, witty"}}}, "traits", ("exact", "witty")),
        ({"extensions": {"talkativeness": "0.5"}, "character_book": None}, "name", "Ada"),
        ({"creation_date": "yesterday"}, "name", "Ada"),
        ({"name": "  Ada \n Lovelace\t"}, "name", "Ada Lovelace"),
        ({"name": "A\u0007d\u202ea"}, "name", "Ada"),
    ],
)
def test_what_is_seen_in_the_wild_is_read(data: dict[str, object], field: str, value: object) -> None:
    assert getattr(read(v3(**data)), field) == value


def test_v1_fields_repeated_beside_data_don_t_override_it() -> None:
    card = read({**v2(), "name": "Old name", "first_mes": "Old greeting", "tags": ["from the top"]})

    assert (card.name, card.greeting) == ("Ada", "Good day.")
    assert card.tags == ("from the top",)


def test_a_name_that_only_stands_beside_data_is_found() -> None:
    assert read({**v2(name=""), "name": "Ada"}).name == "Ada"


def test_a_pygmalion_file_is_read() -> None:
    card = read(
        {
            "char_name": "Rex",
            "char_persona": "A dog.",
            "world_scenario": "a park",
            "char_greeting": "Woof!",
            "example_dialogue": "<START>\nRex: Woof!",
        }
    )

    assert (card.name, card.description, card.scenario) == ("Rex", "A dog.", "a park")
    assert (card.greeting, card.example_dialogue) == ("Woof!", "<START>\nRex: Woof!")


def test_a_name_beyond_the_limit_is_cut_between_words_and_shown_whole() -> None:
    name = "Her Serene Highness the Archduchess of Upper and Lower Mathematics"

    card = read(v3(name=name))

    assert card.name == "Her Serene Highness the Archduchess of Upper and"
    assert card.shown_name == name


def test_the_name_of_a_cut_card_is_whole_again_when_written() -> None:
    name = "Her Serene Highness the Archduchess of Upper and Lower Mathematics"

    assert rewritten(v3(name=name))["data"]["name"] == name


def test_traits_beyond_the_limits_are_cut() -> None:
    card = read(v3(extensions={"personadesk": {"traits": [f"{number:02}" + "x" * 60 for number in range(30)]}}))

    assert len(card.traits) == 20
    assert {len(trait) for trait in card.traits} == {40}


def test_a_text_that_can_t_be_stored_as_utf_8_becomes_one_that_can() -> None:
    text = json.dumps(v3()).replace("A mathematician.", r"half \ud83d a smile \u0000")

    card = read_card_json(text)

    assert card.description == "half \ufffd a smile "
    assert r"\ud83d" in write_card_json(card).lower()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_json_does_not_have_costs_only_itself(number: str) -> None:
    text = json.dumps(v3(odd=0)).replace('"odd": 0', f'"odd": {number}')

    written = json.loads(write_card_json(read_card_json(text)))

    assert written["data"]["odd"] is None
    assert written["data"]["name"] == "Ada"


def test_a_newer_version_is_read_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    card = read({"spec": "chara_card_v9", "spec_version": "9.1", "data": V1})

    assert card.name == "Ada"
    assert "9.1" in caplog.text


@pytest.mark.parametrize("version", [None, "three", [], 10**400, "", "nan"])
def test_a_version_that_is_no_number_does_no_harm(version: object) -> None:
    assert read({**v3(), "spec_version": version}).name == "Ada"


# Refused


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not valid JSON"),
        ('{"name": "Ada"', "line 1, column 15"),
        ("[]", "no character card"),
        ('"Ada"', "no character card"),
        ("{}", "no name"),
        ('{"name": " \\u200b "}', "no name"),
        ('{"name": null, "data": {"name": "\\u0000"}}', "no name"),
        ('{"name": {"first": "Ada"}}', "no name"),
        ('{"spec": "lorebook_v3", "data": {"name": "Places"}}', "lorebook"),
        ("rcc||rccv1||AAAA", "encrypted"),
        ('{"name": "Ada", "n": ' + "9" * 5000 + "}", "number too long"),
        ("\ud83d", "not UTF-8"),
    ],
)
def test_what_is_no_card_is_refused_with_the_reason(text: str, sentence: str) -> None:
    with pytest.raises(UnreadableCard, match=sentence) as refusal:
        read_card_json(text)

    assert isinstance(refusal.value, UserFacingError)


@pytest.mark.parametrize("depth", [101, 100_000])
def test_a_card_nested_too_deep_is_refused(depth: int) -> None:
    text = '{"name": "Ada", "x": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"

    with pytest.raises(UnreadableCard, match="100 levels"):
        read_card_json(text)


def test_a_card_of_the_deepest_allowed_nesting_is_read() -> None:
    text = '{"name": "Ada", "x": ' + "[" * 99 + "]" * 99 + "}"

    assert read_card_json(text).name == "Ada"


@pytest.mark.parametrize("letter", ["a", "ä"])
def test_a_card_beyond_16_mb_of_utf_8_is_refused(letter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(character_card, "SIZE_LIMIT_BYTES", 2 * 1024 * 1024)
    fits = letter * ((2 * 1024 * 1024 - 100) // len(letter.encode()))

    card = read_card_json(json.dumps({"name": "Ada", "description": fits}, ensure_ascii=False))

    assert card.description == fits
    with pytest.raises(UnreadableCard, match="larger than 2 MB"):
        read_card_json(json.dumps({"name": "Ada", "description": fits + letter * 100}, ensure_ascii=False))


# Writing


def test_a_card_made_here_is_written_as_a_whole_v3_card() -> None:
    written = json.loads(write_card_json(PersonaCard(name="Ada", greeting="Good day.", traits=("exact",))))

    data = written["data"]
    assert (written["spec"], written["spec_version"]) == ("chara_card_v3", "3.0")
    assert data["extensions"]["personadesk"]["traits"] == ["exact"]
    assert {key: data[key] for key in ("alternate_greetings", "group_only_greetings", "tags")} == {
        "alternate_greetings": [],
        "group_only_greetings": [],
        "tags": [],
    }
    texts = "name description personality scenario first_mes mes_example creator creator_notes character_version"
    assert all(isinstance(data[key], str) for key in texts.split())
    assert all(isinstance(data[key], str) for key in ("system_prompt", "post_history_instructions"))


def test_keys_unknown_here_survive_an_edit() -> None:
    original = {
        **v2(
            character_book={"entries": [{"keys": ["engine"], "content": "It hums."}]},
            extensions={"depth_prompt": {"depth": 4}, "personadesk": {"made_later": [1]}},
            assets=[{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}],
        ),
        "x_vendor": {"deep": [1, {"a": None}]},
    }
    card = replace(read(original), description="An analyst.")

    written = json.loads(write_card_json(card))

    assert written["data"]["description"] == "An analyst."
    assert written["x_vendor"] == original["x_vendor"]
    for key in ("character_book", "assets"):
        assert written["data"][key] == original["data"][key]
    assert written["data"]["extensions"]["depth_prompt"] == {"depth": 4}
    assert written["data"]["extensions"]["personadesk"]["made_later"] == [1]


def test_fields_repeated_beside_data_follow_an_edit() -> None:
    card = replace(read({**v2(), **V1}), greeting="Hello again.")

    written = json.loads(write_card_json(card))

    assert written["first_mes"] == written["data"]["first_mes"] == "Hello again."


def test_a_pygmalion_file_is_written_without_a_second_story() -> None:
    written = rewritten({"char_name": "Rex", "char_persona": "A dog.", "colour": "brown"})

    assert written["data"]["name"] == "Rex"
    assert written["colour"] == "brown"
    assert not [key for key in written if key.startswith("char_")]


def test_a_foreign_key_that_pygmalion_happens_to_use_survives() -> None:
    assert rewritten({**v2(), "world_scenario": "theirs"})["world_scenario"] == "theirs"


def test_what_v3_does_not_allow_is_put_right() -> None:
    data = rewritten(v2(character_book=None, alternate_greetings="Hello.", character_version=2, tags="a,b"))["data"]

    assert "character_book" not in data
    assert (data["alternate_greetings"], data["character_version"], data["tags"]) == (["Hello."], "2", ["a", "b"])


def test_no_empty_nickname_is_written() -> None:
    assert "nickname" not in rewritten(v2())["data"]


def test_a_nickname_taken_away_is_gone_wherever_it_stood() -> None:
    card = replace(read({**V1, "nickname": "The Countess"}), nickname="")

    assert read_card_json(write_card_json(card)).prompt_name == "Ada"


def test_a_later_v3_revision_keeps_its_number() -> None:
    assert rewritten({**v3(), "spec_version": "3.1"})["spec_version"] == "3.1"


def test_our_extension_can_be_read_on_its_own() -> None:
    card = read(v3(extensions={"personadesk": {"editable": True}}))

    assert own_extension(card)["editable"] is True
    assert own_extension(PersonaCard(name="Ada")) == {}


# For all cards

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
LINES = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)
    .map(lambda text: card_texts.line(text))
    .filter(bool)
)
NAMES = LINES.filter(lambda name: any(character.isalnum() for character in name))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def unique(lines: list[str]) -> tuple[str, ...]:
    return tuple({line.casefold(): line for line in lines}.values())


CARDS = st.builds(
    PersonaCard,
    name=NAMES,
    display_name=LINES | st.just(""),
    tagline=LINES | st.just(""),
    description=TEXTS,
    personality=TEXTS,
    traits=st.lists(LINES, max_size=6).map(unique),
    key_facts=st.lists(LINES, max_size=4).map(unique),
    style=st.sampled_from(CommunicationStyle),
    style_text=TEXTS,
    scenario=TEXTS,
    greeting=TEXTS,
    alternate_greetings=st.lists(TEXTS.filter(str.strip), max_size=3).map(tuple),
    example_dialogue=TEXTS,
    system_prompt=TEXTS,
    post_history_instructions=TEXTS,
    nickname=LINES | st.just(""),
    tags=st.lists(LINES, max_size=4).map(unique),
    creator=TEXTS,
    creator_notes=TEXTS,
    character_version=TEXTS,
)


@given(CARDS)
def test_a_card_comes_back_from_json_as_it_went(card: PersonaCard) -> None:
    assert replace(read_card_json(write_card_json(card)), raw_json="") == card


@given(CARDS, st.dictionaries(st.text(), JSON, max_size=3), st.dictionaries(st.text(), JSON, max_size=3))
def test_foreign_keys_outlive_any_edit(card: PersonaCard, beside: dict[str, Any], within: dict[str, Any]) -> None:
    known = json.loads(write_card_json(PersonaCard(name="Ada")))
    beside = {f"x_{key}": value for key, value in beside.items()}
    within = {f"x_{key}": value for key, value in within.items()}
    received = read({**known, **beside, "data": {**known["data"], **within}})

    written = json.loads(write_card_json(replace(card, raw_json=received.raw_json)))

    assert {key: written[key] for key in beside} == beside
    assert {key: written["data"][key] for key in within} == within


@given(JSON)
def test_any_json_becomes_a_card_or_a_refusal(value: object) -> None:
    try:
        card = read(
            {"name": "Ada", "data": value, "tags": value, "first_mes": value, "extensions": {"personadesk": value}}
        )
    except UnreadableCard:
        return

    assert read_card_json(write_card_json(card)).name == card.name
