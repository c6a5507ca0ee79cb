import codecs
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingMemory
from personadesk.domain.memory import MemoryKind
from personadesk.formats.legacy_profile import (
    PROFILE_LIMIT_BYTES,
    NotAProfile,
    Reading,
    UnreadableProfile,
    count_profile,
    looks_like_profile,
    profile_id,
    read_profile,
)

ID = 123456789012345678
NAME = f"user_{ID}.json"

PROFILE: dict[str, Any] = {
    "user_id": ID,
    "username": "Nerevarine",
    "created_at": "2023-01-02T03:04:05.678901",
    "last_updated": "2024-01-02T03:04:05",
    "first_met": "2023-01-02T03:04:05.678901",
    "traits": ["stubborn"],
    "interests": ["moth farming", "Dwemer ruins"],
    "preferences": {"drink": "sujamma", "weapons": ["spear", "bow"]},
    "facts": [
        {"fact": "Comes from a prison ship", "timestamp": "2023-01-02T03:04:06", "source": "conversation"},
        "Carries a ring",
    ],
    "interaction_count": 42,
    "memorable_quotes": [
        {"quote": "I am no god.", "context": "under Red Mountain", "timestamp": "2023-05-05T05:05:05"}
    ],
    "relationships": {"222222222222222222": "rival"},
    "affection": {
        "level": 55.5,
        "relationship_stage": "friend",
        "last_interaction": "2024-01-01T00:00:00",
        "positive_interactions": 12,
        "negative_interactions": 1,
        "conversation_quality": 0.5,
    },
    "total_messages": 0,
    "avg_message_length": 0,
    "house": {"name": "Telvanni", "seed": 99999999999999999999},
}


def read(value: object, name: str = NAME) -> Reading:
    return read_profile(json.dumps(value, indent=2).encode(), name)


def with_fields(**fields: object) -> Reading:
    return read({**PROFILE, **fields})


def memories(reading: Reading, kind: MemoryKind) -> list[str]:
    return [memory.text for memory in reading.profile.memories if memory.kind is kind]


def details(reading: Reading) -> Any:
    return json.loads(reading.profile.details_json)


def test_every_field_has_its_place() -> None:
    reading = read(PROFILE)
    profile = reading.profile
    assert reading.notes == ()
    assert (profile.person_key, profile.known_as) == (f"discord:{ID}", "Nerevarine")
    assert (profile.affection, profile.stage, profile.interactions) == (55.5, "friend", 42)
    assert profile.first_met == datetime(2023, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert profile.last_met == datetime(2024, 1, 1, tzinfo=UTC)
    assert profile.last_updated == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    learned = datetime(2023, 1, 2, 3, 4, 6, tzinfo=UTC)
    assert profile.memories == (
        IncomingMemory(MemoryKind.FACT, "Comes from a prison ship", "conversation", learned),
        IncomingMemory(MemoryKind.FACT, "Carries a ring"),
        IncomingMemory(MemoryKind.INTEREST, "moth farming"),
        IncomingMemory(MemoryKind.INTEREST, "Dwemer ruins"),
        IncomingMemory(MemoryKind.TRAIT, "stubborn"),
        IncomingMemory(MemoryKind.PREFERENCE, "drink: sujamma"),
        IncomingMemory(MemoryKind.PREFERENCE, "weapons: spear, bow"),
        IncomingMemory(
            MemoryKind.QUOTE,
            "I am no god.",
            learned_at=datetime(2023, 5, 5, 5, 5, 5, tzinfo=UTC),
            context="under Red Mountain",
        ),
        IncomingMemory(MemoryKind.RELATIONSHIP, "222222222222222222: rival"),
    )
    assert count_profile(profile) == 9
    assert details(reading) == {
        "created_at": PROFILE["created_at"],
        "affection": {"positive_interactions": 12, "negative_interactions": 1, "conversation_quality": 0.5},
        "total_messages": 0,
        "avg_message_length": 0,
        "house": {"name": "Telvanni", "seed": 99999999999999999999},
    }


def test_an_old_profile_has_no_affection() -> None:
    reading = read({"user_id": ID, "username": None, "traits": [], "facts": [], "interaction_count": 0})
    assert reading.notes == ()
    assert (reading.profile.affection, reading.profile.stage, reading.profile.known_as) == (None, "", "")
    assert details(reading) == {}


GOOD = json.dumps(PROFILE)

READ: dict[str, tuple[bytes, str]] = {
    "UTF-8 with a mark": (codecs.BOM_UTF8 + GOOD.encode(), ""),
    "UTF-16": (GOOD.encode("utf-16"), ""),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), ""),
    "a key that stands twice": (GOOD.encode()[:-1] + b', "house": 1}', "“house” stands there more than once"),
    "not a number": (GOOD.replace("55.5", "NaN").encode(), "NaN is no number"),
    "beyond a double": (GOOD.replace("55.5", "1e999").encode(), "1e999 is larger"),
    "beyond 64 bits": (GOOD.replace("99999999999999999999", "9" * 4000).encode(), ""),
    "beyond what Python converts": (GOOD.replace("99999999999999999999", "9" * 5000).encode(), "5,000 digits"),
    "lone surrogates": (GOOD.replace("stubborn", "\\ud83d").encode(), ""),
    "5 MB": (GOOD.replace("stubborn", "s" * 5_000_000).encode(), ""),
    "100 levels": (GOOD.replace("99999999999999999999", "[" * 98 + "]" * 98).encode(), ""),
    "another's user_id": (GOOD.replace(str(ID), "5").encode(), "the name counts"),
    "a rounded user_id": (GOOD.replace(str(ID), "1.2345678901234568e+17").encode(), "the name counts"),
}

