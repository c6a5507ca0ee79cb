"""The personas that ship with the program, read from their folder."""

import json
from collections.abc import Mapping
from pathlib import Path

from personadesk.domain.errors import NotFound
from personadesk.domain.persona import PersonaCard
from personadesk.formats.character_card import read_card_json

INDEX = "index.json"
"""The keys of the personas, in the order in which they are made."""


class BuiltInFiles:
    """A folder with `index.json` and, for each key in it, `<key>.json` (a Character Card V3), `<key>.svg`, and
    `<key>.png`, the same picture in pixels."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> Mapping[str, tuple[PersonaCard, bytes]]:
        """Key → card and avatar, in the index's order. Raises NotFound where a file is missing."""
        keys = json.loads(self._read(INDEX))
        return {key: (read_card_json(self._read(f"{key}.json").decode()), self._read(f"{key}.svg")) for key in keys}

    def drawn(self, content: bytes) -> bytes | None:
        """One of the avatars as PNG; None for another picture."""
        for svg in self._folder.glob("*.svg"):
            if svg.stat().st_size == len(content) and svg.read_bytes() == content:
                return self._read(f"{svg.stem}.png")
        return None

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise NotFound(
                f"PersonaDesk's own persona file {name} can't be read.", "Install PersonaDesk again."
            ) from error
