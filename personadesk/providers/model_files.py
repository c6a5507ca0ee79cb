"""Where weights' files are on this computer, and whether they are what the catalogue names."""

import asyncio
import hashlib
import json
import logging
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from personadesk.domain.errors import ModelFileDamaged, ModelFileMissing
from personadesk.services.models import PackagePart, PackageSource
from personadesk.services.weights_ports import WantedFile

log = logging.getLogger(__name__)

CHUNK_BYTES = 1_048_576
_RECEIPTS_NAME = "verified.json"


class HashingCancelled(Exception):
    """Whoever asked for a checksum went away."""


class ModelFiles:
    """Finds and checks model files. What was checked once is remembered until the file changes.

    A file is looked for in `models_dir` first, then, where `installed`, in the installed package of its source.
    """

    def __init__(self, *, models_dir: Path, installed: bool = True) -> None:
        self._models_dir = models_dir
        self._installed = installed

    @property
    def models_dir(self) -> Path:
        return self._models_dir

    def target(self, entry: WantedFile) -> Path:
        """Where a fetched file goes."""
        return self._models_dir / entry.file

    async def quick_look(self, entry: WantedFile) -> None:
        """Raise ModelFileMissing or ModelFileDamaged as far as names and sizes tell, without reading the file."""
        await asyncio.to_thread(self._of_right_size, entry)

    async def verified(self, entry: WantedFile) -> Path:
        """Give the path of a file whose SHA-256 is the entry's.

        The first time it reads the whole file, in a thread. Raises ModelFileMissing, ModelFileDamaged.
        """
        cancelled = threading.Event()
        try:
            return await asyncio.to_thread(self._verify, entry, cancelled)
        finally:
            cancelled.set()

    def remember(self, path: Path, sha256: str) -> None:
        """Note that this file, as it is now, has this SHA-256. Losing the note costs a second check, no more."""
        receipts = self._receipts()
        receipts[str(path)] = _receipt(path.stat(), sha256)
        pending = self._models_dir / f"{_RECEIPTS_NAME}.{os.getpid()}-{threading.get_ident()}"
        try:
            self._models_dir.mkdir(parents=True, exist_ok=True)
            pending.write_text(json.dumps(receipts, indent=1), encoding="utf-8")
            pending.replace(self._models_dir / _RECEIPTS_NAME)
        except OSError as error:
            log.info("a model file's checksum could not be noted: %s", type(error).__name__)

    def _verify(self, entry: WantedFile, cancelled: threading.Event) -> Path:
        for path in self._of_right_size(entry):
            try:
                known = self._receipts().get(str(path)) == _receipt(path.stat(), entry.sha256)
                if known:
                    return path
                if sha256_of(path, cancelled) == entry.sha256:
                    self.remember(path, entry.sha256)
                    return path
            except OSError as error:
                log.warning("a model file could not be read: %s", type(error).__name__)
        raise _damaged()

    def _of_right_size(self, entry: WantedFile) -> list[Path]:
        sizes = {path: size for path in self._candidates(entry) if (size := size_or_none(path)) is not None}
        if not sizes:
            raise ModelFileMissing(
                "The model's file is not on this computer.", "Fetch it in Settings, Models.", retryable=False
            )
        right = [path for path, size in sizes.items() if size == entry.size_bytes]
        if not right:
            raise _damaged()
        return right

    def _candidates(self, entry: WantedFile) -> Iterator[Path]:
        yield self.target(entry)
        for source in entry.sources if self._installed else ():
            if isinstance(source, PackageSource) and len(source.parts) == 1:
                found = installed_file(source.parts[0])
                if found is not None:
                    yield found

    def _receipts(self) -> dict[str, Any]:
        try:
            receipts = json.loads((self._models_dir / _RECEIPTS_NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return receipts if isinstance(receipts, dict) else {}


def installed_file(part: PackagePart) -> Path | None:
    """Where an installed package has this file; None where it has none. Nothing of the package is imported."""
    from importlib.metadata import PackageNotFoundError, files  # 15 ms, and this runs in a thread

    try:
        listed = files(part.package) or []
    except PackageNotFoundError:
        return None
    return next((Path(str(item.locate())) for item in listed if item.as_posix() == part.path), None)


def size_or_none(path: Path) -> int | None:
    """A file's size; None where there is none, or where this user may not look."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def sha256_of(path: Path, cancelled: threading.Event) -> str:
    """Hash a file. Raises HashingCancelled soon after `cancelled` is set."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if cancelled.is_set():
                raise HashingCancelled
            digest.update(chunk)
    return digest.hexdigest()


def _receipt(status: os.stat_result, sha256: str) -> dict[str, object]:
    return {
        "size": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "inode": status.st_ino,
        "sha256": sha256,
    }


def _damaged() -> ModelFileDamaged:
    return ModelFileDamaged(
        "The model's file is damaged: it is not the one it should be.",
        "Fetch it again in Settings, Models.",
        retryable=False,
    )
