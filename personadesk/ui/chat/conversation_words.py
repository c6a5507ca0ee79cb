"""What a conversation is called, and when it was."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from personadesk.domain.conversation import Conversation
from personadesk.ui.chat.transcript_days import day_label, local_day, time_label


def title_of(conversation: Conversation) -> str:
    """Its name, or the day it began."""
    if conversation.title:
        return conversation.title
    when = QDateTime.fromSecsSinceEpoch(int(conversation.created_at.timestamp()))
    dated = QCoreApplication.translate("ConversationMenu", "Conversation of %s")
    return dated % QLocale().toString(when, "d MMM, hh:mm")


def when_words(moment: datetime) -> str:
    """The time of day for today, else the day."""
    locale = QLocale()
    today = datetime.now().astimezone().date()
    day = local_day(moment)
    return time_label(moment, locale) if day == today else day_label(day, today, locale)


def messages_words(count: int) -> str:
    """How many messages, in words."""
    if count == 1:
        return QCoreApplication.translate("ConversationMenu", "1 message")
    return QCoreApplication.translate("ConversationMenu", "%s messages") % QLocale().toString(count)
