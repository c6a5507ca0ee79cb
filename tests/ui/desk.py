"""The real window over a real store, with a model that a test speaks through."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from personadesk.assembly import load_catalogue
from personadesk.domain.conversation import Message
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaCard, PersonaSummary
from personadesk.paths import Paths, find_resources
from personadesk.providers.audio_reader.reader import ProcessSampleReader
from personadesk.providers.card_reader.pool import ProcessCardReader
from personadesk.providers.document_reader.reader import ProcessDocumentReader
from personadesk.providers.model_files import ModelFiles
from personadesk.providers.own_models import OwnModelFiles
from personadesk.services.chat import ChatService
from personadesk.services.clock import SystemClock
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.services.library import LibraryService
from personadesk.services.lorebooks import LorebookService
from personadesk.services.memory import MemoryService
from personadesk.services.model_shelf import ModelShelf, ShelfService
from personadesk.services.persona_editing import PersonaEditing
from personadesk.services.personas import PersonaService
from personadesk.services.ports import Store
from personadesk.services.speech.samples import SampleService
from personadesk.services.talking import Talking
from personadesk.storage.assets import AssetFiles
from personadesk.storage.database import open_database
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.chat_pane import ChatPane
from personadesk.ui.chat.verbs_joining import join_verbs
from personadesk.ui.library.library_desk import LibraryDesk
from personadesk.ui.main_window import MainWindow
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.palette.jumps import Jumps
from personadesk.ui.palette.palette import Palette
from personadesk.ui.roster import Roster
from personadesk.ui.settings.settings_dialog import Facts
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource, palette
from personadesk.ui.widgets.avatars import Avatars
from personadesk.ui.widgets.toasts import Toast
from personadesk.ui.window_state import WindowStateFile
from tests.ui.stand_ins import ScriptedFetcher, ScriptedModel

DONE_MS = 10_000
"""How long a test waits for what must come: a busy machine is slow, not wrong."""


class Desk:
    """One window, wired as the program wires it. `close` blocks until all is on disk."""

    def __init__(self, data_dir: Path, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.paths = Paths(data_dir=data_dir, resources=find_resources())
        self.engine = Engine()
        self.hub = EventHub()
        self.database = open_database(data_dir, clock=SystemClock())
        self.model = ScriptedModel(self.hub)
        self.fetcher = ScriptedFetcher()
        self.catalogue = ModelShelf(load_catalogue(self.paths.resources))
        self.chat_service = ChatService(database=self.database, model=self.model, publish=self.hub)
        self.personas = PersonaService(database=self.database, publish=self.hub, silence=self.chat_service.silence)
        self.library = LibraryService(database=self.database, publish=self.hub, silence=self.chat_service.silence)
        self.memory = MemoryService(database=self.database, publish=self.hub)
        self.bridge = Bridge()
        self.bridge.attach(engine=self.engine, hub=self.hub)
        self.problems: list[UserFacingError] = []
        self.bridge.failed.connect(self.problems.append)
        self.roster = Roster(bridge=self.bridge)
        self.roster.attach(self.personas)
        install_icons(self.paths.resources / "icons")
        self.themes = ThemeSource(folder=self.paths.resources / "themes", choice=ThemeChoice.DARK)
        QApplication.setPalette(palette(self.themes.theme))
        self.avatars = Avatars(path_of=AssetFiles(data_dir).path)
        self.state = WindowStateFile(self.paths.window_file)
        self.window = MainWindow(
            bridge=self.bridge, roster=self.roster, themes=self.themes, avatars=self.avatars, state=self.state
        )
        qtbot.addWidget(self.window)
        self.roster.fill(self.ask(self.personas.listing()))
        self.model_desk = ModelDesk(
            bridge=self.bridge,
            model=self.model,
            catalogue=self.catalogue,
            fetcher=self.fetcher,
            shelf=ShelfService(
                shelf=self.catalogue,
                files=OwnModelFiles(shelf=self.catalogue, files=ModelFiles(models_dir=self.paths.models_dir)),
                fetcher=self.fetcher,
                database=self.database,
                publish=self.hub,
            ),
            parent=self.window,
        )
        facts = Facts("0.0", data_dir, self.paths.resources)
        self.window.attach(
            personas=self.personas, chat=self.chat_service, memory=self.memory, desk=self.model_desk, facts=facts
        )
        self.reader = ProcessCardReader()
        self.talking = Talking(
            database=self.database,
            publish=self.hub,
            model=self.model,
            chat=self.chat_service,
            documents=ProcessDocumentReader(),
            pictures=self.reader,
        )
        join_verbs(self.window, self.bridge, self.talking)
        Jumps(window=self.window, search=self.talking.search)
        self.lorebooks = LorebookService(database=self.database, publish=self.hub, model=self.model)
        self.sample_reader = ProcessSampleReader()
        self.editing = PersonaEditing(
            database=self.database,
            model=self.model,
            clock=SystemClock(),
            publish=self.hub,
            samples=SampleService(database=self.database, reader=self.sample_reader),
        )
        self.window.personas.attach_editor(
            avatars=self.avatars,
            editing=self.editing,
            models=self.model_desk,
            reader=self.reader,
            pictures=self.paths.resources / "avatars_set",
            lorebooks=self.lorebooks,
        )
        self.arranging = LibraryDesk(
            bridge=self.bridge,
            page=self.window.library,
            service=self.library,
            personas=self.window.personas,
            toasts=self.window.toasts,
            closing=self.window.closing,
        )
        self._closed = False

    def show(self, width: int = 1280, height: int = 800) -> None:
        self.window.resize(width, height)
        self.window.show()
        self.qtbot.waitExposed(self.window)
        self.window.activateWindow()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self.window.close()
        self.bridge.close()
        self.avatars.close()
        self.engine.submit(self.chat_service.close()).result(10)
        self.engine.submit(self.talking.close()).result(10)
        self.engine.submit(self.reader.close()).result(10)
        self.engine.submit(self.sample_reader.close()).result(10)
        self.engine.close()
        self.database.close()
        gc.collect()

    # -- asking below the window

    def ask(self, coroutine: Any) -> Any:
        """Run a coroutine on the engine and wait for it."""
        return self.engine.submit(coroutine).result(10)

    def read(self, work: Callable[[Store], Any]) -> Any:
        return self.ask(self.database.read(work))

    def write(self, work: Callable[[Store], Any]) -> Any:
        return self.ask(self.database.write(work))

    def make(self, name: str, **fields: Any) -> PersonaId:
        """Create a persona and wait until the window knows it."""
        persona = self.ask(self.personas.create(PersonaCard(name=name, **fields)))
        self.until(lambda: persona.id in self.roster.personas)
        return PersonaId(persona.id)

    def persona(self, name: str) -> PersonaSummary:
        return next(item for item in self.roster.personas.values() if item.name == name)

    # -- doing

    @property
    def chat(self) -> ChatPane:
        assert self.window.chat is not None
        return self.window.chat

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=DONE_MS)

    def open(self, name: str) -> None:
        """Open a persona's chat and wait until it can be written in."""
        wanted = self.persona(name).id
        self.window.open_persona(wanted)
        self.until_open(name)

    def until_open(self, name: str) -> None:
        wanted = self.persona(name).id
        self.until(lambda: self.chat.conversation_id is not None and self.window.current_persona == wanted)

    def key_in(self, text: str) -> None:
        """Type ASCII: more than that aborts QTest."""
        QTest.keyClicks(self.chat.composer.editor, text)

    def send(self, text: str) -> None:
        self.chat.composer.editor.setPlainText(text)
        self.press(Qt.Key.Key_Return, into=self.chat.composer.editor)

    def answer(self, text: str, reply: str) -> None:
        """Send a message and wait for the whole reply."""
        self.model.answer = reply
        shown = self.chat.model.rowCount() + 2
        self.send(text)
        # By rows and not by words: the reply before may have said the same, and its news may still be on their way.
        self.until(lambda: self.chat.model.rowCount() == shown and self.last().text == reply and not self.chat.replying)
        self.until(lambda: not self.chat_service.replying())
        self.model.answer = ""

    def press(
        self,
        key: Qt.Key,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        into: QWidget | None = None,
    ) -> None:
        QTest.keyClick(into or QApplication.focusWidget() or self.window, key, modifier)

    def ctrl(self, key: Qt.Key) -> None:
        self.press(key, Qt.KeyboardModifier.ControlModifier)

    def click(self, button: QAbstractButton) -> None:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def click_card(self, persona_id: PersonaId, part: str = "card") -> None:
        grid = self.window.library.grid
        QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=self.card_point(persona_id, part))

    def card_point(self, persona_id: PersonaId, part: str = "card") -> QPoint:
        """Where a part of a card is, as a user would find it: by its place in the card."""
        grid = self.window.library.grid
        index = self.window.library.model.index(self.window.library.model.row_of(persona_id))
        grid.scrollTo(index)
        card = grid.visualRect(index)
        near, far = (card.right(), card.left()) if grid.isRightToLeft() else (card.left(), card.right())
        inward = -1 if grid.isRightToLeft() else 1
        return {
            "card": card.center(),
            "star": QPoint(far - inward * 28, card.top() + 44),
            "menu": QPoint(far - inward * 34, card.bottom() - 34),
            "chat": QPoint(near + inward * 40, card.bottom() - 34),
            "hear": QPoint(near + inward * 98, card.bottom() - 34),
        }[part]

    # -- looking

    def said(self) -> list[str]:
        """Every message in the transcript, oldest first."""
        model = self.chat.model
        messages = [model.message_at(row) for row in range(model.rowCount())]
        return [message.text for message in messages if message is not None]

    def last(self) -> Message:
        message = self.chat.model.message_at(self.chat.model.rowCount() - 1)
        assert message is not None
        return message

    def cards(self) -> list[str]:
        """The names on the cards in the grid, in their order."""
        model = self.window.library.model
        return [str(model.index(row).data()) for row in range(model.rowCount())]

    def toasts(self) -> list[str]:
        return [item.accessibleName() for item in self.window.findChildren(Toast) if item.isVisible()]

    def toast(self, words: str) -> Toast:
        self.until(lambda: any(words in text for text in self.toasts()))
        shown = [item for item in self.window.findChildren(Toast) if item.isVisible()]
        return next(item for item in shown if words in item.accessibleName())

    def dialog(self, kind: type[QDialog]) -> Any:
        """The dialog of this kind, once it is open."""
        self.until(lambda: any(item.isVisible() for item in self.window.findChildren(kind)))
        return next(item for item in self.window.findChildren(kind) if item.isVisible())

    def menu(self) -> QMenu:
        self.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        shown = QApplication.activePopupWidget()
        assert isinstance(shown, QMenu)
        return shown

    def choose(self, words: str) -> None:
        """Pick an entry of the open menu by its text."""
        menu = self.menu()
        entry = next(item for item in menu.actions() if item.text() == words)
        menu.setActiveAction(entry)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    def palette(self) -> Palette:
        return next(item for item in self.window.findChildren(Palette))

    def picture(self) -> QImage:
        return self.window.grab().toImage()