REFUSED: dict[str, tuple[bytes, str]] = {
    "zero bytes": (b"", "The file is empty."),
    "only NULs": (b"\0" * 2700, "cut off by a full disk"),
    "truncated": (GOOD.encode()[:300], "it was cut off"),
    "truncated, then NULs": (json.dumps(PROFILE, indent=2).encode()[:300] + b"\0" * 300, "cut off"),
    "Latin-1": (GOOD.replace("stubborn", "caf\xe9").encode("latin-1"), "no UTF-8 text"),
    "101 levels": (GOOD.replace("99999999999999999999", "[" * 99 + "]" * 99).encode(), "more than 100 levels"),
    "1,000 levels": (b"[" * 1000 + b"]" * 1000, "more than 100 levels"),
    "9 MB": (b" " * (PROFILE_LIMIT_BYTES + 1), "a profile has at most 8"),
    "a list": (b"[]", "holds a list"),
    "a text": (b'"x"', "holds a text"),
    "a number": (b"7", "holds a number"),
    "nothing": (b"null", "holds nothing"),
    "true": (b"true", "holds a yes or no"),
    "an empty object": (b"{}", "The profile is empty"),
    "another object": (b'{"entries": []}', "Nothing that a profile has"),
    "a pickle": (b"\x80\x04\x95\x00\x00", "no UTF-8 text"),
}


@pytest.mark.parametrize(("content", "note"), READ.values(), ids=READ.keys())
def test_a_nasty_profile_is_read(content: bytes, note: str) -> None:
    reading = read_profile(content, NAME)
    assert reading.profile.person_key == f"discord:{ID}"
    assert reading.profile.interactions == 42
    assert len(reading.notes) == bool(note)
    assert note in " ".join(reading.notes)
    for memory in reading.profile.memories:
        memory.text.encode()
    reading.profile.details_json.encode()


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_nasty_profile_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableProfile) as caught:
        read_profile(content, NAME)
    assert sentence in caught.value.sentence
    assert caught.value.next_step


SOCIAL = {"user_id": str(ID), "persona_id": "scav", "channel_id": None, "preferences": {}, "interaction_count": 0}


@pytest.mark.parametrize("name", [NAME, f"{ID}_scav.json"])
def test_social_statistics_are_no_profile(name: str) -> None:
    assert not looks_like_profile(SOCIAL, name)
    with pytest.raises(NotAProfile, match="social statistics"):
        read(SOCIAL, name)


@pytest.mark.parametrize("value", [[], {}, {"user_id": ID}, {"facts": []}, {"name": "Ada", "first_mes": "Hi"}])
def test_by_another_name_it_has_to_look_like_one(value: object) -> None:
    assert not looks_like_profile(value, "alice.json")
    with pytest.raises(NotAProfile):
        read(value, "alice.json")


