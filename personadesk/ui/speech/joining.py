"""Makes what can be heard, and joins it to the window."""

from collections.abc import Callable

from personadesk.services.speech.services import SpeechServices
from personadesk.services.speech.setup import VoiceSetup
from personadesk.ui.bridge import Bridge
from personadesk.ui.main_window import MainWindow
from personadesk.ui.speech.desk import VoiceDesk
from personadesk.ui.speech.multimedia import find_devices, load_multimedia
from personadesk.ui.speech.outputs import Output, SoundOutputs
from personadesk.ui.speech.places import SpeakingPlaces
from personadesk.ui.speech.voice_notes import VoiceNotes
from personadesk.ui.speech.voices import Voices


def join_voices(
    window: MainWindow,
    bridge: Bridge,
    services: SpeechServices,
    open_output: Callable[[int], Output | None] | None = None,
    *,
    setup: VoiceSetup | None = None,
) -> Voices:
    """The window must have its chat. Raises RuntimeError where it has not."""
    if window.chat is None:
        raise RuntimeError("Voices are joined after the chat.")
    outputs = SoundOutputs(window)
    voices = Voices(
        bridge=bridge,
        roster=window.library.roster,
        toasts=window.toasts,
        services=services,
        parent=window,
        open_output=open_output or outputs.open,
        prepare=load_multimedia if open_output is not None else find_devices,
    )
    places = SpeakingPlaces(window=window, chat=window.chat, voices=voices, bridge=bridge, services=services)
    bridge.events.connect(places.take_event)
    VoiceNotes(hero=window.library.hero, grid=window.library.grid, bridge=bridge, services=services)
    if setup is not None:
        window.overlays.attach_voice_desk(
            VoiceDesk(bridge=bridge, voices=voices, outputs=outputs, toasts=window.toasts, setup=setup, parent=window)
        )
    return voices
