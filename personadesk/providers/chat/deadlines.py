"""How long a server may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to accept a connection, to the first event, between two events, and for the whole reply.

    httpx's own timeout is per read, so a server that drips a byte at a time never trips it.
    """

    connect_s: float = 10.0
    first_s: float = 300.0
    idle_s: float = 60.0
    total_s: float = 1800.0


DEFAULT_DEADLINES = Deadlines()
