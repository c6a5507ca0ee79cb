"""What the services of voices need from whoever opens strangers' recordings."""

from typing import Protocol

from personadesk.domain.sample import Sound


class SampleReader(Protocol):
    """Decodes in a child process with limits of memory, time and files. Safe for many calls at once."""

    async def read(self, content: bytes) -> Sound:
        """Raises UserFacingError with what it is instead, or what is wrong with it, and a next step."""
        ...

    async def close(self) -> None: ...
