"""Providers in the settings: added with a test that says what is wrong, found on this computer, chosen, agreed to."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from personadesk.assembly import load_catalogue
from personadesk.domain.errors import ModelError
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import FoundServer, PersonaModel, Preset, Provider, ProviderKind, ProviderModel
from personadesk.domain.secrets import KeptIn
from personadesk.paths import find_resources
from personadesk.providers.model_files import ModelFiles
from personadesk.providers.own_models import OwnModelFiles, memory_bytes
from personadesk.services.engine import Engine
from personadesk.services.events import EventHub
from personadesk.services.model_choice import ChosenModel
from personadesk.services.model_shelf import ModelShelf, ShelfService
from personadesk.services.models import ModelEntry
from personadesk.services.ports import Publish
from personadesk.services.provider_ports import ModelList
from personadesk.services.providers import ProviderService
from personadesk.storage.database import open_database
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.model_menu import ModelMenu
from personadesk.ui.model_desk import ModelDesk
from personadesk.ui.settings.key_place import KeyPlaceDialog
from personadesk.ui.settings.provider_consent import ConsentDialog
from personadesk.ui.settings.provider_form import ProviderForm
from personadesk.ui.settings.provider_line import LineSection
from personadesk.ui.settings.provider_models import ModelPicker
from personadesk.ui.settings.provider_section import ProviderSection
from personadesk.ui.settings.settings_dialog import Facts, SettingsDialog
from personadesk.ui.theme.icons import install_icons
from personadesk.ui.theme.source import ThemeChoice, ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.toasts import ToastStack
from tests.fakes import FakeClock
from tests.services.test_line_up import Elsewhere
from tests.services.test_model_choice import Talker
from tests.services.test_providers import HeldSecrets, ScriptedConnector
from tests.ui.stand_ins import ScriptedFetcher

MODELS = (ProviderModel("big", "Big One", 128_000, True), ProviderModel("little", "Little One"))
FAR = Provider("", ProviderKind.OPENAI, "Far", "https://far.example/v1", models=MODELS)
NEAR = Provider("", ProviderKind.OPENAI, "Near", "http://127.0.0.1:8080/v1", models=MODELS)


class Page:
    """The section in a window of its own, over the real services and a connector that a test speaks through."""

    def __init__(self, data_dir: Path, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.engine = Engine()
        self.hub = EventHub()
        self.database = open_database(data_dir, clock=FakeClock())
        self.connector = ScriptedConnector()
        self.secrets = HeldSecrets()
        self.folder = data_dir / "models"
        self.memory = memory_bytes()
        resources = find_resources()
        self.catalogue = ModelShelf(load_catalogue(resources))
        self.fetcher = ScriptedFetcher()
        self.shelf = ShelfService(
            shelf=self.catalogue,
            files=OwnModelFiles(
                shelf=self.catalogue, files=ModelFiles(models_dir=self.folder), memory=lambda: self.memory
            ),
            fetcher=self.fetcher,
            database=self.database,
            publish=self.hub,
        )
        install_icons(resources / "icons")
        self.themes = ThemeSource(folder=resources / "themes", choice=ThemeChoice.DARK)
        self.model = self.ask(self._make_model())
        self.service = ProviderService(
            database=self.database,
            connector=self.connector,
            secrets=self.secrets,
            publish=self.hub,
            forget=self.model.forget,
        )
        self.bridge = Bridge()
        self.bridge.attach(engine=self.engine, hub=self.hub)
        self.window = QWidget()
        self.window.resize(700, 600)
        qtbot.addWidget(self.window)
        self.desk = ModelDesk(
            bridge=self.bridge,
            model=self.model,
            catalogue=self.catalogue,
            fetcher=self.fetcher,
            shelf=self.shelf,
            providers=self.service,
            secrets=self.secrets,
            parent=self.window,
        )
        self.desk.look()
        self.until(lambda: bool(self.desk.here))
        assert self.desk.providers is not None
        self.section = ProviderSection(desk=self.desk.providers, themes=self.themes)
        layout = QVBoxLayout(self.window)
        layout.addWidget(self.section)
        layout.addWidget(LineSection(desk=self.desk.providers, models=self.desk, themes=self.themes))

    async def _make_model(self) -> ChosenModel:
        def local(entry: ModelEntry, publish: Publish) -> Talker:
            return Talker(entry, publish)

        return ChosenModel(
            catalogue=self.catalogue,
            make=local,
            database=self.database,
            publish=self.hub,
            reach=lambda provider, model_id, publish: Elsewhere(provider, model_id, publish),
        )

    def ask(self, coroutine: object) -> object:
        return self.engine.submit(coroutine).result(10)  # type: ignore[arg-type]

    def until(self, holds: object) -> None:
        self.qtbot.waitUntil(holds, timeout=10_000)  # type: ignore[arg-type]

    def show(self) -> None:
        self.window.show()
        self.qtbot.waitExposed(self.window)

    def add(self, provider: Provider) -> Provider:
        added = self.ask(self.service.add(provider, ""))
        assert isinstance(added, Provider)
        self.until(lambda: added.id in [item.id for item in self.providers])
        return added

    @property
    def providers(self) -> tuple[Provider, ...]:
        assert self.desk.providers is not None
        return self.desk.providers.providers

    def words(self) -> str:
        return "\n".join(label.text() for label in self.window.findChildren(Label) if not label.isHidden())

    def button(self, accessible: str) -> Button:
        found = [item for item in self.window.findChildren(Button) if item.accessibleName() == accessible]
        return next(item for item in found if not item.isHidden())

    def dialog(self, kind: type[QWidget]) -> QWidget:
        self.until(lambda: any(item.isVisible() for item in self.window.findChildren(kind)))
        return next(item for item in self.window.findChildren(kind) if item.isVisible())

    def close(self) -> None:
        self.window.close()
        self.bridge.close()
        self.ask(self.model.close())
        self.engine.close()
        self.database.close()


@pytest.fixture
def page(data_dir: Path, qtbot: QtBot) -> Iterator[Page]:
    made = Page(data_dir, qtbot)
    yield made
    made.close()


def test_servers_are_looked_for_only_while_the_page_is_open(page: Page) -> None:
    page.connector.found = [FoundServer("Ollama", "http://127.0.0.1:11434/v1", "ollama", MODELS)]
    looked = []
    find = page.connector.find_local

    async def watched() -> object:
        looked.append(True)
        return await find()

    page.connector.find_local = watched  # type: ignore[method-assign,assignment]
    page.desk.look()
    page.until(lambda: page.desk.providers.line.default != "")
    assert not looked

    page.show()

    page.until(lambda: "Ollama runs on this computer" in page.words())
    page.button("Add Ollama").click()
    form = page.dialog(ProviderForm)
    assert isinstance(form, ProviderForm)
    assert (form.name.line.text(), form.address.line.text()) == ("Ollama", "http://127.0.0.1:11434/v1")
    assert "nothing leaves it" in form.sends.text()
    form.keep.click()
    page.until(lambda: [item.software for item in page.providers] == ["ollama"])
    page.until(lambda: "Ollama runs on this computer" not in page.words())
    assert page.providers[0].models == MODELS


def test_an_older_look_that_ends_last_hides_nothing_newer(page: Page) -> None:
    desk, read, let_go = page.desk.providers, page.service.all, asyncio.Event()
    assert desk is not None

    async def slow() -> tuple[Provider, ...]:
        found = await read()
        page.service.all = read  # type: ignore[method-assign]
        await let_go.wait()
        return found

    page.service.all = slow  # type: ignore[method-assign]
    desk.look()
    page.until(lambda: page.service.all is read)
    page.add(NEAR)

    async def end() -> None:
        let_go.set()

    page.ask(end())
    page.qtbot.wait(50)
    assert [item.name for item in page.providers] == ["Near"]


def test_a_test_says_what_is_wrong_and_then_what_there_is(page: Page) -> None:
    page.show()
    form = page.section.open_form(None)
    page.connector.listing = ModelError("The key was not accepted.", "Check the key.")
    form.key.line.setText("a-key")
    assert "api.openai.com" in form.sends.text()

    form.test.click()
    page.until(lambda: form.told.text() == "The key was not accepted. Check the key.")
    assert form.models.isHidden()
    page.connector.listing = ModelList(MODELS)
    form.test.click()
    page.until(lambda: form.told.text().startswith("It works: it offers 2 models."))
    assert "000 tokens · sees pictures" in form.models.model.offers[0].facts
    form.models.view.setCurrentIndex(form.models.model.index(0))
    page.connector.talking = ModelError("The account has no credit left.", "Top it up.")
    form.test.click()
    page.until(lambda: form.told.text() == "The account has no credit left. Top it up.")
    assert page.providers == ()


def test_a_server_here_that_asks_for_a_key_is_offered_with_the_field_for_it(page: Page) -> None:
    page.connector.found = [FoundServer("LM Studio", "http://127.0.0.1:1234/v1", "", asks_for_key=True)]
    page.show()
    page.until(lambda: "127.0.0.1:1234/v1 · it asks for a key" in page.words())

    page.button("Add LM Studio").click()

    form = page.dialog(ProviderForm)
    assert isinstance(form, ProviderForm)
    assert form.focusWidget() is form.key.line
    assert form.key.line.placeholderText() == "The one that the server was started with"


def test_what_one_server_lists_is_not_kept_for_another(page: Page) -> None:
    page.show()
    near = FoundServer("Ollama", "http://127.0.0.1:11434/v1", "ollama", MODELS)
    form = page.section.open_form(None, near)
    assert form.models.isVisible()

    form.address.line.setText("https://api.groq.com/openai/v1")
    assert form.models.isHidden()
    form.address.line.setText("127.0.0.1:11434")
    assert form.models.isVisible(), "it is the same server, written shorter"
    form.address.line.setText("https://api.groq.com/openai/v1")
    page.connector.listing = ModelError("The key was not accepted.", "Check the key.")
    form.keep.click()

    page.until(lambda: bool(page.providers))
    assert (page.providers[0].host, page.providers[0].models, page.providers[0].software) == ("api.groq.com", (), "")


def test_a_test_of_the_address_before_says_nothing_of_the_next(page: Page) -> None:
    page.show()
    page.connector.listing = ModelList(MODELS, "ollama")
    form = page.section.open_form(None)
    form.test.click()
    form.address.line.setText("https://api.groq.com/openai/v1")

    page.until(form.test.isEnabled)
    assert (form.told.text(), form.models.isHidden()) == ("", True)
    form.test.click()
    page.until(lambda: form.told.text().startswith("It works: it offers 2 models."))
    assert form.models.isVisible()
    form.kind.chosen.emit("openai")
    assert form.models.isHidden()


def test_a_server_that_lists_nothing_is_told_the_models_name_and_context(page: Page) -> None:
    page.show()
    page.connector.listing = ModelList(())
    form = page.section.open_form(None)
    form.key.line.setText("a-key")
    assert form.typed.isHidden()
    form.test.click()
    page.until(form.typed.isVisible)

    form.typed.line.setText("my-model")
    form.test.click()
    page.until(lambda: form.told.text() == "my-model answered.")
    form.context.line.setText("12")
    form.keep.click()
    page.until(lambda: "at least 512" in form.wrong["context"].text())
    form.context.line.setText("16384")
    form.keep.click()

    page.until(lambda: bool(page.providers))
    assert page.providers[0].context_tokens == 16_384
    assert [model.id for model in page.providers[0].models] == ["my-model"]


def test_what_can_not_be_kept_is_said_beside_its_field(page: Page) -> None:
    page.show()
    form = page.section.open_form(None)
    form.address.line.setText("http://far.example")
    form.key.line.setText("a-key")

    form.keep.click()

    page.until(lambda: "unencrypted" in form.wrong["address"].text())
    assert form.isVisible()
    form.address.line.setText("https://far.example")
    assert form.wrong["address"].isHidden()
    form.keep.click()
    page.until(lambda: [item.host for item in page.providers] == ["far.example"])
    assert list(page.secrets.held.values()) == ["a-key"]


def test_where_no_place_for_keys_was_agreed_on_that_is_asked_first(page: Page) -> None:
    page.secrets.agreed = False
    page.show()
    form = page.section.open_form(None)
    form.key.line.setText("a-key")

    form.keep.click()
    place = page.dialog(KeyPlaceDialog)
    assert isinstance(place, KeyPlaceDialog)
    assert form.told.text().startswith("No place for keys")
    assert page.providers == ()
    place.chips[KeptIn.SESSION].click()
    place.use.click()

    page.until(lambda: [item.name for item in page.providers] == ["OpenAI"])
    assert list(page.secrets.held.values()) == ["a-key"]


def test_a_removed_provider_can_be_brought_back(page: Page) -> None:
    page.show()
    added = page.add(NEAR)
    page.until(lambda: len(page.section.rows) == 1)

    page.button("Remove Near").click()
    page.until(lambda: page.providers == ())
    page.until(lambda: page.section.undo.isVisible())
    page.section.undo.click()

    page.until(lambda: page.providers == (added,))


def test_the_first_use_of_a_stranger_says_what_is_sent_where(page: Page) -> None:
    page.show()
    added = page.add(FAR)
    key = f"{added.id}/big"
    page.until(lambda: key in [offer.key for offer in page.desk.offers()])

    page.button("Change the default model").click()
    picker = page.dialog(ModelPicker)
    assert isinstance(picker, ModelPicker)
    picker.chooser.search.line.setText("big far")
    assert [offer.key for offer in picker.chooser.model.offers] == [key]
    picker.chooser.search.entered.emit()
    consent = page.dialog(ConsentDialog)
    assert isinstance(consent, ConsentDialog)
    assert any("are sent to far.example" in label.text() for label in consent.findChildren(Label))
    assert page.model.key == "smollm2-135m-instruct"
    consent.agree.click()

    page.until(lambda: page.model.key == key)
    page.until(lambda: "Big One · Far" in page.words())


def test_models_that_step_in_are_put_in_order(page: Page) -> None:
    page.show()
    near = page.add(NEAR)
    big, little = f"{near.id}/big", f"{near.id}/little"
    page.ask(page.model.set_fallbacks([big, little]))
    page.until(lambda: "2. Little One" in page.words())

    page.button("Ask Little One earlier").click()
    page.until(lambda: "1. Little One" in page.words())
    page.button("Leave Big One out").click()

    page.until(lambda: "Big One" not in page.words())
    line = page.ask(page.model.line())
    assert line.fallbacks == (little,)  # type: ignore[attr-defined]


def test_a_chats_menu_gives_the_persona_a_model_of_its_own(page: Page) -> None:
    page.show()
    near = page.add(NEAR)
    persona = PersonaId(7)
    menu = ModelMenu(
        desk=page.desk, themes=page.themes, toasts=ToastStack(page.themes, page.window), parent=page.window
    )
    page.until(lambda: len(page.desk.offers()) == 3)
    page.desk.follow(persona)

    menu.open(persona, page.window.pos())
    page.until(lambda: menu.menu is not None)
    assert menu.menu is not None
    words = [entry.text() for entry in menu.menu.actions()]
    next(entry for entry in menu.menu.actions() if entry.text() == "Little One · Near").trigger()
    menu.menu.close()

    assert words[0].startswith("Default model (SmolLM2 135M)")
    page.until(lambda: page.desk.status.info.id == f"{near.id}/little")
    choice = page.ask(page.model.of_persona(persona))
    assert (choice.key, choice.preset) == (f"{near.id}/little", Preset.SUITED)  # type: ignore[attr-defined]


def test_the_card_of_local_models_tells_of_the_default_whoever_is_on_screen(page: Page) -> None:
    near, persona = page.add(NEAR), PersonaId(7)
    page.ask(page.model.set_of_persona(persona, PersonaModel(key=f"{near.id}/big")))
    page.desk.follow(persona)
    page.until(lambda: page.desk.status.info.id == f"{near.id}/big")
    facts = Facts("0.0", page.folder, page.folder)
    dialog = SettingsDialog(themes=page.themes, desk=page.desk, facts=facts, your_name="", parent=page.window)
    dialog.show_page("models")

    assert dialog.model_state.text().startswith("Resting.")
    page.desk.choose(f"{near.id}/little")
    page.until(dialog.model_state.isHidden)
    page.desk.choose("smollm2-135m-instruct")
    page.until(lambda: not dialog.model_state.isHidden())
    assert dialog.model_state.text().startswith("Resting.")


def test_a_chats_menu_leaves_the_personas_way_of_speaking_as_it_is(page: Page) -> None:
    page.show()
    near = page.add(NEAR)
    persona = PersonaId(7)
    chosen = PersonaModel(preset=Preset.OWN, temperature=1.4, top_p=0.9, max_tokens=200, way="wild")
    page.ask(page.model.set_of_persona(persona, chosen))
    menu = ModelMenu(
        desk=page.desk, themes=page.themes, toasts=ToastStack(page.themes, page.window), parent=page.window
    )
    page.until(lambda: len(page.desk.offers()) == 3)

    menu.open(persona, page.window.pos())
    page.until(lambda: menu.menu is not None)
    assert menu.menu is not None
    next(entry for entry in menu.menu.actions() if entry.text() == "Little One · Near").trigger()
    menu.menu.close()

    page.until(lambda: page.ask(page.model.of_persona(persona)) == replace(chosen, key=f"{near.id}/little"))
