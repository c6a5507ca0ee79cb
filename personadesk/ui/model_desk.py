"""What the window knows of the chat model: its state, and bringing its file here with progress."""

from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from personadesk.domain.chat import FetchProgress, ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event, ModelChanged
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import ModelLine, PersonaModel
from personadesk.services.model_shelf import OWN_SETTING, ShelfRow
from personadesk.services.models import KnownModels, ModelEntry, ModelFetcher
from personadesk.services.secret_ports import Secrets
from personadesk.ui.bridge import Bridge
from personadesk.ui.settings.provider_desk import MODEL_SETTINGS, ProviderDesk, Providers
from personadesk.ui.settings.provider_words import ModelOffer, local_offer, provider_offers


class WatchedModel(Protocol):
    """The models in use, as far as the window asks about them."""

    @property
    def status(self) -> ModelStatus: ...
    async def refresh(self) -> ModelStatus: ...
    async def warm_up(self) -> None: ...
    async def choose(self, model_id: str) -> ModelStatus: ...
    async def line(self) -> ModelLine: ...
    async def set_fallbacks(self, keys: Sequence[str]) -> None: ...
    async def of_persona(self, persona_id: PersonaId) -> PersonaModel: ...
    async def set_of_persona(self, persona_id: PersonaId, choice: PersonaModel) -> None: ...
    async def status_for(self, persona_id: PersonaId) -> ModelStatus: ...
    async def warm_up_for(self, persona_id: PersonaId) -> None: ...


class Shelf(Protocol):
    """The models for this computer, and the user's own."""

    async def rows(self) -> tuple[ShelfRow, ...]: ...
    async def add(self, picked: Path, progress: Callable[[FetchProgress], None]) -> ModelEntry: ...
    async def delete(self, model_id: str) -> None: ...


