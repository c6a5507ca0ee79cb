"""A user's own model files: looked at, taken in, deleted; and how much room this computer has."""

import asyncio
import hashlib
import logging
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed
from personadesk.formats.gguf_head import GgufHead, NotGguf, read_gguf_head
from personadesk.providers.file_download import FileDownloads, free_bytes
from personadesk.providers.model_assembly import disk_errors, staging_directory
from personadesk.providers.model_files import CHUNK_BYTES, ModelFiles, size_or_none
from personadesk.providers.partial_file import PartialFile
from personadesk.services.model_shelf import ModelShelf, OwnFile
from personadesk.services.models import ModelEntry

log = logging.getLogger(__name__)

NAME_LIMIT = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")

Progress = Callable[[FetchProgress], None]


def memory_bytes() -> int:
    """This computer's memory, 0 where it does not tell."""
    if sys.platform == "win32":
        import ctypes

        kilobytes = ctypes.c_ulonglong(0)
        found = ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
        return kilobytes.value * 1024 if found else 0
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


class OwnModelFiles:
    """An OwnFiles over the models' folder."""

    def __init__(
        self,
        *,
        shelf: ModelShelf,
        files: ModelFiles,
        free: Callable[[Path], int] = free_bytes,
        memory: Callable[[], int] = memory_bytes,
    ) -> None:
        self._shelf = shelf
        self._files = files
        self._free = free
        self._memory = memory
        self._rooms = FileDownloads(pip=(), free=free)
        self._one_at_a_time = asyncio.Lock()

    async def take_in(self, picked: Path, progress: Progress) -> OwnFile:
        """Link the file into the folder where that can be done, copy it where not. Raises FetchFailed."""
        async with self._one_at_a_time:
            size = await asyncio.to_thread(size_or_none, picked)
            if size is None:
                raise FetchFailed("The file can't be read.", "Check its permissions, or pick another copy.")
            head = await asyncio.to_thread(_head_of, picked)
            folder = self._files.models_dir
            with staging_directory(folder) as staging:
                kept = staging / "own"
                if not await asyncio.to_thread(_linked, picked, kept):
                    self._rooms.check_room(folder, size)
                sha256 = await self._hashed(picked, kept, size, progress)
                target = folder / self._name_for(picked, head, sha256)
                await asyncio.to_thread(_put, kept, target)
            await asyncio.to_thread(self._files.remember, target, sha256)
        return OwnFile(
            name=head.name[:NAME_LIMIT] or picked.stem[:NAME_LIMIT],
            file=target.name,
            size_bytes=size,
            sha256=sha256,
            context_tokens=head.context_tokens,
            licence=head.licence[:NAME_LIMIT],
            has_chat_template=head.has_chat_template,
        )

    async def delete(self, entry: ModelEntry) -> None:
        def remove() -> None:
            with disk_errors():
                self._files.target(entry).unlink(missing_ok=True)
            PartialFile(self._files.models_dir, entry).discard()

        if not await self.is_own_copy(entry) and not await self.part_here(entry):
            raise FetchFailed("This model came with the program.", "It goes when the program is removed.")
        await asyncio.to_thread(remove)

    async def part_here(self, entry: ModelEntry) -> int:
        return await asyncio.to_thread(lambda: PartialFile(self._files.models_dir, entry).size_bytes)

    async def is_own_copy(self, entry: ModelEntry) -> bool:
        return await asyncio.to_thread(size_or_none, self._files.target(entry)) is not None

    async def room(self) -> tuple[int, int]:
        def look() -> tuple[int, int]:
            folder = self._files.models_dir
            while not folder.exists() and folder != folder.parent:
                folder = folder.parent
            try:
                return self._memory(), self._free(folder)
            except OSError:
                return self._memory(), 0

        return await asyncio.to_thread(look)

    async def _hashed(self, picked: Path, kept: Path, size: int, progress: Progress) -> str:
        """The SHA-256 of a file that was linked, or of one that is copied on the way."""
        linked = await asyncio.to_thread(kept.exists)
        step = "Checking" if linked else "Copying and checking"
        digest, done = hashlib.sha256(), 0
        try:
            with picked.open("rb") as stream, kept.open("rb") if linked else kept.open("wb") as copy:
                while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
                    await asyncio.to_thread(digest.update, chunk)
                    if not linked:
                        with disk_errors():
                            await asyncio.to_thread(copy.write, chunk)
                    done += len(chunk)
                    progress(FetchProgress(step, done, size))
        except OSError as error:
            raise FetchFailed("The file can't be read.", "Check its permissions, or pick another copy.") from error
        return digest.hexdigest()

    def _name_for(self, picked: Path, head: GgufHead, sha256: str) -> str:
        """The catalogue's name for what is the catalogue's; else one of its own, so that nothing is written over."""
        for entry in self._shelf.models:
            if entry.sha256 == sha256:
                return entry.file
        stem = _UNSAFE.sub("-", picked.stem).strip("-.")[:60] or head.architecture
        return f"{stem}-{sha256[:8]}.gguf"


def _head_of(picked: Path) -> GgufHead:
    """Raises FetchFailed with what is wrong with the file."""
    try:
        with picked.open("rb") as stream:
            head = read_gguf_head(stream.read)
    except OSError as error:
        raise FetchFailed("The file can't be read.", "Check its permissions, or pick another copy.") from error
    except NotGguf as problem:
        raise FetchFailed(str(problem), "Pick a chat model's file: its name ends in .gguf.") from problem
    if head.parts > 1:
        raise FetchFailed(
            f"This is one of {head.parts} files that make the model.", "Get the model as one file, or join them first."
        )
    return head


def _linked(picked: Path, kept: Path) -> bool:
    """Whether a second name for the same file could be made: it takes no room, and outlives the first."""
    with suppress(OSError):
        os.link(picked.resolve(), kept)
        return True
    return False


def _put(kept: Path, target: Path) -> None:
    with disk_errors():
        if not (target.exists() and kept.samefile(target)):
            kept.replace(target)
