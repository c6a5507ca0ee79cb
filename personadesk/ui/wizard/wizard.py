"""The wizard's window: finds, checks, runs and sums up. Nothing is changed before the third step."""

from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Choices, Found, Plan, PlanRow, Progress, Receipt, UndoPreview, UndoResult
from personadesk.ui.dialogs.frame import BODY_POINTS
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.check_page import CheckPage, Personas
from personadesk.ui.wizard.drop_frame import DropFrame, dropped_path
from personadesk.ui.wizard.find_page import FindPage
from personadesk.ui.wizard.migration_desk import MigrationDesk
from personadesk.ui.wizard.result_page import ResultPage, show_folder
from personadesk.ui.wizard.row_model import short_path
from personadesk.ui.wizard.run_page import RunPage
from personadesk.ui.wizard.steps import StepBand

SIZE = QSize(1010, 720)
SMALLEST = QSize(520, 400)
BAND_PX = 235
BAND_SHARE = 0.3


class Page(IntEnum):
    FIND = 0
    CHECK = 1
    RUN = 2
    RESULT = 3


class Wizard(QDialog):
    """Opened by open_wizard. `finished_run` comes once for each run; `skipped` when it is left before one."""

    finished_run = Signal(object)  # Receipt
    undone = Signal(object)  # UndoResult
    skipped = Signal()

    def __init__(
        self, *, themes: ThemeSource, desk: MigrationDesk, personas: Personas, parent: QWidget, title: str = ""
    ) -> None:
        super().__init__(parent)
        self.themes = themes
        self._desk = desk
        self._found: Found | None = None
        self._receipt: Receipt | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setAcceptDrops(True)
        name = title or self.tr("Welcome to PersonaDesk")
        self.setWindowTitle(name)
        self.setAccessibleName(name)
        steps = (
            self.tr("Find your data"),
            self.tr("Check what will happen"),
            self.tr("Back up and import"),
            self.tr("Result"),
        )
        self.band = StepBand(themes, title=name, steps=steps)
        self.find_page = FindPage(themes)
        self.check_page = CheckPage(themes, personas)
        self.run_page = RunPage(themes)
        self.result_page = ResultPage(themes)
        self.pages = QStackedWidget()
        self._areas: list[QScrollArea] = []
        for page in (self.find_page, self.check_page, self.run_page, self.result_page):
            self.pages.addWidget(self._area_for(page))
        self.skip = Button(themes, self.tr("Skip"), kind=Kind.GHOST)
        self.back = Button(themes, self.tr("Back"))
        self.next = Button(themes, self.tr("Continue"), kind=Kind.PRIMARY)
        self._loose = Label(themes, self.tr("Profiles without a persona go to"), ink="muted", wrap=True)
        self._build()
        self._drop = DropFrame(themes, self)
        self._connect()
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._show_page(Page.FIND)

    @property
    def page(self) -> Page:
        return Page(self.pages.currentIndex())

    def start(self, found: Found | None = None) -> None:
        """Look in the usual places, or at once at what was found."""
        if found is not None:
            self.find_page.show_found([found])
            self._check(found)
            return
        self.find_page.show_looking()
        self._desk.usual_places(owner=self, then=self._show_found, failed=self._show_find_trouble)

    def look_into(self, path: Path) -> None:
        """See what a folder or a file is; one find is gone on with at once."""
        if self._desk.running or self._receipt is not None:
            return
        self._desk.drop()
        self._show_page(Page.FIND)
        self.find_page.show_looking(self.tr("Looking into {place}…").format(place=short_path(path)))
        self._desk.inspect(
            path, owner=self, then=lambda found: self._take_found(found, path), failed=self._show_find_trouble
        )

    def reject(self) -> None:
        """Skip, or close after the result. While it runs: ask it to stop, and stay until it has."""
        if self._desk.running and self.page is Page.RUN:
            self._cancel()
            return
        self._desk.drop()
        if self._receipt is None:
            self.skipped.emit()
        super().reject()

    # -- building

    def _area_for(self, page: QWidget) -> QScrollArea:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(30, 26, 30, 12)
        layout.addWidget(page)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._areas.append(area)
        return area

    def _build(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(30, 8, 30, 24)
        foot.setSpacing(9)
        foot.addWidget(self._loose)
        foot.addWidget(self.check_page.default)
        foot.addStretch(1)
        foot.addWidget(self.skip)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.pages, 1)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self.band)
        layout.addLayout(right, 1)

    def _connect(self) -> None:
        self.find_page.chosen.connect(self._check)
        self.find_page.path_given.connect(self.look_into)
        self.find_page.selection_changed.connect(self._show_buttons)
        self.check_page.choices_changed.connect(self._plan)
        self.check_page.place_wanted.connect(self._open_place)
        self.check_page.ready_changed.connect(self._show_buttons)
        self.result_page.place_wanted.connect(self._open_place)
        self.result_page.preview_wanted.connect(self._preview_undo)
        self.result_page.undo_wanted.connect(self._undo)
        self.skip.clicked.connect(self.reject)
        self.back.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)
        self._desk.progressed.connect(self._show_progress)

    # -- events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.band.setFixedWidth(round(min(BAND_PX * self._larger, self.width() * BAND_SHARE)))
        self._drop.setGeometry(self.rect())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not self._desk.running and self._receipt is None and dropped_path(event) is not None:
            event.acceptProposedAction()
            self._drop.raise_()
            self._drop.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.hide()
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self.look_into(path)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.themes.theme.window)
        painter.setPen(self.themes.theme.line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.update()

    # -- finding

    def _show_found(self, found: list[Found]) -> None:
        self.find_page.show_found(found)
        self._show_buttons()
        if self.page is Page.FIND:
            self.find_page.focus_first()

    def _take_found(self, found: list[Found], path: Path) -> None:
        self.find_page.show_found(found, where=short_path(path))
        self._show_buttons()
        if len(found) == 1:
            self._check(found[0])
        else:
            self.find_page.focus_first()

    def _show_find_trouble(self, problem: UserFacingError) -> None:
        self.find_page.show_trouble(problem)
        self._show_buttons()

    # -- checking

    def _check(self, found: Found) -> None:
        if found != self._found or self.check_page.plan is None:
            self._found = found
            self.check_page.begin(found)
            self._plan(Choices())
        self._show_page(Page.CHECK)
        self.check_page.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _plan(self, choices: Choices) -> None:
        if self._found is None:
            return
        self.check_page.show_busy()
        self._desk.plan(self._found, choices, owner=self, then=self._show_plan, failed=self.check_page.show_trouble)

    def _show_plan(self, plan: Plan) -> None:
        self.check_page.show_plan(plan)
        self._show_buttons()

    def _open_place(self, row: PlanRow) -> None:
        if self._found is not None:
            show_folder((self._found.base / row.path).parent)

    # -- running

    def _begin_run(self) -> None:
        plan = self.check_page.plan
        if plan is None or not self.check_page.ready:
            return
        self.run_page.begin()
        self._desk.run(plan, owner=self, then=self._show_result, failed=self._show_failure)
        self._show_page(Page.RUN)
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cancel(self) -> None:
        self._desk.cancel()
        self.run_page.show_stopping()
        self.back.setEnabled(False)

    def _show_progress(self, progress: Progress) -> None:
        if self.page is Page.CHECK:
            self.check_page.show_progress(progress)
        elif self.page is Page.RUN and self.back.isEnabled():
            self.run_page.show_progress(progress)

    def _show_result(self, receipt: Receipt) -> None:
        self._receipt = receipt
        self.result_page.show_receipt(receipt)
        self._show_page(Page.RESULT)
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)
        self.finished_run.emit(receipt)

    def _show_failure(self, problem: UserFacingError) -> None:
        self._show_page(Page.CHECK)
        self.check_page.show_trouble(problem)
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- undoing

    def _preview_undo(self) -> None:
        if self._receipt is not None:
            self.result_page.undo.setEnabled(False)
            self._desk.preview_undo(
                self._receipt.run_id, owner=self, then=self._show_preview, failed=self.result_page.show_trouble
            )

    def _show_preview(self, preview: UndoPreview) -> None:
        self.result_page.show_preview(preview)
        self._areas[Page.RESULT].ensureWidgetVisible(self.result_page.keep)

    def _undo(self, restore_folder: bool) -> None:
        if self._receipt is not None:
            self._desk.undo(
                self._receipt.run_id,
                restore_folder=restore_folder,
                owner=self,
                then=self._show_undone,
                failed=self.result_page.show_trouble,
            )

    def _show_undone(self, result: UndoResult) -> None:
        self.result_page.show_undone(result)
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)
        self.undone.emit(result)

    # -- moving

    def _go_on(self) -> None:
        step: Callable[[], object] = {
            Page.FIND: self._check_selected,
            Page.CHECK: self._begin_run,
            Page.RESULT: self.accept,
        }.get(self.page, lambda: None)
        step()

    def _check_selected(self) -> None:
        if self.find_page.selected is not None:
            self._check(self.find_page.selected)

    def _go_back(self) -> None:
        if self.page is Page.RUN:
            self._cancel()
        else:
            self._show_page(Page.FIND)
            self.find_page.focus_first()

    def _show_page(self, page: Page) -> None:
        self.pages.setCurrentIndex(page)
        self.band.set_step(page)
        dry = self.tr("Nothing has been changed yet. This is a dry run.")
        running = self.tr("Cancel leaves nothing behind.")
        done = self.tr("Undo is here, and later in the settings.")
        self.band.note.setText({Page.RUN: running, Page.RESULT: done}.get(page, dry))
        self._show_buttons()

    def _show_buttons(self) -> None:
        page = self.page
        self.skip.setVisible(page in (Page.FIND, Page.CHECK))
        self.back.setVisible(page in (Page.CHECK, Page.RUN))
        self.back.set_text(self.tr("Cancel") if page is Page.RUN else self.tr("Back"))
        self.back.setEnabled(True)
        self.next.setVisible(page is not Page.RUN)
        self.next.set_text(
            {Page.CHECK: self.tr("Back up and import"), Page.RESULT: self.tr("Done")}.get(page, self.tr("Continue"))
        )
        enabled = {Page.FIND: self.find_page.selected is not None, Page.CHECK: self.check_page.ready}.get(page, True)
        self.next.setEnabled(enabled)
        loose = page is Page.CHECK and self.check_page.default_wanted
        self._loose.setVisible(loose)
        self.check_page.default.setVisible(loose)

    @property
    def _larger(self) -> float:
        return max(self.font().pointSizeF() / BODY_POINTS, 1.0)

    def show_fitting(self) -> None:
        """Open at a size that fits the window behind."""
        parent = self.parentWidget()
        room = (parent.window().size() if parent is not None else SIZE) - QSize(40, 40)
        wanted = QSize(round(SIZE.width() * self._larger), round(SIZE.height() * self._larger))
        self.setMinimumSize(SMALLEST)
        self.resize(wanted.boundedTo(room.expandedTo(SMALLEST)))
        self.open()

    def _apply_theme(self, theme: Theme) -> None:
        for area in self._areas:
            area.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))
        self.update()


def open_wizard(
    *,
    themes: ThemeSource,
    desk: MigrationDesk,
    personas: Personas,
    parent: QWidget,
    found: Found | None = None,
    title: str = "",
) -> Wizard:
    """Open the wizard over `parent`; with `found` it goes on to check that. `title` replaces the welcome."""
    wizard = Wizard(themes=themes, desk=desk, personas=personas, parent=parent, title=title)
    wizard.show_fitting()
    wizard.start(found)
    return wizard