class ModelDesk(QObject):
    """GUI thread. `status` is the model's that answers the persona on screen, else the default's.

    `progressed` carries a FetchProgress while a fetch runs, None at its end.
    """

    changed = Signal(object)  # ModelStatus
    progressed = Signal(object)
    fetch_failed = Signal(object)  # UserFacingError
    fetched = Signal()
    seen = Signal()  # which models are here is known anew
    taking = Signal(object)  # FetchProgress of a file of one's own
    taken = Signal(object)  # None, or the UserFacingError that says why not
    _reported = Signal(object)

    def __init__(
        self,
        *,
        bridge: Bridge,
        model: WatchedModel,
        catalogue: KnownModels,
        fetcher: ModelFetcher,
        providers: Providers | None = None,
        secrets: Secrets | None = None,
        shelf: Shelf | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._model = model
        self._persona: PersonaId | None = None
        self._shelf = shelf
        self._rows: dict[str, ShelfRow] = {}
        self.failed_id = ""
        self.providers: ProviderDesk | None = None
        if providers is not None and secrets is not None:
            self.providers = ProviderDesk(bridge=bridge, service=providers, lines=model, secrets=secrets, parent=self)
            self.providers.changed.connect(self.seen)
        self._fetcher = fetcher
        self._fetching: Future[Path] | None = None
        self.fetching_id = ""
        self.catalogue = catalogue
        self.here: frozenset[str] = frozenset()
        self.status = model.status
        self.progress: FetchProgress | None = None
        bridge.events.connect(self._take_event)
        self._reported.connect(self._show_progress)

    @property
    def entry(self) -> ModelEntry | None:
        """The model in use, where its file is one for this computer."""
        return next((entry for entry in self.catalogue.models if entry.id == self.status.info.id), None)

    @property
    def default_key(self) -> str:
        """The model that answers where a persona has none of its own."""
        known = self.providers.line.default if self.providers is not None else ""
        return known or self.status.info.id

    @property
    def usable(self) -> bool:
        """Whether somebody can answer: the model in use, or one that steps in."""
        if self.providers is not None and self.providers.line.fallbacks:
            return True
        return self.status.state not in (ModelState.MISSING, ModelState.DAMAGED)

    @property
    def fetching(self) -> bool:
        return self._fetching is not None

    def look(self) -> None:
        """See which files are there, without loading anything."""
        self._ask_status()
        self._bridge.run(self._list_here(), owner=self, then=self._know_here)
        if self.providers is not None:
            self.providers.look()

    @property
    def takes_files(self) -> bool:
        """Whether models of one's own can be added."""
        return self._shelf is not None

    @property
    def best_id(self) -> str:
        """The largest of the models that suit this computer's memory; "" while nothing is known of it."""
        fitting = [row for row in self._rows.values() if row.fit.memory_bytes and row.fit.fits and not row.own]
        return max(fitting, key=lambda row: row.entry.size_bytes).entry.id if fitting else ""

    def row(self, model_id: str) -> ShelfRow | None:
        """What is known of a model's needs, once it was looked at."""
        return self._rows.get(model_id)

    def add_file(self, picked: Path) -> None:
        """Take in a model of the user's own. `taken` tells how it went."""
        if self._shelf is not None:
            self._bridge.run(
                self._shelf.add(picked, self.taking.emit),
                owner=self,
                then=lambda _entry: self.taken.emit(None),
                failed=self.taken.emit,
            )

    def delete(self, model_id: str) -> None:
        """Delete a model's file from this computer."""
        if self._shelf is not None:
            self._bridge.run(
                self._shelf.delete(model_id), owner=self, then=lambda _done: self.look(), failed=self.fetch_failed.emit
            )

    def follow(self, persona_id: PersonaId) -> None:
        """Tell from now on how it stands with the model that answers as this persona."""
        if persona_id != self._persona:
            self._persona = persona_id
            self._ask_status()

    def offers(self) -> list[ModelOffer]:
        """Every model that can be chosen: those that are here, then the providers'."""
        local = [local_offer(entry) for entry in self.catalogue.models if entry.id in self.here]
        providers = self.providers.providers if self.providers is not None else ()
        return local + [offer for provider in providers for offer in provider_offers(provider)]

    def ask_choice(self, persona_id: PersonaId, *, owner: QObject, then: Callable[[PersonaModel], None]) -> None:
        """Which model answers as a persona, and how."""
        self._bridge.run(self._model.of_persona(persona_id), owner=owner, then=then)

    def set_choice(
        self,
        persona_id: PersonaId,
        choice: PersonaModel,
        *,
        owner: QObject,
        failed: Callable[[UserFacingError], None],
    ) -> None:
        self._bridge.run(self._model.set_of_persona(persona_id, choice), owner=owner, failed=failed)

    def warm_up(self) -> None:
        """Load the model while the user types, so that the first word comes sooner."""
        if self.status.state is ModelState.RESTING:
            persona = self._persona
            work = self._model.warm_up() if persona is None else self._model.warm_up_for(persona)
            self._bridge.run(work, owner=self)

    def choose(self, model_id: str) -> None:
        """Let another model answer from now on."""
        self._bridge.run(self._model.choose(model_id), owner=self, then=lambda _status: self.look())

    def fetch(self, model_id: str = "") -> None:
        """Fetch a model's file, by default that of the one in use. Another one is in use once it is here."""
        wanted = model_id or self._own_id
        self._begin(wanted, lambda report: self._fetcher.fetch(wanted, report))

    def adopt(self, picked: Path) -> None:
        """Take a file the user chose, if it is the right one."""
        wanted = self._own_id
        self._begin(wanted, lambda report: self._fetcher.adopt(wanted, picked, report))

    def cancel(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._end()
            # What has come is kept, and shown.
            self._look_at_files()

    async def _list_here(self) -> tuple[frozenset[str], tuple[ShelfRow, ...]]:
        if self._shelf is not None:
            rows = await self._shelf.rows()
            return frozenset([row.entry.id for row in rows if row.here]), rows
        here = [entry.id for entry in self.catalogue.models if await self._fetcher.is_here(entry.id)]
        return frozenset(here), ()

    def _know_here(self, known: tuple[frozenset[str], tuple[ShelfRow, ...]]) -> None:
        self.here, rows = known
        self._rows = {row.entry.id: row for row in rows}
        self.seen.emit()

    def _begin(
        self, model_id: str, bring: Callable[[Callable[[FetchProgress], None]], Coroutine[Any, Any, Path]]
    ) -> None:
        if self._fetching is not None:
            return
        self.fetching_id = model_id
        self.failed_id = ""
        self._fetching = self._bridge.run(
            bring(self._reported.emit), owner=self, then=self._arrived, failed=self._failed
        )
        self._show_progress(FetchProgress(self.tr("Starting…"), 0, 0))

    def _show_progress(self, progress: FetchProgress) -> None:
        # One that was under way when the fetch ended comes after its end.
        if self._fetching is not None:
            self.progress = progress
            self.progressed.emit(progress)

    def _arrived(self, _path: Path) -> None:
        brought = self.fetching_id
        self._end()
        if brought != self.status.info.id:
            self.choose(brought)
        else:
            self.look()
        self.fetched.emit()

    def _failed(self, problem: UserFacingError) -> None:
        self.failed_id = self.fetching_id
        self._end()
        self.fetch_failed.emit(problem)
        self._look_at_files()

    def _look_at_files(self) -> None:
        if self._shelf is not None:
            self._bridge.run(self._list_here(), owner=self, then=self._know_here)

    def _end(self) -> None:
        self._fetching = self.progress = None
        self.fetching_id = ""
        self.progressed.emit(None)

    @property
    def _own_id(self) -> str:
        """The model in use, or the one that ships where that is a provider's."""
        return self.entry.id if self.entry is not None else self.catalogue.default_id

    def _ask_status(self) -> None:
        persona = self._persona
        work = self._model.refresh() if persona is None else self._model.status_for(persona)
        self._bridge.run(
            work,
            owner=self,
            then=lambda status: self._take_status(status) if persona == self._persona else None,
            failed=self._show_trouble,
        )

    def _take_status(self, status: ModelStatus) -> None:
        if status != self.status:
            self.status = status
            self.changed.emit(status)

    def _show_trouble(self, problem: UserFacingError) -> None:
        self._take_status(ModelStatus(self.status.info, ModelState.FAILED, problem.sentence, problem.next_step))

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ModelChanged):
            if event.status.info.id == self.status.info.id:
                self._take_status(event.status)
            elif self._persona is None:
                self._ask_status()
        elif isinstance(event, ChangeSet) and any(name.startswith(MODEL_SETTINGS) for name in event.settings):
            self._ask_status()
            if OWN_SETTING in event.settings:
                self._look_at_files()
