"""How many faults were tried and what came of them. The long form prints it as it goes."""

import os
import time
from collections import Counter

LONG = os.environ.get("PERSONADESK_FAULTS") == "long"
_SHOW_EVERY_S = 20.0


class Tally:
    def __init__(self, what: str, planned: int) -> None:
        self._what = what
        self._planned = planned
        self._outcomes: Counter[str] = Counter()
        self._began = self._shown = time.monotonic()

    @property
    def count(self) -> int:
        return self._outcomes.total()

    def add(self, outcome: str) -> None:
        self._outcomes[outcome] += 1
        if LONG and time.monotonic() - self._shown > _SHOW_EVERY_S:
            self._shown = time.monotonic()
            self._say("  ")

    def done(self) -> None:
        if LONG:
            self._say("== ")

    def _say(self, mark: str) -> None:
        outcomes = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self._outcomes.items()))
        took = time.monotonic() - self._began
        print(f"\n{mark}{self._what}: {self.count} of {self._planned} ({outcomes}), {took:.0f} s", flush=True)
