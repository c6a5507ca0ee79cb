"""One reading process, seen from its parent. Everything here blocks and belongs into a thread, except `kill`."""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import personadesk
from personadesk.providers.card_reader import frames

if sys.platform == "linux":
    import fcntl

log = logging.getLogger(__name__)

_EXIT_GRACE_S = 2.0
_PIPE_BYTES = 1024 * 1024


class Gone(Exception):
    """The process ended, or said something that no reading process says."""


class Reader:
    """A process that is started by the first question."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._unwanted = False
        # Whoever ends a process waits until the question that `kill` cut short has let go of its pipes.
        self._in_use = threading.RLock()

    @property
    def is_usable(self) -> bool:
        return not self._unwanted and (self._process is None or self._process.poll() is None)

    def ask(self, head: frames.Head, content: bytes) -> tuple[frames.Head, list[bytes]]:
        """Raises Gone, after which nothing is left of the process, and OSError where it can't be started."""
        with self._in_use:
            if self._unwanted:
                raise Gone
            process = self._process = self._process or _started(self._command)
            try:
                return self._answered(process, frames.packed(head, [content]))
            except (OSError, EOFError, ValueError, RecursionError, frames.Garbled, Gone) as error:
                killed = self._unwanted
                self.end(now=True)
                if not killed:
                    log.info("a reading process ended on a file, with code %s", process.returncode)
                raise Gone from error

    def _answered(self, process: "subprocess.Popen[bytes]", question: list[bytes]) -> tuple[frames.Head, list[bytes]]:
        assert process.stdin is not None
        assert process.stdout is not None
        if self._unwanted:
            raise Gone
        for piece in question:
            _write(process.stdin, piece)
        (length,) = frames.LENGTH.unpack(_read(process.stdout, frames.LENGTH.size))
        if length > frames.HEAD_LIMIT_BYTES:
            raise Gone
        answer = json.loads(_read(process.stdout, length))
        if not isinstance(answer, dict):
            raise Gone
        return answer, [_read(process.stdout, size) for size in frames.blob_lengths(answer)]

    def kill(self) -> None:
        """Have the question that is under way end at once. From any thread."""
        self._unwanted = True
        if self._process is not None:
            self._process.kill()

    def end(self, *, now: bool = False) -> None:
        """End the process and wait until it is gone."""
        with self._in_use:
            self._unwanted = True
            process = self._process
            if process is None:
                return
            with contextlib.suppress(OSError):
                process.stdin and process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                if not now:
                    process.wait(_EXIT_GRACE_S)
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    package = str(Path(personadesk.__file__).parents[1])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    process = subprocess.Popen(
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        # A Ctrl+C in the terminal is for the program; the children end with it.
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    if sys.platform == "linux":
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            # A picture in one piece instead of a dozen; past the user's allowance the pipe stays as it is.
            with contextlib.suppress(OSError):
                fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return process


def _write(stream: IO[bytes], piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[stream.write(view) :]


def _read(stream: IO[bytes], size: int) -> bytes:
    """Raises EOFError where the stream ends before."""
    first = stream.read(size)
    if len(first) == size:
        return first
    pieces, missing = [first], size - len(first)
    while missing:
        piece = stream.read(missing)
        if not piece:
            raise EOFError
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
