"""What an undo takes away and what stays, in words: for the wizard's last page and the settings' list."""

from PySide6.QtCore import QCoreApplication, QLocale

from personadesk.domain.migration import UndoPreview
from personadesk.ui.wizard.row_model import plain

MOST_SENTENCES = 8


def taken_away(preview: UndoPreview) -> str:
    """Say what an undo would take away, before it does."""
    gone = listed(
        (preview.personas, _tr("1 persona"), _tr("{count} personas")),
        (preview.memories, _tr("1 memory"), _tr("{count} memories")),
        (preview.conversations, _tr("1 conversation"), _tr("{count} conversations")),
        (preview.lorebooks, _tr("1 lorebook"), _tr("{count} lorebooks")),
    )
    if not gone:
        return _tr("There is nothing left to take away.")
    return _tr("Undo takes away what this import brought: {things}.").format(things=gone)


def listed(*things: tuple[int, str, str]) -> str:
    """Those there are of (count, word for one, words for many), with commas."""
    locale = QLocale()
    return ", ".join(
        one if count == 1 else many.format(count=locale.toString(count)) for count, one, many in things if count
    )


def first_of(sentences: tuple[str, ...], more: str) -> str:
    """The first sentences, a line each, and how many `more` there are."""
    shown = [plain(sentence) for sentence in sentences[:MOST_SENTENCES]]
    if len(sentences) > MOST_SENTENCES:
        shown.append(more.format(count=QLocale().toString(len(sentences) - MOST_SENTENCES)))
    return "\n".join(shown)


def _tr(words: str) -> str:
    return QCoreApplication.translate("UndoWords", words)
