"""How long a server may take."""

from dataclasses import dataclass

from personadesk.domain.errors import ModelError


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


class NoAnswerInTime(ModelError):
    """The server accepted the request and sent nothing: it hangs, or is far too slow for this prompt."""

    def __init__(self) -> None:
        super().__init__("The model did not begin to answer in time.", "Try again, or choose a smaller model.")
