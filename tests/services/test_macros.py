"""Macros: what each stands for, what stays, and what an editor is told of them."""

from datetime import datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.services.macros import MACROS, MacroValues, check, fill
from personadesk.services.macros.filling import GROWTH_LIMIT

NOON = datetime(2026, 6, 4, 12, 30).astimezone()


def values(**more: object) -> MacroValues:
    return MacroValues("Luna", "Kim", **{"random": Random(1), "now": NOON, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{char}} {{ USER }} <BOT> <User> <char>", "Luna Kim Luna Kim Luna"),
        ("{{{char}}}", "{Luna}"),
        ("a{{// note {{char}} }}b{{comment: x}}c{{hidden_key: y}}d", "abcd"),
        ("{{reverse:Hello}} {{reverse:{{user}}}}", "olleH miK"),
        ("{{random:A}}{{random::B}}{{random:a\\,b}}", "ABa,b"),
        ("{{random:{{char}}}} {{pick:: {{user}} }}", "Luna Kim"),
        ("{{roll:1}} {{roll:d1}} {{roll:3d1+2}} {{ROLL 2D1-1}}", "1 1 5 1"),
        ("{{time}} on {{weekday}}, {{date}}", "12:30 on Thursday, 4 June 2026"),
        ("a{{newline}}b\n\n{{trim}}\n\nc", "a\nbc"),
        ("{{description}}|{{personality}}|{{scenario}}|{{persona}}", "Tall Luna|kind|here|a sailor"),
        ("{{original}}!", "Rules!"),
        ("{{unknown}} {{foo::{{char}}}} {char} <b>", "{{unknown}} {{foo::Luna}} {char} <b>"),
        ("{{char {{user}}", "{{char Kim"),
        ("}} {{ {{char}}", "}} {{ Luna"),
        ("{{random}} {{random:}} {{roll:0}} {{roll:x}} {{roll:999d6}}", None),
        ("{{charm}} {{user:x}}", None),
    ],
)
def test_each_macro_has_its_value_and_the_rest_stays(text: str, filled: str | None) -> None:
    card = {"description": "Tall {{char}}", "personality": "kind", "scenario": "here", "persona": "a sailor"}

    assert fill(text, values(original="Rules", **card)) == (text if filled is None else filled)


def test_lorebooks_find_hidden_keys_and_no_notes() -> None:
    text = "sea{{hidden_key:wave}}{{// foam}}{{comment:salt}}"

    assert fill(text, values(), scanned=True) == "seawave"


@pytest.mark.parametrize("text", ["{{random:A,B,C}}", "{{random::A::B::C}}", "{{random: A , B , C }}"])
def test_random_words_come_one_at_a_time_and_all_in_time(text: str) -> None:
    known = values()

    assert {fill(text, known) for _ in range(60)} == {"A", "B", "C"}


def test_double_colons_leave_commas_alone() -> None:
    assert {fill("{{random::a, b::c}}", values(random=Random(n))) for n in range(20)} == {"a, b", "c"}


def test_a_pick_is_the_same_throughout_a_chat_and_differs_between_chats_and_places() -> None:
    text = "{{pick:A,B,C,D,E,F,G,H}}"

    assert len({fill(text, values(seed="7", random=Random(n))) for n in range(10)}) == 1
    assert len({fill(text, values(seed=str(n))) for n in range(60)}) == 8
    assert len(set(fill(text * 60, values(seed="7")))) == 8


def test_dice_stay_within_their_sides() -> None:
    known = values()

    rolls = {int(fill("{{roll:2d3+1}}", known)) for _ in range(200)}

    assert rolls == {3, 4, 5, 6, 7}


def test_values_are_not_filled_again_and_a_field_that_holds_itself_ends() -> None:
    assert fill("{{user}}", MacroValues("Luna", "{{char}}")) == "{{char}}"
    assert fill("{{description}}", values(description="a{{scenario}}", scenario="b{{description}}c")) == "abc"


def test_a_text_cannot_blow_up() -> None:
    fields = {
        "description": "{{personality}}" * 1000,
        "personality": "{{scenario}}" * 1000,
        "scenario": "word " * 1000,
    }

    assert len(fill("{{description}}" * 100, values(**fields))) <= GROWTH_LIMIT + 1_500
    assert len(fill("{{" * 50_000 + "char" + "}}" * 50_000, values())) <= 250_000


@given(
    pieces=st.lists(
        st.sampled_from(
            ["{{", "}}", "{", "}", "char", "random:", "::", ",", "//", "trim", "roll:", "<user>", "é", "\n"]
        )
    )
)
def test_no_text_is_refused(pieces: list[str]) -> None:
    text = "".join(pieces)

    fill(text, values())

    for problem in check(text):
        assert 0 <= problem.start < problem.end <= len(text)


class TestWhatAnEditorIsTold:
    def test_every_macro_it_offers_is_one(self) -> None:
        for macro in MACROS:
            assert check(macro.text) == ()
            assert macro.description.endswith(".")

    @pytest.mark.parametrize(
        ("text", "start", "end", "said"),
        [
            ("Hi {{charr}}.", 3, 12, "did you mean {{char}}"),
            ("{{setvar::a::b}}", 0, 16, "sent as it stands"),
            ("Hi {{char", 3, 5, "never closed"),
            ("Hi char}}", 7, 9, "close nothing"),
            ("{{random:{{usr}}}}", 9, 16, "did you mean {{user}}"),
            ("{{random}}", 0, 10, "lacks what it needs: {{random:A,B}}"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_place(self, text: str, start: int, end: int, said: str) -> None:
        (problem,) = check(text)

        assert (problem.start, problem.end) == (start, end)
        assert said in problem.sentence

    def test_a_sound_text_has_no_problems(self) -> None:
        assert check("{{char}} and <USER> {{// {{anything}} }} {json: {a: 1}}") == ()
        assert len(check("{{a}} {{b}} {{")) == 3
