"""How often each tag occurs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from personadesk.domain.persona import PersonaSummary


@dataclass(frozen=True, slots=True)
class TagCounts:
    """`tags` holds the most frequent first, those equally frequent by name."""

    personas: int = 0
    favourites: int = 0
    tags: dict[str, int] = field(default_factory=dict)


def count_tags(personas: Iterable[PersonaSummary]) -> TagCounts:
    counted: Counter[str] = Counter()
    everyone = favourites = 0
    for item in personas:
        everyone += 1
        favourites += item.favourite
        if item.tags:
            counted.update(set(item.tags))
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0].casefold(), pair[0]))
    return TagCounts(everyone, favourites, dict(ordered))
