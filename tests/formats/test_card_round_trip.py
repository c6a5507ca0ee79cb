"""In and out again: what nobody edited is as it was, in the JSON, in the picture and in the archive."""

import json
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import PersonaCard
from personadesk.formats.card_export import write_charx, write_png_card
from personadesk.formats.card_files import read_card_file
from personadesk.formats.character_card import read_card_json, write_card_json, write_card_v2_json
from personadesk.formats.charx import Charx
from tests.formats.card_samples import JPEG, card, charx_of, chunk, chunk_kinds, coded, png, text

KEYS = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
FOREIGN = st.dictionaries(KEYS.map("x_{}".format), JSON, max_size=3)
TEXT = st.text(max_size=40)
DATA = st.fixed_dictionaries(
    {
        "name": st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=70),
        **dict.fromkeys(("description", "personality", "scenario", "first_mes", "mes_example"), TEXT),
        **dict.fromkeys(("creator_notes", "system_prompt", "post_history_instructions"), TEXT),
        **dict.fromkeys(("creator", "character_version"), TEXT),
        **dict.fromkeys(("alternate_greetings", "group_only_greetings", "tags"), st.lists(TEXT, max_size=3)),
        "extensions": FOREIGN,
    },
    optional={
        "nickname": TEXT,
        "source": st.lists(TEXT, max_size=2),
        "assets": st.lists(JSON, max_size=2),
        "character_book": st.dictionaries(KEYS, JSON, max_size=3),
        "creator_notes_multilingual": JSON,
        "creation_date": st.integers() | st.text(max_size=8),
    },
)
CARDS = st.builds(
    lambda data, within, beside: {
        "spec": "chara_card_v3", "spec_version": "3.0", **beside, "data": {**data, **within}
    },
    DATA, FOREIGN, FOREIGN,
)  # fmt: skip

ALIKE = {"spec": None, "spec_version": None}


def same(written: str, received: dict[str, Any]) -> bool:
    return bool({**json.loads(written), **ALIKE} == {**received, **ALIKE})


@given(CARDS)
def test_an_unedited_card_is_the_same_json_value(value: dict[str, Any]) -> None:
    received = read_card_json(json.dumps(value))

    assert same(write_card_json(received), value)
    assert same(write_card_v2_json(received), value)


@given(DATA, FOREIGN)
def test_an_unedited_v2_card_is_written_as_it_was(data: dict[str, Any], beside: dict[str, Any]) -> None:
    value = {"spec": "chara_card_v2", "spec_version": "2.0", **beside, "data": data}

    assert json.loads(write_card_v2_json(read_card_json(json.dumps(value)))) == value


@given(DATA, FOREIGN)
def test_a_card_without_data_keeps_every_key_where_it_was_and_gets_a_v3_cards_beside(
    data: dict[str, Any], beside: dict[str, Any]
) -> None:
    value = {**data, **beside}

    written = json.loads(write_card_json(read_card_json(json.dumps(value))))

    assert {key: written[key] for key in value} == value
    assert {key: written["data"][key] for key in data} == data


@given(CARDS, st.sampled_from(["description", "greeting", "creator_notes", "system_prompt"]))
def test_an_edit_changes_its_own_key_alone(value: dict[str, Any], field: str) -> None:
    key = {"greeting": "first_mes"}.get(field, field)

    edited = replace(read_card_json(json.dumps(value)), **{field: "Edited here."})

    assert same(write_card_json(edited), {**value, "data": {**value["data"], key: "Edited here."}})


@given(st.dictionaries(st.sampled_from(["description", "tags", "alternate_greetings", "extensions", "assets"]), JSON))
def test_a_known_key_of_an_odd_type_loses_nothing_it_says(odd: dict[str, Any]) -> None:
    received = read_card_json(json.dumps(card(**odd)))

    again = read_card_json(write_card_json(received))

    assert replace(again, raw_json="") == replace(received, raw_json="")


def test_an_object_in_a_texts_place_stays_until_it_is_edited() -> None:
    received = read_card_json(json.dumps(card(description={"en": "A star."})))

    assert json.loads(write_card_json(received))["data"]["description"] == {"en": "A star."}
    edited = replace(received, description="A sun.")
    assert json.loads(write_card_json(edited))["data"]["description"] == "A sun."


def test_each_version_says_which_it_is() -> None:
    received = read_card_json(json.dumps(card(nickname="Addie")))

    v2, v3 = json.loads(write_card_v2_json(received)), json.loads(write_card_json(received))

    assert (v2["spec"], v2["spec_version"]) == ("chara_card_v2", "2.0")
    assert (v3["spec"], v3["spec_version"]) == ("chara_card_v3", "3.0")
    assert v2["data"]["nickname"] == v3["data"]["nickname"] == "Addie"
    assert v3["data"]["group_only_greetings"] == []


def test_a_source_is_only_ever_added_to() -> None:
    received = read_card_json(json.dumps(card(source=["first"])))

    written = json.loads(write_card_json(replace(received, source=("second",))))

    assert written["data"]["source"] == ["first", "second"]


FOREIGN_BEFORE = chunk(b"pHYs", bytes(9)) + chunk(b"sRGB", b"\0")
FOREIGN_AFTER = (
    text("Title", b"A portrait"),
    text("Author", b"someone"),
    chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x")),
    text("chara-ext-asset_:0", b"eA=="),
)


