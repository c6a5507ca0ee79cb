"""Brings the chat model's file here, with progress and a checksum."""

import sys
from pathlib import Path

from personadesk.assembly import Backend
from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed, NotFound
from personadesk.paths import Paths
from personadesk.services.models import KnownModels, ModelEntry

MEGABYTE = 1_000_000


def fetch_model(paths: Paths, model_id: str | None, picked: Path | None) -> int:
    """Fetch a model, by default the one in use, or take the file the user names. Raises FetchFailed, NotFound."""
    if picked is not None and not picked.is_file():
        raise FetchFailed(f"There is no file {picked}.", "Name the model's file.")
    backend = Backend(paths)
    try:
        backend.engine.submit(backend.prepare()).result()
        entry = _find(backend.catalogue, model_id) if model_id else backend.model.entry
        if picked is not None:
            task = backend.fetcher.adopt(entry.id, picked, _show)
        else:
            task = backend.fetcher.fetch(entry.id, _show)
        future = backend.engine.submit(task)
        try:
            path = future.result()
        except KeyboardInterrupt:
            future.cancel()
            _end_line()
            print("Stopped. What has come is kept, and the next fetch goes on with it.", file=sys.stderr)
            return 130
        except FetchFailed:
            _end_line()
            raise
        _end_line()
    finally:
        backend.close()
    print(f"{entry.label} is here and its SHA-256 is right: {path}")
    return 0


def _find(catalogue: KnownModels, model_id: str) -> ModelEntry:
    try:
        return catalogue.get(model_id)
    except NotFound as problem:
        known = ", ".join(entry.id for entry in catalogue.models)
        raise NotFound(f"There is no model called {model_id!r}.", f"Choose one of: {known}.") from problem


def _end_line() -> None:
    """Leave the line that the progress was written over."""
    if sys.stdout.isatty():
        print()


def _show(progress: FetchProgress) -> None:
    done = progress.done_bytes // MEGABYTE
    total = f" of {progress.total_bytes // MEGABYTE} MB" if progress.total_bytes else ""
    amount = f" {done} MB{total}" if progress.done_bytes else ""
    end = "" if sys.stdout.isatty() else "\n"
    start = "\r\033[K" if sys.stdout.isatty() else ""
    print(f"{start}{progress.step}{amount}", end=end, flush=True)
