"""Fakes that implement the ports, for tests of any room."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A Clock that stands still until a test moves it."""

    def __init__(self, start: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> None:
        """Move on by what `timedelta` takes: `advance(days=31)`."""
        self._now += timedelta(**delta)
