"""How many personas, in words."""

from PySide6.QtCore import QCoreApplication


def people_words(count: int) -> str:
    """ "1 persona" or "12 personas"."""
    if count == 1:
        return QCoreApplication.translate("PeopleWords", "1 persona")
    return QCoreApplication.translate("PeopleWords", "%s personas") % f"{count:,}"
