"""Where the natural voice's files are on this computer."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personadesk.domain.speech import KOKORO, SpeechVoice


@dataclass(frozen=True, slots=True)
class VoiceKit:
    """kokoro.toml, read. `folder` holds the voices' style vectors."""

    folder: Path
    voices: tuple[SpeechVoice, ...]
    model: dict[str, Any]
    tokens: dict[str, int]


def read_kit(folder: Path) -> VoiceKit:
    data = tomllib.loads((folder / "kokoro.toml").read_text(encoding="utf-8"))
    voices = tuple(
        SpeechVoice(said["id"], said["name"], KOKORO, said["language"], said["gender"], said["sounds"])
        for said in data["voices"]
    )
    return VoiceKit(folder, voices, data["model"], data["tokens"])


def find_weights(kit: VoiceKit, models_dir: Path) -> list[Path]:
    """The files that make the model when joined, empty where one is missing. Sizes are right, contents unchecked."""
    whole = models_dir / kit.model["file"]
    for paths in ([whole], _installed_parts(kit.model["parts"])):
        there = paths and all(path.is_file() for path in paths)
        if there and sum(path.stat().st_size for path in paths) == kit.model["size_bytes"]:
            return paths
    return []


def _installed_parts(parts: list[dict[str, str]]) -> list[Path]:
    from importlib.metadata import PackageNotFoundError, files  # 15 ms, and this runs in a thread

    found = []
    for part in parts:
        try:
            listed = files(part["package"]) or []
        except PackageNotFoundError:
            return []
        found += [Path(str(item.locate())) for item in listed if item.as_posix() == part["path"]]
    return found
