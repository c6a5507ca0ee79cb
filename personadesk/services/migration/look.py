"""Finding sources: what lies in a folder, told by content, without reading more of it than needed."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Found, SourceKind
from personadesk.formats.card_files import looks_like_card
from personadesk.formats.exact_json import UnreadableJson, read_json
from personadesk.formats.legacy_profile import PROFILE_LIMIT_BYTES, looks_like_profile, profile_id
from personadesk.formats.persona_archive import is_archive
from personadesk.services.migration.sorting import ARCHIVE_ENDING
from personadesk.services.migration_ports import ForeignDatabases, SourceFiles

PROFILE_PLACES = ("data/user_profiles", "data/profiles", "user_profiles", "profiles", ".", "data")
"""Where a bot keeps its profiles, below its own folder, its data folder, or in the folder that was named."""

BESIDE = ("chat_history", "conversation_summaries", "lorebooks")
CHARACTERS = "prompts/characters"
SILLYTAVERN_PLACES = (".", "data/default-user", "default-user", "public")

_LOOKED_AT = 40
_LISTED = 5_000
_HEAD_BYTES = 4_096
_CARD_ENDINGS = (".png", ".apng", ".webp", ".json", ".charx")


class Looker:
    """Blocks for as long as the disk takes to list a few folders."""

    def __init__(self, *, files: SourceFiles, databases: ForeignDatabases) -> None:
        self._files = files
        self._databases = databases

    def inspect(self, place: Path) -> list[Found]:
        """What `place`, a file or a folder, holds, the likeliest first. Raises UserFacingError where it is missing."""
        place = place.expanduser().absolute()
        if not place.exists():
            raise UserFacingError(f"There is nothing at {place}.", "Choose another folder.")
        if place.is_file():
            return list(self._in_file(place))
        found = [*self._profiles(place), *self._sillytavern(place), *self._foreign(place)]
        return found or list(self._archives(place)) or list(self._cards(place))

    def _in_file(self, file: Path) -> Iterator[Found]:
        kind = self._databases.sniff(file.parent, file.name)
        if kind is not None:
            yield Found(kind, file.parent, (file.name,), _SENTENCES[kind])
        elif self._is_archive(file.parent, file.name):
            yield Found(SourceKind.ARCHIVE, file.parent, (file.name,), _SENTENCES[SourceKind.ARCHIVE])
        elif self._is_card(file.parent, file.name):
            yield Found(SourceKind.CARDS, file.parent, (file.name,), "A character card")
        elif profile_id(file.name) is not None:
            yield Found(SourceKind.PROFILES, file.parent, (file.name,), "One profile of a bot")

    def _profiles(self, place: Path) -> Iterator[Found]:
        for relative in PROFILE_PLACES:
            main = place / relative
            if _is_folder(main) and self._holds_profiles(main):
                yield self._with_what_lies_beside(main)
                return

    def _holds_profiles(self, folder: Path) -> bool:
        looked = 0
        for entry in _children(folder):
            names = [entry.name]
            if _is_folder(folder / entry.name):
                names = [f"{entry.name}/{child.name}" for child in _children(folder / entry.name, 50)]
            for name in names:
                if not name.lower().endswith(".json"):
                    continue
                if profile_id(name.rpartition("/")[2]) is not None and not _is_folder(folder / name):
                    return True
                looked += 1
                if looked > _LOOKED_AT:
                    return False
                if self._is_profile(folder, name):
                    return True
        return False

    def _is_profile(self, folder: Path, name: str) -> bool:
        try:
            content, _, _ = self._files.read(folder, name, PROFILE_LIMIT_BYTES)
            return content is not None and looks_like_profile(read_json(content).value, name)
        except (UserFacingError, UnreadableJson):
            return False

    def _with_what_lies_beside(self, main: Path) -> Found:
        data = main if main.name == "data" else main.parent
        bot = data.parent if data.name == "data" else data
        base = bot if _is_folder(bot / CHARACTERS) else data
        trees = [_relative(main, base)]
        if data != main:
            trees += [_relative(data / name, base) for name in BESIDE if _is_folder(data / name)]
        if base == bot and _is_folder(bot / CHARACTERS):
            trees.append(CHARACTERS if bot == base else _relative(bot / CHARACTERS, base))
        if len(trees) == 1:
            base, trees = main, ["."]
        return Found(SourceKind.PROFILES, base, tuple(trees), _SENTENCES[SourceKind.PROFILES])

    def _sillytavern(self, place: Path) -> Iterator[Found]:
        for relative in SILLYTAVERN_PLACES:
            folder = place / relative
            has = [name for name in ("characters", "chats", "worlds") if _is_folder(folder / name)]
            if "characters" in has and ("chats" in has or (folder / "settings.json").is_file()):
                trees = [*has, *(name for name in ("settings.json",) if (folder / name).is_file())]
                yield Found(SourceKind.SILLYTAVERN, folder.resolve(), tuple(trees), _SENTENCES[SourceKind.SILLYTAVERN])
                return

    def _foreign(self, place: Path) -> Iterator[Found]:
        for relative in (".", "data", "instance", "db"):
            folder = place / relative
            if not _is_folder(folder):
                continue
            for entry in _children(folder):
                if entry.name.lower().endswith((".db", ".sqlite", ".sqlite3")):
                    kind = self._databases.sniff(folder, entry.name)
                    if kind is not None:
                        yield Found(kind, folder, (entry.name,), _SENTENCES[kind])

    def _cards(self, place: Path) -> Iterator[Found]:
        looked = 0
        for entry in _children(place):
            if entry.name.lower().endswith(_CARD_ENDINGS):
                looked += 1
                if self._is_card(place, entry.name):
                    yield Found(SourceKind.CARDS, place, (".",), _SENTENCES[SourceKind.CARDS])
                    return
            if looked > _LOOKED_AT:
                return

    def _archives(self, place: Path) -> Iterator[Found]:
        names = (entry.name for entry in _children(place) if entry.name.lower().endswith(ARCHIVE_ENDING))
        if any(self._is_archive(place, name) for name in names):
            yield Found(SourceKind.ARCHIVE, place, (".",), _SENTENCES[SourceKind.ARCHIVE])

    def _is_archive(self, folder: Path, name: str) -> bool:
        try:
            return is_archive(self._files.head(folder, name, _HEAD_BYTES))
        except UserFacingError:
            return False

    def _is_card(self, folder: Path, name: str) -> bool:
        try:
            return looks_like_card(self._files.head(folder, name, _HEAD_BYTES), name)
        except UserFacingError:
            return False


_SENTENCES = {
    SourceKind.PROFILES: "A bot's user profiles",
    SourceKind.MYBELLA: "A companion app's database",
    SourceKind.MEMU: "A memory store",
    SourceKind.SILLYTAVERN: "SillyTavern's data",
    SourceKind.CARDS: "Character cards",
    SourceKind.ARCHIVE: "Personas that PersonaDesk wrote into a file",
}


def usual_places(home: Path, program: Path) -> Sequence[Path]:
    """Folders worth a look: beside the program, in the home folder, and where a bot or SillyTavern is put."""
    names = ("acore_bot", "acore-bot", "SillyTavern", "sillytavern", "MyBella", "bot")
    parents = (program.parent, home, home / "Documents", home / "Projects", home / "src")
    places = [program, *(parent / name for parent in parents for name in names), home / "data", home / "profiles"]
    unique = dict.fromkeys(places)
    return [place for place in unique if _is_folder(place)]


def _children(folder: Path, most: int = _LISTED) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry, _ in zip(entries, range(most), strict=False)]
    except OSError:
        return []
    return sorted(listed, key=lambda entry: entry.name)


def _is_folder(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink()


def _relative(place: Path, base: Path) -> str:
    return place.relative_to(base).as_posix()
