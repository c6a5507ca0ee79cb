"""The wizard's window: finds, checks, runs and sums up. Nothing is changed before the third step."""

from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.migration import Choices, Found, PlanRow, Progress, Receipt, UndoResult
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.check_page import CheckPage, Personas
from personadesk.ui.wizard.find_page import FindPage
from personadesk.ui.wizard.migration_desk import MigrationDesk
from personadesk.ui.wizard.result_page import ResultPage, show_folder
from personadesk.ui.wizard.row_model import short_path
from personadesk.ui.wizard.run_page import RunPage
from personadesk.ui.wizard.shell import WizardShell


class Page(IntEnum):
    FIND = 0
    CHECK = 1
    RUN = 2
    RESULT = 3
    LAST = 4
    """Model and voice, where the wizard was given that page."""


class Wizard(WizardShell):
    """Opened by open_wizard. `finished_run` comes once for each run; `skipped` when it is left before one."""

    finished_run = Signal(object)  # Receipt
    undone = Signal(object)  # UndoResult
    skipped = Signal()

    def __init__(
        self,
        *,
        themes: ThemeSource,
        desk: MigrationDesk,
        personas: Personas,
        parent: QWidget,
        title: str = "",
        last_page: QWidget | None = None,
    ) -> None:
        steps = [
            QCoreApplication.translate("Wizard", "Find your data"),
            QCoreApplication.translate("Wizard", "Check what will happen"),
            QCoreApplication.translate("Wizard", "Back up and import"),
            QCoreApplication.translate("Wizard", "Result"),
        ]
        if last_page is not None:
            steps.append(QCoreApplication.translate("Wizard", "Model and voice"))
        name = title or QCoreApplication.translate("Wizard", "Welcome to PersonaDesk")
        super().__init__(themes=themes, title=name, steps=steps, parent=parent)
        self._desk = desk
        self._found: Found | None = None
        self._receipt: Receipt | None = None
        self.find_page = FindPage(themes)
        self.check_page = CheckPage(themes, personas)
        self.run_page = RunPage(themes)
        self.result_page = ResultPage(themes)
        self.last_page = last_page
        for page in (self.find_page, self.check_page, self.run_page, self.result_page):
            self.add_page(page)
        if last_page is not None:
            self.add_page(last_page)
        self._loose = Label(themes, self.tr("Profiles without a persona go to"), ink="muted", wrap=True)
        self.foot_start.setSpacing(9)
        self.foot_start.addWidget(self._loose, 4)
        self.foot_start.addWidget(self.check_page.default)
        self.foot_start.addStretch(1)
        self._connect()
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
        self.skip.clicked.connect(self._end_import)
        self.back.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)
        self.dropped.connect(self.look_into)
        self.height_changed.connect(self.check_page.set_low)
        self._desk.progressed.connect(self._show_progress)

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

    def _check(self, found: Found | None) -> None:
        if found is None:
            return
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
        self._desk.plan(
            self._found, choices, owner=self, then=self.check_page.show_plan, failed=self.check_page.show_trouble
        )

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
                self._receipt.run_id,
                owner=self,
                then=self.result_page.show_preview,
                failed=self.result_page.show_trouble,
            )

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
            Page.FIND: lambda: self._check(self.find_page.selected),
            Page.CHECK: self._begin_run,
            Page.RESULT: self._end_import,
            Page.LAST: self.accept,
        }.get(self.page, lambda: None)
        step()

    def _end_import(self) -> None:
        """Behind its result, or where it is skipped: go on to the last page, or close where there is none."""
        if self.last_page is None:
            close = self.reject if self._receipt is None else self.accept
            close()
        else:
            self._desk.drop()
            self._show_page(Page.LAST)
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_back(self) -> None:
        if self.page is Page.RUN:
            self._cancel()
        elif self.page is Page.LAST and self._receipt is not None:
            self._show_page(Page.RESULT)
            self.next.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._show_page(Page.FIND)
            self.find_page.focus_first()

    def _show_page(self, page: Page) -> None:
        self.pages.setCurrentIndex(page)
        self.takes_drops = page in (Page.FIND, Page.CHECK)
        self.band.set_step(page)
        dry = self.tr("Nothing has been changed yet. This is a dry run.")
        running = self.tr("Cancel leaves nothing behind.")
        done = self.tr("The originals are where they were.")
        wait = self.tr("A fetch goes on when this is closed.")
        self.band.note.setText({Page.RUN: running, Page.RESULT: done, Page.LAST: wait}.get(page, dry))
        self._show_buttons()

    def _show_buttons(self) -> None:
        page = self.page
        self.skip.setVisible(page in (Page.FIND, Page.CHECK))
        self.back.setVisible(page in (Page.CHECK, Page.RUN, Page.LAST))
        self.back.set_text(self.tr("Cancel") if page is Page.RUN else self.tr("Back"))
        self.back.setEnabled(True)
        self.next.setVisible(page is not Page.RUN)
        last = Page.RESULT if self.last_page is None else Page.LAST
        self.next.set_text(
            {Page.CHECK: self.tr("Back up and import"), last: self.tr("Done")}.get(page, self.tr("Continue"))
        )
        enabled = {Page.FIND: self.find_page.selected is not None, Page.CHECK: self.check_page.ready}.get(page, True)
        self.next.setEnabled(enabled)
        loose = page is Page.CHECK and self.check_page.default_wanted
        self._loose.setVisible(loose)
        self.check_page.default.setVisible(loose)


def open_wizard(
    *,
    themes: ThemeSource,
    desk: MigrationDesk,
    personas: Personas,
    parent: QWidget,
    found: Found | None = None,
    title: str = "",
    last_page: QWidget | None = None,
) -> Wizard:
    """Open the wizard over `parent`; with `found` it goes on to check that. `title` replaces the welcome.

    `last_page` stands behind the result, and is where a skipped import goes on.
    """
    wizard = Wizard(themes=themes, desk=desk, personas=personas, parent=parent, title=title, last_page=last_page)
    wizard.show_fitting()
    wizard.start(found)
    return wizard
