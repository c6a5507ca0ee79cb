import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.formats.card_files import NoCardInside, looks_like_card, read_card_file
from personadesk.formats.character_card import UnreadableCard

SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200)


def card(name: str = "Ada", **data: object) -> dict[str, object]:
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": name, "first_mes": "Hi", **data}}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text(keyword: str, content: bytes) -> bytes:
    return chunk(b"tEXt", keyword.encode() + b"\0" + content)


def coded(value: object) -> bytes:
    return base64.b64encode(json.dumps(value).encode())


def png(*chunks: bytes, width: int = 1, height: int = 1) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return SIGNATURE + header + pixels + b"".join(chunks) + chunk(b"IEND", b"")


def charx(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


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
        (b"", "a.json", False),
    ],
)
def test_a_card_is_told_by_its_first_bytes(content: bytes, name: str, expected: bool) -> None:
    assert looks_like_card(content, name) is expected
