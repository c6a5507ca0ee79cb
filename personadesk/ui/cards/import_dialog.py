"""Cards on their way in: a look at each, what becomes of it, progress, and what came of it all."""

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QLocale, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from personadesk.domain.card_import import CardCandidate, CardDecision, CardMatch, CardReport
from personadesk.domain.errors import UserFacingError
from personadesk.ui.cards.candidate_details import FACE_PX, CandidateDetails
from personadesk.ui.cards.candidate_list import CandidateList, CandidateModel
from personadesk.ui.cards.candidate_words import bulk_word
from personadesk.ui.cards.card_desk import CardDesk
from personadesk.ui.cards.import_report import ImportReport
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.theme.source import ThemeSource, progress_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import CardPanel, Label
from personadesk.ui.wizard.pick_button import Choice, PickButton
from personadesk.ui.wizard.row_model import plain

WIDTH_PX = 860
HEIGHT_PX = 640
SETTLE_S = 0.8
"""A rate measured over less than this says nothing."""
BULK = (CardDecision.UPDATE, CardDecision.ADD, CardDecision.SKIP)


class ImportDialog(FramedDialog):
    """Looks at what it was given, then asks. `open_wanted` carries the PersonaId of the one card that came in."""

    open_wanted = Signal(object)
    picture_offered = Signal(object, bytes)  # Path | None, and the bytes where there is none

    def __init__(self, *, themes: ThemeSource, desk: CardDesk, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=WIDTH_PX)
        self.set_title(self.tr("Import cards"))
        self._desk = desk
        self._since = 0.0
        self._busy = False
        self._importing = False
        self._shown_row = -1
        self.model = CandidateModel(self)
        self.list = CandidateList(model=self.model, themes=themes)
        self.details = CandidateDetails(themes)
        self.bulk = PickButton(themes, accessible=self.tr("For those that are here already"))
        self.bar = QProgressBar()
        self.counts = Label(themes, bold=True)
        self.pace = Label(themes, ink="muted", elide=True)
        self.outcome = ImportReport(themes)
        self.cancel = Button(themes, self.tr("Cancel"))
        self.copy = Button(themes, self.tr("Copy report"), icon="copy")
        self.picture = Button(themes, self.tr("New persona with this picture"), icon="image")
        self.begin = Button(themes, self.tr("Import"), kind=Kind.PRIMARY)
        self._build()
        self._connect()

    def look(self, paths: Sequence[Path]) -> None:
        """Read these files and folders."""
        self._show_working(self.tr("Looking at the cards…"))
        self._desk.look(paths, owner=self, then=self.show_candidates, failed=self._show_problem)

    def look_at_bytes(self, content: bytes, name: str) -> None:
        self._show_working(self.tr("Looking at the card…"))
        self._desk.look_at_bytes(
            content, name, owner=self, then=lambda found: self.show_candidates([found]), failed=self._show_problem
        )

    def show_candidates(self, items: Sequence[CardCandidate]) -> None:
        """Show what was found, the first selected."""
        self._busy = False
        if not items:
            self._show_problem(
                UserFacingError(self.tr("There is no character card in it."), self.tr("Choose another folder."))
            )
            return
        self.model.fill(items)
        self.list.setVisible(len(items) > 1)
        known = [item for item in items if item.match is not CardMatch.NEW]
        self._bulk_row.setVisible(len(known) > 1)
        self.pages.setCurrentWidget(self._choosing)
        self.begin.show()
        self.picture.setVisible(len(items) == 1 and items[0].is_picture)
        self.cancel.set_text(self.tr("Cancel"))
        select = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.list.selectionModel().setCurrentIndex(self.model.index(0), select)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._count()

    def reject(self) -> None:
        """Escape: a look is dropped, an import is stopped and its report shown."""
        if self._busy and self._importing:
            self._desk.stop()
            self.counts.setText(self.tr("Stopping…"))
            self.cancel.setEnabled(False)
            return
        self._desk.drop()
        super().reject()

    # -- inside

    def _build(self) -> None:
        self.pages = QStackedWidget()
        self._working = self._working_page()
        self._choosing = self._choosing_page()
        for page in (self._working, self._choosing, self.outcome):
            self.pages.addWidget(page)
        self.content.addWidget(self.pages, 1)
        self.buttons.addWidget(self.copy)
        self.buttons.addWidget(self.picture)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.begin)
        self.copy.hide()
        self.picture.hide()
        self.begin.hide()

    def _working_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        panel = CardPanel(self.themes)
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(22, 20, 22, 20)
        inner.setSpacing(10)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        for widget in (self.counts, self.bar, self.pace):
            inner.addWidget(widget)
        layout.addWidget(panel)
        layout.addStretch(1)
        return page

    def _choosing_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self._bulk_row = QWidget()
        row = QHBoxLayout(self._bulk_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(self.themes, self.tr("Those that are here already:"), ink="muted"))
        row.addWidget(self.bulk)
        row.addStretch(1)
        self.bulk.choices = [Choice(bulk_word(each), each) for each in BULK]
        self.bulk.show_choice(self.tr("Choose for all"))
        panel = CardPanel(self.themes)
        sides = QHBoxLayout(panel)
        sides.setContentsMargins(4, 6, 4, 6)
        sides.setSpacing(0)
        sides.addWidget(self.list, 5)
        sides.addWidget(self.details, 6)
        layout.addWidget(self._bulk_row)
        layout.addWidget(panel, 1)
        return page

    def _connect(self) -> None:
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_current())
        self.model.decided.connect(self._count)
        self.model.decided.connect(self._show_current)
        self.details.decide.picked.connect(self._decide)
        self.bulk.picked.connect(self._decide_all)
        self.cancel.clicked.connect(self.reject)
        self.begin.clicked.connect(self._begin_or_open)
        self.copy.clicked.connect(self._copy_report)
        self.picture.clicked.connect(self._offer_picture)
        self._desk.progressed.connect(self._show_progress)
        self._desk.pictured.connect(self.outcome.show_faces)
        self._desk.pictures_finished.connect(self.outcome.end_faces)
        self._desk.pictures_put_off.connect(self.outcome.faces.hide)
        self.themes.changed.connect(self._apply_bar)
        self._apply_bar(self.themes.theme)
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(self.begin.click)

    def _show_working(self, words: str) -> None:
        self._busy = True
        self._since = time.monotonic()
        self.counts.setText(words)
        self.pace.setText(" ")
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(words)
        self.begin.hide()
        self.pages.setCurrentWidget(self._working)

    def _show_progress(self, done: int, total: int, name: str) -> None:
        if not self._busy or not self.cancel.isEnabled():
            return
        number = QLocale().toString
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        self.counts.setText(self.tr("%1 of %2 cards").replace("%1", number(done)).replace("%2", number(total)))
        seconds = time.monotonic() - self._since
        left = ""
        if seconds > SETTLE_S and done:
            left = self.tr("about %s s left") % number(max(round(seconds / done * (total - done)), 1))
        self.pace.setText(plain(" · ".join(filter(None, (left, name)))) or " ")

    def _show_problem(self, problem: UserFacingError) -> None:
        self._busy = self._importing = False
        self.outcome.show_reason(f"{problem.sentence} {problem.next_step}".strip())
        self.pages.setCurrentWidget(self.outcome)
        self.begin.hide()
        self.cancel.setEnabled(True)
        self.cancel.set_text(self.tr("Close"))

    def _show_current(self) -> None:
        row = self.list.currentIndex().row()
        if 0 <= row < len(self.model.items):
            self.details.show_candidate(self.model.items[row], self.model.decisions[row])
            if row != self._shown_row:
                self._shown_row = row
                self._ask_for_picture(row)

    def _ask_for_picture(self, row: int) -> None:
        self.details.face.show_image(QImage())
        item = self.model.items[row]
        if item.contents is not None:
            side = round(FACE_PX * self.devicePixelRatioF())
            self._desk.picture(item, side, owner=self, then=lambda image: self._show_picture(row, image))

    def _show_picture(self, row: int, image: QImage) -> None:
        if row == self._shown_row:
            self.details.face.show_image(image)

    def _decide(self, decision: CardDecision) -> None:
        self.model.decide(self.list.selected_rows() or [max(self.list.currentIndex().row(), 0)], decision)

    def _decide_all(self, decision: CardDecision) -> None:
        rows = [row for row, item in enumerate(self.model.items) if item.match is not CardMatch.NEW]
        self.model.decide(rows, decision)
        self.bulk.show_choice(bulk_word(decision))

    def _count(self) -> None:
        coming = self.model.count(CardDecision.ADD, CardDecision.UPDATE)
        number = QLocale().toString(coming)
        self.begin.set_text(self.tr("Import") if len(self.model.items) == 1 else self.tr("Import %s") % number)
        self.begin.setEnabled(coming > 0)
        refused = sum(bool(item.problem) for item in self.model.items)
        self.note.setText(self.tr("%s refused") % QLocale().toString(refused) if refused else "")

    def _begin_or_open(self) -> None:
        if self.outcome.report is not None:
            came = [item.persona_id for item in self.outcome.report.outcomes if item.persona_id is not None]
            self.accept()
            if came:
                self.open_wanted.emit(came[0])
            return
        self._importing = True
        self._show_working(self.tr("Importing…"))
        self._desk.bring(self.model.chosen(), owner=self, then=self._finish, failed=self._show_problem)

    def _offer_picture(self) -> None:
        [item] = self.model.items
        self.accept()
        self.picture_offered.emit(item.path, item.content)

    def _finish(self, report: CardReport) -> None:
        self._busy = self._importing = False
        self.set_title(self.tr("Stopped") if report.stopped else self.tr("Done"))
        self.outcome.show_report(report)
        self._desk.finish_pictures()
        self.pages.setCurrentWidget(self.outcome)
        self.note.setText("")
        self.copy.show()
        self.cancel.setEnabled(True)
        self.cancel.set_text(self.tr("Close"))
        came = sum(item.persona_id is not None for item in report.outcomes)
        self.begin.set_text(self.tr("Chat"))
        self.begin.setEnabled(True)
        self.begin.setVisible(came == 1)
        (self.begin if came == 1 else self.cancel).setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self.outcome.text())

    def _apply_bar(self, theme: Theme) -> None:
        self.bar.setStyleSheet(progress_style(theme))