def exported(received: PersonaCard, picture: bytes | None, original: bytes | None) -> bytes:
    return write_png_card(write_card_v2_json(received), write_card_json(received), picture, original)


def test_foreign_chunks_survive_in_their_order_and_the_cards_stand_last() -> None:
    title, *others = FOREIGN_AFTER
    old = (text("CHARA", coded(card("Old"))), title, text("ccv3", coded(card())), *others, text("chara", b"e30="))
    original = png(*old, before=FOREIGN_BEFORE)

    written = exported(read_card_file(original, "a.png").card, None, original)

    bare = chunk_kinds(png(*FOREIGN_AFTER, before=FOREIGN_BEFORE))
    kinds = chunk_kinds(written)
    assert [item for item in kinds if not item[1].startswith((b"chara\0", b"ccv3\0"))] == bare
    assert [data.partition(b"\0")[0] for _, data in kinds[-3:]] == [b"chara", b"ccv3", b""]


KEYWORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).filter(
    lambda keyword: keyword.lower() not in ("chara", "ccv3")
)
KINDS = st.sampled_from([b"pHYs", b"sRGB", b"gAMA", b"tIME", b"caBX", b"vpAg"])
CHUNKS = st.lists(
    st.builds(
        lambda kind, keyword, data: chunk(kind, keyword.encode() + b"\0" + data),
        st.sampled_from([b"tEXt", b"zTXt", b"iTXt"]), KEYWORDS, st.binary(max_size=30),
    ) | st.builds(chunk, KINDS, st.binary(max_size=20)),
    max_size=6,
)  # fmt: skip


@given(CHUNKS, CHUNKS)
def test_foreign_chunks_of_any_kind_survive(before: list[bytes], after: list[bytes]) -> None:
    cards = (text("chara", coded(card())), text("CCV3", coded(card())))
    original = png(*after, *cards, before=b"".join(before))

    written = exported(read_card_file(original, "a.png").card, None, original)

    kept = [item for item in chunk_kinds(written) if not item[1].startswith((b"chara\0", b"ccv3\0"))]
    assert kept == chunk_kinds(png(*after, before=b"".join(before)))


def test_a_card_too_large_for_a_picture_is_not_written_into_one() -> None:
    with pytest.raises(UserFacingError, match="too large"):
        write_png_card("{}", " " * 13_000_000, png(), None)


def test_a_new_picture_takes_the_texts_along_and_not_the_old_pixels() -> None:
    original = png(text("ccv3", coded(card())), *FOREIGN_AFTER, before=FOREIGN_BEFORE, width=2)
    picture = png(width=3)

    written = exported(read_card_file(original, "a.png").card, picture, original)

    kinds = [(kind, data.partition(b"\0")[0]) for kind, data in chunk_kinds(written) if kind not in ("IHDR", "IDAT")]
    assert chunk_kinds(written)[0] == chunk_kinds(picture)[0]
    assert [name for _, name in kinds if name in (b"Title", b"Author", b"Comment", b"chara-ext-asset_:0")] == [
        b"Title", b"Author", b"Comment", b"chara-ext-asset_:0",
    ]  # fmt: skip
    order = [kind for kind, _ in chunk_kinds(written)]
    assert order.index("pHYs") < order.index("IDAT")
    assert read_card_file(written, "a.png").card.name == "Ada"


def test_a_persona_without_a_picture_gets_a_plain_one() -> None:
    written = exported(PersonaCard(name="Ada"), None, None)

    assert read_card_file(written, "a.png").card.name == "Ada"


def test_a_picture_that_is_no_png_is_refused() -> None:
    with pytest.raises(UserFacingError, match="no PNG"):
        exported(PersonaCard(name="Ada"), JPEG, None)


@given(CARDS)
def test_a_card_comes_back_from_a_picture_as_it_went(value: dict[str, Any]) -> None:
    received = read_card_json(json.dumps(value))

    again = read_card_file(exported(received, png(), None), "a.png").card

    assert same(again.raw_json, value)


def test_an_archive_comes_back_with_all_its_files_and_the_same_bytes_each_time() -> None:
    assets = [{"type": "icon", "uri": "embeded://assets/icon/images/main.png", "name": "main", "ext": "png"}]
    files = {"assets/icon/images/main.png": png(), "module.risum": b"m" * 900, "x_meta/1.json": b"{}"}
    original = JPEG + charx_of(card(assets=assets, x_other=1), **files)
    received = Charx(original)
    card_json = write_card_json(read_card_file(original, "a.charx").card)

    written = write_charx(card_json, received.files, received.prefix)

    again = Charx(written)
    assert (again.files, again.prefix) == (files, JPEG)
    assert same(read_card_file(written, "a.charx").card.raw_json, json.loads(card_json))
    assert write_charx(card_json, dict(reversed(received.files.items())), received.prefix) == written


def test_a_path_that_is_not_ascii_is_renamed_in_the_card_too() -> None:
    path = "assets/icon/images/Öl.png"
    value = card(assets=[{"type": "icon", "uri": f"embeded://{path}", "name": "main", "ext": "png"}])

    written = write_charx(json.dumps(value), {path: png()})

    (asset,) = read_card_file(written, "a.charx").assets
    assert asset.path.isascii()
    assert asset.content == png()


def test_what_packs_too_well_can_be_read_again() -> None:
    written = write_charx(json.dumps(card()), {"assets/other/other/zeros.bin": bytes(3_000_000)})

    assert read_card_file(written, "a.charx").assets[0].content == bytes(3_000_000)
