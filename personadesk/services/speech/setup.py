"""What the settings of voices need from below the window, in one hand."""

from dataclasses import dataclass

from personadesk.services.speech.account import VoiceAccount
from personadesk.services.speech.speaking import Speaker
from personadesk.services.weights_ports import WeightsFetcher


@dataclass(frozen=True, slots=True)
class VoiceSetup:
    speaker: Speaker
    account: VoiceAccount
    weights: WeightsFetcher
