"""The palette's rows for what was found of what was said."""

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale

from personadesk.domain.conversation import Role, SearchHit
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.domain.search import Found
from personadesk.ui.chat.transcript_days import day_label, time_label
from personadesk.ui.palette.entries import ConversationEntry, Entry, Heading, MemoryEntry, MessageEntry


def found_rows(found: Found, known: Mapping[PersonaId, PersonaSummary]) -> list[Entry]:
    """Conversations, messages and memories of the personas that are known, each below its heading."""
    titles: list[Entry] = [
        ConversationEntry(item, known[item.persona_id], _when(item.updated_at))
        for item in found.conversations
        if item.persona_id in known
    ]
    messages: list[Entry] = [
        MessageEntry(hit, known[hit.persona_id], _who(hit, known[hit.persona_id]), _when(hit.created_at))
        for hit in found.messages
        if hit.persona_id in known
    ]
    memories: list[Entry] = [
        MemoryEntry(item, known[item.persona_id]) for item in found.memories if item.persona_id in known
    ]
    listed: list[Entry] = []
    for name, rows in ((_tr("Conversations"), titles), (_tr("Messages"), messages), (_tr("Memories"), memories)):
        if rows:
            listed += [Heading(name), *rows]
    return listed


def _who(hit: SearchHit, summary: PersonaSummary) -> str:
    return _tr("You to %s") % summary.shown_name if hit.role is Role.USER else summary.shown_name


def _when(moment: datetime) -> str:
    locale = QLocale()
    local = moment.astimezone()
    today = datetime.now().astimezone().date()
    return time_label(moment, locale) if local.date() == today else day_label(local.date(), today, locale)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Palette", text)
