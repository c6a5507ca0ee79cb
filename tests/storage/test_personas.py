import pytest

from personadesk.domain.errors import InvalidInput, NotFound
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import CommunicationStyle, Origin, PersonaCard
from tests.fakes import FakeClock
from tests.storage.conftest import Desk

FULL_CARD = PersonaCard(
    name="Iris",
    display_name="Iris of the Pier",
    tagline="Keeps the lamp",
    description="A keeper. " * 80,
    personality="dry",
    traits=("dry", "patient"),
    key_facts=("Iris keeps the lamp.",),
    style=CommunicationStyle.CUSTOM,
    style_text="Speaks in weather.",
    scenario="Night.",
    greeting="Evening.",
    alternate_greetings=("Morning.", "Noon."),
    example_dialogue="<START>\n{{user}}: hi",
    system_prompt="Be Iris.",
    post_history_instructions="Short.",
    nickname="I",
    tags=("sea", "night"),
    creator="us",
    creator_notes="notes",
    character_version="2",
    raw_json='{"unknown": [1, 2.50]}',
)


def test_a_card_comes_back_as_it_was_stored(desk: Desk) -> None:
    made = desk.persona(FULL_CARD)

    read = desk.read(lambda store: store.personas.get(made.id))

    assert read == made
    assert read.card == FULL_CARD


@pytest.mark.parametrize(
    "name",
    ["Zoë", "شمس", "🦊🏳️‍🌈", "あかり", "a" + "\u0301" * 49, 'O\'Neil "quote" % _ ; --'],
    ids=["accent", "right-to-left", "emoji", "japanese", "combining", "sql"],
)
def test_a_name_in_any_script_is_kept_and_found(desk: Desk, name: str) -> None:
    made = desk.persona(name)

    found = desk.read(lambda store: store.personas.find_by_name(name))

    assert found is not None
    assert (found.id, found.card.name) == (made.id, name)