def test_a_profile_by_another_name_is_told_by_its_content() -> None:
    assert read(PROFILE, "alice.json").profile.person_key == f"discord:{ID}"
    assert read({**PROFILE, "user_id": str(ID)}, "alice.json").profile.person_key == f"discord:{ID}"
    with pytest.raises(UnreadableProfile, match="whom it is about"):
        read({**PROFILE, "user_id": None}, "alice.json")
    with pytest.raises(NotAProfile):
        read_profile(b" " * (PROFILE_LIMIT_BYTES + 1), "123.json")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("user_12.json", "12"),
        ("user_12 (copy).json", "12"),
        ("user_12 - Copy (2).json", "12"),
        ("user_12.bak.json", "12"),
        ("USER_12.JSON", "12"),
        ("user_12", None),
        ("user_.json", None),
        ("user_x12.json", None),
        ("user_\uff11\uff12.json", None),
        ("auser_12.json", None),
        ("user_12.json\n", None),
        ("user_12.pkl", None),
        ("_index_cache.pkl", None),
        ("user_" + "1" * 41 + ".json", None),
    ],
)
def test_a_name_tells_the_person(name: str, number: str | None) -> None:
    assert profile_id(name) == number


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ({"fact": {"likes": ["tea", "rain"], "old": True}}, "likes: tea, rain; old: yes"),
        ({"fact": ["a", "b"]}, "a, b"),
        ({"fact": 7}, "7"),
        ({"fact": False}, "no"),
        ({"text": "said otherwise"}, "said otherwise"),
        ({"mood": "grim", "timestamp": "2024-01-01T00:00:00"}, "mood: grim"),
        (3.5, "3.5"),
        (["x", ["y"]], "x, y"),
        ("a\ud83d\0b", "a\ufffd\ufffdb"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_fact_is_made_readable(fact: object, text: str) -> None:
    assert memories(with_fields(facts=[fact]), MemoryKind.FACT) == [text]


@pytest.mark.parametrize("stamp", ["2024-01-01T00:00:00", "2024-01-01T00:00:00.000Z", "2024-01-01T02:00:00+02:00"])
@pytest.mark.parametrize("fact", ["plain", "two\nlines", "a\ud83d"])
@pytest.mark.parametrize("source", ["conversation", "a\0", None, ["x"]])
def test_a_usual_fact_and_an_odd_one_are_read_alike(stamp: str, fact: str, source: object) -> None:
    (memory, *_) = with_fields(facts=[{"fact": fact, "timestamp": stamp, "source": source}]).profile.memories
    assert memory.text == fact.replace("\ud83d", "\ufffd")
    assert memory.source == {"conversation": "conversation", "a\0": "a\ufffd"}.get(str(source), "x" if source else "")
    assert memory.learned_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_what_a_fact_says_beyond_its_text_is_kept() -> None:
    fact = {"fact": "Is tall", "timestamp": "yesterday", "source": 5, "confidence": 0.9, "category": "body"}
    reading = with_fields(facts=[fact, "Is old", None, {"fact": " "}])
    assert memories(reading, MemoryKind.FACT) == ["Is tall", "Is old"]
    assert (reading.profile.memories[0].source, reading.profile.memories[0].category) == ("5", "body")
    assert details(reading)["facts"] == [fact]
    assert reading.notes == (
        "“facts”: 1 entry without a date that can be read.",
        "“facts”: 2 entries without a text, left out.",
    )


@pytest.mark.parametrize(
    ("field", "value", "kind", "texts"),
    [
        ("facts", "Is tall", MemoryKind.FACT, ["Is tall"]),
        ("facts", {"height": "tall"}, MemoryKind.FACT, ["height: tall"]),
        ("facts", {"fact": "Is tall"}, MemoryKind.FACT, ["Is tall"]),
        ("facts", 7, MemoryKind.FACT, ["7"]),
        ("traits", {"mood": "grim"}, MemoryKind.TRAIT, ["mood: grim"]),
        ("interests", True, MemoryKind.INTEREST, ["yes"]),
        ("preferences", ["tea"], MemoryKind.PREFERENCE, ["tea"]),
        ("preferences", "tea", MemoryKind.PREFERENCE, ["tea"]),
        ("memorable_quotes", ["Ha"], MemoryKind.QUOTE, ["Ha"]),
        ("memorable_quotes", "Ha", MemoryKind.QUOTE, ["Ha"]),
        ("relationships", ["rival"], MemoryKind.RELATIONSHIP, ["rival"]),
        ("relationships", {"5": {"is": "rival"}}, MemoryKind.RELATIONSHIP, ["5: is: rival"]),
        ("facts", None, MemoryKind.FACT, []),
    ],
)
def test_a_list_of_the_wrong_type_is_read_all_the_same(
    field: str, value: object, kind: MemoryKind, texts: list[str]
) -> None:
    assert memories(with_fields(**{field: value}), kind) == texts


@pytest.mark.parametrize(
    ("field", "value", "pick", "expected", "notes"),
    [
        ("interaction_count", "12", lambda p: p.interactions, 12, 1),
        ("interaction_count", 12.7, lambda p: p.interactions, 12, 1),
        ("interaction_count", -3, lambda p: p.interactions, 0, 1),
        ("interaction_count", True, lambda p: p.interactions, 0, 1),
        ("interaction_count", [1], lambda p: p.interactions, 0, 1),
        ("interaction_count", 10**400, lambda p: p.interactions, 2**53, 1),
        ("interaction_count", -(10**400), lambda p: p.interactions, 0, 1),
        ("interaction_count", None, lambda p: p.interactions, 0, 0),
        ("affection", 70, lambda p: (p.affection, p.stage), (70, "close_friend"), 0),
        ("affection", {"level": 85}, lambda p: (p.affection, p.stage), (85, "best_friend"), 0),
        ("affection", {"level": "20"}, lambda p: (p.affection, p.stage), (20, "acquaintance"), 1),
        (
            "affection",
            {"level": 120, "relationship_stage": 1},
            lambda p: (p.affection, p.stage),
            (100, "best_friend"),
            2,
        ),
        ("affection", {"level": -5}, lambda p: (p.affection, p.stage), (0, "stranger"), 1),
        ("affection", {"level": [1]}, lambda p: (p.affection, p.stage), (None, ""), 1),
        ("affection", "much", lambda p: (p.affection, p.stage), (None, ""), 1),
        ("affection", None, lambda p: (p.affection, p.stage), (None, ""), 0),
        ("affection", {"last_interaction": 5}, lambda p: p.last_met, None, 1),
        ("first_met", "long ago", lambda p: p.first_met, None, 1),
        ("first_met", "0001-01-01T00:00:00+14:00", lambda p: p.first_met, None, 1),
        ("first_met", "2024-01-01T02:00:00+02:00", lambda p: p.first_met, datetime(2024, 1, 1, tzinfo=UTC), 0),
        ("first_met", 1704067200, lambda p: p.first_met, datetime(2024, 1, 1, tzinfo=UTC), 0),
        ("first_met", 1704067200000, lambda p: p.first_met, datetime(2024, 1, 1, tzinfo=UTC), 0),
        ("last_updated", {}, lambda p: p.last_updated, None, 1),
        ("username", 5, lambda p: p.known_as, "5", 1),
        ("username", " a\n\ud83d ", lambda p: p.known_as, "a \ufffd", 0),
    ],
)
def test_a_value_of_the_wrong_type_is_read_as_far_as_it_goes(
    field: str, value: object, pick: Callable[[Any], object], expected: object, notes: int
) -> None:
    reading = with_fields(**{field: value})
    assert pick(reading.profile) == expected
    assert len(reading.notes) == notes


def test_integers_in_the_details_keep_every_digit() -> None:
    assert details(with_fields(house=10**4000 + 7))["house"] == 10**4000 + 7


def test_what_could_not_be_read_stays_in_the_details() -> None:
    reading = with_fields(first_met="long ago", interaction_count=[1], affection={"level": 120})
    kept = details(reading)
    assert (kept["first_met"], kept["interaction_count"], kept["affection"]) == ("long ago", [1], {"level": 120})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PROFILE, "fact"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(PROFILE)), anything))
