import json

import pytest

from personadesk.domain.errors import UserFacingError
from personadesk.formats.lorebook_files import looks_like_lorebook, read_lorebook

SILLYTAVERN = {"entries": {"0": {"uid": 0, "key": ["sea"], "keysecondary": [], "content": "Salt.", "order": 100}}}
BOT = {"name": "Isles", "entries": [{"uid": 1, "key": ["sea"], "content": "Salt.", "order": 1, "enabled": True}]}
V2 = {"entries": [{"keys": ["sea"], "content": "Salt.", "extensions": {}, "enabled": True, "insertion_order": 0}]}
V3 = {"spec": "lorebook_v3", "data": {"name": "Isles", "extensions": {}, "entries": V2["entries"]}}


@pytest.mark.parametrize(
    ("value", "name"),
    [(SILLYTAVERN, "world"), (BOT, "Isles"), (V2, "world"), (V3, "Isles")],
    ids=["st", "bot", "v2", "v3"],
)
def test_every_form_is_read_and_kept_as_it_was_received(value: object, name: str) -> None:
    written = json.dumps(value, indent=1)

    book = read_lorebook(b"\xef\xbb\xbf" + written.encode(), "worlds/world.json")

    assert looks_like_lorebook(value)
    assert (book.name, book.raw_json, book.entries) == (name, written, 1)


def test_an_empty_book_is_a_book() -> None:
    assert read_lorebook(b'{"name": "New", "entries": {}}', "a.json").entries == 0


def test_odd_names_and_other_encodings_give_storable_text() -> None:
    book = read_lorebook(json.dumps({**BOT, "name": "A\n\ud83d" + "x" * 200}).encode("utf-16"), "a.json")

    assert len(book.name) == 100
    assert book.name.startswith("A \ufffdx")
    assert json.loads(book.raw_json)["entries"] == BOT["entries"]
    book.raw_json.encode()


@pytest.mark.parametrize(
    "value",
    [
        [],
        "x",
        None,
        {},
        {"entries": None},
        {"entries": [1]},
        {"entries": [{"a": 1}]},
        {"entries": [], "user_id": 5},
        {"spec": "chara_card_v2", "data": {"name": "Ada", "entries": []}},
        {"spec": "lorebook_v3", "data": []},
        {"resources": {}, "items": {}},
    ],
)
def test_what_is_no_lorebook_is_refused(value: object) -> None:
    assert not looks_like_lorebook(value)
    with pytest.raises(UserFacingError, match="no lorebook"):
        read_lorebook(json.dumps(value).encode(), "a.json")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[" * 5000, b'{"entries": ' + b" " * 16 * 1024 * 1024 + b"{}}"]
)
def test_what_is_no_json_or_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(UserFacingError):
        read_lorebook(content, "a.json")
