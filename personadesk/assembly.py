"""Puts together everything that needs no window: engine, store, model, services.

Importing this costs asyncio and the rooms it joins, so a window imports it on a thread of its own,
after its first picture is on screen.
"""

import logging
from pathlib import Path

from personadesk.domain.events import ChangeSet
from personadesk.paths import Paths
from personadesk.providers.audio_reader.reader import ProcessSampleReader
from personadesk.providers.card_reader.fitting import PictureProcesses
from personadesk.providers.card_reader.pool import ProcessCardReader
from personadesk.providers.chat.connector import HttpConnector
from personadesk.providers.chat.embedded.model import EmbeddedChatModel
from personadesk.providers.document_reader.reader import ProcessDocumentReader
from personadesk.providers.hearing.engines import make_engines
from personadesk.providers.keyring_secrets import KeyringSecrets
from personadesk.providers.model_fetch import FileFetcher
from personadesk.providers.model_files import ModelFiles
from personadesk.providers.own_models import OwnModelFiles
from personadesk.providers.profile_reader.process import ProfileProcesses
from personadesk.providers.voices.elevenlabs_key import ElevenLabsKey
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.providers.voices.system import SystemVoices
from personadesk.providers.weights_fetch import FileWeights
from personadesk.services.built_ins import RELEASE_SETTING, is_current, seed
from personadesk.services.card_exports import CardExports
from personadesk.services.card_pictures import CardPictures
from personadesk.services.cards import CardService
from personadesk.services.chat import ChatService
from personadesk.services.clock import SystemClock
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.services.hearing import Dictation, KeptDictation
from personadesk.services.library import LibraryService
from personadesk.services.lorebooks import LorebookService
from personadesk.services.memory import MemoryService
from personadesk.services.migration.planning import BlockingDatabase
from personadesk.services.migration.service import Migration
from personadesk.services.migration_ports import StoreBackup
from personadesk.services.model_choice import ChosenModel
from personadesk.services.model_shelf import ModelShelf, ShelfService
from personadesk.services.models import Catalogue, parse_catalogue
from personadesk.services.persona_editing import PersonaEditing
from personadesk.services.personas import LibraryListing, PersonaService, read_listing
from personadesk.services.ports import Clock, Publish, Store
from personadesk.services.providers import ProviderService
from personadesk.services.secret_ports import Secrets
from personadesk.services.speech.account import VoiceAccount, chosen_model
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.samples import SampleService
from personadesk.services.speech.services import speech_services
from personadesk.services.speech.setup import VoiceSetup
from personadesk.services.speech.speaking import Speaker
from personadesk.services.talking import Talking
from personadesk.services.trash_keeping import empty_old
from personadesk.services.voice_ports import Synthesizer
from personadesk.storage.assets import AssetFiles
from personadesk.storage.backup_archive import TarBackups
from personadesk.storage.built_in_files import BuiltInFiles
from personadesk.storage.database import SqliteDatabase, open_database
from personadesk.storage.folder_moves import DiskMoves
from personadesk.storage.foreign_databases import SqliteForeignDatabases
from personadesk.storage.presence import Presence
from personadesk.storage.run_journal import RunJournal
from personadesk.storage.source_files import DiskFiles

log = logging.getLogger(__name__)

STOP_S = 10
"""More than streams, a slow disk and the model's process take to end."""


