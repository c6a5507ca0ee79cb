"""What the window needs of speech, in one hand."""

from dataclasses import dataclass

from personadesk.domain.conversation import Message
from personadesk.domain.ids import PersonaId
from personadesk.services.personas import PersonaService
from personadesk.services.ports import Database
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.following import Following
from personadesk.services.speech.habits import KeptHabits
from personadesk.services.speech.saving import SpeechSaving
from personadesk.services.speech.speaking import Speaker


@dataclass(frozen=True, slots=True)
class SpeechServices:
    speaker: Speaker
    clones: VoiceClones
    personas: PersonaService
    habits: KeptHabits
    saving: SpeechSaving
    database: Database

    def following(self, message: Message) -> Following:
        """What its persona says behind a message."""
        return Following(message, database=self.database)

    async def warm_up(self, persona_id: PersonaId) -> None:
        """Load what this persona speaks with: it is about to. Raises StoreError."""
        voice = (await self.personas.get(persona_id)).card.voice
        await self.speaker.warm_up(voice, clones=await self.clones.known())


def speech_services(
    *, database: Database, speaker: Speaker, clones: VoiceClones, personas: PersonaService
) -> SpeechServices:
    saving = SpeechSaving(database=database, speaker=speaker, clones=clones)
    return SpeechServices(speaker, clones, personas, KeptHabits(database=database), saving, database)
