"""Makes dictation, and joins it to the window."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from personadesk.services.hearing import Dictation
from personadesk.services.secret_ports import Secrets
from personadesk.services.weights_ports import WeightsFetcher
from personadesk.ui.bridge import Bridge
from personadesk.ui.chat.dictation_controls import DICTATE_KEYS, DictationControls
from personadesk.ui.main_window import MainWindow
from personadesk.ui.speech.dictating import TAP_MS, Dictating
from personadesk.ui.speech.microphone import Input, open_device
from personadesk.ui.speech.voices import Voices
from personadesk.ui.weights_desk import WeightsDesk


def join_dictation(
    window: MainWindow,
    bridge: Bridge,
    voices: Voices,
    *,
    dictation: Dictation,
    weights: WeightsFetcher,
    secrets: Secrets,
    open_input: Callable[[int], Input | None] = open_device,
    tap_ms: int = TAP_MS,
) -> DictationControls:
    """The window must have its chat. Raises RuntimeError where it has not."""
    chat = window.chat
    if chat is None:
        raise RuntimeError("Dictation is joined after the chat.")

    def names() -> list[str]:
        """Who talks here."""
        roster = window.library.roster
        persona = roster.personas.get(window.current_persona) if window.current_persona is not None else None
        return [persona.shown_name if persona is not None else "", roster.your_name]

    dictating = Dictating(
        bridge=bridge,
        dictation=dictation,
        voices=voices,
        parent=window,
        open_input=open_input,
        tap_ms=tap_ms,
        names=names,
    )
    desk = WeightsDesk(bridge=bridge, fetcher=weights, parent=window)
    controls = DictationControls(composer=chat.composer, dictating=dictating, weights=desk, themes=chat.themes)
    window.closing.connect(dictating.cancel)

    def section() -> QWidget:
        from personadesk.ui.settings.dictation_section import DictationSection

        return DictationSection(themes=chat.themes, bridge=bridge, dictation=dictation, secrets=secrets, weights=desk)

    window.overlays.attach_dictation(section)
    window.overlays.offer(chat.tr("Dictate, or stop listening"), "mic", DICTATE_KEYS, controls.button.click)
    return controls
