"""Sound made before: a file a speech, named by what was said and how, the least recently used deleted first."""

import hashlib
import json
import logging
import os
import struct
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from personadesk.domain.speech import MarkKind, SpeechChunk, SpeechMark, SpeechSettings, SpeechVoice

log = logging.getLogger(__name__)

DEFAULT_LIMIT_BYTES = 200 * 1024 * 1024
_SUFFIX = ".speech"
_HEAD_LENGTH = struct.Struct(">I")
_HEAD_LIMIT_BYTES = 4 * 1024 * 1024


def speech_key(text: str, voice: SpeechVoice, settings: SpeechSettings, variant: str = "") -> str:
    """SHA-256 over everything that the sound depends on."""
    said = [voice.engine, voice.id, asdict(replace(settings, follows=False)), text, *filter(None, [variant])]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class SpeechCache:
    """Files of a JSON head and PCM. Everything here blocks; losing any of it costs a second synthesis, no more."""

    def __init__(self, folder: Path, *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def get(self, key: str) -> SpeechChunk | None:
        """The whole speech in one chunk; None where it is not here, or its file is not whole."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            (length,) = _HEAD_LENGTH.unpack_from(content)
            start = _HEAD_LENGTH.size + length
            head = json.loads(content[_HEAD_LENGTH.size : start])
            pcm = content[start:]
            if len(pcm) != head["bytes"]:
                raise ValueError
            os.utime(path)
            marks = tuple(SpeechMark(MarkKind(kind), *numbers) for kind, *numbers in head["marks"])
            return SpeechChunk(pcm, head["rate"], marks)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, struct.error) as error:
            log.info("a kept speech can't be read: %s", type(error).__name__)
            return None

    def put(self, key: str, chunks: Sequence[SpeechChunk]) -> None:
        """Keep a whole speech, then make room. What is larger than a quarter of the limit is not kept."""
        pcm = b"".join(chunk.pcm for chunk in chunks)
        if not pcm or len(pcm) > self._limit_bytes // 4:
            return
        marks = [[mark.kind, mark.start, mark.end, mark.at_ms] for chunk in chunks for mark in chunk.marks]
        head = json.dumps({"rate": chunks[0].sample_rate, "bytes": len(pcm), "marks": marks}).encode()
        if len(head) > _HEAD_LIMIT_BYTES:
            return
        path = self._path(key)
        pending = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            pending.write_bytes(_HEAD_LENGTH.pack(len(head)) + head + pcm)
            pending.replace(path)
            self._make_room()
        except OSError as error:
            log.info("a speech could not be kept: %s", type(error).__name__)

    def limit(self, limit_bytes: int) -> None:
        """Take another limit, and make room at once."""
        self._limit_bytes = limit_bytes
        try:
            self._make_room()
        except OSError as error:
            log.info("kept speech could not be deleted: %s", type(error).__name__)

    def clear(self) -> None:
        try:
            for path in self._folder.glob("*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            log.info("kept speech could not be deleted: %s", type(error).__name__)

    def size_bytes(self) -> int:
        try:
            return sum(path.stat().st_size for path in self._folder.glob(f"*{_SUFFIX}"))
        except OSError as error:
            log.info("kept speech could not be measured: %s", type(error).__name__)
            return 0

    def _make_room(self) -> None:
        files = [(path.stat(), path) for path in self._folder.glob(f"*{_SUFFIX}")]
        size = sum(status.st_size for status, _ in files)
        for status, path in sorted(files, key=lambda file: file[0].st_mtime_ns):
            if size <= self._limit_bytes:
                return
            path.unlink(missing_ok=True)
            size -= status.st_size

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"
