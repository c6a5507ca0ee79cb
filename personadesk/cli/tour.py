"""`personadesk tour`: pictures of every screen, with or without a display."""

import os
import sys
import tempfile
from pathlib import Path

from personadesk.domain.errors import UserFacingError
from personadesk.paths import find_paths


def tour(*, data_dir: str | None, out: Path, theme: str, size: tuple[int, int]) -> int:
    """Save the pictures into `out`. Without `data_dir` a temporary one is used: nobody's chats are touched."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserFacingError(f"The pictures can't go to {out}.", "Choose a folder you can write to.") from error
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and sys.platform == "linux":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if data_dir is not None:
        return _drive(data_dir, out, theme, size)
    with tempfile.TemporaryDirectory(prefix="personadesk-tour-") as folder:
        return _drive(folder, out, theme, size)


def _drive(data_dir: str, out: Path, theme: str, size: tuple[int, int]) -> int:
    from personadesk.app import DesktopApp, make_application, run
    from personadesk.process import take_over_collection
    from personadesk.ui.theme.source import ThemeChoice
    from personadesk.ui.tour import Tour
    from personadesk.ui.window_state import WindowStateFile

    take_over_collection()
    application = make_application()
    app = DesktopApp(application=application, paths=find_paths(data_dir), state=WindowStateFile(None))
    app.themes.choose(ThemeChoice(theme))
    app.window.resize(*size)
    tour = Tour(window=app.window, roster=app.roster, out=out)
    waited_for: list[str] = []
    tour.ended.connect(waited_for.append)
    tour.ended.connect(lambda _reason: application.quit())
    tour.start()
    run(application, app)
    for picture in tour.pictures:
        print(picture)
    if waited_for and waited_for[0]:
        print(f"The tour waited in vain for {waited_for[0]}.", file=sys.stderr)
        return 1
    return 0
