"""How long ago something was deleted, in words."""

from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication


def deleted_words(deleted_at: datetime) -> str:
    """By the calendar of this place: what was deleted late last night was deleted yesterday."""
    days = (datetime.now(UTC).astimezone().date() - deleted_at.astimezone().date()).days
    if days <= 0:
        return _tr("Deleted today")
    if days == 1:
        return _tr("Deleted yesterday")
    return _tr("Deleted %s days ago") % days


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrashWords", text)
