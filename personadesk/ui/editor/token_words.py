"""How many tokens, in words."""

from PySide6.QtCore import QCoreApplication


def token_words(count: int, *, estimated: bool) -> str:
    """ "" for none. An estimate is rounded up, so that it does not look counted."""
    if not count:
        return ""
    if not estimated:
        return _tr("%1 tokens").replace("%1", f"{count:,}")
    step = 10 if count < 1000 else 100
    return _tr("about %1 tokens").replace("%1", f"{-(-count // step) * step:,}")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Editor", text)
