"""The child's side of a speaking process: answers one question after the other until its stdin closes."""

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from personadesk.providers.voices.frames import Frame, packed

_PR_SET_PDEATHSIG = 1
_EXIT_GRACE_S = 0.8


class CannotSpeak(Exception):
    """Its argument is the word that the parent turns into a sentence."""


class Speaker(Protocol):
    """What a kind of child can do. Works on one thread; `stop` comes from another."""

    def answer(self, order: Frame) -> Iterator[tuple[Frame, bytes]]:
        """Frames and their PCM. Raises CannotSpeak."""
        ...

    def stop(self) -> None:
        """End the answer that is under way as soon as can be."""
        ...


def serve(speaker: Speaker) -> None:
    die_with_parent()
    output = _claim_stdout()
    orders = _Orders(speaker)
    threading.Thread(target=orders.listen, daemon=True).start()
    while (order := orders.next()) is not None:
        number = order["ask"]
        end: Frame = {"ask": number, "end": True}
        try:
            for head, pcm in speaker.answer(order):
                if orders.is_stopped(number):
                    break
                _write(output, packed({"ask": number, **head}, pcm))
        except CannotSpeak as error:
            end["error"] = str(error)
        except Exception as error:  # noqa: BLE001 - whatever a library dies of, the parent hears of it
            end["error"] = f"failed: {type(error).__name__}"
        _write(output, packed(end))


class _Orders:
    """What the parent wants, heard on a thread of its own so that a stop comes through at any time."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._waiting: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._asked: set[int] = set()
        self._current = -1

    def listen(self) -> None:
        for line in sys.stdin.buffer:
            order = json.loads(line)
            with self._lock:
                if "stop" not in order:
                    self._asked.add(order["ask"])
                    self._waiting.put(order)
                    continue
                self._asked.discard(order["stop"])
                if order["stop"] == self._current:
                    self._speaker.stop()
        with self._lock:
            self._asked.clear()
            self._speaker.stop()
        self._waiting.put(None)
        # A native library may be in the middle of a sentence: no more of it is worth waiting for.
        time.sleep(_EXIT_GRACE_S)
        os._exit(0)

    def next(self) -> Frame | None:
        """The next order that is still wanted, None once the parent has closed stdin. Blocks."""
        while (order := self._waiting.get()) is not None:
            with self._lock:
                self._asked.discard(self._current)
                self._current = order["ask"]
                if self._current in self._asked:
                    return order
        return None

    def is_stopped(self, number: int) -> bool:
        with self._lock:
            return number not in self._asked


def die_with_parent() -> None:
    """Ask the kernel to end this process with its parent. Where it can't, the end of stdin does."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _claim_stdout() -> int:
    """Keep stdout for the frames alone: what a library prints goes nowhere."""
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return output


def _write(output: int, content: bytes) -> None:
    view = memoryview(content)
    try:
        while view:
            view = view[os.write(output, view) :]
    except OSError:
        os._exit(0)  # the parent is gone
