import json
from typing import Any

import pytest

from personadesk.domain.card_contents import AssetTally, CardContents, CardKind
from personadesk.formats.card_contents import card_contents
from personadesk.formats.card_files import read_card_file
from tests.formats.card_samples import card, charx_of, coded, png, text


def contents(value: dict[str, Any]) -> CardContents:
    return card_contents(read_card_file(json.dumps(value).encode(), "a.json"))


def test_a_preview_tells_what_comes_along() -> None:
    found = contents(
        card(
            alternate_greetings=["Hello.", "Hey."],
            group_only_greetings=["All of you!"],
            character_book={"name": "Engines", "entries": [{"keys": ["a"]}, {"keys": ["b"]}]},
            creator="someone",
            creator_notes="Best in the evening.",
            character_version="7",
        )
    )

    assert (found.name, found.kind, found.spec_version) == ("Ada", CardKind.V3, "3.0")
    assert (found.greetings, found.group_greetings) == (3, 1)
    assert (found.lorebook_name, found.lorebook_entries) == ("Engines", 2)
    assert (found.creator, found.creator_notes, found.character_version) == ("someone", "Best in the evening.", "7")
    assert found.warnings == found.unknown_keys == ()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"name": "Ada"}, CardKind.V1),
        ({"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada"}}, CardKind.V2),
        (card(), CardKind.V3),
        ({"char_name": "Ada"}, CardKind.PYGMALION),
        ({"name": "Ada", "core": {"personality": {}}}, CardKind.BOT),
    ],
)
def test_it_says_what_wrote_the_file(value: dict[str, Any], kind: CardKind) -> None:
    assert contents(value).kind is kind
    assert contents(value).lorebook_entries == -1


def test_unknown_keys_are_named_with_their_place() -> None:
    found = contents({**card(x_own=1, extensions={"chub": {}, "personadesk": {}}), "vendor": 1})

    assert found.unknown_keys == ("vendor", "data.x_own", "data.extensions.chub")


def test_assets_are_counted_by_their_kind() -> None:
    assets = [
        {"type": "emotion", "uri": "embeded://a.png", "name": "a", "ext": "png"},
        {"type": "emotion", "uri": "embeded://a.png", "name": "b", "ext": "png"},
        {"type": "emotion", "uri": "embeded://gone.png", "name": "c", "ext": "png"},
        {"type": "background", "uri": "https://example.invalid/", "name": "d", "ext": "png"},
        {"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"},
    ]

    found = card_contents(read_card_file(charx_of(card(assets=assets), **{"a.png": png()}), "a.charx"))

    assert found.assets == (
        AssetTally("emotion", 3, len(png()), absent=1),
        AssetTally("background", 1, 0, absent=1),
        AssetTally("icon", 1, 0),
    )
    assert found.warnings == (
        "One asset is on the web. Nothing is fetched from there.",
        "One asset is named in the card and not in the file.",
    )


@pytest.mark.parametrize(
    ("value", "warning"),
    [
        (card("Her Serene Highness the Archduchess of Upper Mathematics"), "The name has more than 50"),
        (card("A\u0007da"), "Control characters are left out of the name"),
        (card(nickname="A" * 60), "The nickname has more than 50"),
        (card(extensions={"personadesk": {"traits": [f"trait {n}" for n in range(25)]}}), "Of its 25 traits"),
        (card(extensions={"personadesk": {"traits": ["x" * 41]}}), "Some traits have more than 40"),
        (card(extensions={"personadesk": {"tagline": "x" * 201}}), "The tagline has more than 200"),
        (card(creator_notes="<div style='color:red'>Hello</div>"), "written in HTML"),
        (card(description="half \ud83d"), "can't be shown or stored"),
        (card(description="a\0b"), "can't be shown or stored"),
        (
            card(assets=[{"type": "icon", "uri": "ccdefault:", "name": name, "ext": ""} for name in ("a", "b")]),
            "exactly one should be the main",
        ),
    ],
)
def test_what_is_cut_or_cleaned_is_said(value: dict[str, Any], warning: str) -> None:
    (said,) = contents(value).warnings

    assert said.startswith(warning) or warning in said


def test_a_newer_version_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    found = contents({**card(), "spec_version": "9.1"})

    assert "9.1" in found.warnings[0]
    assert caplog.records


def test_comparisons_in_the_notes_are_no_html() -> None:
    assert contents(card(creator_notes="2 < 3 and a<b")).warnings == ()


def test_a_picture_tells_the_same() -> None:
    found = card_contents(read_card_file(png(text("ccv3", coded(card()))), "a.png"))

    assert (found.kind, found.greetings) == (CardKind.V3, 1)
