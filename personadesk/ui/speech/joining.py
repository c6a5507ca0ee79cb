"""Makes what can be heard, and joins it to the window."""

from collections.abc import Callable

from personadesk.services.speech.services import SpeechServices
from personadesk.ui.bridge import Bridge
from personadesk.ui.main_window import MainWindow
from personadesk.ui.speech.outputs import Output, open_device
from personadesk.ui.speech.places import SpeakingPlaces
from personadesk.ui.speech.voices import Voices


def join_voices(
    window: MainWindow,
    bridge: Bridge,
    services: SpeechServices,
    open_output: Callable[[int], Output | None] = open_device,
) -> Voices:
    """The window must have its chat. Raises RuntimeError where it has not."""
    if window.chat is None:
        raise RuntimeError("Voices are joined after the chat.")
    voices = Voices(
        bridge=bridge,
        roster=window.library.roster,
        toasts=window.toasts,
        services=services,
        parent=window,
        open_output=open_output,
    )
    places = SpeakingPlaces(window=window, chat=window.chat, voices=voices, bridge=bridge, saving=services.saving)
    bridge.events.connect(places.take_event)
    return voices
