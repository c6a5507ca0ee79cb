"""What was typed in the editor and not saved: kept beside the store, one draft a persona."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from personadesk.domain.avatar import AvatarChange, AvatarChoice
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.lorebook import Lorebook
from personadesk.domain.persona import PersonaCard
from personadesk.domain.sample import VoiceSample
from personadesk.formats.lorebook import read_book, write_book
from personadesk.services.card_values import card_from_values, card_values
from personadesk.services.ports import JsonValue, Settings

DRAFT_SETTING = "editor.draft"
PICTURE_SETTING = "editor.draft.pictures"
"""The drafts' new pictures in base64, apart: words are written every second or so, a picture once."""

SAMPLE_SETTING = "editor.draft.samples"
"""The drafts' recordings that are not stored yet, likewise."""

NEW = "new"


@dataclass(frozen=True, slots=True)
class DraftFiles:
    """What of a draft is no text: what is to become of the picture, and a recording that is not stored yet."""

    avatar: AvatarChoice = field(default_factory=AvatarChoice)
    sample: VoiceSample | None = None


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """`persona_id` is None for one that was being made. `saved_at` is aware UTC.

    `lorebook` is the own book's text where it had been changed, "" where not; `avatar` is what was to
    become of the picture; `sample` is the recording that its voice names, where that is not stored yet.
    """

    persona_id: PersonaId | None
    name: str
    saved_at: datetime
    values: Mapping[str, JsonValue] = field(repr=False)
    lorebook: str = field(default="", repr=False)
    avatar: AvatarChoice = field(default_factory=AvatarChoice)
    sample: VoiceSample | None = None

    def card(self, base: PersonaCard) -> PersonaCard:
        """The draft laid over the card as it is stored. A recording that can't be had any more is left as it was."""
        card = card_from_values(self.values, base)
        kept = self.sample.sha256 if self.sample is not None else ""
        if card.voice.sample in ("", kept, base.voice.sample):
            return card
        before = base.voice
        return replace(card, voice=replace(card.voice, sample=before.sample, sample_name=before.sample_name))

    def book(self, base: Lorebook | None) -> Lorebook | None:
        """The draft's own lorebook; the stored one where it had not been changed, or can't be read."""
        if not self.lorebook:
            return base
        try:
            return replace(read_book(self.lorebook), uid=base.uid if base is not None else "")
        except UserFacingError:
            return base


def read_drafts(settings: Settings) -> tuple[KeptDraft, ...]:
    """The newest first. What can't be read is as if it had never been kept."""
    stored = settings.get(DRAFT_SETTING)
    if not isinstance(stored, dict):
        return ()
    pictures, samples = _files(settings, PICTURE_SETTING), _files(settings, SAMPLE_SETTING)
    drafts = [
        draft
        for key, value in stored.items()
        if (draft := _draft_from(key, value, pictures.get(key), samples.get(key))) is not None
    ]
    return tuple(sorted(drafts, key=lambda draft: draft.saved_at, reverse=True))


def draft_of(settings: Settings, persona_id: PersonaId | None) -> KeptDraft | None:
    return next((draft for draft in read_drafts(settings) if draft.persona_id == persona_id), None)


def keep_draft(
    settings: Settings,
    persona_id: PersonaId | None,
    card: PersonaCard,
    book: Lorebook | None,
    files: DraftFiles,
    now: datetime,
) -> None:
    stored = settings.get(DRAFT_SETTING)
    drafts = dict(stored) if isinstance(stored, dict) else {}
    key = _key(persona_id)
    avatar, sample = files.avatar, files.sample
    digest = _digest(avatar.content) if avatar.change is AvatarChange.NEW else ""
    if digest != _file_of(drafts.get(key), "avatar"):
        _keep_file(settings, PICTURE_SETTING, key, avatar.content)
    recorded = sample.sha256 if sample is not None else ""
    if recorded != _file_of(drafts.get(key), "sample"):
        _keep_file(settings, SAMPLE_SETTING, key, sample.content if sample is not None else b"")
    drafts[key] = {
        "saved_at": now.isoformat(),
        "card": card_values(card),
        "lorebook": write_book(book) if book is not None else "",
        "avatar": {"change": avatar.change.value, "media_type": avatar.media_type, "sha256": digest},
        "sample": {"media_type": sample.media_type if sample is not None else "", "sha256": recorded},
    }
    settings.set(DRAFT_SETTING, drafts)


