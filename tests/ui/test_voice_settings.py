"""Settings, Voices: engines, the account and its key, where that is kept, and weights that are fetched."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QMessageBox, QWidget
from pytest_httpserver import HTTPServer
from pytestqt.qtbot import QtBot
from werkzeug import Request, Response

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed
from personadesk.domain.secrets import ELEVENLABS, KeptIn
from personadesk.providers.keyring_secrets import KeyringSecrets
from personadesk.providers.system_keyring import SystemKeyring
from personadesk.providers.voices.elevenlabs_key import ElevenLabsKey
from personadesk.providers.voices.elevenlabs_voice import ElevenLabsVoices
from personadesk.providers.voices.kokoro.engine import KokoroVoices
from personadesk.services.speech.account import chosen_model
from personadesk.services.speech.cache import SpeechCache
from personadesk.services.speech.clones import CLONES_SETTING, VoiceClones
from personadesk.services.speech.services import speech_services
from personadesk.services.speech.speaking import Speaker
from personadesk.services.weights_ports import WeightsInfo
from personadesk.ui.settings.key_place import KeyPlaceDialog
from personadesk.ui.settings.places import settings_places
from personadesk.ui.settings.settings_dialog import SettingsDialog
from personadesk.ui.settings.unlock_dialog import UnlockDialog
from personadesk.ui.settings.unlocking import Unlocking
from personadesk.ui.settings.voices_section import VoicesSection
from personadesk.ui.settings.weights_row import WeightsRow
from personadesk.ui.speech.joining import join_voices
from personadesk.ui.speech.outputs import Silence, SoundOutputs
from personadesk.ui.weights_desk import WeightsDesk
from personadesk.ui.window_state import WindowStateFile
from tests.ui.desk import Desk
from tests.ui.voice_setup import voice_setup

# Said by QtMultimedia of optional libraries and of a sound server that is not there.
pytestmark = pytest.mark.qt_log_ignore("^(Couldn't (load|resolve) |PulseAudioService: )", extend=True)
KEY = "sk_0123456789abcdef"
NOBODY = "http://127.0.0.1:9"
PASSPHRASE = "correct horse battery"


class Account:
    """ElevenLabs as far as the settings see it."""

    def __init__(self, server: HTTPServer) -> None:
        self.address = server.url_for("").rstrip("/")
        self.keys = {KEY}
        self.used = 12_300
        self.asked: list[str] = []
        self.voices = [("own", "Grandmother", "cloned"), *((f"v{i}", f"Voice {i}", "premade") for i in range(31))]
        for path, answer in (
            ("/v1/user/subscription", self._subscription),
            ("/v1/models", self._models),
            ("/v2/voices", self._page),
            ("/v1/voices/own", self._delete),
        ):
            server.expect_request(path).respond_with_handler(self._checked(answer))

    def _checked(self, answer: Callable[[Request], object]) -> Callable[[Request], Response]:
        def respond(request: Request) -> Response:
            self.asked.append(request.path)
            known = request.headers.get("xi-api-key") in self.keys
            body = answer(request) if known else {"detail": {"status": "invalid_api_key"}}
            return Response(json.dumps(body), status=200 if known else 401, content_type="application/json")

        return respond

    def _subscription(self, _request: Request) -> object:
        counted = {"tier": "starter", "character_count": self.used, "character_limit": 30_000}
        return {**counted, "voice_slots_used": 1, "voice_limit": 10}

    def _models(self, _request: Request) -> object:
        flash = {"model_id": "flash", "name": "Flash", "can_do_text_to_speech": True, "description": "The fast one."}
        return [flash]

    def _page(self, request: Request) -> object:
        words = (request.args.get("search") or "").casefold()
        found = [voice for voice in self.voices if words in voice[1].casefold()]
        start = int(request.args.get("next_page_token") or 0)
        end = start + int(request.args["page_size"])
        return {
            "voices": [{"voice_id": key, "name": name, "category": kind} for key, name, kind in found[start:end]],
            "has_more": end < len(found),
            "next_page_token": str(end) if end < len(found) else None,
            "total_count": len(found),
        }

    def _delete(self, _request: Request) -> object:
        self.voices = [voice for voice in self.voices if voice[0] != "own"]
        return {"status": "ok"}


class Page:
    """The window with its settings open at the voices."""

    def __init__(self, desk: Desk, address: str) -> None:
        self.desk = desk
        self.secrets = KeyringSecrets(
            database=desk.database, data_dir=desk.paths.data_dir, keyring=SystemKeyring(find=lambda: None)
        )
        engine = ElevenLabsVoices(
            key=ElevenLabsKey(self.secrets), model=lambda: chosen_model(desk.database), base_url=address
        )
        natural = KokoroVoices(folder=desk.paths.resources / "voices", models_dir=desk.paths.models_dir)
        self.speaker = Speaker(engines=(natural, engine), cache=SpeechCache(desk.paths.speech_dir))
        clones = VoiceClones(database=desk.database, engine=engine)
        services = speech_services(database=desk.database, speaker=self.speaker, clones=clones, personas=desk.personas)
        setup = voice_setup(desk, self.speaker, engine, self.secrets)
        self.voices = join_voices(desk.window, desk.bridge, services, lambda _rate: None, setup=setup)
        desk.show()

    def open(self) -> VoicesSection:
        self.desk.window.overlays.open_settings_page("voices")
        dialog = self.desk.dialog(SettingsDialog)
        assert isinstance(dialog, SettingsDialog)
        section = dialog.voices
        assert section is not None
        self.desk.until(lambda: section.elevenlabs.place.status is not None and self.state(section) != "Looking…")
        return section

    def state(self, section: VoicesSection) -> str:
        return section.engines.rows[ELEVENLABS].state.text()

    def agree_on_session(self) -> None:
        self.desk.ask(self.secrets.use(KeptIn.SESSION))

    def give(self, section: VoicesSection, key: str) -> None:
        section.elevenlabs.key.line.setText(key)
        self.click(section.elevenlabs.keep)

    def click(self, button: QAbstractButton) -> None:
        """Scroll there, as a user would, and click."""
        dialog = button.window()
        if isinstance(dialog, SettingsDialog):
            dialog.area.ensureWidgetVisible(button)
        self.desk.click(button)

    def close(self) -> None:
        self.voices.stop()
        self.desk.ask(self.speaker.close())


@pytest.fixture
def account(httpserver: HTTPServer) -> Account:
    return Account(httpserver)


@pytest.fixture
def begin(start: Callable[[], Desk], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Page]]:
    monkeypatch.delenv("ELEVENLABS_API_KEY", raising=False)
    made: list[Page] = []

    def make(address: str) -> Page:
        made.append(Page(start(), address))
        return made[-1]

    yield make
    for page in made:
        page.close()


@pytest.fixture
def page(begin: Callable[[str], Page], account: Account) -> Page:
    return begin(account.address)


def test_without_a_key_nothing_is_asked_and_the_field_is_one_step_away(page: Page, account: Account) -> None:
    section = page.open()

    assert page.state(section) == "Needs a key"
    assert account.asked == []
    assert not section.elevenlabs.voices.isVisible()
    page.click(section.engines.rows[ELEVENLABS].step)
    assert section.elevenlabs.key.line.hasFocus()


def test_a_key_is_pasted_and_kept_in_a_file_that_was_agreed_on(page: Page) -> None:
    section = page.open()
    QGuiApplication.clipboard().setText(f"  {KEY}\n")
    page.click(section.elevenlabs.paste)
    page.click(section.elevenlabs.keep)
    place = page.desk.dialog(KeyPlaceDialog)
    assert set(place.chips) == {KeptIn.FILE, KeptIn.SESSION}
    place.first.line.setText(PASSPHRASE)
    place.again.line.setText("something else")
    page.click(place.use)
    assert place.told.isVisible()
    place.again.line.setText(PASSPHRASE)
    page.click(place.use)

    told = section.elevenlabs
    page.desk.until(lambda: told.told.text() == "The key works.")
    page.desk.until(lambda: page.state(section).startswith("Ready"))
    assert told.key.line.text() == ""
    assert "12" in told.quota.text()
    assert "30" in told.quota.text()
    assert told.bar.value() == 410
    assert "encrypted file" in told.place.words.text()
    assert not [path for path in page.desk.paths.data_dir.rglob("*") if path.is_file() and holds(path, KEY)]


async def keep_in_a_file(desk: Desk) -> None:
    """As a session before this one did."""
    keyring = SystemKeyring(find=lambda: None)
    secrets = KeyringSecrets(database=desk.database, data_dir=desk.paths.data_dir, keyring=keyring)
    await secrets.use(KeptIn.FILE, PASSPHRASE)
    await secrets.set(ELEVENLABS, KEY)


def test_a_locked_file_asks_for_its_passphrase(page: Page) -> None:
    page.desk.ask(keep_in_a_file(page.desk))
    section = page.open()
    place = section.elevenlabs.place
    page.desk.until(place.locked.isVisible)

    page.click(section.engines.rows[ELEVENLABS].step)
    assert place.passphrase.line.hasFocus()
    place.passphrase.line.setText("wrong passphrase")
    page.click(place.unlock)
    page.desk.until(place.told.isVisible)
    place.passphrase.line.setText(PASSPHRASE)
    page.desk.press(Qt.Key.Key_Return, into=place.passphrase.line)

    page.desk.until(lambda: section.elevenlabs.given.isVisible() and page.state(section).startswith("Ready"))


def holds(path: Path, words: str) -> bool:
    return words.encode() in path.read_bytes()


def test_a_start_with_locked_keys_says_so_and_opens_them(start: Callable[[], Desk]) -> None:
    desk = start()
    desk.ask(keep_in_a_file(desk))
    secrets = KeyringSecrets(
        database=desk.database, data_dir=desk.paths.data_dir, keyring=SystemKeyring(find=lambda: None)
    )
    desk.show()
    toasts = desk.window.toasts
    Unlocking(themes=desk.themes, bridge=desk.bridge, secrets=secrets, toasts=toasts, window=desk.window)

    desk.click(desk.toast("wait for their passphrase").action_button)
    dialog = desk.dialog(UnlockDialog)
    dialog.passphrase.line.setText("wrong passphrase")
    desk.click(dialog.unlock)
    desk.until(dialog.told.isVisible)
    dialog.passphrase.line.setText(PASSPHRASE)
    desk.press(Qt.Key.Key_Return, into=dialog.passphrase.line)

    desk.until(lambda: desk.ask(secrets.get(ELEVENLABS)) == KEY)


def test_a_wrong_key_is_said_in_words_and_can_be_removed(page: Page) -> None:
    page.agree_on_session()
    section = page.open()
    told = section.elevenlabs

    page.give(section, "not a key")
    assert "not a key" in told.told.text()
    page.give(section, "sk_wrong")
    page.desk.until(lambda: "refused the key" in told.told.text())
    assert told.given.isVisible()
    page.click(told.remove)

    page.desk.until(lambda: "removed" in told.told.text())
    assert page.desk.ask(page.secrets.get(ELEVENLABS)) == ""
    assert told.entry.isVisible()


def test_an_account_that_is_used_up_is_out_of_quota_with_one_thing_to_do(page: Page, account: Account) -> None:
    page.agree_on_session()
    account.used = 30_000
    section = page.open()

    page.give(section, KEY)

    page.desk.until(lambda: page.state(section) == "Out of quota")
    assert section.elevenlabs.bar.value() == 1000
    assert "used up" in section.elevenlabs.told.text()
    account.used = 0
    page.click(section.engines.rows[ELEVENLABS].step)
    page.desk.until(lambda: page.state(section).startswith("Ready"))


def test_the_accounts_voices_are_paged_searched_and_own_ones_deleted_after_a_question(
    page: Page, account: Account
) -> None:
    page.agree_on_session()
    section = page.open()
    page.desk.write(lambda store: store.settings.set(CLONES_SETTING, {"5a": "own", "77": "other"}))
    voices = section.elevenlabs.voices
    page.give(section, KEY)
    page.desk.until(lambda: len(voices.found) == 30 and voices.more.isVisible() and voices.more.isEnabled())

    page.click(voices.more)
    page.desk.until(lambda: len(voices.found) == 32)
    assert not voices.more.isVisible()
    voices.search.line.setText("grand")
    page.desk.until(lambda: [voice.name for voice in voices.found] == ["Grandmother"])
    voices.list.chosen.emit(voices.list.voices.presets[0])
    page.click(voices.delete)
    question = page.desk.dialog(QMessageBox)
    assert "Grandmother" in question.text()
    next(button for button in question.buttons() if button.text() == "Delete").click()

    page.desk.until(lambda: voices.told.isVisible() and voices.found == [])
    assert all(key != "own" for key, _, _ in account.voices)
    assert page.desk.read(lambda store: store.settings.get(CLONES_SETTING)) == {"77": "other"}


def test_a_model_is_chosen_and_kept(page: Page) -> None:
    page.agree_on_session()
    section = page.open()
    page.give(section, KEY)
    page.desk.until(section.elevenlabs.models.isVisible)

    page.click(section.elevenlabs.model)
    page.desk.choose("Flash")

    page.desk.until(lambda: page.desk.ask(chosen_model(page.desk.database)) == "flash")
    assert section.elevenlabs.model_says.text() == "The fast one."


def test_offline_the_known_voices_are_shown_with_the_reason(begin: Callable[[str], Page]) -> None:
    page = begin(NOBODY)
    page.agree_on_session()
    page.desk.ask(page.secrets.set(ELEVENLABS, KEY))
    section = page.open()

    page.desk.until(lambda: page.state(section) == "Offline" and bool(section.elevenlabs.voices.found))

    assert section.elevenlabs.voices.found[0].name == "Rachel"
    assert "can't be reached" in section.elevenlabs.voices.told.text()
    assert section.engines.rows[ELEVENLABS].step.isVisible()


def test_how_much_is_kept_and_what_goes_on_are_remembered(page: Page) -> None:
    page.agree_on_session()
    folder = page.desk.paths.speech_dir
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"{name}.speech").write_bytes(b"x" * 40_000_000)
    section = page.open()

    page.click(section.limit)
    page.desk.choose("At most 50 MB")
    page.click(section.going_on)

    page.desk.until(lambda: len(list(folder.iterdir())) == 1)
    assert WindowStateFile(page.desk.paths.window_file).state.kept_speech_mb == 50
    assert page.voices.habits.goes_on


class Weights:
    """A WeightsFetcher whose fetch a test ends."""

    def __init__(self) -> None:
        self.may_end: asyncio.Event | None = None
        self.fails = False

    def describe(self, weights_id: str) -> WeightsInfo:
        return WeightsInfo(weights_id, "Ear", "Us", "MIT", 92_000_000, "from a friend", Path("ear"))

    async def is_here(self, weights_id: str) -> bool:
        return False

    async def end(self) -> None:
        if self.may_end is not None:
            self.may_end.set()

    async def fetch(self, weights_id: str, progress: Callable[[FetchProgress], None]) -> Path:
        if self.fails:
            raise FetchFailed("There is no connection.", "Check the network.")
        self.may_end = asyncio.Event()
        progress(FetchProgress("Downloading", 46_000_000, 92_000_000))
        await self.may_end.wait()
        return Path("ear")


def test_weights_say_what_comes_from_where_and_show_how_far_they_are(desk: Desk, qtbot: QtBot) -> None:
    weights = Weights()
    fetching = WeightsDesk(bridge=desk.bridge, fetcher=weights, parent=desk.window)
    row = WeightsRow(weights_id="ear", name="the ear", desk=fetching, themes=desk.themes)
    qtbot.addWidget(row)
    row.show()
    assert "Ear by Us (MIT), 92 MB, fetched from a friend" in row.facts.text()
    assert row.fetch.text() == "Fetch the ear (92 MB)"

    desk.click(row.fetch)
    desk.until(lambda: row.bar.value() == 500)
    desk.click(row.cancel)
    assert row.fetch.isVisible()
    assert not row.bar.isVisible()
    weights.fails = True
    desk.click(row.fetch)
    desk.until(lambda: row.told.text() == "There is no connection. Check the network.")
    weights.fails = False
    weights.may_end = None
    desk.click(row.fetch)
    desk.until(lambda: weights.may_end is not None)
    with qtbot.waitSignal(fetching.fetched):
        desk.ask(weights.end())

    assert not row.cancel.isVisible()


class Plugged(Silence):
    """A device that can be pulled out."""

    pulled = False

    @property
    def works(self) -> bool:
        return not self.pulled


def test_a_sound_output_that_goes_away_falls_back_to_the_systems_and_says_so_once(qtbot: QtBot) -> None:
    there = {"", "headphones"}
    opened: list[Plugged] = []

    def plug(rate: int, device: str) -> Plugged | None:
        if device in there:
            opened.append(Plugged(rate))
            return opened[-1]
        return None

    outputs = SoundOutputs(open_output=plug)
    told: list[bool] = []
    outputs.fell_back.connect(lambda: told.append(True))
    outputs.choose("headphones")
    output = outputs.open(8000)
    assert output is not None
    output.write(b"\0" * 1600)

    opened[0].pulled = True
    there.remove("headphones")
    assert output.works
    assert output.write(b"\0" * 1600) == 1600
    assert outputs.open(8000) is not None
    assert told == [True]
    there.add("headphones")
    outputs.open(8000)
    there.remove("headphones")
    outputs.open(8000)
    assert len(told) == 2


def test_pages_are_reached_by_keyboard_and_show_one_thing_at_a_time(desk: Desk) -> None:
    desk.show()
    desk.window.overlays.open_models()
    dialog = desk.dialog(SettingsDialog)
    dialog.bar.chips["models"].setFocus()

    QTest.keyClick(dialog.bar.chips["models"], Qt.Key.Key_Right)

    shown = [name for name, page in dialog.bar.pages.items() if page.isVisible()]
    assert shown == ["data"]
    assert dialog.focusWidget() is dialog.bar.chips["data"]
    assert dialog.bar.chips["data"].isChecked()


def test_every_control_of_the_page_has_a_name_and_fits_a_small_window(page: Page, qtbot: QtBot) -> None:
    page.agree_on_session()
    page.desk.window.resize(900, 600)
    section = page.open()
    page.give(section, KEY)
    account_shown = section.elevenlabs
    page.desk.until(lambda: account_shown.models.isVisible() and account_shown.voices.more.isVisible())
    dialog = page.desk.dialog(SettingsDialog)

    shown = [widget for widget in dialog.findChildren(QWidget) if widget.isVisible()]
    controls = [widget for widget in shown if isinstance(widget, QAbstractButton | QLineEdit | QAbstractItemView)]
    nameless = [widget for widget in controls if not widget.accessibleName() and widget.objectName() == ""]

    assert len(controls) > 20
    assert nameless == []
    page.desk.until(lambda: dialog.area.widget().width() <= dialog.area.viewport().width())


def test_a_setting_of_voices_is_found_in_the_palette_and_brought_into_view(page: Page) -> None:
    page.desk.window.overlays.open_palette()
    QTest.keyClicks(page.desk.palette().field.line, "engines")

    page.desk.press(Qt.Key.Key_Return)

    dialog = page.desk.dialog(SettingsDialog)
    engines = dialog.places["engines"]
    assert dialog.bar.pages["voices"].isVisible()
    page.desk.until(lambda: dialog.area.verticalScrollBar().value() > 0)
    page.desk.until(lambda: not engines.visibleRegion().isEmpty())


def test_every_setting_that_is_offered_is_there(page: Page) -> None:
    section = page.open()
    dialog = section.window()
    assert isinstance(dialog, SettingsDialog)

    offered = {place.key for place in settings_places(providers=False, voices=True, dictation=False)}

    assert offered <= set(dialog.places)
