"""The parent's side of the child process: start it, hear where it listens, end it for sure."""

import asyncio
import json
import logging
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from personadesk.domain.errors import ModelError
from personadesk.providers.chat.embedded import child

log = logging.getLogger(__name__)

CHILD_COMMAND = (sys.executable, "-P", str(Path(child.__file__).resolve()))
"""How the child is started: by its file, so that it works from any directory and imports nothing of ours.
A frozen program passes its own command."""

_EXIT_GRACE_S = 2.0
_MOST_THREADS = 8


def spare_threads() -> int:
    """One thread less than the cores this process may use, so that the window stays alive."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 2
    return max(1, min(cores - 1, _MOST_THREADS))


@dataclass(frozen=True, slots=True)
class RuntimeProcess:
    """A child that has announced itself. `base_url` ends with /v1."""

    process: asyncio.subprocess.Process
    base_url: str
    api_key: str = field(repr=False)

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    async def end(self) -> None:
        """Close its stdin, and kill it where that is not enough. Returns when it is gone."""
        await _end(self.process)


async def start_runtime(
    model_path: Path,
    *,
    context_tokens: int,
    threads: int,
    handshake_s: float,
    replies: int = 1,
    command: Sequence[str] = CHILD_COMMAND,
) -> RuntimeProcess:
    """Start a child and wait until it serves the model. `replies` are written at once, each with the whole context.

    Raises ModelError where it can't be started, ends, announces nothing in time, or can't load the
    file. Cancelling, like every error, leaves no process behind.
    """
    order = child.ChildOrder(str(model_path), context_tokens, secrets.token_urlsafe(32), threads, replies)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # A Ctrl+C in the terminal is for the program; the child ends with it.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise ModelError(
            "The model's runtime could not be started.", "Install PersonaDesk again, then ask again."
        ) from error
    ready = False
    try:
        async with asyncio.timeout(handshake_s):
            base_url = await _handshake(process, order)
        ready = True
    except TimeoutError as error:
        raise ModelError(
            "The model's runtime did not get ready in time.", "Close programs that use much memory, then ask again."
        ) from error
    finally:
        if not ready:
            await _end(process)
    return RuntimeProcess(process, base_url, order.api_key)


async def _handshake(process: asyncio.subprocess.Process, order: child.ChildOrder) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(order.to_line())
        await process.stdin.drain()
        line = await process.stdout.readline()
        message = json.loads(line) if line else {}
    except (ConnectionError, ValueError) as error:
        log.warning("the model's runtime announced nothing that can be read: %s", type(error).__name__)
        message = {}
    if isinstance(message, dict):
        address = message.get("address")
        if isinstance(address, str) and address.startswith("http://127.0.0.1:"):
            return f"{address}/v1"
        if message.get("failure") == "model":
            raise ModelError(
                "The model's file is whole, but the runtime can't load it.",
                "Close programs that use much memory and ask again, or choose another model in Settings, Models.",
            )
        if message.get("failure") == "library":
            raise ModelError(
                "The model's runtime is not installed as it should be.", "Install PersonaDesk again.", retryable=False
            )
    raise ModelError("The model's runtime ended before it was ready.", "Ask again: it is started afresh.")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_EXIT_GRACE_S):
            await process.wait()
    except TimeoutError:
        await _kill(process)
    except asyncio.CancelledError:
        await asyncio.shield(_kill(process))
        raise


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
