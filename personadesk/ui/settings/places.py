"""The settings one by one: what each is called, which page it is on, and the other words it is looked for by."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication


@dataclass(frozen=True, slots=True)
class Place:
    """`key` is one of SettingsDialog's places."""

    key: str
    page: str
    name: str
    page_name: str
    also: str = ""


def settings_places(*, providers: bool, voices: bool, dictation: bool) -> Sequence[Place]:
    """Those that are there, in the order of their pages."""
    general, models, heard, data = _tr("General"), _tr("Models"), _tr("Voices"), _tr("Data")
    found = [
        Place("name", "general", _tr("Your name"), general, _tr("you user nickname persona")),
        Place("theme", "general", _tr("Theme"), general, _tr("appearance look colours colors dark light mode system")),
    ]
    if providers:
        found += [
            Place("line", "models", _tr("Default model"), models, _tr("who answers chosen")),
            Place("line", "models", _tr("Models that step in"), models, _tr("stepping fallback fails who answers")),
            Place("providers", "models", _tr("Providers"), models, _tr("server service address api key account")),
        ]
    if voices:
        found += [
            Place("volume", "voices", _tr("Volume"), heard, _tr("loudness sound louder quieter")),
            Place("output", "voices", _tr("Sound output"), heard, _tr("speakers headphones device audio")),
            Place("speaking", "voices", _tr("Speak every reply as it comes"), heard, _tr("read aloud automatically")),
            Place("going_on", "voices", _tr("Go on speaking when another persona is opened"), heard),
            Place("kept", "voices", _tr("Kept speech"), heard, _tr("cache clear space")),
            Place("engines", "voices", _tr("Where voices come from"), heard, _tr("engines natural system download")),
            Place("elevenlabs", "voices", "ElevenLabs", heard, _tr("key account service quota")),
        ]
    if dictation:
        words = _tr("speech microphone language whisper speak listen")
        found.append(Place("dictation", "voices", _tr("Dictation"), heard, words))
    found.append(Place("folder", "data", _tr("Data folder"), data, _tr("backups backup files disk where")))
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("SettingsPlaces", text)