class Backend:
    """Everything below the window, wired. Made on any thread; `close` blocks until all is on disk.

    `database` is one that is being opened already, where the caller could not wait for this module.
    """

    def __init__(self, paths: Paths, *, database: SqliteDatabase | None = None) -> None:
        self.paths = paths
        self.clock = SystemClock()
        self.presence = Presence(paths.data_dir)
        self.database = database or open_database(paths.data_dir, clock=self.clock)
        self.engine = Engine()
        self.hub = EventHub()
        self.built_ins = BuiltInFiles(paths.resources / "personas")
        self.secrets: Secrets = KeyringSecrets(database=self.database, data_dir=paths.data_dir)
        self._make_models()
        self._make_cards()
        self.chat = ChatService(database=self.database, model=self.model, publish=self.hub, line_up=self.model)
        self.talking = Talking(
            database=self.database,
            publish=self.hub,
            model=self.model,
            chat=self.chat,
            documents=ProcessDocumentReader(),
            pictures=self.card_reader,
            line_up=self.model,
        )
        self.hub.subscribe(self.talking.idle.take_event)
        self.memory = MemoryService(database=self.database, publish=self.hub)
        self.lorebooks = LorebookService(database=self.database, publish=self.hub, model=self.model)
        self.migration = make_migration(
            paths, database=self.database, back_up_store=self.database.back_up, clock=self.clock, publish=self.hub
        )
        self.personas = PersonaService(database=self.database, publish=self.hub, silence=self.chat.silence)
        self.library = LibraryService(database=self.database, publish=self.hub, silence=self.chat.silence)
        self._make_voices()
        self.editing = PersonaEditing(
            database=self.database,
            model=self.model,
            clock=self.clock,
            publish=self.hub,
            samples=SampleService(database=self.database, reader=self.sample_reader),
        )

    def _make_models(self) -> None:
        self.catalogue = ModelShelf(load_catalogue(self.paths.resources))
        files = ModelFiles(models_dir=self.paths.models_dir)
        self.fetcher = FileFetcher(catalogue=self.catalogue, files=files)
        self.shelf = ShelfService(
            shelf=self.catalogue,
            files=OwnModelFiles(shelf=self.catalogue, files=files),
            fetcher=self.fetcher,
            database=self.database,
            publish=self.hub,
        )
        self.weights = FileWeights(description=self.paths.resources / "weights.toml", models_dir=self.paths.models_dir)
        connector = HttpConnector()
        self.model = ChosenModel(
            catalogue=self.catalogue,
            make=lambda entry, publish: EmbeddedChatModel(entry=entry, files=files, publish=publish),
            database=self.database,
            publish=self.hub,
            reach=lambda provider, model_id, publish: connector.model(
                provider, model_id, lambda: self.secrets.get(provider.secret_name), publish
            ),
        )
        self.providers = ProviderService(
            database=self.database,
            connector=connector,
            secrets=self.secrets,
            publish=self.hub,
            forget=self.model.forget,
        )

    def _make_cards(self) -> None:
        self.card_reader = ProcessCardReader()
        assets = AssetFiles(self.paths.data_dir)
        self.card_pictures = CardPictures(
            database=self.database, publish=self.hub, reader=self.card_reader, files=assets
        )
        self.cards = CardService(
            database=self.database,
            publish=self.hub,
            reader=self.card_reader,
            files=assets,
            pictures=self.card_pictures,
        )
        self.card_exports = CardExports(
            database=self.database, reader=self.card_reader, pictures=self.built_ins, card_pictures=self.card_pictures
        )

    def _make_voices(self) -> None:
        elevenlabs = ElevenLabsVoices(key=ElevenLabsKey(self.secrets), model=lambda: chosen_model(self.database))
        self.speaker = make_speaker(self.paths, elevenlabs)
        account = VoiceAccount(database=self.database, secrets=self.secrets, engine=elevenlabs)
        self.voice_setup = VoiceSetup(self.speaker, account, self.weights)
        self.voice_clones = VoiceClones(database=self.database, engine=elevenlabs)
        self.speech = speech_services(
            database=self.database, speaker=self.speaker, clones=self.voice_clones, personas=self.personas
        )
        chosen = KeptDictation(self.database)
        self.dictation = Dictation(
            engines=make_engines(weights=self.weights, secrets=self.secrets, settings=chosen.settings), kept=chosen
        )
        self.sample_reader = ProcessSampleReader()

    async def prepare(self) -> LibraryListing:
        """Bring the store to where work can begin and list the library. Raises StoreError.

        What a killed program left unfinished is ended here, unless another program is using the store.
        """
        alone = self.presence.alone

        def work(store: Store) -> ChangeSet:
            store.people.you()
            if alone:
                interrupted = store.interrupt_unfinished()
                if interrupted:
                    log.info("replies cut short by the last end of the program: %s", interrupted)
                if empty_old(store, self.clock.now()):
                    SpeechCache(self.paths.speech_dir).clear()  # what is deleted for good is not heard any more
            if is_current(store.settings.get(RELEASE_SETTING), self.built_ins):
                return ChangeSet()
            return seed(store, self.built_ins)

        await self.database.write(work)
        await self.shelf.recall()
        await self.model.recall()
        return await self.database.read(read_listing)

    def close(self) -> None:
        """Stop streams, keep what they said, end the model, drain and close the store."""
        try:
            if self.engine.alive:
                self.engine.submit(self._stop()).result(STOP_S)
                self.engine.close()
        finally:
            self.database.close()
            self.presence.close()

    async def _stop(self) -> None:
        await self.chat.close()
        await self.talking.close()
        await self.card_pictures.close()
        await self.card_reader.close()
        await self.sample_reader.close()
        await self.speaker.close()
        await self.dictation.close()
        await self.model.close()


def make_migration(
    paths: Paths, *, database: BlockingDatabase, back_up_store: StoreBackup, clock: Clock, publish: Publish
) -> Migration:
    return Migration(
        files=DiskFiles(),
        profiles=ProfileProcesses(),
        pictures=PictureProcesses(),
        databases=SqliteForeignDatabases(),
        backups=TarBackups(),
        journal=RunJournal(paths.data_dir),
        moves=DiskMoves(),
        database=database,
        back_up_store=back_up_store,
        clock=clock,
        publish=publish,
        home=Path.home(),
        program=paths.resources.parent,
    )


def make_speaker(paths: Paths, *services: Synthesizer) -> Speaker:
    """With the voices of this computer, and those of `services`."""
    natural = KokoroVoices(folder=paths.resources / "voices", models_dir=paths.models_dir)
    return Speaker(engines=(natural, SystemVoices(), *services), cache=SpeechCache(paths.speech_dir))


def load_catalogue(resources: Path) -> Catalogue:
    return parse_catalogue((resources / "models.toml").read_text(encoding="utf-8"))