@pytest.mark.parametrize("other", ["LUNA", " luna ", "\uff2c\uff55\uff4e\uff41"])
def test_a_name_is_taken_whatever_its_case_and_width(desk: Desk, other: str) -> None:
    desk.persona("Luna")

    with pytest.raises(InvalidInput, match="already") as caught:
        desk.persona(other)

    assert caught.value.field == "name"
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("card", "field"),
    [
        (PersonaCard(""), "name"),
        (PersonaCard(" \n\t "), "name"),
        (PersonaCard("\u200b\u200d"), "name"),
        (PersonaCard("x" * 51), "name"),
        (PersonaCard("bell\x07"), "name"),
        (PersonaCard("ok", display_name="x" * 101), "display_name"),
        (PersonaCard("ok", traits=tuple(f"t{i}" for i in range(21))), "traits"),
        (PersonaCard("ok", traits=("x" * 41,)), "traits"),
    ],
)
def test_a_field_beyond_its_limit_is_refused_in_words(desk: Desk, card: PersonaCard, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        desk.persona(card)

    assert caught.value.field == field
    assert caught.value.sentence.endswith(".")
    assert desk.read(lambda store: store.personas.summaries()) == []


def test_text_that_utf8_cannot_hold_is_repaired(desk: Desk) -> None:
    made = desk.persona(PersonaCard("ok", description="half \ud83d and whole \ud83d\ude00"))

    assert made.card.description == "half \ufffd and whole \U0001f600"


def test_a_name_that_utf8_cannot_hold_is_looked_for_without_failing(desk: Desk) -> None:
    assert desk.read(lambda store: store.personas.find_by_name("Lu\ud800na")) is None


def test_updating_a_card_keeps_the_id_and_what_is_not_part_of_it(desk: Desk, clock: FakeClock) -> None:
    made = desk.persona("Old")
    desk.write(lambda store: store.personas.set_favourite(made.id, True))
    clock.advance(hours=1)

    changed = desk.write(lambda store: store.personas.update_card(made.id, FULL_CARD))

    assert (changed.id, changed.uuid, changed.favourite, changed.created_at) == (
        made.id,
        made.uuid,
        True,
        made.created_at,
    )
    assert changed.card == FULL_CARD
    assert changed.updated_at == clock.now()


def test_a_persona_may_keep_its_own_name(desk: Desk) -> None:
    made = desk.persona("Luna")

    changed = desk.write(lambda store: store.personas.update_card(made.id, PersonaCard("LUNA")))

    assert changed.card.name == "LUNA"


def test_a_summary_tells_of_the_newest_conversation(desk: Desk, clock: FakeClock) -> None:
    persona = desk.persona(FULL_CARD)
    older = desk.conversation(persona.id)
    desk.say(older, "first")
    clock.advance(minutes=5)
    newer = desk.conversation(persona.id)
    desk.say(newer, "one", "two\n\nlines  " + "x" * 200)

    summary = desk.read(lambda store: store.personas.summary(persona.id))

    assert summary.conversation_id == newer.id
    assert summary.last_message_at == clock.now()
    assert summary.last_text.startswith("two lines xxx")
    assert len(summary.last_text) == 120
    assert summary.message_count == 3
    assert summary.shown_name == "Iris of the Pier"
    assert len(summary.description) == 500
    assert [summary] == desk.read(lambda store: store.personas.summaries())


def test_unread_replies_are_counted_until_they_are_read(desk: Desk) -> None:
    persona = desk.persona("Luna")
    desk.write(lambda store: store.for_persona(persona.id).add_unread())
    desk.write(lambda store: store.for_persona(persona.id).add_unread())
    before = desk.read(lambda store: store.personas.summary(persona.id)).unread

    desk.write(lambda store: store.for_persona(persona.id).mark_read())

    assert (before, desk.read(lambda store: store.personas.summary(persona.id)).unread) == (2, 0)


def test_pins_are_exactly_those_given_in_their_order(desk: Desk) -> None:
    a, b, c = (desk.persona(name) for name in "abc")
    desk.write(lambda store: store.personas.set_pins([a.id, b.id]))

    desk.write(lambda store: store.personas.set_pins([c.id, a.id, c.id]))

    pins = {item.id: item.pin_position for item in desk.read(lambda store: store.personas.summaries())}
    assert pins == {c.id: 0, a.id: 1, b.id: None}


def test_a_built_in_is_found_by_its_key_with_its_fingerprint(desk: Desk) -> None:
    made = desk.write(
        lambda store: store.personas.create(
            PersonaCard("Luna"), origin=Origin.BUILT_IN, built_in_key="luna", fingerprint="v1"
        )
    )
    desk.persona("Custom")
    desk.write(lambda store: store.personas.update_card(made.id, PersonaCard("Luna"), fingerprint="v2"))

    found = desk.read(lambda store: store.personas.built_in("luna"))

    assert found is not None
    assert (found[0].id, found[0].origin, found[1]) == (made.id, Origin.BUILT_IN, "v2")
    assert desk.read(lambda store: store.personas.built_in("")) is None


def test_an_unknown_persona_is_not_found(desk: Desk) -> None:
    stale = PersonaId(99)

    for work in (
        lambda store: store.personas.get(stale),
        lambda store: store.personas.summary(stale),
        lambda store: store.for_persona(stale),
    ):
        with pytest.raises(NotFound):
            desk.read(work)
    with pytest.raises(NotFound):
        desk.write(lambda store: store.personas.set_pins([stale]))


def test_you_are_there_from_the_start_and_can_be_renamed(desk: Desk) -> None:
    you = desk.read(lambda store: store.people.you())

    desk.write(lambda store: store.people.rename(you.id, "  Ada  Lovelace "))

    renamed = desk.read(lambda store: store.people.you())
    assert (you.name, renamed.name, renamed.id, renamed.uuid) == ("You", "Ada Lovelace", you.id, you.uuid)
    with pytest.raises(InvalidInput):
        desk.write(lambda store: store.people.rename(you.id, " "))


def test_a_setting_is_none_until_it_is_set_and_then_the_last_value(desk: Desk) -> None:
    unset = desk.read(lambda store: store.settings.get("theme"))
    desk.write(lambda store: store.settings.set("theme", "dark"))
    desk.write(lambda store: store.settings.set("theme", {"mode": "light", "sizes": [1, 2.5, None, True]}))

    assert unset is None
    assert desk.read(lambda store: store.settings.get("theme")) == {"mode": "light", "sizes": [1, 2.5, None, True]}


def test_a_summary_goes_on_showing_the_last_words_where_a_reply_has_none(desk: Desk, clock: FakeClock) -> None:
    persona = desk.persona(FULL_CARD)
    conversation = desk.conversation(persona.id)
    desk.say(conversation, "first", "last words")
    clock.advance(minutes=5)

    desk.say(conversation, "", "")

    summary = desk.read(lambda store: store.personas.summary(persona.id))
    assert summary.last_text == "last words"
    assert (summary.last_message_at, summary.message_count) == (clock.now(), 4)
