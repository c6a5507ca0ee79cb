"""What the lorebooks' widgets need of the program, without a window: engine, store, themes, a model."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard
from personadesk.paths import find_resources
from personadesk.services.chat import ChatService
from personadesk.services.clock import SystemClock
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.services.lorebooks import LorebookService
from personadesk.services.personas import PersonaService
from personadesk.storage.database import open_database
from personadesk.ui.bridge import Bridge
from personadesk.ui.roster import Roster
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource, palette
from tests.ui.stand_ins import ScriptedModel

DONE_MS = 10_000


class LoreDesk:
    """`close` blocks until all is on disk."""

    def __init__(self, data_dir: Path, qtbot: QtBot) -> None:
        resources = find_resources()
        self.qtbot = qtbot
        self.engine = Engine()
        self.hub = EventHub()
        self.database = open_database(data_dir, clock=SystemClock())
        self.model = ScriptedModel(self.hub)
        self.service = LorebookService(database=self.database, publish=self.hub, model=self.model)
        self.chat = ChatService(database=self.database, model=self.model, publish=self.hub)
        self.personas = PersonaService(database=self.database, publish=self.hub, silence=self.chat.silence)
        self.bridge = Bridge()
        self.bridge.attach(engine=self.engine, hub=self.hub)
        self.roster = Roster(bridge=self.bridge)
        self.roster.fill(self.ask(self.personas.listing()))
        install_icons(resources / "icons")
        self.themes = ThemeSource(folder=resources / "themes", choice=ThemeChoice.DARK)
        QApplication.setPalette(palette(self.themes.theme))

    def close(self) -> None:
        self.bridge.close()
        self.engine.submit(self.chat.close()).result(10)
        self.engine.close()
        self.database.close()
        gc.collect()

    def ask(self, coroutine: Any) -> Any:
        """Run a coroutine on the engine and wait for it."""
        return self.engine.submit(coroutine).result(10)

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=DONE_MS)

    def make(self, name: str) -> PersonaId:
        """Create a persona that the roster knows."""
        persona = self.ask(self.personas.create(PersonaCard(name=name)))
        self.roster.fill(self.ask(self.personas.listing()))
        return PersonaId(persona.id)
