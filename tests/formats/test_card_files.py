import base64
import io
import json
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.formats.card_contents import card_contents
from personadesk.formats.card_files import NoCardInside, looks_like_card, read_card_file
from personadesk.formats.character_card import UnreadableCard, read_card_json, write_card_json, write_card_v2_json
from tests.formats.card_samples import JPEG, SIGNATURE, card, charx, charx_of, chunk, coded, png, text, webp


def name_in(content: bytes, name: str = "a.png") -> str:
    return read_card_file(content, name).card.name


def test_a_png_card_keeps_the_pictures_own_bytes() -> None:
    content = png(text("chara", coded(card())))

    incoming = read_card_file(content, "ada.png")

    assert incoming.card.name == "Ada"
    assert (incoming.avatar, incoming.media_type) == (content, "image/png")


def test_ccv3_wins_wherever_it_stands() -> None:
    assert name_in(png(text("chara", coded(card("Old"))), text("ccv3", coded(card("New"))))) == "New"
    assert name_in(png(text("ccv3", coded(card("New"))), text("chara", coded(card("Old"))))) == "New"


def test_the_first_of_two_chara_chunks_counts() -> None:
    assert name_in(png(text("chara", coded(card("First"))), text("chara", coded(card("Second"))))) == "First"


def test_the_keywords_case_and_base64s_padding_and_line_breaks_do_not_matter() -> None:
    plain = coded(card())
    folded = b"\n".join(plain[at : at + 20] for at in range(0, len(plain), 20)).rstrip(b"=")

    assert name_in(png(text("Chara", folded))) == "Ada"


def test_an_apng_is_a_png() -> None:
    assert name_in(png(chunk(b"acTL", struct.pack(">II", 1, 0)), text("CCV3", coded(card())))) == "Ada"


