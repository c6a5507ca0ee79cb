import pytest

from personadesk.domain.persona import PersonaCard


def test_a_display_name_is_shown_instead_of_the_name() -> None:
    card = PersonaCard(name="luna", display_name="Luna of the Attic")

    assert card.shown_name == "Luna of the Attic"
    assert PersonaCard(name="luna").shown_name == "luna"


def test_char_stands_for_the_nickname_where_there_is_one() -> None:
    assert PersonaCard(name="Luna", nickname="Moon", display_name="Luna L.").prompt_name == "Moon"
    assert PersonaCard(name="Luna", display_name="Luna L.").prompt_name == "Luna"


@pytest.mark.parametrize(
    ("greeting", "alternates", "greetings"),
    [
        ("", (), ()),
        (" \n", ("",), ()),
        ("Hi.", (), ("Hi.",)),
        ("", ("Hello.",), ("Hello.",)),
        ("Hi.", ("Hello.", " ", "Hey."), ("Hi.", "Hello.", "Hey.")),
    ],
)
def test_greetings_are_those_that_say_something(
    greeting: str, alternates: tuple[str, ...], greetings: tuple[str, ...]
) -> None:
    assert PersonaCard(name="Luna", greeting=greeting, alternate_greetings=alternates).greetings == greetings


def test_a_cards_raw_json_stays_out_of_what_is_logged() -> None:
    assert "secret" not in repr(PersonaCard(name="Luna", raw_json='{"note": "secret"}'))
