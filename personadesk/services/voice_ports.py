"""What the services need from engines of speech, as Protocols. The providers implement them."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from personadesk.domain.speech import (
    SpeechChunk,
    SpeechModel,
    SpeechQuota,
    SpeechSettings,
    SpeechStatus,
    SpeechVoice,
    VoicePage,
)


class Synthesizer(Protocol):
    """One engine. Belongs to the engine's event loop; nothing is loaded or asked before the first call."""

    @property
    def engine(self) -> str: ...

    @property
    def status(self) -> SpeechStatus:
        """As last seen, without looking."""
        ...

    async def refresh(self) -> SpeechStatus:
        """Look whether it could speak. Raises nothing."""
        ...

    async def voices(self) -> Sequence[SpeechVoice]:
        """Its voices; where it can't be asked, those known without asking. Raises nothing."""
        ...

    def synthesise(self, text: str, voice: str, settings: SpeechSettings) -> AsyncIterator[SpeechChunk]:
        """Speak plain text with the voice of this id; the sound comes as it is made, ahead of the listener.

        Closing the iterator (or cancelling the task) stops the engine within 200 ms. Raises SpeechError,
        also after chunks have come. Marks count characters of `text`.
        """
        ...

    async def variant(self) -> str:
        """What its sound depends on besides voice, settings and text; "" for nothing. Raises nothing."""
        ...

    async def warm_up(self) -> None:
        """Load now, so that the first speech need not wait. Raises nothing: `status` tells."""
        ...

    async def close(self) -> None: ...


class CloningSynthesizer(Synthesizer, Protocol):
    """A service with an account, which can learn a voice from a recording. All of these raise SpeechError."""

    async def search(self, words: str) -> Sequence[SpeechVoice]:
        """The account's voices that match; all for no words."""
        ...

    async def clone(self, name: str, sample: bytes, file_name: str) -> SpeechVoice:
        """Make a voice of a recording, for as long as the account keeps it."""
        ...

    async def delete_clone(self, voice: str) -> None:
        """Delete a voice that was cloned; one that is not there any more is no error."""
        ...

    async def quota(self) -> SpeechQuota: ...


class AccountSynthesizer(CloningSynthesizer, Protocol):
    """What the settings show of an account. All of these raise SpeechError."""

    async def page(self, words: str, more: str = "") -> VoicePage:
        """Some of the voices that match; `more` is of the page before."""
        ...

    async def models(self) -> Sequence[SpeechModel]:
        """Those that can speak, in the service's order."""
        ...
