"""SillyTavern's own files: chat logs (JSONL) and the user's personas in settings.json."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingChat, IncomingMessage, IncomingYou
from personadesk.formats.exact_json import UnreadableJson, read_json, storable
from personadesk.formats.swipe_models import swipe_models

LINES_NAMED = 10
"""How many lines a note lists by their numbers."""

_BOM = b"\xef\xbb\xbf"
_NOBODY = ("", "unused")
_PROGRAMS_OWN = ("", "sillytavern system", "system", "note", "assistant")
"""Names under which it speaks itself."""
_KEPT_BESIDE = (
    ("note_prompt", "its author's note"),
    ("variables", "its variables"),
    ("scenario", "its own scenario"),
    ("system_prompt", "its own system prompt"),
    ("mes_example", "its own example dialogue"),
    ("world_info", "the lorebook chosen for it"),
)
_FILES = ("image", "image_swipes", "media", "video", "file", "files")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_MILLISECONDS = 100_000_000_000
"""A smaller number of a time is seconds: as milliseconds it would lie before March 1973."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS = re.compile(r"\d{9,17}(\.\d+)?")
_SPOKEN = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4}),? (\d{1,2}):(\d{2})(?::(\d{2}))? ?([AaPp])\.?[Mm]\.?")
_STAMPED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) ?@ ?(\d{1,2})h ?(\d{1,2})m ?(\d{1,2})s ?(?:(\d{1,3})ms)?")


def read_chat(content: bytes, name: str) -> tuple[IncomingChat, tuple[str, ...]]:
    """Read a chat log, and notes on what of it was left out or has no place.

    A line that is no message is skipped and noted. A time without a zone is taken as UTC. Raises
    UserFacingError where no line is one of a chat.
    """
    log = _Log()
    started_at: datetime | None = None
    for number, line in enumerate(io.BytesIO(content.removeprefix(_BOM)), 1):
        if not line.strip():
            continue
        try:
            value = read_json(line).value
        except UnreadableJson:
            log.broken.append(number)
            continue
        if not log.seen and _is_header(value):
            log.read_header(value)
            started_at = read_moment(value.get("create_date"))
        else:
            log.read_line(number, value)
    if not log.seen:
        raise UserFacingError(
            "This file holds no chat.", "Choose a chat that SillyTavern has written: its name ends in .jsonl."
        )
    first = next((message.sent_at for message in log.messages if message.sent_at), None)
    title = storable(name.replace("\\", "/").rpartition("/")[2].removesuffix(".jsonl"))
    return IncomingChat(title, tuple(log.messages), started_at=started_at or first), log.notes()


def read_you(settings_json: bytes) -> tuple[IncomingYou, ...]:
    """Return the user's own personas, the default one first. Raises UserFacingError for what is no JSON."""
    settings = _object(read_json(settings_json).value)
    power_user = _object(settings.get("power_user"))
    names = _object(power_user.get("personas"))
    descriptions = _object(power_user.get("persona_descriptions"))
    default = power_user.get("default_persona")
    found: list[IncomingYou] = []
    for picture in sorted(names, key=lambda key: key != default):
        name = _text(names[picture]).strip()
        described = descriptions.get(picture)
        description = _text(described.get("description") if isinstance(described, dict) else described)
        if name:
            found.append(IncomingYou(name, description))
    return tuple(found)


