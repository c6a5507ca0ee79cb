"""What was typed in the editor and not saved: kept beside the store, one draft a persona."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.lorebook import Lorebook
from personadesk.domain.persona import PersonaCard
from personadesk.formats.lorebook import read_book, write_book
from personadesk.services.card_values import card_from_values, card_values
from personadesk.services.ports import JsonValue, Settings

DRAFT_SETTING = "editor.draft"
NEW = "new"


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """`persona_id` is None for one that was being made. `saved_at` is aware UTC.

    `lorebook` is the own book's text where it had been changed, "" where not.
    """

    persona_id: PersonaId | None
    name: str
    saved_at: datetime
    values: Mapping[str, JsonValue] = field(repr=False)
    lorebook: str = field(default="", repr=False)

    def card(self, base: PersonaCard) -> PersonaCard:
        """The draft laid over the card as it is stored."""
        return card_from_values(self.values, base)

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
    drafts = [draft for key, value in stored.items() if (draft := _draft_from(key, value)) is not None]
    return tuple(sorted(drafts, key=lambda draft: draft.saved_at, reverse=True))


def draft_of(settings: Settings, persona_id: PersonaId | None) -> KeptDraft | None:
    return next((draft for draft in read_drafts(settings) if draft.persona_id == persona_id), None)


def keep_draft(
    settings: Settings, persona_id: PersonaId | None, card: PersonaCard, book: Lorebook | None, now: datetime
) -> None:
    stored = settings.get(DRAFT_SETTING)
    drafts = dict(stored) if isinstance(stored, dict) else {}
    drafts[_key(persona_id)] = {
        "saved_at": now.isoformat(),
        "card": card_values(card),
        "lorebook": write_book(book) if book is not None else "",
    }
    settings.set(DRAFT_SETTING, drafts)


def drop_draft(settings: Settings, persona_id: PersonaId | None) -> None:
    stored = settings.get(DRAFT_SETTING)
    if isinstance(stored, dict) and _key(persona_id) in stored:
        settings.set(DRAFT_SETTING, {key: value for key, value in stored.items() if key != _key(persona_id)})


def _key(persona_id: PersonaId | None) -> str:
    return NEW if persona_id is None else str(persona_id)


def _draft_from(key: str, value: JsonValue) -> KeptDraft | None:
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
    return KeptDraft(persona_id, name, saved_at, card, lorebook if isinstance(lorebook, str) else "")
