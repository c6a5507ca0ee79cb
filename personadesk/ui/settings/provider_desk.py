"""What the window knows of providers: which there are, who answers by default, and who steps in."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.providers import FoundServer, ModelLine, Provider, ProviderCheck
from personadesk.services.providers import PROVIDERS_SETTING, RemovedProvider
from personadesk.services.secret_ports import Secrets
from personadesk.ui.bridge import Bridge

MODEL_SETTINGS = "model."


class Providers(Protocol):
    """The service, as far as the window asks it."""

    async def all(self) -> tuple[Provider, ...]: ...
    async def add(self, draft: Provider, key: str) -> Provider: ...
    async def edit(self, provider: Provider, key: str | None) -> Provider: ...
    async def remove(self, provider_id: str) -> RemovedProvider: ...
    async def restore(self, removed: RemovedProvider) -> None: ...
    async def agree(self, provider_id: str) -> None: ...
    async def test(self, draft: Provider, key: str | None, model_id: str = "") -> ProviderCheck: ...
    async def refresh_models(self, provider_id: str) -> Provider: ...
    async def has_key(self, provider_id: str) -> bool: ...
    async def find_local(self) -> tuple[FoundServer, ...]: ...


class Lines(Protocol):
    """Who answers by default, and who steps in."""

    async def line(self) -> ModelLine: ...
    async def choose(self, key: str) -> object: ...
    async def set_fallbacks(self, keys: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Seen:
    providers: tuple[Provider, ...]
    line: ModelLine


class ProviderDesk(QObject):
    """GUI thread. `changed` comes when providers or the line are others; `found` with servers on this computer."""

    changed = Signal()
    found = Signal(object)  # tuple[FoundServer, ...]
    tested = Signal(str, object)  # a provider's id, ProviderCheck
    removed = Signal(object)  # RemovedProvider

    def __init__(
        self, *, bridge: Bridge, service: Providers, lines: Lines, secrets: Secrets, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.secrets = secrets
        self._service = service
        self._lines = lines
        self.providers: tuple[Provider, ...] = ()
        self.line = ModelLine("")
        self._looks = 0
        bridge.events.connect(self._take_event)

    def provider(self, provider_id: str) -> Provider | None:
        return next((item for item in self.providers if item.id == provider_id), None)

    def look(self) -> None:
        """Read what is set up. Asks no server."""
        self._looks = look = self._looks + 1
        # Of two readings at once the older may end last.
        self.bridge.run(self._read(), owner=self, then=lambda seen: self._know(seen) if look == self._looks else None)

    def look_for_servers(self) -> None:
        """Ask the usual ports of this computer who is there. For an open page alone."""
        self.bridge.run(self._service.find_local(), owner=self, then=self.found.emit)

    def use(self, key: str, *, owner: QObject, failed: Callable[[UserFacingError], None]) -> None:
        """Make a model the default."""
        self.bridge.run(self._lines.choose(key), owner=owner, failed=failed)

    def set_fallbacks(self, keys: Sequence[str], *, owner: QObject, failed: Callable[[UserFacingError], None]) -> None:
        self.bridge.run(self._lines.set_fallbacks(tuple(keys)), owner=owner, failed=failed)

    def agree(self, provider_id: str, *, owner: QObject, then: Callable[[], None]) -> None:
        self.bridge.run(self._service.agree(provider_id), owner=owner, then=lambda _done: then())

    def keep(
        self,
        draft: Provider,
        key: str | None,
        *,
        owner: QObject,
        then: Callable[[Provider], None],
        failed: Callable[[UserFacingError], None],
    ) -> None:
        """Add a draft without an id, or change the one with it."""
        work: Coroutine[Any, Any, Provider]
        work = self._service.edit(draft, key) if draft.id else self._service.add(draft, key or "")
        self.bridge.run(work, owner=owner, then=then, failed=failed)

    def test_draft(
        self,
        draft: Provider,
        key: str | None,
        model_id: str,
        *,
        owner: QObject,
        then: Callable[[ProviderCheck], None],
        failed: Callable[[UserFacingError], None],
    ) -> None:
        self.bridge.run(self._service.test(draft, key, model_id), owner=owner, then=then, failed=failed)

    def test(self, provider: Provider) -> None:
        """See whether a provider answers, and keep the list it gives. `tested` tells."""
        self.bridge.run(
            self._test_and_list(provider),
            owner=self,
            then=lambda check: self.tested.emit(provider.id, check),
            failed=lambda problem: self.tested.emit(
                provider.id, ProviderCheck(False, problem.sentence, problem.next_step)
            ),
        )

    def remove(self, provider_id: str, *, owner: QObject, failed: Callable[[UserFacingError], None]) -> None:
        self.bridge.run(self._service.remove(provider_id), owner=owner, then=self.removed.emit, failed=failed)

    def restore(self, removed: RemovedProvider) -> None:
        self.bridge.run(self._service.restore(removed), owner=self)

    def ask_key(self, provider_id: str, *, owner: QObject, then: Callable[[bool], None]) -> None:
        """Whether a key is kept."""
        self.bridge.run(self._service.has_key(provider_id), owner=owner, then=then, failed=lambda _: then(False))

    async def _test_and_list(self, provider: Provider) -> ProviderCheck:
        check = await self._service.test(provider, None)
        if check.works:
            await self._service.refresh_models(provider.id)
        return check

    async def _read(self) -> _Seen:
        return _Seen(await self._service.all(), await self._lines.line())

    def _know(self, seen: _Seen) -> None:
        self.providers, self.line = seen.providers, seen.line
        self.changed.emit()

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ChangeSet) and any(
            name == PROVIDERS_SETTING or name.startswith(MODEL_SETTINGS) for name in event.settings
        ):
            self.look()
