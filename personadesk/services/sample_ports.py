"""What the services of voices need from whoever opens strangers' recordings."""

from dataclasses import dataclass, field
from typing import Protocol

from personadesk.domain.sample import Sound


class SampleReader(Protocol):
    """Decodes in a child process with limits of memory, time and files. Safe for many calls at once."""

    async def read(self, content: bytes) -> Sound:
        """Raises UserFacingError with what it is instead, or what is wrong with it, and a next step."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Decoded:
    """`kind` is numpy's word for a value of `pcm`: u1, i2, i4 or f4. The channels' values lie beside each other."""

    kind: str
    sample_rate: int
    channels: int
    pcm: bytes = field(repr=False)


class SoundDecoder(Protocol):
    """Runs in the reading process. Decodes what the reader itself can't."""

    def __call__(self, content: bytes, longest_s: float) -> Decoded:
        """All of it, or a little over `longest_s`. Raises ImportError where it is not installed, else ValueError."""
        ...
