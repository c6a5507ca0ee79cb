"""Personas on their way out: in which format, and where to."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.services.card_exports import ENDINGS, CardFormat, file_stem
from personadesk.ui.cards.card_desk import CardDesk
from personadesk.ui.dialogs.writing import WritingDialog
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.steps import Tick

WIDTH_PX = 520
HEIGHT_PX = 520
MANY = (CardFormat.PNG, CardFormat.JSON_V3, CardFormat.JSON_V2, CardFormat.CHARX, CardFormat.ARCHIVE)
"""What every persona can be exported as."""


class ExportDialog(WritingDialog):
    """`exported` carries the list of files that were written."""

    exported = Signal(object)

    def __init__(
        self, *, themes: ThemeSource, desk: CardDesk, personas: Sequence[tuple[PersonaId, str]], parent: QWidget
    ) -> None:
        many = len(personas) > 1
        number = QLocale().toString(len(personas))
        super().__init__(
            themes=themes,
            parent=parent,
            width_px=WIDTH_PX,
            title=self.tr("Export %s personas") % number if many else self.tr("Export %s") % personas[0][1],
            save=self.tr("Choose folder…") if many else self.tr("Save as…"),
            writing=self.tr("Exporting"),
        )
        self._desk = desk
        self._personas = personas
        self._group = QButtonGroup(self)
        self._choices: dict[CardFormat, QRadioButton] = {}
        self.memories = Tick(themes, self.tr("with what it remembers"))
        self.chats = Tick(themes, self.tr("with its conversations and their files"))
        self._build()
        if many:
            self._offer(MANY)
        else:
            desk.formats(personas[0][0], owner=self, then=self._offer, failed=self._show_problem)

    @property
    def formats(self) -> tuple[CardFormat, ...]:
        """What can be chosen; none yet while that is being looked up."""
        return tuple(self._choices)

    @property
    def chosen(self) -> CardFormat:
        return next((kind for kind, button in self._choices.items() if button.isChecked()), CardFormat.PNG)

    def choose(self, kind: CardFormat) -> None:
        self._choices[kind].setChecked(True)

    def export_to(self, place: Path) -> None:
        """Write to a file, or for many personas into a folder."""
        self.save.setEnabled(False)
        self.problem.hide()
        self.bar.setVisible(len(self._personas) > 1)
        ids = [persona_id for persona_id, _ in self._personas]
        self._desk.export(
            ids,
            self.chosen,
            place,
            memories=self.memories.isChecked(),
            chats=self.chats.isChecked(),
            owner=self,
            then=self._finish,
            failed=self._show_problem,
        )

    def reject(self) -> None:
        self._desk.stop()
        super().reject()

    # -- inside

    def _build(self) -> None:
        self._rows = QWidget()
        self._list = QVBoxLayout(self._rows)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(2)
        self.content.addWidget(self._rows)
        self.add_end()
        self._desk.progressed.connect(self._show_progress)
        self.themes.changed.connect(self._apply_style)
        self._apply_style(self.themes.theme)

    def _offer(self, kinds: Sequence[CardFormat]) -> None:
        for kind in kinds:
            name, hint = self._words(kind)
            button = QRadioButton(name)
            button.setAccessibleDescription(hint)
            self._group.addButton(button)
            self._choices[kind] = button
            explained = Label(self.themes, hint, ink="muted", wrap=True)
            explained.setContentsMargins(26, 0, 0, 10)
            self._list.addWidget(button)
            self._list.addWidget(explained)
            if kind is CardFormat.ARCHIVE:
                for extra in (self.memories, self.chats):
                    row = QHBoxLayout()
                    row.setContentsMargins(22, 0, 0, 0)
                    row.addWidget(extra)
                    row.addStretch(1)
                    extra.setEnabled(False)
                    self._list.addLayout(row)
                    button.toggled.connect(extra.setEnabled)
        first = self._choices[kinds[0]]
        first.setChecked(True)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _words(self, kind: CardFormat) -> tuple[str, str]:
        return {
            CardFormat.PNG: (
                self.tr("Picture card (PNG)"),
                self.tr("The picture with the card inside, V2 and V3. Opens everywhere."),
            ),
            CardFormat.JSON_V3: (self.tr("Card V3 (JSON)"), self.tr("The card as text, without the picture.")),
            CardFormat.JSON_V2: (self.tr("Card V2 (JSON)"), self.tr("For programs that do not know V3.")),
            CardFormat.CHARX: (
                self.tr("Card with its assets (CHARX)"),
                self.tr("An archive with pictures and sounds that came along."),
            ),
            CardFormat.ARCHIVE: (
                self.tr("PersonaDesk archive (.persona)"),
                self.tr("Everything in one file: card, picture, voice and lorebooks."),
            ),
            CardFormat.LOREBOOK: (self.tr("The lorebook alone (JSON)"), self.tr("To give it to another persona.")),
            CardFormat.AS_RECEIVED: (
                self.tr("The file it came in"),
                self.tr("Byte for byte as it was received, without your changes."),
            ),
        }[kind]

    def ask_where(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        if len(self._personas) > 1:
            dialog = QFileDialog(self, self.tr("Export into"), folder)
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        else:
            name = file_stem(self._personas[0][1]) + ENDINGS.get(self.chosen, "")
            dialog = QFileDialog(self, self.tr("Save as"), str(Path(folder) / name))
            dialog.setFileMode(QFileDialog.FileMode.AnyFile)
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.export_to(Path(chosen)))
        dialog.open()

    def _show_progress(self, done: int, total: int, _name: str) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)

    def _finish(self, files: list[Path]) -> None:
        self.accept()
        self.exported.emit(files)

    def _show_problem(self, problem: UserFacingError) -> None:
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()
        self.bar.hide()
        self.save.setEnabled(True)

    def _apply_style(self, theme: Theme) -> None:
        self._rows.setStyleSheet(radio_style(theme))


def radio_style(theme: Theme) -> str:
    return f"""
QRadioButton {{ color: {theme.text.name()}; spacing: 10px; padding: 3px 2px; border: 1px solid transparent; }}
QRadioButton:focus {{ border: 1px solid {theme.accent_text.name()}; border-radius: 6px; }}
QRadioButton::indicator {{ width: 12px; height: 12px; border-radius: 8px; border: 2px solid {theme.muted.name()}; }}
QRadioButton::indicator:checked {{
    border: 2px solid {theme.accent.name()}; background: qradialgradient(cx:0.5, cy:0.5, radius:0.5, fx:0.5, fy:0.5,
    stop:0 {theme.accent.name()}, stop:0.45 {theme.accent.name()}, stop:0.55 transparent, stop:1 transparent);
}}
"""
