"""Profiles made ready for the store, and how many of them cross a pipe: as one JSON array."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingMemory, IncomingProfile
from personadesk.domain.ready_profile import MemoryColumns, ProfileHead, ReadyProfile, text_keys
from personadesk.formats.legacy_profile import Reading, read_profile

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1


def memory_columns(memories: Sequence[IncomingMemory]) -> MemoryColumns:
    """Turn memories with storable texts into columns."""
    if not memories:
        return MemoryColumns((), (), (), (), (), (), (), ())
    kinds, texts, sources, moments, contexts, categories, observed = zip(*memories, strict=True)
    return MemoryColumns(
        # `value` is several times as slow as `_value_`, and this is the innermost loop of an import.
        [kind._value_ for kind in kinds],
        texts,
        text_keys(texts),
        contexts,
        categories,
        sources,
        list(map(_microseconds, moments)),
        observed if set(observed) == {1} else [max(1, min(number, _LARGEST)) for number in observed],
    )


def ready_profile(profile: IncomingProfile, notes: Sequence[str] = ()) -> ReadyProfile:
    """Turn a profile with storable texts into what is stored."""
    return ReadyProfile(
        profile.person_key,
        profile.known_as,
        profile.affection,
        profile.stage,
        max(-_LARGEST - 1, min(profile.interactions, _LARGEST)),
        _microseconds(profile.first_met),
        _microseconds(profile.last_met),
        _microseconds(profile.last_updated),
        profile.details_json,
        memory_columns(profile.memories),
        notes,
    )


def profile_head(reading: Reading) -> ProfileHead:
    profile = reading.profile
    return ProfileHead(profile.person_key, profile.known_as, profile.interactions, len(profile.memories), reading.notes)


def read_ready(content: bytes, name: str) -> ReadyProfile | None:
    """None for what is no profile, or is one that can't be read: the caller's own reading says why."""
    try:
        reading = read_profile(content, name)
    except UserFacingError:
        return None
    return ready_profile(reading.profile, reading.notes)


def read_head(content: bytes, name: str) -> ProfileHead | None:
    """None as for `read_ready`."""
    try:
        return profile_head(read_profile(content, name))
    except UserFacingError:
        return None


def packed(readings: Iterable[ReadyProfile | ProfileHead | None]) -> bytes:
    """What `ready_of` and `heads_of` read again; what JSON can't hold becomes a null."""
    return b"[" + b",".join(map(_packed, readings)) + b"]"


def ready_of(content: bytes) -> list[ReadyProfile | None]:
    """Raises ValueError or TypeError where it is something else."""
    return [None if said is None else _ready(said) for said in orjson.loads(content)]


def heads_of(content: bytes) -> list[ProfileHead | None]:
    """Raises as `ready_of` does."""
    return [None if said is None else ProfileHead(*said) for said in orjson.loads(content)]


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _packed(reading: ReadyProfile | ProfileHead | None) -> bytes:
    said: Sequence[Any] | None = reading
    if reading is not None:
        # A plain tuple, which is all that orjson takes for an array.
        said = [tuple(value) if isinstance(value, MemoryColumns) else value for value in reading]
    try:
        return orjson.dumps(said)
    except TypeError:
        return b"null"


def _ready(said: list[Any]) -> ReadyProfile:
    said[9] = MemoryColumns(*said[9])
    return ReadyProfile(*said)
