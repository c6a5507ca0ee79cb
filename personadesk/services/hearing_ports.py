"""What the services need from engines that transcribe speech, as a Protocol. The providers implement it."""

from collections.abc import Sequence
from typing import Protocol

from personadesk.domain.dictation import Heard, HearingStatus


class Transcriber(Protocol):
    """One engine. Belongs to the engine's event loop; nothing is loaded or asked before the first call."""

    @property
    def engine(self) -> str: ...

    async def refresh(self) -> HearingStatus:
        """Look whether it could transcribe, without loading or asking anybody. Raises nothing."""
        ...

    async def transcribe(self, pcm: bytes, language: str = "", names: Sequence[str] = ()) -> Heard:
        """Write down what is said in signed 16-bit mono PCM at LISTENING_RATE; "" where nobody speaks.

        `language` is a BCP 47 tag, "" to find it out; `names` may be said in it, which an engine on this
        computer is told and a service is not. Cancelling the task stops it within 200 ms. Raises HearingError.
        """
        ...

    async def warm_up(self) -> None:
        """Load now. Raises nothing: `refresh` tells."""
        ...

    async def close(self) -> None: ...
