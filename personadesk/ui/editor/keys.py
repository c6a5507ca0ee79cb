"""The keys that lead through an editor."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from personadesk.ui.editor.editor import PersonaEditor


def add_keys(editor: "PersonaEditor") -> None:
    acts: list[tuple[str | QKeySequence.StandardKey, Callable[[], None]]] = [
        (QKeySequence.StandardKey.Save, editor.save),
        ("Ctrl+Return", editor.save),
        ("Ctrl+Z", editor.state.undo),
        ("Ctrl+Shift+Z", editor.state.redo),
        ("Ctrl+Y", editor.state.redo),
        ("Ctrl+PgUp", partial(_step, editor, -1)),
        ("Ctrl+PgDown", partial(_step, editor, 1)),
    ]
    acts += [(f"Ctrl+{number}", partial(editor.go_to, key)) for number, key in enumerate(editor.pages.keys, start=1)]
    for keys, act in acts:
        QShortcut(QKeySequence(keys), editor).activated.connect(act)


def _step(editor: "PersonaEditor", by: int) -> None:
    editor.go_to(editor.pages.neighbour(by))