def drop_draft(settings: Settings, persona_id: PersonaId | None) -> None:
    stored = settings.get(DRAFT_SETTING)
    gone = _key(persona_id)
    if isinstance(stored, dict) and gone in stored:
        settings.set(DRAFT_SETTING, {key: value for key, value in stored.items() if key != gone})
        for name, setting in (("avatar", PICTURE_SETTING), ("sample", SAMPLE_SETTING)):
            if _file_of(stored[gone], name):
                _keep_file(settings, setting, gone, b"")


def _key(persona_id: PersonaId | None) -> str:
    return NEW if persona_id is None else str(persona_id)


def _files(settings: Settings, setting: str) -> dict[str, JsonValue]:
    stored = settings.get(setting)
    return dict(stored) if isinstance(stored, dict) else {}


def _keep_file(settings: Settings, setting: str, key: str, content: bytes) -> None:
    """Keep one draft's file; an empty one goes."""
    files = _files(settings, setting)
    files.pop(key, None)
    if content:
        files[key] = b64encode(content).decode("ascii")
    settings.set(setting, files)


def _file_of(draft: JsonValue, name: str) -> str:
    """The SHA-256 of the file that is kept with a draft under a name, "" for none."""
    file = draft.get(name) if isinstance(draft, dict) else None
    digest = file.get("sha256") if isinstance(file, dict) else None
    return digest if isinstance(digest, str) else ""


def _decoded(value: JsonValue, digest: JsonValue) -> bytes:
    """A kept file's content, b"" for one that is not whole."""
    try:
        content = b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        return b""
    return content if _digest(content) == digest else b""


def _sample_from(value: JsonValue, file: JsonValue) -> VoiceSample | None:
    if not isinstance(value, dict) or not isinstance(media_type := value.get("media_type"), str):
        return None
    content = _decoded(file, value.get("sha256"))
    return VoiceSample(content, media_type) if content else None


def _avatar_from(value: JsonValue, picture: JsonValue) -> AvatarChoice:
    """What can't be read leaves the picture as it is stored."""
    if not isinstance(value, dict):
        return AvatarChoice()
    if value.get("change") == AvatarChange.REMOVED.value:
        return AvatarChoice(AvatarChange.REMOVED)
    media_type = value.get("media_type")
    if value.get("change") != AvatarChange.NEW.value or not isinstance(media_type, str):
        return AvatarChoice()
    content = _decoded(picture, value.get("sha256"))
    return AvatarChoice(AvatarChange.NEW, content, media_type) if content else AvatarChoice()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _draft_from(key: str, value: JsonValue, picture: JsonValue, recording: JsonValue) -> KeptDraft | None:
    if not isinstance(value, dict) or not (key == NEW or key.isdecimal()):
        return None
    card, moment = value.get("card"), value.get("saved_at")
    if not isinstance(card, dict) or not isinstance(moment, str):
        return None
    try:
        saved_at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if saved_at.tzinfo is None:
        return None
    shown = card.get("display_name") or card.get("name")
    persona_id = None if key == NEW else PersonaId(int(key))
    lorebook = value.get("lorebook")
    name = shown if isinstance(shown, str) else ""
    book = lorebook if isinstance(lorebook, str) else ""
    avatar = _avatar_from(value.get("avatar"), picture)
    return KeptDraft(persona_id, name, saved_at, card, book, avatar, _sample_from(value.get("sample"), recording))
