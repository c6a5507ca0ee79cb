"""What `personadesk doctor` prints: enough to see what is wrong, nothing anyone wrote."""

import asyncio
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from personadesk import __version__
from personadesk.assembly import load_catalogue
from personadesk.cli.doctor_settings import Lines, keys, providers, speech
from personadesk.domain.errors import ModelError, NotFound, StoreError
from personadesk.paths import Paths
from personadesk.providers.model_files import ModelFiles
from personadesk.services.clock import SystemClock
from personadesk.services.model_settings import CHOSEN_SETTING
from personadesk.services.models import ModelEntry
from personadesk.services.ports import JsonValue
from personadesk.storage.checks import check_store
from personadesk.storage.database import open_database

PACKAGES = ("PySide6-Essentials", "SQLAlchemy", "sqlcipher3", "xllamacpp", "httpx", "elevenlabs", "pyttsx3")
CHILD_S = 20

QT_CHILD = """
import json
from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
found = {"qt": qVersion(), "platform": application.platformName(), "screens": len(application.screens())}
from PySide6.QtMultimedia import QMediaDevices
found["outputs"] = [device.description() for device in QMediaDevices.audioOutputs()]
print(json.dumps(found))
"""
RUNTIME_CHILD = """
import json, xllamacpp
from importlib.metadata import version
print(json.dumps(version("xllamacpp")))
"""
VOICES_CHILD = """
import json, pyttsx3
print(json.dumps(len(pyttsx3.init().getProperty("voices"))))
"""


def doctor(paths: Paths) -> int:
    """Print the report; 0 where nothing is wrong, 1 where something needs attention."""
    wrong = 0
    for line in _versions():
        print(line)
    kept = _settings(paths)
    reports = (
        _folders(paths),
        _store(paths),
        _model(paths, kept),
        providers(kept),
        keys(kept, paths.data_dir),
        _window(),
        _sound(),
        speech(paths),
    )
    for report in reports:
        for good, line in report:
            print(line if good else f"{line}  <- needs attention")
            wrong += not good
    print("Everything is in order." if not wrong else f"{wrong} thing(s) need attention.")
    return 1 if wrong else 0


def _versions() -> Iterator[str]:
    yield f"PersonaDesk    {__version__}"
    yield f"System         {platform.system()} {platform.release()}, Python {platform.python_version()}"
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} missing")
    yield f"Packages       {', '.join(found)}"


def _folders(paths: Paths) -> Lines:
    good = _writable(paths.data_dir)
    yield good, f"Data           {paths.data_dir}{'' if good else '  (can not be written)'}"
    good = paths.resources.is_dir()
    yield good, f"Resources      {paths.resources}{'' if good else '  (missing)'}"


def _writable(folder: Path) -> bool:
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK)


def _store(paths: Paths) -> Lines:
    report = check_store(paths.data_dir)
    if not report.exists:
        yield True, f"Database       none yet (SQLite {report.sqlite_version})"
        for problem in report.problems:
            yield False, f"Database       {problem}"
        return
    size = (report.database_bytes + report.log_bytes) / 1e6
    yield (
        not report.problems,
        f"Database       SQLite {report.sqlite_version}, schema {report.schema_version}"
        f" of {report.known_version}, {size:.1f} MB, assets {report.asset_bytes / 1e6:.1f} MB",
    )
    if report.counts:
        yield True, "Contents       " + ", ".join(f"{count} {kind}" for kind, count in report.counts.items())
    for problem in report.problems:
        yield False, f"Database       {problem}"


def _model(paths: Paths, kept: dict[str, JsonValue]) -> Lines:
    entry = _model_in_use(paths, kept)
    files = ModelFiles(models_dir=paths.models_dir)
    try:
        found = asyncio.run(files.verified(entry))
    except ModelError as problem:
        yield False, f"Model          {entry.label}: {problem.sentence} Run: personadesk fetch-model"
        return
    yield True, f"Model          {entry.label} ({entry.where}), SHA-256 right: {found}"
    loaded, why_not = _child(RUNTIME_CHILD, {})
    if loaded is not None:
        yield True, f"Runtime        xllamacpp {loaded}, loads"
    else:
        yield False, f"Runtime        xllamacpp does not load: {why_not} Run: bash packaging/run.sh"


def _model_in_use(paths: Paths, kept: dict[str, JsonValue]) -> ModelEntry:
    catalogue = load_catalogue(paths.resources)
    try:
        return catalogue.get(str(kept.get(CHOSEN_SETTING, catalogue.default_id)))
    except NotFound:
        return catalogue.default


def _settings(paths: Paths) -> dict[str, JsonValue]:
    """What the database holds of settings; nothing where it can't be read."""
    report = check_store(paths.data_dir)
    if not report.exists or report.problems:
        return {}
    database = open_database(paths.data_dir, clock=SystemClock())
    try:
        return database.early_settings().result()
    except StoreError:
        return {}
    finally:
        database.close()


def _window() -> Lines:
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "none"
    found, problem = _child(QT_CHILD, {} if display != "none" else {"QT_QPA_PLATFORM": "offscreen"})
    if not isinstance(found, dict):
        yield False, f"Window         Qt does not start: {problem}"
        return
    yield True, f"Window         Qt {found['qt']}, {found['platform']}, display {display}, {found['screens']} screen(s)"
    outputs = found["outputs"]
    yield True, f"Sound          {', '.join(outputs) if outputs else 'no output device'}"


def _sound() -> Lines:
    found, _ = _child(VOICES_CHILD, {})
    voices = f"{found} of the system's voices" if isinstance(found, int) else "the system has none"
    yield True, f"Voices         {voices}"


def _child(code: str, variables: dict[str, str]) -> tuple[object, str]:
    """Run a question in a process that may crash or hang; its last line is JSON."""
    environment = {**os.environ, **variables}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=CHILD_S, check=False
        )
        return json.loads(done.stdout.strip().splitlines()[-1]), ""
    except subprocess.TimeoutExpired:
        return None, f"no answer within {CHILD_S} s"
    except (IndexError, ValueError):
        return None, (done.stderr.strip().splitlines() or ["no answer"])[-1][:200]
