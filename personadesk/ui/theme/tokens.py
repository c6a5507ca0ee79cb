"""The theme: colours by role, read from a TOML file, and the sizes every part shares."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from PySide6.QtGui import QColor

RADIUS_CARD_PX = 16
RADIUS_CONTROL_PX = 9
SPACE_PX = 4
MOTION_MS = 150


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by role. Shared and never changed: views compare themes by identity."""

    name: str
    dark: bool
    window: QColor
    sidebar: QColor
    surface: QColor
    raised: QColor
    hover: QColor
    line: QColor
    text: QColor
    muted: QColor
    faint: QColor
    accent: QColor
    accent_end: QColor
    fill: QColor
    fill_end: QColor
    """The accent gradient where text stands on it: deep enough for 4.5:1."""
    on_accent: QColor
    accent_text: QColor
    selection: QColor
    selection_text: QColor
    user_bubble: QColor
    user_bubble_end: QColor
    persona_bubble: QColor
    code: QColor
    code_line: QColor
    link: QColor
    ok: QColor
    warn: QColor
    bad: QColor
    shadow: QColor


def load_theme(path: Path) -> Theme:
    """Read a theme file. Raises ValueError where a colour is missing or unreadable."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    colours = {key: QColor(value) for key, value in data["colours"].items()}
    wanted = {item.name for item in fields(Theme)} - {"name", "dark"}
    if wanted - colours.keys() or not all(colour.isValid() for colour in colours.values()):
        raise ValueError(f"{path.name}: colours missing or unreadable: {sorted(wanted - colours.keys())}")
    return Theme(name=data["name"], dark=data["dark"], **{key: colours[key] for key in wanted})