def read_moment(value: object) -> datetime | None:
    """Return an aware UTC time, None for what is none of the forms in which other programs write it.

    They are ISO 8601, seconds or milliseconds since 1970, `June 4, 2024 3:46pm` and
    `2023-5-12 @21h 32m 29s 224ms`. Where no zone is named it is UTC.
    """
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return _since_1970(value)
        return _written(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


@dataclass(slots=True)
class _Log:
    """A chat log while it is read."""

    messages: list[IncomingMessage] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    system: list[int] = field(default_factory=list)
    speakers: dict[str, None] = field(default_factory=dict)
    hidden: int = 0
    thoughts: int = 0
    with_files: list[int] = field(default_factory=list)
    kept_beside: tuple[str, ...] = ()
    user_name: str = ""
    character_name: str = ""
    seen: bool = False

    def read_header(self, header: Mapping[str, Any]) -> None:
        self.seen = True
        self.user_name, self.character_name = (
            "" if (name := _text(header.get(key)).strip()).lower() in _NOBODY else name
            for key in ("user_name", "character_name")
        )
        metadata = _object(header.get("chat_metadata"))
        self.kept_beside = tuple(what for key, what in _KEPT_BESIDE if metadata.get(key))

    def read_line(self, number: int, value: object) -> None:
        if not _is_message(value):
            self.broken.append(number)
            return
        self.seen = True
        line = _object(value)
        hidden = line.get("is_system") is True
        if hidden and not self._is_said(line):
            self.system.append(number)
            return
        swipes, models, shown = _swipes(line)
        if not swipes:
            self.empty.append(number)
            return
        role = Role.USER if _is_true(line.get("is_user")) else Role.PERSONA
        if role is Role.PERSONA and (speaker := _text(line.get("name")).strip()):
            self.speakers[speaker] = None
        self.hidden += hidden
        extra = _object(line.get("extra"))
        self.thoughts += bool(_text(extra.get("reasoning")).strip())
        if any(extra.get(key) for key in _FILES):
            self.with_files.append(number)
        ours = _object(extra.get("personadesk"))
        self.messages.append(
            IncomingMessage(
                role,
                swipes,
                shown,
                read_moment(line.get("send_date")),
                models=models,
                starred=ours.get("starred") is True,
                pinned=ours.get("pinned") is True,
                note=_text(ours.get("note")),
            )
        )

    def _is_said(self, line: Mapping[str, Any]) -> bool:
        """Whether somebody said what is marked as the program's: so are messages, too, that were hidden by /hide."""
        if _object(line.get("extra")).get("type"):
            return False
        name = _text(line.get("name")).strip()
        if _is_true(line.get("is_user")) or (name and name in (self.user_name, self.character_name, *self.speakers)):
            return True
        return not self.character_name and name.lower() not in _PROGRAMS_OWN

    def notes(self) -> tuple[str, ...]:
        notes: list[str] = []
        if self.user_name:
            notes.append(f"The user is called {self.user_name} in it.")
        if len(self.speakers) > 1:
            notes.append(f"Several characters speak in it: {', '.join(list(self.speakers)[:LINES_NAMED])}.")
        for numbers, what in (
            (self.broken, "could not be read"),
            (self.system, "came from the program, not from anyone who speaks"),
            (self.empty, "held no text"),
        ):
            if numbers:
                notes.append(_left_out(numbers, what))
        if self.hidden:
            were, them = ("1 message was", "it") if self.hidden == 1 else (f"{self.hidden:,} messages were", "them")
            notes.append(f"{were} hidden from the model there; here it reads {them}.")
        if self.kept_beside:
            notes.append(f"What SillyTavern keeps beside it was left out: {', '.join(self.kept_beside)}.")
        if self.thoughts:
            before = "a reply" if self.thoughts == 1 else f"{self.thoughts:,} replies"
            notes.append(f"The thoughts before {before} were left out.")
        if self.with_files:
            notes.append(_without_files(self.with_files))
        return tuple(notes)


def _left_out(numbers: list[int], what: str) -> str:
    if len(numbers) == 1:
        return f"Line {numbers[0]} {what} and was left out."
    return f"{len(numbers):,} lines {what} and were left out: {_named(numbers)}."


def _without_files(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"The message in line {numbers[0]} had pictures or files, which were left out."
    return f"{len(numbers):,} messages had pictures or files, which were left out: lines {_named(numbers)}."


def _named(numbers: list[int]) -> str:
    more = f" and {len(numbers) - LINES_NAMED:,} more" if len(numbers) > LINES_NAMED else ""
    return ", ".join(map(str, numbers[:LINES_NAMED])) + more


def _is_header(value: object) -> bool:
    return (
        isinstance(value, dict)
        and not {"mes", "is_user"} & value.keys()
        and bool({"user_name", "character_name", "chat_metadata", "create_date"} & value.keys())
    )


def begins_log(value: object) -> bool:
    """Whether a file's first line is that of a chat log."""
    return _is_header(value) or (isinstance(value, dict) and "is_user" in value and _is_message(value))


def _is_message(value: object) -> bool:
    return isinstance(value, dict) and (isinstance(value.get("mes"), str) or isinstance(value.get("swipes"), list))


def _is_true(value: object) -> bool:
    return value is True or value == 1 or value == "true"


def _swipes(line: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """The texts, who wrote them, and which of them is shown: the one that `mes` says, whatever `swipe_id` says."""
    written = line.get("swipes")
    swipes = [_text(swipe) for swipe in written] if isinstance(written, list) else []
    number = line.get("swipe_id")
    shown = number if isinstance(number, int) and 0 <= number < len(swipes) else 0
    mes = _text(line.get("mes"))
    if mes.strip() and (not swipes or swipes[shown] != mes):
        if mes not in swipes:
            swipes.append(mes)
        shown = swipes.index(mes)
    kept = [index for index, swipe in enumerate(swipes) if swipe.strip()]
    place = kept.index(shown) if shown in kept else 0
    models = swipe_models(line, len(swipes), shown)
    theirs = tuple(models[index] for index in kept) if models else ()
    return tuple(swipes[index] for index in kept), theirs if any(theirs) else (), place


def _since_1970(number: float) -> datetime | None:
    seconds = number / 1000 if abs(number) >= _LEAST_MILLISECONDS else number
    return _EPOCH + timedelta(seconds=seconds) if seconds > 0 else None


def _written(text: str) -> datetime | None:
    if _DIGITS.fullmatch(text):
        return _since_1970(float(text))
    if match := _SPOKEN.fullmatch(text):
        month, day, year, hour, minute, second, half = match.groups()
        hour24 = int(hour) % 12 + (12 if half in "Pp" else 0)
        number = _MONTHS.index(month[:3].lower()) + 1
        return datetime(int(year), number, int(day), hour24, int(minute), int(second or 0), tzinfo=UTC)
    if match := _STAMPED.fullmatch(text):
        year, month, day, hour, minute, second, milliseconds = match.groups()
        microseconds = int(milliseconds or 0) * 1000
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), microseconds, tzinfo=UTC)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""