@pytest.mark.parametrize(
    "value",
    [
        {"name": "Ada", "description": "x", "first_mes": "Hi"},
        {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada"}},
        card(),
        {"char_name": "Ada", "char_persona": "x", "char_greeting": "Hi"},
    ],
    ids=["v1", "v2", "v3", "pygmalion"],
)
def test_json_of_every_version_with_and_without_a_byte_order_mark(value: object) -> None:
    content = json.dumps(value).encode()

    assert name_in(content, "a.json") == name_in(b"\xef\xbb\xbf" + content, "a.json") == "Ada"


BOT = {
    "name": "dagoth",
    "display_name": "Dagoth Ur",
    "version": "1.0",
    "core": {
        "personality": {"traits": ["Sarcastic", "Grand"], "speech_style": ["Calls all mortal"], "humor": "Dark"},
        "background": {"description": "A god of ash.", "world": "Red Mountain", "key_facts": ["Rules a house."]},
    },
    "autonomous_behavior": {"mood": {"enabled": True}},
    "knowledge": {"expertise_areas": ["lore"], "topic_interests": ["games"], "topic_avoidances": ["politics"]},
    "system_prompt": "You are Dagoth Ur.",
}


def test_a_bots_own_schema_is_read_by_its_content() -> None:
    card = read_card_file(json.dumps(BOT).encode(), "whatever.json").card

    assert (card.name, card.shown_name, card.system_prompt) == ("dagoth", "Dagoth Ur", "You are Dagoth Ur.")
    assert (card.traits, card.key_facts) == (("Sarcastic", "Grand"), ("Rules a house.",))
    for said in ("A god of ash.", "World: Red Mountain", "- Rules a house.", "lore", "games", "Avoids: politics"):
        assert said in card.description
    assert "- Calls all mortal" in card.personality
    assert card.character_version == "1.0"


def test_a_bots_schema_becomes_a_card_that_says_the_same_and_keeps_the_rest() -> None:
    received = read_card_file(json.dumps(BOT).encode(), "a.json").card

    written = write_card_json(received)

    assert replace(read_card_json(written), raw_json="") == replace(received, raw_json="")
    assert json.loads(written)["autonomous_behavior"] == BOT["autonomous_behavior"]


def test_lone_surrogates_become_text_that_can_be_stored() -> None:
    incoming = read_card_file(b'{"name": "A\\ud83dda", "first_mes": "\\ude00"}', "a.json").card

    (incoming.name + incoming.greeting + incoming.raw_json).encode()


@pytest.mark.parametrize("scheme", ["embeded", "embedded"])
def test_a_charx_gives_its_main_icon(scheme: str) -> None:
    path = "assets/icon/images/main.png"
    other = "assets/icon/images/other.png"
    assets = [
        {"type": "icon", "uri": f"{scheme}://{other}", "name": "other", "ext": "png"},
        {"type": "icon", "uri": f"{scheme}://{path}", "name": "main", "ext": "png"},
    ]
    picture = png()
    files = {"card.json": json.dumps(card(assets=assets)).encode(), path: picture, other: png(width=2)}

    incoming = read_card_file(charx(files), "ada.charx")

    assert (incoming.card.name, incoming.avatar, incoming.media_type) == ("Ada", picture, "image/png")


@pytest.mark.parametrize("uri", ["ccdefault:", "https://example.invalid/a.png", "embeded://assets/gone.png", 7])
def test_a_charx_whose_icon_is_elsewhere_has_none(uri: object) -> None:
    assets = [{"type": "icon", "uri": uri, "name": "main", "ext": "png"}, "odd"]

    incoming = read_card_file(charx({"card.json": json.dumps(card(assets=assets)).encode()}), "ada.charx")

    assert (incoming.avatar, incoming.media_type) == (b"", "")


def test_a_charx_behind_a_jpeg_is_read() -> None:
    assert name_in(JPEG + charx({"card.json": json.dumps(card()).encode()}), "ada.jpeg") == "Ada"


COMMENT = json.dumps(card("Äda"), ensure_ascii=False)
COMMENTS = {
    "text in the first directory": webp(COMMENT.encode()),
    "big-endian": webp(COMMENT.encode() + b"\0", order=">"),
    "in EXIF's own directory": webp(b"ASCII\0\0\0" + COMMENT.encode(), nested=True, kind=7),
    "an undefined encoding": webp(bytes(8) + COMMENT.encode(), nested=True, kind=7),
    "UTF-16": webp(b"UNICODE\0" + COMMENT.encode("utf-16-le"), nested=True, kind=7),
    "numbers": webp(",".join(map(str, COMMENT.encode())).encode()),
}


@pytest.mark.parametrize("content", COMMENTS.values(), ids=COMMENTS)
def test_a_webp_card_stands_in_the_user_comment(content: bytes) -> None:
    incoming = read_card_file(content, "ada.webp")

    assert (incoming.card.name, incoming.avatar, incoming.media_type) == ("Äda", content, "image/webp")


@pytest.mark.parametrize("prefix", [JPEG, png(), b"MZ any program\n"], ids=["jpeg", "png", "anything"])
def test_a_charx_may_stand_behind_something_else(prefix: bytes) -> None:
    incoming = read_card_file(prefix + charx_of(card()), "ada.jpeg")

    assert incoming.card.name == "Ada"
    assert incoming.avatar == (b"" if prefix.startswith(b"MZ") else prefix)


def test_everything_in_a_charx_comes_along_listed_or_not() -> None:
    assets = [
        {"type": "emotion", "uri": "embeded://assets/emotion/images/happy.png", "name": "happy", "ext": "png"},
        {"type": "background", "uri": "https://example.invalid/sea.png", "name": "sea", "ext": "png"},
    ]
    files = {
        "assets/emotion/images/happy.png": png(),
        "assets/video/video/wave.mp4": b"video",
        "module.risum": b"module",
        "x_meta/1.json": b"{}",
    }

    incoming = read_card_file(charx_of(card(assets=assets), **files), "ada.charx")

    assert [(asset.kind, asset.name, asset.path, asset.content) for asset in incoming.assets] == [
        ("emotion", "happy", "assets/emotion/images/happy.png", png()),
        ("background", "sea", "", b""),
        ("video", "wave", "assets/video/video/wave.mp4", b"video"),
        ("module", "module", "module.risum", b"module"),
        ("x_meta", "1", "x_meta/1.json", b"{}"),
    ]


@pytest.mark.parametrize("keyword", ["chara-ext-asset_:0", "chara-ext-asset_0"])
def test_a_pngs_own_assets_come_along(keyword: str) -> None:
    assets = [{"type": "emotion", "uri": "__asset:0", "name": "happy", "ext": "png"}]
    content = png(text(keyword, base64.b64encode(b"picture")), text("ccv3", coded(card(assets=assets))))

    (asset,) = read_card_file(content, "ada.png").assets

    assert (asset.kind, asset.name, asset.path, asset.content) == ("emotion", "happy", "0", b"picture")


def test_an_icon_in_a_data_url_is_the_picture_of_a_json_card() -> None:
    uri = "data:image/png;base64," + base64.b64encode(png()).decode()
    value = card(assets=[{"type": "icon", "uri": uri, "name": "main", "ext": "png"}])

    incoming = read_card_file(json.dumps(value).encode(), "ada.json")

    assert (incoming.avatar, incoming.media_type) == (png(), "image/png")


def with_v1_beside(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "name": "Ada", "first_mes": "Hi", "description": "x"}


WILD: dict[str, bytes] = {
    "character_book: null": json.dumps(card(character_book=None)).encode(),
    "alternate_greetings as a string": json.dumps(card(alternate_greetings="Hello.")).encode(),
    "a numeric character_version": json.dumps(card(character_version=1.2)).encode(),
    "V1 fields beside V2's": json.dumps(with_v1_beside({**card(), "spec": "chara_card_v2"})).encode(),
    "V1 fields beside V3's": json.dumps(with_v1_beside(card())).encode(),
    "missing extensions and group_only_greetings": json.dumps(card()).encode(),
    "talkativeness as a string": json.dumps(card(extensions={"talkativeness": "0.5"})).encode(),
    "probability: null": json.dumps(
        card(character_book={"entries": [{"keys": ["a"], "content": "b", "extensions": {"probability": None}}]})
    ).encode(),
    "creation_date as a string": json.dumps(card(creation_date="2024-01-01")).encode(),
    "position: before_char_defs": json.dumps(
        card(character_book={"entries": [{"keys": ["a"], "content": "b", "position": "before_char_defs"}]})
    ).encode(),
    "Pygmalion": json.dumps({"char_name": "Ada", "char_persona": "x", "char_greeting": "Hi"}).encode(),
    "embeded:// inside a PNG": png(
        text("ccv3", coded(card(assets=[{"type": "icon", "uri": "embeded://a.png", "name": "main", "ext": "png"}])))
    ),
    "entries with uid and no id": json.dumps(
        card(character_book={"entries": {"0": {"uid": 0, "key": ["a"], "content": "b"}}})
    ).encode(),
    "an unlisted asset in the zip": charx_of(card(), **{"assets/icon/images/main.png": png()}),
    "a newer version": json.dumps({**card(), "spec": "chara_card_v9", "spec_version": "3.9"}).encode(),
}


@pytest.mark.parametrize("content", WILD.values(), ids=WILD)
def test_what_is_seen_in_the_wild_comes_in_with_its_preview_and_goes_out_again(content: bytes) -> None:
    incoming = read_card_file(content, "ada")

    assert (incoming.card.name, incoming.card.greeting) == ("Ada", "Hi")
    assert card_contents(incoming).name == "Ada"
    assert read_card_json(write_card_json(incoming.card)).greeting == "Hi"
    assert read_card_json(write_card_v2_json(incoming.card)).greeting == "Hi"


@pytest.mark.parametrize(
    "content", [JPEG, b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(40), png()], ids=["jpeg", "webp", "png"]
)
def test_a_picture_without_a_card_says_so(content: bytes) -> None:
    with pytest.raises(NoCardInside) as refused:
        read_card_file(content, "picture")

    assert refused.value.sentence.endswith(".")


def encrypted_zip() -> bytes:
    content = bytearray(charx({"card.json": json.dumps(card()).encode()}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no name": (lambda: b'{"first_mes": "Hi"}', "no name"),
    "encrypted": (lambda: b"rcc||rccv1||AAAA||e30=", "encrypted"),
    "encrypted in a png": (lambda: png(text("chara", b"rcc||rccv1||AAAA")), "encrypted"),
    "no base64": (lambda: png(text("chara", b"*not base64*")), "base64"),
    "no utf-8": (lambda: png(text("chara", base64.b64encode(b'{"name": "\xff"}'))), "UTF-8"),
    "no utf-8 in json": (lambda: b'{"name": "\xff"}', "UTF-8"),
    "utf-16": (lambda: json.dumps(card()).encode("utf-16"), "UTF-8"),
    "too deep": (lambda: b'{"name": "A", "x": ' + b"[" * 101 + b"]" * 101 + b"}", "levels deep"),
    "a thousand deep": (lambda: b'{"name": "A", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "levels deep"),
    "too large": (lambda: b" " * (16 * 1024 * 1024 + 1), "16 MB"),
    "chunk too large": (lambda: png(text("ccv3", b"A" * (16 * 1024 * 1024 + 1))), "16 MB"),
    "64 megapixels": (lambda: png(text("chara", coded(card())), width=8001, height=8000), "megapixels"),
    "64 megapixels in a webp": (lambda: webp(COMMENT.encode(), width=8001), "megapixels"),
    "64 megapixels in an archive": (
        lambda: charx_of(
            card(assets=[{"type": "icon", "uri": "embeded://a.png", "name": "main", "ext": "png"}]),
            **{"a.png": png(width=8001, height=8000)},
        ),
        "megapixels",
    ),
    "lzma": (lambda: charx({"card.json": json.dumps(card()).encode()}, zipfile.ZIP_LZMA), "ordinary zip"),
    "no pixels": (lambda: png(text("chara", coded(card())), width=0), "damaged"),
    "only a signature": (lambda: SIGNATURE, "damaged"),
    "leaves its folder": (lambda: charx({"card.json": b"{}", "../evil": b"x"}), "outside"),
    "leaves it by a backslash": (lambda: charx({"card.json": b"{}", "a\\..\\..\\evil": b"x"}), "outside"),
    "absolute": (lambda: charx({"card.json": b"{}", "/etc/evil": b"x"}), "outside"),
    "a drive": (lambda: charx({"card.json": b"{}", "C:/evil": b"x"}), "outside"),
    "expands": (lambda: charx({"card.json": b"{}", "a": bytes(1_000_000)}), "200 times"),
    "encrypted zip": (encrypted_zip, "encrypted"),
    "no card in the zip": (lambda: charx({"other.json": b"{}"}), "card.json"),
    "cut zip": (lambda: charx({"card.json": b"{}"})[:-10], "damaged"),
    "lorebook": (lambda: b'{"spec": "lorebook_v3", "data": {"entries": []}}', "lorebook"),
    "empty": (lambda: b"", "JSON"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_why(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(UnreadableCard, match=reason) as refused:
        read_card_file(make(), "card")

    assert refused.value.sentence.endswith(".")


def test_an_archive_that_unpacks_to_more_than_200_mb_is_refused() -> None:
    content = bytearray(charx({"card.json": b"{}", "a": bytes(2_000_000)}, zipfile.ZIP_STORED))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 201 * 1024 * 1024)

    with pytest.raises(UnreadableCard, match="200 MB"):
        read_card_file(bytes(content), "a.charx")


def test_a_card_whose_size_is_a_lie_is_refused() -> None:
    content = bytearray(charx({"card.json": b'{"name": "Ada"}' + b" " * 500}))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 10)

    with pytest.raises(UnreadableCard):
        read_card_file(bytes(content), "a.charx")


def test_a_file_without_a_name_in_an_archive_is_passed_over() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("card.json", json.dumps(card()))
        nameless = zipfile.ZipInfo("x")
        with archive.open(nameless, "w") as file:
            file.write(b"x")
        nameless.filename = ""

    assert name_in(target.getvalue(), "a.charx") == "Ada"


@given(st.binary(max_size=300), st.sampled_from([b"", SIGNATURE, b"PK\x03\x04", JPEG, b"{"]))
def test_no_bytes_break_the_reader(content: bytes, head: bytes) -> None:
    with suppress(UnreadableCard):
        read_card_file(head + content, "a.charx" if len(content) % 2 else "a")
    assert looks_like_card(head + content, "a") in (True, False)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_no_damaged_card_breaks_the_reader(at: int, damage: bytes) -> None:
    for whole in (png(text("chara", coded(card()))), charx({"card.json": json.dumps(card()).encode()})):
        place = at % len(whole)
        with suppress(UnreadableCard):
            read_card_file(whole[:place] + damage + whole[place + len(damage) :], "a.charx")


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (json.dumps(card()).encode(), "a.json", True),
        (b'\xef\xbb\xbf {"char_name": "Ada"}', "a.json", True),
        (png(text("Chara", coded(card()))), "a.png", True),
        (png()[:60], "a.png", True),
        (png(), "a.png", False),
        (charx({"card.json": b"{}"}), "a.CHARX", True),
        (JPEG + charx({"card.json": b"{}"}), "a.jpg", True),
        (b"rcc||rccv1||x", "a", True),
        (b'{"spec": "lorebook_v3"}', "a.json", False),
        (b'{"user_id": 1, "username": "x"}', "a.json", False),
        (charx({"a.txt": b"x"}), "a.zip", False),
        (JPEG, "a.jpg", False),
        (webp(b"{}")[:60], "a.webp", True),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(40), "a.webp", False),
        (json.dumps(BOT).encode(), "a.json", True),
        (b"", "a.json", False),
    ],
)
def test_a_card_is_told_by_its_first_bytes(content: bytes, name: str, expected: bool) -> None:
    assert looks_like_card(content, name) is expected
