"""Which entries of a persona's lorebooks a prompt gets, where, and why."""

from personadesk.domain.told_lore import Cause, Why
from personadesk.services.lorebook.activation import activate, fire, settle
from personadesk.services.lorebook.outcome import (
    Activation,
    FiredEntry,
    Firing,
    IdleEntry,
    LoreLine,
    LoreSettings,
    Placed,
    Reason,
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
