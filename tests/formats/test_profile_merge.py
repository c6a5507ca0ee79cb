import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.incoming import IncomingMemory, IncomingProfile
from personadesk.domain.memory import MemoryKind
from personadesk.formats.profile_merge import difference, merge_sentence, merged

START = datetime(2023, 1, 1, tzinfo=UTC)


def facts(*texts: str) -> tuple[IncomingMemory, ...]:
    return tuple(IncomingMemory(MemoryKind.FACT, text) for text in texts)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


RICH = IncomingProfile(
    "discord:1",
    "Nerevarine",
    (*facts("Is tall", "Has a ring"), IncomingMemory(MemoryKind.TRAIT, "stubborn")),
    affection=55,
    stage="friend",
    interactions=40,
    first_met=day(0),
    last_met=day(90),
    last_updated=day(100),
    details_json='{"created_at":"2023-01-01T00:00:00","total_messages":9,"house":"Telvanni"}',
)
THIN = IncomingProfile(
    "discord:1",
    memories=facts("is  TALL", "Has a boat"),
    affection=2,
    stage="stranger",
    interactions=3,
    first_met=day(200),
    last_met=day(201),
    last_updated=day(202),
    details_json='{"created_at":"2023-07-20T00:00:00","total_messages":1,"house":"Redoran","new":[1]}',
)


def test_a_rich_profile_and_a_thin_one_are_joined_by_the_rule() -> None:
    result = merged(RICH, THIN)
    assert [memory.text for memory in result.memories] == ["is  TALL", "Has a ring", "stubborn", "Has a boat"]
    assert (result.known_as, result.affection, result.stage) == ("Nerevarine", 2, "stranger")
    assert (result.interactions, result.first_met, result.last_met) == (40, day(0), day(201))
    assert result.last_updated == day(202)
    assert json.loads(result.details_json) == {
        "created_at": "2023-01-01T00:00:00",
        "total_messages": 9,
        "house": "Redoran",
        "new": [1],
    }


def test_what_a_merge_brings_is_said_in_words() -> None:
    assert merge_sentence(RICH, THIN) == (
        "1 new fact; 1 known already; affection 2 (was 55); stage stranger (was friend); "
        "interactions stays 40; first met stays 2023-01-01; last met 2023-07-21 (was 2023-04-01)"
    )
    assert merge_sentence(THIN, RICH) == (
        "1 new fact, 1 new trait; 1 known already; name “Nerevarine”; affection stays 2; stage stays stranger; "
        "interactions 40 (was 3); first met 2023-01-01 (was 2023-07-20); last met stays 2023-07-21"
    )
    assert merge_sentence(RICH, RICH) == "3 known already"
    assert merge_sentence(IncomingProfile("discord:1"), IncomingProfile("discord:1")) == "nothing new"


def test_a_changed_file_says_how_it_differs() -> None:
    assert difference(RICH, THIN) == (
        "+1 fact, -1 fact (stays), -1 trait (stays), name “Nerevarine” -> unsaid, affection 55 -> 2, "
        "stage friend -> stranger, interactions 40 -> 3, first met 2023-01-01 -> 2023-07-20, "
        "last met 2023-04-01 -> 2023-07-21"
    )
    assert difference(RICH, RICH) == "only details"


moments = st.none() | st.integers(0, 5).map(day)
memories = st.builds(
    IncomingMemory,
    st.sampled_from([MemoryKind.FACT, MemoryKind.QUOTE]),
    st.sampled_from(["a", "A", "a b", "A  b", "c"]),
    st.sampled_from(["", "conversation"]),
    moments,
    times_observed=st.integers(1, 3),
)
details = st.dictionaries(
    st.sampled_from(["created_at", "total_messages", "affection", "x"]),
    st.none() | st.integers(0, 3) | st.just("2023-01-01") | st.lists(st.integers(0, 2)) | st.just({"x": 1}),
).map(json.dumps)
profiles = st.builds(
    IncomingProfile,
    st.just("discord:1"),
    st.sampled_from(["", "Ana", "Bo"]),
    st.lists(memories, max_size=4).map(tuple),
    affection=st.none() | st.floats(0, 100),
    stage=st.sampled_from(["", "friend"]),
    interactions=st.integers(0, 5),
    first_met=moments,
    last_met=moments,
    last_updated=moments,
    details_json=details,
)


@given(profiles, profiles)
def test_the_order_makes_no_difference(a: IncomingProfile, b: IncomingProfile) -> None:
    assert merged(a, b) == merged(b, a)


@given(profiles, profiles)
def test_a_merge_loses_nothing_and_doubles_nothing(a: IncomingProfile, b: IncomingProfile) -> None:
    result = merged(a, b)
    assert result.interactions == max(a.interactions, b.interactions)
    names = [(memory.kind, " ".join(memory.text.lower().split())) for memory in result.memories]
    assert len(names) == len(set(names))
    assert set(names) == {(m.kind, " ".join(m.text.lower().split())) for m in (*a.memories, *b.memories)}
    assert merged(result, result) == result
    assert not merge_sentence(result, a).startswith(("1 new", "2 new"))
