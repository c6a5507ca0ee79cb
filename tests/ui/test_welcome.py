"""The page on model and voice: at the end of a first start's wizard, by itself once, and again when asked for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QListView
from pytestqt.qtbot import QtBot

from personadesk.domain.providers import FoundServer, ProviderModel
from personadesk.domain.speech import KOKORO, SpeechState, SpeechStatus
from personadesk.providers.keyring_secrets import KeyringSecrets
from personadesk.providers.system_keyring import SystemKeyring
from personadesk.providers.voices.elevenlabs_key import ElevenLabsKey
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.services.speech.account import chosen_model
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.clones import VoiceClones
from personadesk.services.speech.services import speech_services
from personadesk.services.speech.speaking import Speaker
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.speech.joining import join_voices
from personadesk.ui.speech.outputs import Silence
from personadesk.ui.theme.source import ThemeChoice
from personadesk.ui.wizard.migration_desk import MigrationDesk
from personadesk.ui.wizard.model_voice_page import ModelVoicePage
from personadesk.ui.wizard.welcome import WelcomeDialog
from personadesk.ui.wizard.wizard import Page as WizardPage
from personadesk.ui.wizard.wizard import open_wizard
from tests.services.test_speaking import VOICES, ScriptedEngine
from tests.ui.desk import Desk
from tests.ui.test_provider_page import NEAR, Page
from tests.ui.test_wizard import FOUND, PERSONAS, ScriptedMigration
from tests.ui.voice_setup import voice_setup

BETTER = "qwen2.5-coder-1.5b-instruct"
MODELS = (ProviderModel("llama3", "Llama 3"), ProviderModel("phi", "Phi"))
OLLAMA = FoundServer("Ollama", "http://127.0.0.1:11434/v1", "ollama", MODELS)

pytestmark = pytest.mark.qt_log_ignore("^(Couldn't (load|resolve) |PulseAudioService: )", extend=True)


@pytest.fixture
def page(data_dir: Path, qtbot: QtBot) -> Iterator[Page]:
    made = Page(data_dir, qtbot)
    yield made
    made.close()


def shown(page: Page) -> ModelVoicePage:
    """The page alone in its window, looked at."""
    made = ModelVoicePage(models=page.desk, voices=None, themes=page.themes)
    layout = page.window.layout()
    assert layout is not None
    page.section.hide()
    layout.addWidget(made)
    page.show()
    page.until(lambda: page.desk.row(BETTER) is not None)
    return made


def test_the_better_model_is_offered_and_fetched_by_a_click_even_when_the_page_is_gone(page: Page) -> None:
    welcome = shown(page)
    [row] = welcome.models

    assert "Needs about 1.6 GB of memory; this computer has" in row.needs.text()
    assert "Apache-2.0" in page.words()
    row.fetch.click()
    page.until(lambda: page.fetcher.report is not None)
    page.until(row.cancel.isVisible)
    welcome.deleteLater()
    page.until(lambda: not page.window.findChildren(ModelVoicePage))

    assert page.desk.fetching_id == BETTER
    page.desk.cancel()


def test_the_better_model_answers_as_soon_as_it_is_here_whatever_did_before(page: Page) -> None:
    near = page.add(NEAR)
    page.desk.choose(f"{near.id}/big")
    page.until(lambda: page.desk.default_key == f"{near.id}/big")
    welcome = shown(page)
    assert "it answers as soon as it is here" in page.words()

    welcome.models[0].fetch.click()
    page.until(lambda: page.fetcher.report is not None)
    page.fetcher.here.add(BETTER)
    page.fetcher.succeed()

    page.until(lambda: page.desk.default_key == BETTER)


def test_a_server_found_here_is_told_of_and_answers_after_one_click(page: Page) -> None:
    page.connector.found = [OLLAMA]
    welcome = shown(page)
    assert welcome.servers is not None
    page.until(lambda: "Ollama runs on this computer" in page.words())

    assert "nothing leaves it" in page.words()
    page.button("Use Llama 3 of Ollama").click()

    page.until(lambda: page.desk.default_key.endswith("/llama3"))
    assert [item.address for item in page.providers] == [OLLAMA.address]
    assert "answers from now on" in welcome.servers.told.text()


def test_which_of_a_servers_models_answers_is_told_and_chosen_before_the_click(page: Page) -> None:
    page.connector.found = [OLLAMA]
    welcome = shown(page)
    assert welcome.servers is not None
    page.until(lambda: "Ollama runs on this computer" in page.words())
    [row] = welcome.servers.rows
    assert (row.pick.isVisible(), row.pick.text()) == (True, "Llama 3")

    row.pick.click()
    opened = row.pick.findChild(QListView)
    assert isinstance(opened, QListView)
    QTest.keyClick(opened, Qt.Key.Key_Down)
    QTest.keyClick(opened, Qt.Key.Key_Return)
    assert row.pick.text() == "Phi"
    assert "Phi answers then wherever" in row.facts.text()
    page.button("Use Phi of Ollama").click()

    page.until(lambda: page.desk.default_key.endswith("/phi"))
    assert page.providers[0].models == MODELS
    assert "its Phi answers from now on" in welcome.servers.told.text()


def test_a_servers_only_model_needs_no_choice(page: Page) -> None:
    page.connector.found = [replace(OLLAMA, models=MODELS[:1])]
    welcome = shown(page)
    assert welcome.servers is not None
    page.until(lambda: "Llama 3 answers then" in page.words())

    assert welcome.servers.rows[0].pick.isHidden()


def test_a_server_that_asks_for_a_key_is_told_of(page: Page) -> None:
    page.connector.found = [replace(OLLAMA, models=(), asks_for_key=True)]
    welcome = shown(page)
    assert welcome.servers is not None
    page.until(lambda: "It asks for a key: add it with its key in Settings, Models." in page.words())

    assert welcome.servers.rows[0].use.isHidden()


def test_servers_are_looked_for_only_while_the_page_is_shown(page: Page) -> None:
    made = ModelVoicePage(models=page.desk, voices=None, themes=page.themes)
    page.qtbot.addWidget(made)
    assert made.servers is not None
    assert made.servers.told.text() == ""

    made.show()

    page.until(lambda: "No other model server answers" in made.servers.told.text())  # type: ignore[union-attr]


def test_the_first_starts_wizard_ends_with_it_imported_or_not(page: Page) -> None:
    migration = MigrationDesk(ScriptedMigration(), page.bridge, page.window)
    for skips in (True, False):
        last = ModelVoicePage(models=page.desk, voices=None, themes=page.themes, titled=True)
        wizard = open_wizard(
            themes=page.themes, desk=migration, personas=PERSONAS, parent=page.window, found=FOUND, last_page=last
        )
        page.until(lambda wizard=wizard: wizard.check_page.plan is not None)
        (wizard.skip if skips else wizard.next).click()
        if not skips:
            page.until(lambda wizard=wizard: wizard.page is WizardPage.RESULT)
            assert wizard.next.text() == "Continue"
            wizard.next.click()

        assert wizard.page is WizardPage.LAST
        assert last.isVisibleTo(wizard)
        assert (wizard.next.text(), wizard.back.isVisible(), wizard.skip.isVisible()) == ("Done", True, False)
        wizard.back.click()
        assert wizard.page is (WizardPage.FIND if skips else WizardPage.RESULT)
        wizard.skip.click() if skips else wizard.next.click()
        wizard.next.click()
        assert not wizard.isVisible()


# -- in the window


class NothingToImport(ScriptedMigration):
    def __init__(self) -> None:
        super().__init__()
        self.places = []

    def recover(self) -> list[str]:
        return []


@pytest.fixture
def desk(start: Callable[[], Desk]) -> Desk:
    made = start()
    made.show(900, 600)
    return made


def begin(desk: Desk) -> MigrationDesk:
    """A start of the program, as far as imports go; the migration has been asked when it returns."""
    imports = desk.window.imports
    imports.desk = MigrationDesk(NothingToImport(), desk.bridge, imports)
    imports.begin()
    return imports.desk


def welcomes(desk: Desk) -> list[WelcomeDialog]:
    return [item for item in desk.window.findChildren(WelcomeDialog) if item.isVisible()]


def test_a_first_start_with_nothing_to_import_offers_it_once(desk: Desk) -> None:
    begin(desk)
    desk.until(lambda: len(welcomes(desk)) == 1)
    [welcome] = welcomes(desk)

    assert QApplication.activeModalWidget() is None, "the window can be used beside it"
    assert welcome.close_button.text() == "Skip"
    assert desk.window.rect().contains(welcome.geometry())
    page = welcome.page
    desk.until(page.models[0].fetch.isVisible)
    page.models[0].fetch.click()
    assert welcome.close_button.text() == "Done", "a fetch goes on, so nothing is skipped"
    desk.until(lambda: desk.fetcher.report is not None)
    desk.click(welcome.close_button)
    desk.until(lambda: not desk.window.findChildren(WelcomeDialog))

    desk.fetcher.succeed()
    desk.toast("Qwen2.5 Coder 1.5B is here, and answers from now on.")
    assert desk.state.state.import_offered
    looked: list[object] = []
    begin(desk).usual_places(owner=desk.window, then=looked.append, failed=looked.append)
    desk.until(lambda: bool(looked))
    assert not welcomes(desk)


def test_the_windows_own_keys_work_beside_it_and_so_does_escape_in_it(desk: Desk) -> None:
    desk.window.overlays.open_welcome(first=True)
    [welcome] = welcomes(desk)
    assert welcome.close_button.hasFocus()

    desk.press(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier, into=desk.window)
    desk.dialog(SettingsDialog).accept()
    desk.press(Qt.Key.Key_Escape, into=welcome.close_button)

    desk.until(lambda: not desk.window.findChildren(WelcomeDialog))


def test_it_can_be_opened_again_from_the_settings_and_the_palette(desk: Desk) -> None:
    desk.window.overlays.open_settings()
    dialog = desk.dialog(SettingsDialog)
    assert isinstance(dialog, SettingsDialog)
    dialog.welcome.click()
    desk.until(lambda: len(welcomes(desk)) == 1)
    assert welcomes(desk)[0].close_button.text() == "Done"
    desk.press(Qt.Key.Key_Escape, into=welcomes(desk)[0])
    desk.until(lambda: not desk.window.findChildren(WelcomeDialog))

    desk.window.overlays.open_palette()
    line = desk.palette().field.line
    QTest.keyClicks(line, "welcome")
    QTest.keyClick(line, Qt.Key.Key_Return)

    desk.until(lambda: len(welcomes(desk)) == 1)


@pytest.mark.parametrize("theme", [ThemeChoice.DARK, ThemeChoice.LIGHT])
def test_all_of_it_is_named_and_reached_by_tab(desk: Desk, theme: ThemeChoice) -> None:
    desk.window.overlays.choose_theme(theme)
    desk.window.overlays.open_welcome()
    [welcome] = welcomes(desk)
    page = welcome.page
    assert isinstance(page, ModelVoicePage)
    desk.until(lambda: page.models[0].fetch.isVisible() and bool(page.models[0].needs.text()))
    buttons = [item for item in welcome.findChildren(QAbstractButton) if item.isVisible() and item.isEnabled()]

    assert all(button.accessibleName() for button in buttons)
    reached = set()
    for _ in buttons:
        reached.add(QApplication.focusWidget())
        desk.press(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert set(buttons) <= reached


def test_the_natural_voice_is_fetched_where_it_is_not_here_and_heard_where_it_is(desk: Desk) -> None:
    natural = ScriptedEngine(KOKORO, VOICES[KOKORO])
    natural.status = SpeechStatus(KOKORO, SpeechState.NOT_INSTALLED, "It is not here.")
    speaker = Speaker(engines=(natural,), cache=SpeechCache(desk.paths.speech_dir))
    secrets = KeyringSecrets(
        database=desk.database, data_dir=desk.paths.data_dir, keyring=SystemKeyring(find=lambda: None)
    )
    service = ElevenLabsVoices(key=ElevenLabsKey(secrets), model=lambda: chosen_model(desk.database))
    clones = VoiceClones(database=desk.database, engine=service)
    services = speech_services(database=desk.database, speaker=speaker, clones=clones, personas=desk.personas)
    setup = voice_setup(desk, speaker, service, secrets)
    voices = join_voices(desk.window, desk.bridge, services, Silence, setup=setup)
    desk.window.overlays.open_welcome()
    [welcome] = welcomes(desk)
    page = welcome.page
    assert isinstance(page, ModelVoicePage)
    panel = page.voice
    assert panel is not None

    desk.until(lambda: panel.weights.isVisibleTo(welcome))
    assert "No voice is here yet." in panel.state.text()
    assert panel.weights.fetch.text() == "Fetch the natural voice (92 MB)"
    assert not panel.play.isEnabled()

    natural.status = SpeechStatus(KOKORO, SpeechState.READY)
    panel.look()
    desk.until(panel.play.isEnabled)
    assert not panel.weights.isVisibleTo(welcome)
    panel.play.click()
    assert panel.play.text() == "Stop"
    desk.until(lambda: natural.asked > 0)
    welcome.accept()

    assert voices.key == ""
    desk.ask(speaker.close())
