"""Dates as other programs write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_SECONDS = (1e8, 1e11)
_EPOCH_MILLISECONDS_END = 1e14


def moment(value: Any) -> datetime | None:
    """A date as programs write it: ISO, in UTC where it names no zone, or seconds since 1970."""
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value.strip())
            if read.tzinfo is not None:
                return read.astimezone(UTC)
            # Several times as fast as replace(), and there are dozens in a file.
            return datetime.combine(read.date(), read.time(), UTC)
        if isinstance(value, int | float) and not isinstance(value, bool) and _EPOCH_SECONDS[0] <= value:
            if value < _EPOCH_SECONDS[1]:
                return _EPOCH + timedelta(seconds=value)
            if value < _EPOCH_MILLISECONDS_END:
                return _EPOCH + timedelta(milliseconds=value)
    except (ValueError, OverflowError):
        pass
    return None
