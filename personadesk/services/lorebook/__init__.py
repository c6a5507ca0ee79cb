"""Which entries of a persona's lorebooks a prompt gets, where, and why."""

from personadesk.services.lorebook.activation import activate, fire, settle
from personadesk.services.lorebook.outcome import (
    Activation,
    Cause,
    FiredEntry,
    Firing,
    IdleEntry,
    LoreLine,
    LoreSettings,
    Placed,
    Reason,
    Why,
)
from personadesk.services.lorebook.timed import LoreState

__all__ = [
    "Activation",
    "Cause",
    "FiredEntry",
    "Firing",
    "IdleEntry",
    "LoreLine",
    "LoreSettings",
    "LoreState",
    "Placed",
    "Reason",
    "Why",
    "activate",
    "fire",
    "settle",
]
