"""What a conversation keeps of the entries that fired in it: sticky, cooldown, and that they fired at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_KEPT_ENTRIES = 10_000
_NOTHING: Mapping[str, tuple[int, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LoreState:
    """Times are lengths of the conversation in messages: (when it began, the first at which it is over).

    What began at a length the conversation no longer exceeds is void: its message was deleted, or is
    being answered again.
    """

    sticky: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _NOTHING)
    cooldown: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _NOTHING)
    matched: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _NOTHING)
    """When an entry first fired."""

    @classmethod
    def from_json(cls, value: object) -> "LoreState":
        """What `to_json` gave; anything else is an empty state."""
        known = value if isinstance(value, dict) else {}
        return cls(*(_times(known.get(name)) for name in ("sticky", "cooldown", "matched")))

    def to_json(self) -> dict[str, Any]:
        """A JSON value; {} where there is nothing to keep."""
        parts = {"sticky": self.sticky, "cooldown": self.cooldown, "matched": self.matched}
        return {name: {key: list(times) for key, times in part.items()} for name, part in parts.items() if part}

    def at(self, length: int) -> "LoreState":
        """What still holds in a conversation of this length."""
        return LoreState(
            {key: times for key, times in self.sticky.items() if times[0] < length < times[1]},
            {key: times for key, times in self.cooldown.items() if times[0] < length < times[1]},
            {key: times for key, times in self.matched.items() if times[0] < length},
        )

    def with_fired(self, fired: Iterable[tuple[str, int, int]], matched: Iterable[str], length: int) -> "LoreState":
        """After entries (key, sticky, cooldown) fired, of which `matched` are remembered.

        A sticky one is not prolonged. Cooling begins when it is over.
        """
        sticky, cooldown = dict(self.sticky), dict(self.cooldown)
        for key, sticky_for, cooldown_for in fired:
            if key in sticky:
                continue
            if sticky_for:
                sticky[key] = (length, length + sticky_for)
            if cooldown_for:
                cooldown[key] = (length, length + sticky_for + cooldown_for)
        return LoreState(sticky, cooldown, {**dict.fromkeys(matched, (length, length)), **self.matched})


def _times(value: object) -> dict[str, tuple[int, int]]:
    if not isinstance(value, dict):
        return {}
    return {
        key: (times[0], times[1])
        for key, times in list(value.items())[:_KEPT_ENTRIES]
        if isinstance(key, str)
        and isinstance(times, list | tuple)
        and len(times) == 2
        and all(isinstance(time, int) for time in times)
    }
