"""Lorebooks in JSON: every form is read, edits are laid over it, and nothing unknown is lost."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.chat import ChatRole
from personadesk.domain.errors import UserFacingError
from personadesk.domain.lorebook import Lorebook, LoreEntry, LorePosition, LoreShape, SelectiveLogic
from personadesk.formats.lorebook import read_book, shape_of, write_book, write_standalone, write_world

CARD_ENTRY: dict[str, Any] = {
    "id": 3,
    "keys": ["sea", "/wave(s)?/i"],
    "secondary_keys": ["salt"],
    "content": "Salt.",
    "extensions": {
        "position": 4,
        "depth": 2,
        "role": 1,
        "selectiveLogic": 3,
        "useProbability": True,
        "probability": 40,
        "group": "a, b",
        "group_override": True,
        "group_weight": 30,
        "scan_depth": 7,
        "match_whole_words": True,
        "case_sensitive": None,
        "sticky": 2,
        "cooldown": 3,
        "delay": 4,
        "exclude_recursion": True,
        "prevent_recursion": True,
        "delay_until_recursion": 2,
        "vectorized": False,
    },
    "enabled": False,
    "insertion_order": 5,
    "case_sensitive": True,
    "use_regex": True,
    "constant": True,
    "selective": True,
    "name": "Sea",
    "comment": "about the sea",
    "priority": 9,
    "position": "before_char",
    "x_unknown": {"kept": [1]},
}
WORLD_ENTRY: dict[str, Any] = {
    "uid": 3,
    "key": ["sea", "/wave(s)?/i"],
    "keysecondary": ["salt"],
    "content": "Salt.",
    "comment": "about the sea",
    "position": 4,
    "depth": 2,
    "role": 1,
    "selectiveLogic": 3,
    "useProbability": True,
    "probability": 40,
    "group": "a, b",
    "groupOverride": True,
    "groupWeight": 30,
    "scanDepth": 7,
    "matchWholeWords": True,
    "caseSensitive": True,
    "sticky": 2,
    "cooldown": 3,
    "delay": 4,
    "excludeRecursion": True,
    "preventRecursion": True,
    "delayUntilRecursion": 2,
    "disable": True,
    "order": 5,
    "constant": True,
    "selective": True,
    "vectorized": False,
    "displayIndex": 8,
}
CARD_BOOK = {
    "name": "Isles",
    "description": "d",
    "scan_depth": 9,
    "token_budget": 300,
    "recursive_scanning": True,
    "extensions": {"a": 1},
    "entries": [CARD_ENTRY],
}
STANDALONE = {"spec": "lorebook_v3", "data": CARD_BOOK, "x": 1}
WORLD = {"entries": {"3": WORLD_ENTRY}, "originalData": {"b": 2}}
SHAPES = [CARD_BOOK, STANDALONE, WORLD]


def read(value: object, name: str = "") -> Lorebook:
    return read_book(json.dumps(value), name)


def entry_of(**raw: Any) -> LoreEntry:
    return read({"entries": [{"keys": [], **raw}]}).entries[0]


EXPECTED = LoreEntry(
    uid="3",
    keys=("sea", "/wave(s)?/i"),
    content="Salt.",
    secondary_keys=("salt",),
    logic=SelectiveLogic.AND_ALL,
    selective=True,
    comment="about the sea",
    enabled=False,
    constant=True,
    order=5,
    position=LorePosition.AT_DEPTH,
    depth=2,
    role=ChatRole.USER,
    probability=40,
    case_sensitive=True,
    match_whole_words=True,
    scan_depth=7,
    sticky=2,
    cooldown=3,
    delay=4,
    group="a, b",
    group_override=True,
    group_weight=30,
    exclude_recursion=True,
    prevent_recursion=True,
    delay_until_recursion=2,
)


@pytest.mark.parametrize("value", SHAPES, ids=["card", "standalone", "world"])
def test_every_field_of_every_form_is_read(value: dict[str, Any]) -> None:
    (entry,) = read(value).entries

    said = replace(EXPECTED, name="Sea", priority=9) if value is not WORLD else EXPECTED
    assert replace(entry, raw="") == said


def test_the_books_own_fields_are_read_and_its_name_is_its_own() -> None:
    book = read(STANDALONE, "file")

    assert (book.name, book.description, book.scan_depth, book.token_budget, book.recursive_scanning) == (
        "Isles",
        "d",
        9,
        300,
        True,
    )
    assert read(WORLD, "file").name == "file"
    assert [shape_of(json.dumps(value)) for value in SHAPES] == [LoreShape.CARD, LoreShape.STANDALONE, LoreShape.WORLD]


@pytest.mark.parametrize("value", SHAPES, ids=["card", "standalone", "world"])
def test_only_what_was_edited_changes(value: dict[str, Any]) -> None:
    raw = json.dumps(value)
    book = read_book(raw, "file")
    edited = replace(book, entries=(replace(book.entries[0], content="Foam.", enabled=True, sticky=0),))

    before, after = json.loads(raw), json.loads(write_book(edited, raw))

    assert read_book(json.dumps(after), "file").entries[0].content == "Foam."
    for written in (before, after):
        inner = written.get("data", written)
        (entry,) = inner["entries"].values() if isinstance(inner["entries"], dict) else inner["entries"]
        for key in ("content", "enabled", "disable", "sticky"):
            entry.pop(key, None)
        entry.get("extensions", {}).pop("sticky", None)
    assert after == before


@pytest.mark.parametrize(
    "edit",
    [
        {"keys": ("a", "b")},
        {"secondary_keys": ()},
        {"logic": SelectiveLogic.NOT_ANY},
        {"selective": False},
        {"comment": "c"},
        {"enabled": True},
        {"constant": False},
        {"order": 1},
        {"position": LorePosition.AFTER_CHAR},
        {"position": LorePosition.EXAMPLES_TOP},
        {"depth": 0},
        {"role": ChatRole.ASSISTANT},
        {"probability": 1},
        {"use_probability": False},
        {"case_sensitive": None},
        {"case_sensitive": False},
        {"match_whole_words": None},
        {"use_regex": True},
        {"scan_depth": None},
        {"scan_depth": 0},
        {"cooldown": 1, "delay": 0},
        {"group": "", "group_override": False, "group_weight": 1},
        {"delay_until_recursion": 1, "exclude_recursion": False, "prevent_recursion": False},
        {"ignore_budget": True},
        {"name": "N", "priority": 4},
        {"priority": None},
    ],
    ids=lambda edit: "+".join(edit),
)
@pytest.mark.parametrize("value", SHAPES, ids=["card", "standalone", "world"])
def test_every_edit_reads_back(value: dict[str, Any], edit: dict[str, Any]) -> None:
    raw = json.dumps(value)
    book = read_book(raw)
    edited = replace(book.entries[0], **edit)

    again = read_book(write_book(replace(book, entries=(edited,)), raw)).entries[0]

    assert replace(again, raw="") == replace(edited, raw="")


def test_entries_can_be_added_removed_and_ordered() -> None:
    for value in SHAPES:
        raw = json.dumps(value)
        book = read_book(raw)
        fresh = LoreEntry(book.free_uid(), keys=("k",), content="New.", position=LorePosition.BEFORE_CHAR, order=7)

        again = read_book(write_book(replace(book, entries=(fresh, *book.entries)), raw))
        none = read_book(write_book(replace(book, entries=()), raw))

        assert [replace(entry, raw="") for entry in again.entries] == [
            fresh,
            replace(book.entries[0], raw=""),
        ]
        assert none.entries == ()
        assert none.name == book.name


def test_a_books_own_fields_are_edited_in_place() -> None:
    raw = json.dumps(STANDALONE)

    edited = replace(read_book(raw), name="Shoals", scan_depth=None, recursive_scanning=False)

    written = json.loads(write_book(edited, raw))
    assert written["data"] == {**CARD_BOOK, "name": "Shoals", "scan_depth": None, "recursive_scanning": False}
    assert written["x"] == 1


@pytest.mark.parametrize("value", SHAPES, ids=["card", "standalone", "world"])
def test_a_book_crosses_from_form_to_form_with_what_nobody_knows(value: dict[str, Any]) -> None:
    book = read(value, "file")

    alone, world = write_standalone(book), write_world(book)

    assert shape_of(alone) is LoreShape.STANDALONE
    assert shape_of(world) is LoreShape.WORLD
    for written in (alone, world):
        (entry,) = read_book(written).entries
        assert replace(entry, raw="", name="", priority=None) == EXPECTED
        assert "vectorized" in written
    data = json.loads(alone)["data"]
    assert data["entries"][0]["extensions"]["selectiveLogic"] == 3
    assert json.loads(world)["entries"]["3"]["key"] == ["sea", "/wave(s)?/i"]


def test_a_book_made_here_is_a_whole_card_book() -> None:
    book = Lorebook("Isles", entries=(LoreEntry("0", keys=("sea",), content="Salt."),))

    written = json.loads(write_book(book))

    assert written["name"] == "Isles"
    assert written["extensions"] == {}
    assert written["entries"][0].keys() >= {"keys", "content", "extensions", "enabled", "insertion_order", "use_regex"}
    assert replace(read(written).entries[0], raw="") == book.entries[0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"extensions": {"probability": None}}, {"probability": 100}),
        ({"position": "before_char_defs"}, {"position": LorePosition.BEFORE_CHAR}),
        ({"position": "nowhere"}, {"position": LorePosition.AFTER_CHAR}),
        ({"extensions": {"position": 7}}, {"position": LorePosition.AFTER_CHAR}),
        ({"uid": 12}, {"uid": "12"}),
        ({"id": "a"}, {"uid": "a"}),
        ({}, {"uid": "0", "enabled": True, "order": 100, "selective": False}),
        ({"keys": "sea, salt ,"}, {"keys": ("sea", "salt")}),
        ({"keys": ["sea", 7, None, ["x"]]}, {"keys": ("sea", "7")}),
        ({"keys": None, "content": None, "extensions": None}, {"keys": (), "content": ""}),
        ({"insertion_order": "12", "enabled": "false"}, {"order": 12, "enabled": False}),
        ({"extensions": {"role": "assistant", "depth": -1}}, {"role": ChatRole.ASSISTANT, "depth": 0}),
        ({"extensions": {"delay_until_recursion": True}}, {"delay_until_recursion": 1}),
        ({"insertion_order": 10**400, "content": "a\0b"}, {"order": 10**9, "content": "a\ufffdb"}),
        ({"use_regex": True}, {"use_regex": True}),
        ({"use_regex": True, "extensions": {"display_index": 1}}, {"use_regex": False}),
        ({"extensions": {"case_sensitive": True}}, {"case_sensitive": True}),
    ],
)
def test_what_is_seen_in_the_wild_is_understood(raw: dict[str, Any], expected: dict[str, Any]) -> None:
    entry = entry_of(**raw)

    assert {field: getattr(entry, field) for field in expected} == expected


def test_a_bots_list_with_sillytaverns_words_keeps_its_words() -> None:
    raw = '{"entries": [null, {"uid": 1, "key": ["sea"], "content": "Salt.", "order": 1, "enabled": true}, 5]}'
    book = read_book(raw)

    assert (book.entries[0].keys, book.entries[0].enabled, len(book.entries)) == (("sea",), True, 1)
    assert json.loads(write_book(book, raw)) == json.loads(raw)
    off = replace(book, entries=(replace(book.entries[0], enabled=False),))
    assert not read_book(write_book(off, raw)).entries[0].enabled


def test_no_book_is_an_empty_one_and_something_else_is_refused() -> None:
    assert read_book("null", "New") == Lorebook("New", given_name="New")
    for raw in ("[]", "{}", '{"entries": 5}', "{"):
        with pytest.raises(UserFacingError):
            read_book(raw)


def test_a_new_entrys_uid_is_free() -> None:
    uids = ("3", "a", "07", "9" * 5000)

    assert Lorebook(entries=tuple(map(LoreEntry, uids))).free_uid() == "8"
    assert Lorebook().free_uid() == "0"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def objects(known: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have known keys with known or any values, and others."""
    chosen = {key: st.just(value) | values for key, value in known.items()}
    return st.tuples(
        st.fixed_dictionaries({}, optional=chosen), st.dictionaries(st.text(max_size=5), values, max_size=2)
    ).map(lambda pair: {**pair[1], **pair[0]})


entries = objects(CARD_ENTRY) | objects(WORLD_ENTRY)
books = st.tuples(
    objects({key: value for key, value in CARD_BOOK.items() if key != "entries"}),
    st.lists(entries | values, max_size=4) | st.dictionaries(st.text(max_size=3), entries | values, max_size=4),
).map(lambda pair: {**pair[0], "entries": pair[1]})


@given(value=books | books.map(lambda book: {"spec": "lorebook_v3", "data": book}), name=st.text(max_size=5))
def test_an_unedited_book_comes_out_equal(value: dict[str, Any], name: str) -> None:
    raw = json.dumps(value)

    book = read_book(raw, name)

    assert json.loads(write_book(book, raw)) == value
    read_book(write_standalone(book))
    read_book(write_world(book))
