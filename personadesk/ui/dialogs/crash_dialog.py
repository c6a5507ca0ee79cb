"""The crash dialog: a bug reached the window. The report can be read and saved; it is never sent."""

import platform
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtWidgets import QFileDialog, QWidget

from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label, TextField


def report_text(version: str, kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> str:
    """What happened, without a word of any conversation: types, places and versions.

    The exception's own message is left out: it may quote what someone wrote.
    """
    frames = "".join(traceback.format_tb(trace))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"PersonaDesk {version}\n{system}\n\n{kind.__module__}.{kind.__qualname__}\n{frames}"


class CrashDialog(FramedDialog):
    """Shown once at a time; the program goes on as far as it can."""

    def __init__(self, *, themes: ThemeSource, report: str, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=640)
        self.set_title(self.tr("Something went wrong"))
        self._report = report
        words = Label(
            themes,
            self.tr("This is a fault in PersonaDesk. Your conversations are saved. If it happens again, start the "
                    "program anew; the report below says where it happened and contains nothing you wrote."),
            ink="muted",
            wrap=True,
        )  # fmt: skip
        self.content.addWidget(words)
        field = TextField(themes, accessible=self.tr("Report"), lines=12)
        field.text.set_text(report)
        field.text.setReadOnly(True)
        self.content.addWidget(field)
        save = Button(themes, self.tr("Save the report…"))
        save.clicked.connect(self._choose_place)
        close = Button(themes, self.tr("Close"), kind=Kind.PRIMARY)
        close.clicked.connect(self.accept)
        self.buttons.addStretch(1)
        self.buttons.addWidget(save)
        self.buttons.addWidget(close)

    def _choose_place(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the report"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("personadesk-report.txt")
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _save(self, name: str) -> None:
        try:
            Path(name).write_text(self._report, encoding="utf-8")
        except OSError:
            self.note.setText(self.tr("It could not be saved there. Choose another place."))
            self.note.set_ink("bad")
