"""eSpeak NG as the system has it, loaded at run time. Imported by the child process alone."""

import ctypes
import ctypes.util
import sys
from collections.abc import Iterator

from personadesk.providers.voices.child import CannotSpeak
from personadesk.providers.voices.frames import Frame

_LIBRARIES = {
    "darwin": ("libespeak-ng.dylib", "/opt/homebrew/lib/libespeak-ng.dylib", "/usr/local/lib/libespeak-ng.dylib"),
    "win32": ("libespeak-ng.dll", "C:\\Program Files\\eSpeak NG\\libespeak-ng.dll"),
}
_SYNCHRONOUS, _DO_NOT_EXIT = 2, 0x8000
_CHARACTERS, _UTF8, _END_PAUSE = 1, 1, 0x1000
_RATE, _RATE_NORMAL, _RATE_RANGE = 1, 175, (80, 450)
_EVENT_WORD = 1
_FEMALE_VARIANT = "+Alicia"
"""Of the higher voices the one that a speech recogniser understands best. eSpeak NG ignores a variant it lacks."""


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("unused", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h. `text_position` counts characters from 1, `audio_position` milliseconds."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class EspeakSpeaker:
    """A Speaker. Raises CannotSpeak("not installed") where the system has no eSpeak NG."""

    def __init__(self) -> None:
        self._library = _load()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _DO_NOT_EXIT)
        if self._rate <= 0:
            raise CannotSpeak("not installed")
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        self._stopping = False
        self._pcm = bytearray()
        self._words: list[tuple[int, int, int]] = []

    def answer(self, order: Frame) -> Iterator[tuple[Frame, bytes]]:
        if order["do"] == "voices":
            yield {"voices": self._voices()}, b""
            return
        if self._library.espeak_SetVoiceByName(order["voice"].encode() or b"en"):
            raise CannotSpeak("no such voice")
        low, high = _RATE_RANGE
        self._library.espeak_SetParameter(_RATE, max(low, min(round(_RATE_NORMAL * order["speed"]), high)), 0)
        said = 0
        self._stopping = False
        for text, start in order["passages"]:
            pcm, words = self._say(text)
            at_ms = said * 1000 // self._rate
            marks = [["sentence", start, start + len(text), at_ms]]
            marks += [["word", start + at - 1, start + at - 1 + size, at_ms + ms] for at, size, ms in words]
            said += len(pcm) // 2
            yield {"rate": self._rate, "marks": marks}, pcm

    def stop(self) -> None:
        self._stopping = True

    def _say(self, text: str) -> tuple[bytes, list[tuple[int, int, int]]]:
        self._pcm.clear()
        self._words = []
        content = text.replace("\0", " ").encode()
        self._library.espeak_Synth(
            content, ctypes.c_size_t(len(content) + 1), 0, _CHARACTERS, 0, _UTF8 | _END_PAUSE, None, None
        )
        return bytes(self._pcm), self._words

    def _take(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]") -> int:
        if samples and count > 0:
            self._pcm += ctypes.string_at(samples, count * 2)
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _EVENT_WORD:
                self._words.append((event.text_position, event.length, event.audio_position))
            index += 1
        return int(self._stopping)

    def _voices(self) -> list[dict[str, str]]:
        found = []
        listed = self._library.espeak_ListVoices(None)
        index = 0
        while listed[index]:
            voice = listed[index].contents
            index += 1
            if voice.identifier.startswith((b"mb/", b"!v")):
                continue  # those need another program, or only change a voice
            known_as = voice.identifier.decode(errors="replace")
            name = voice.name.decode(errors="replace")
            language = _tag(voice.languages[1:].decode(errors="replace"))
            found.append({"id": known_as, "name": name, "language": language, "gender": "male"})
            found.append({"id": known_as + _FEMALE_VARIANT, "name": name, "language": language, "gender": "female"})
        return found


def _tag(language: str) -> str:
    """As BCP 47 writes it: en-us becomes en-US, and Mandarin is Chinese."""
    main, *rest = language.split("-")
    return "-".join(("zh" if main == "cmn" else main, *(part.upper() if len(part) == 2 else part for part in rest)))


def _load() -> ctypes.CDLL:
    names = [*_LIBRARIES.get(sys.platform, ("libespeak-ng.so.1",)), ctypes.util.find_library("espeak-ng")]
    for name in filter(None, names):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        return library
    raise CannotSpeak("not installed")
