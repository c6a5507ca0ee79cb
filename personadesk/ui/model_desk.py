"""What the window knows of the chat models: who answers, how it stands with that, and who else could."""

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from personadesk.domain.chat import ModelState, ModelStatus
from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event, ModelChanged
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import ChosenModelRef, ModelLine, PersonaModel
from personadesk.services.model_shelf import OWN_SETTING
from personadesk.services.models import KnownModels, ModelEntry, ModelFetcher
from personadesk.services.secret_ports import Secrets
from personadesk.ui.bridge import Bridge
from personadesk.ui.model_files_desk import ModelFilesDesk, Shelf
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


class ModelDesk(ModelFilesDesk):
    """GUI thread. `status` is the model's that answers the persona on screen, else the default's.

    `default_status` is the default's, whoever is on screen.
    """

    changed = Signal(object)  # ModelStatus
    default_changed = Signal(object)  # ModelStatus

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
        super().__init__(bridge=bridge, catalogue=catalogue, fetcher=fetcher, shelf=shelf, parent=parent)
        self._model = model
        self._persona: PersonaId | None = None
        self.providers: ProviderDesk | None = None
        if providers is not None and secrets is not None:
            self.providers = ProviderDesk(bridge=bridge, service=providers, lines=model, secrets=secrets, parent=self)
            self.providers.changed.connect(self.seen)
            self.providers.changed.connect(self._ask_default)
        self.status = self.default_status = model.status
        self._asked_default = 0
        self.brought.connect(self._take_brought)
        self.deleted.connect(self.look)
        bridge.events.connect(self._take_event)

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
    def default_entry(self) -> ModelEntry | None:
        """The default model, where its file is one for this computer."""
        return next((entry for entry in self.catalogue.models if entry.id == self.default_status.info.id), None)

    def look(self) -> None:
        """See which files are there, without loading anything."""
        self._ask_status()
        self._ask_default()
        self.look_at_files()
        if self.providers is not None:
            self.providers.look()

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

    def answers_when_brought(self, model_id: str) -> bool:
        """Whether a model that was fetched answers from then on: one of a provider's stays the default."""
        in_use = model_id in (self.status.info.id, self.default_key)
        return in_use or self._takes_over or not ChosenModelRef.of(self.default_key).provider_id

    def _take_brought(self, model_id: str) -> None:
        if model_id not in (self.status.info.id, self.default_key) and self.answers_when_brought(model_id):
            self.choose(model_id)
        else:
            self.look()

    def _ask_status(self) -> None:
        persona = self._persona
        work = self._model.refresh() if persona is None else self._model.status_for(persona)
        self._bridge.run(
            work,
            owner=self,
            then=lambda status: self._take_status(status) if persona == self._persona else None,
            failed=self._show_trouble,
        )

    def _ask_default(self) -> None:
        self._asked_default = asked = self._asked_default + 1
        self._bridge.run(
            self._model.refresh(),
            owner=self,
            then=lambda status: self._take_default(status) if asked == self._asked_default else None,
            failed=lambda _problem: None,
        )

    def _take_default(self, status: ModelStatus) -> None:
        if status != self.default_status:
            self.default_status = status
            self.default_changed.emit(status)

    def _take_status(self, status: ModelStatus) -> None:
        if status != self.status:
            self.status = status
            self.changed.emit(status)

    def _show_trouble(self, problem: UserFacingError) -> None:
        self._take_status(ModelStatus(self.status.info, ModelState.FAILED, problem.sentence, problem.next_step))

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ModelChanged):
            if event.status.info.id == self.default_status.info.id:
                self._take_default(event.status)
            if event.status.info.id == self.status.info.id:
                self._take_status(event.status)
            elif self._persona is None:
                self._ask_status()
        elif isinstance(event, ChangeSet) and any(name.startswith(MODEL_SETTINGS) for name in event.settings):
            self._ask_status()
            self._ask_default()
            if OWN_SETTING in event.settings:
                self.look_at_files()
