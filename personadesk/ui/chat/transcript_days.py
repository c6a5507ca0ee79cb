"""Days and times as a transcript shows them, in the user's own locale and time zone."""

from datetime import date, datetime, timedelta

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime


def local_day(moment: datetime) -> date:
    """The day a moment falls on here."""
    return moment.astimezone().date()


def day_label(day: date, today: date, locale: QLocale) -> str:
    """Today, Yesterday, the weekday within a week, else the date."""
    if day == today:
        return QCoreApplication.translate("Transcript", "Today")
    if day == today - timedelta(days=1):
        return QCoreApplication.translate("Transcript", "Yesterday")
    if timedelta(0) < today - day < timedelta(days=7):
        return locale.standaloneDayName(day.isoweekday(), QLocale.FormatType.LongFormat)
    return locale.toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


def time_label(moment: datetime, locale: QLocale) -> str:
    """The time of day, in the locale's short form."""
    local = moment.astimezone()
    return locale.toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)
