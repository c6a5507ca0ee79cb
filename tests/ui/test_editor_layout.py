"""Every section of the editor, at sizes and with texts that are hard on it: nothing is cut off or overlaps."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from personadesk.domain.persona import CommunicationStyle
from personadesk.ui.editor.editor import PersonaEditor
from tests.ui import hostile
from tests.ui.desk import Desk
from tests.ui.test_bad_input import cut_off, put_back  # noqa: F401  a fixture


def overlapping(root: QWidget) -> list[str]:
    """Buttons that stand on each other, as far as they can be seen in what scrolls."""
    faults = []
    seen: list[tuple[QRect, str]] = []
    for widget in root.findChildren(QAbstractButton):
        shown = widget.visibleRegion().boundingRect()
        if not widget.isVisibleTo(root) or shown.isEmpty():
            continue
        rect = QRect(widget.mapTo(root, shown.topLeft()), shown.size()).adjusted(1, 1, -1, -1)
        faults += [f"{widget.accessibleName()!r} on {name!r}" for other, name in seen if rect.intersects(other)]
        seen.append((rect, widget.accessibleName()))
    return faults


@pytest.mark.parametrize(
    ("width", "height", "scale", "direction"),
    [
        (1280, 800, 1, Qt.LayoutDirection.LeftToRight),
        (900, 600, 1, Qt.LayoutDirection.RightToLeft),
        (900, 600, 2, Qt.LayoutDirection.LeftToRight),
        (620, 560, 1, Qt.LayoutDirection.LeftToRight),
    ],
)
def test_nothing_is_cut_off_or_overlaps(
    start: Callable[[], Desk],
    put_back: QApplication,  # noqa: F811
    width: int,
    height: int,
    scale: int,
    direction: Qt.LayoutDirection,
) -> None:
    font = QFont(put_back.font())
    font.setPointSizeF(9.75 * scale)
    put_back.setFont(font)
    put_back.setLayoutDirection(direction)
    desk = start()
    desk.show(width, height)
    own = desk.make(
        hostile.WIDE,
        traits=hostile.TRAITS,
        tags=(hostile.LONG_TAG,),
        description=hostile.SCRIPT,
        style=CommunicationStyle.CUSTOM,
        greeting=hostile.SCRIPT,
        example_dialogue="{{user}}: " + hostile.WIDE,
        system_prompt="{{odd}}",
        source=(hostile.WIDE,),
    )
    desk.window.personas.edit(own)
    editor = desk.dialog(PersonaEditor)
    assert isinstance(editor, PersonaEditor)
    faults = {}

    for key in editor.pages.keys:
        editor.show_section(key)
        bar = editor.pages.section(key).verticalScrollBar()
        found = []
        for place in (0, bar.maximum() // 2, bar.maximum()):
            bar.setValue(place)
            for _ in range(3):
                QApplication.processEvents()
            found += cut_off(editor) + overlapping(editor)
        if found:
            faults[key] = found
    editor.reject()

    assert faults == {}, faults
