"""A speaking process, seen from its parent. Belongs to the engine's event loop."""

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

import personadesk
from personadesk.providers.voices.frames import HEAD_LIMIT_BYTES, LENGTH, Frame, line

log = logging.getLogger(__name__)

_EXIT_GRACE_S = 1.0
_REPORTS_NOTHING = {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""ONNX Runtime from 1.29 on, and Hugging Face's library, would tell their makers what is run here."""
_Answer = tuple[Frame, bytes]
_Answers = dict[int, "asyncio.Queue[_Answer | None]"]


class Gone(Exception):
    """The process could not be started, ended, or did not answer in time. Nothing is left of it."""


class SpeakingProcess:
    """Started by the first question, ended after `idle_s` without one; the next question starts it again.

    Answers come as they are made. A question that is not wanted any more is stopped in the child, while its
    answer's rest is thrown away here: the child stays loaded.
    """

    def __init__(self, module: str, *, idle_s: float, arguments: Sequence[str] = ()) -> None:
        self._command = (sys.executable, "-P", "-m", module, *arguments)
        self._idle_s = idle_s
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._beginning: asyncio.Task[asyncio.subprocess.Process] | None = None
        self._answers: _Answers = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._last = 0
        self._heard_at = 0.0
        self._rest_timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def ask(self, order: Frame, *, silence_s: float) -> AsyncGenerator[_Answer, None]:
        """Give the answer's frames, the last one with "end".

        Raises Gone, also after `silence_s` in which the process said nothing, to this question or another.
        """
        process = await self._running()
        assert process.stdin is not None
        self._stop_rest_timer()
        self._last += 1
        number, answers = self._last, self._answers
        answer: asyncio.Queue[_Answer | None] = asyncio.Queue()
        answers[number] = answer
        ended = False
        try:
            process.stdin.write(line({"ask": number, **order}))
            while not ended:
                frame = await self._next(answer, silence_s)
                if frame is None:
                    ended = True
                    raise Gone
                ended = bool(frame[0].get("end"))
                yield frame
        except TimeoutError as error:
            ended = True
            log.warning("a speaking process said nothing for %d s and is ended", silence_s)
            _kill(process)
            raise Gone from error
        finally:
            answers.pop(number, None)
            if not ended and not process.stdin.is_closing():
                process.stdin.write(line({"stop": number}))
            self._rest_soon()

    async def _next(self, answer: "asyncio.Queue[_Answer | None]", silence_s: float) -> "_Answer | None":
        """Raises TimeoutError where the process said nothing at all: it may be busy with another question first."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(silence_s):
                    return await answer.get()
            except TimeoutError:
                if loop.time() - self._heard_at >= silence_s:
                    raise

    def kill(self) -> None:
        """End the child at once, in the middle of whatever it does. Who waits for it gets Gone."""
        process = self._process
        self._let_go()
        if process is not None:
            _kill(process)

    async def close(self) -> None:
        """End the child for good and wait until it is gone. Who asks from now on gets Gone."""
        self._closed = True
        if self._beginning is not None:
            await asyncio.gather(self._beginning, return_exceptions=True)
        self._let_go()
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._closed:
                raise Gone
            if self._process is not None and self._reading is not None and not self._reading.done():
                return self._process
            if self._beginning is None or self._beginning.done():
                self._let_go()
                self._beginning = asyncio.create_task(self._begin(), name="begin a speaking process")
                self._beginning.add_done_callback(_seen)
            # Who asks may go before it runs. Cut short in between, it would run on with nobody to end it.
            return await asyncio.shield(self._beginning)

    async def _begin(self) -> asyncio.subprocess.Process:
        package = str(Path(personadesk.__file__).parents[1])
        paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, **_REPORTS_NOTHING, "PYTHONPATH": os.pathsep.join(paths)},
                # A Ctrl+C in the terminal is for the program; the child ends with it.
                start_new_session=sys.platform != "win32",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise Gone from error
        self._process = process
        self._answers = {}
        self._reading = asyncio.create_task(_read(process, self._answers, self._hear), name="read a speaking process")
        self._rest_soon()
        return process

    def _hear(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def _rest_soon(self) -> None:
        self._stop_rest_timer()
        if not self._answers and self.is_running:
            self._rest_timer = asyncio.get_running_loop().call_later(self._idle_s, self._rest)

    def _rest(self) -> None:
        if not self._answers:
            self._let_go()

    def _let_go(self) -> None:
        """Begin to end the child; the next question starts another one."""
        self._stop_rest_timer()
        process, reading = self._process, self._reading
        self._process = self._reading = None
        if process is not None and reading is not None:
            ending = asyncio.create_task(_end(process, reading), name="end a speaking process")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _stop_rest_timer(self) -> None:
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None


def _seen(beginning: "asyncio.Task[asyncio.subprocess.Process]") -> None:
    """Whoever asked may be gone: then nobody else looks at why it failed."""
    if not beginning.cancelled():
        beginning.exception()


async def _read(process: asyncio.subprocess.Process, answers: _Answers, hear: Callable[[], None]) -> None:
    """Hand each frame to who asked. At the end everybody who still waits is told."""
    assert process.stdout is not None
    try:
        while True:
            (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
            if length > HEAD_LIMIT_BYTES:
                break
            head = json.loads(await process.stdout.readexactly(length))
            pcm = await process.stdout.readexactly(head.get("pcm", 0))
            hear()
            if (answer := answers.get(head["ask"])) is not None:
                answer.put_nowait((head, pcm))
    except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
        log.info("a speaking process ended: %s", type(error).__name__)
    finally:
        for answer in answers.values():
            answer.put_nowait(None)


async def _end(process: asyncio.subprocess.Process, reading: "asyncio.Task[None]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_EXIT_GRACE_S):
            await process.wait()
    except TimeoutError:
        _kill(process)
        await process.wait()
    except asyncio.CancelledError:
        _kill(process)
        raise
    await asyncio.gather(reading, return_exceptions=True)


def _kill(process: asyncio.subprocess.Process) -> None:
    """For one that still runs: on one that has ended, asyncio's watcher would find its place taken and warn."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
