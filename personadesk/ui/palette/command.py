"""What the palette can do by its name."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do, by its name. One that says `where` it is stays out of the list until it is asked for."""

    name: str
    icon: str
    shortcut: str
    act: Callable[[], None]
    where: str = ""
    also: str = ""
    """Other words it is found by."""
