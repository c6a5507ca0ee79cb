"""`personadesk tour`: pictures of every screen, with or without a display."""

import os
import sys
import tempfile
from pathlib import Path

from personadesk.domain.errors import UserFacingError


def tour(*, data_dir: str | None, out: Path, theme: str, size: tuple[int, int]) -> int:
    """Save the pictures into `out`. Without `data_dir` a temporary one is used: nobody's chats are touched."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserFacingError(f"The pictures can't go to {out}.", "Choose a folder you can write to.") from error
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and sys.platform == "linux":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from personadesk.app import run_tour

    if data_dir is not None:
        return run_tour(data_dir=data_dir, out=out, theme=theme, size=size)
    with tempfile.TemporaryDirectory(prefix="personadesk-tour-") as folder:
        return run_tour(data_dir=folder, out=out, theme=theme, size=size)
