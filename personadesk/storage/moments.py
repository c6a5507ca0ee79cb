"""Times as they are stored: whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_stored(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def from_stored(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def from_stored_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_stored(microseconds)
