"""What the window needs before the store is open, in a small file of its own."""

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WindowState:
    """Sizes in logical pixels. `persona` is the id of the persona on screen, 0 for the library."""

    width: int = 1280
    height: int = 800
    x: int | None = None
    y: int | None = None
    maximized: bool = False
    theme: str = "system"
    sort: str = "recent"
    persona: int = 0


class WindowStateFile:
    """Reads forgivingly, writes atomically. Losing it costs a window its place, no more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.state = self._read()

    def change(self, **changes: Any) -> None:
        """Keep a change and write it."""
        changed = replace(self.state, **changes)
        if changed == self.state:
            return
        self.state = changed
        pending = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            pending.write_text(json.dumps(asdict(changed)), encoding="utf-8")
            pending.replace(self._path)
        except OSError as error:
            log.info("the window's state could not be kept: %s", type(error).__name__)

    def _read(self) -> WindowState:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return WindowState()
        if not isinstance(data, dict):
            return WindowState()
        known = WindowState()
        sound = {
            key: value
            for key, value in data.items()
            if hasattr(known, key) and (isinstance(value, type(getattr(known, key))) or key in ("x", "y"))
        }
        for key in ("x", "y"):
            if not isinstance(sound.get(key), int | None):
                sound[key] = None
        return WindowState(**sound)