def test_any_json_in_any_field_is_read_or_refused(value: dict[str, Any]) -> None:
    try:
        profile = read(value).profile
    except UserFacingError:
        return
    assert 0 <= profile.interactions <= 2**53
    assert profile.affection is None or 0 <= profile.affection <= 100
    assert all(memory.text.strip() for memory in profile.memories)
    repr(profile).encode()
    json.loads(profile.details_json)


_ENTRIES: list[Any] = [
    {"fact": "a", "timestamp": "2024-01-01T10:00:00", "source": "x"},
    {"fact": "b", "timestamp": "2024-01-01T10:00:00.5", "source": ""},
    {"fact": "c", "timestamp": "2024-01-01T10:00:00+02:00", "source": "x"},
    {"fact": "d", "timestamp": "2024-01-01", "source": "x"},
    {"fact": "e", "timestamp": "20240101", "source": "x"},
    {"fact": "f", "timestamp": None, "source": "x"},
    {"fact": "g", "timestamp": "2024-01-01T10:00:00", "context": "y"},
    {"fact": " ", "timestamp": "2024-01-01T10:00:00", "source": "x"},
    {"fact": ["h"], "timestamp": "2024-01-01T10:00:00", "source": "x"},
    {"fact": "i", "timestamp": "2024-01-01T10:00:00", "source": 3},
    {"fact": "j", "timestamp": "2024-01-01T10:00:00", "source": "x", "more": 1},
    {"text": "k", "timestamp": "2024-01-01T10:00:00", "source": "x"},
    "l",
    "",
    "abc",
    7,
    None,
]


@given(st.lists(st.sampled_from(_ENTRIES), max_size=4))
def test_usual_entries_say_the_same_read_all_at_once_and_one_by_one(entries: list[Any]) -> None:
    content = json.dumps({**PROFILE, "facts": entries, "interests": entries}).encode()

    # With a byte order mark it is read with care, and so is everything in it.
    assert read_profile(content, NAME) == read_profile(b"\xef\xbb\xbf" + content, NAME)
