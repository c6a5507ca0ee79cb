"""How long a server may take, and how often it is asked again."""

import random
from dataclasses import dataclass

from personadesk.domain.errors import ModelCrashed, ModelError


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to accept a connection, to the first sign of a reply, between two, and for the whole reply.

    httpx's own timeout is per read, so a server that drips a byte at a time never trips it. `answer_s` is
    for questions that are no reply, such as a list of models.
    """

    connect_s: float = 10.0
    first_s: float = 300.0
    idle_s: float = 60.0
    total_s: float = 1800.0
    answer_s: float = 20.0


DEFAULT_DEADLINES = Deadlines()


@dataclass(frozen=True, slots=True)
class Patience:
    """How a server that is busy is asked again, before the first word of a reply and never after it.

    Waits grow from `first_wait_s` by doubling, with jitter, so that many who were refused at once don't
    come back at once. A server that names a wait beyond `longest_wait_s` is not waited for. A model whose
    reply was nothing but thought is asked once more with room for `thought_tokens` beside its words.
    """

    retries: int = 2
    first_wait_s: float = 0.6
    longest_wait_s: float = 15.0
    thought_tokens: int = 2_000

    def wait_s(self, attempt: int, asked_for_s: float | None) -> float | None:
        """How long to wait before asking again, None for not at all. `attempt` is 0 after the first."""
        if attempt >= self.retries:
            return None
        if asked_for_s is not None:
            return asked_for_s + random.uniform(0, 0.25) if asked_for_s <= self.longest_wait_s else None
        return min(self.first_wait_s * (1 << attempt), self.longest_wait_s) * random.uniform(0.5, 1.0)


DEFAULT_PATIENCE = Patience()
AT_HOME = Patience(retries=0)
"""For a server of our own, which is never busy."""
IMPATIENT = Patience(retries=0, thought_tokens=0)


class NoAnswerInTime(ModelError):
    """The server accepted the request and sent nothing: it hangs, or is far too slow for this prompt."""

    def __init__(self) -> None:
        super().__init__("The model did not begin to answer in time.", "Try again, or choose a smaller model.")


class FellSilent(ModelCrashed):
    """A model that was at work stopped, and its connection stands: `began` where its first word had come."""

    def __init__(self, *, began: bool) -> None:
        if began:
            super().__init__("The model stopped answering in the middle of the reply.", "Let it go on.")
        else:
            super().__init__("The model stopped answering before its first word.", "Ask again.")
