"""The crash dialog: a report without a word anyone wrote, to read and to save."""

from pathlib import Path

from personadesk.ui.dialogs.crash_dialog import CrashDialog, report_text
from tests.ui.desk import Desk


def report_of(secret: str) -> str:
    try:
        raise ValueError(secret)
    except ValueError as problem:
        return report_text("1.2.3", type(problem), problem, problem.__traceback__)


def test_the_report_says_where_and_never_what_was_written() -> None:
    report = report_of("my cat is called Miso")

    assert "PersonaDesk 1.2.3" in report
    assert "builtins.ValueError" in report
    assert "report_of" in report
    assert "Miso" not in report


def shown(desk: Desk, report: str) -> CrashDialog:
    CrashDialog(themes=desk.themes, report=report, parent=desk.window).show_fitting(560)
    dialog = desk.dialog(CrashDialog)
    assert isinstance(dialog, CrashDialog)
    return dialog


def test_the_report_can_be_saved(desk: Desk, tmp_path: Path) -> None:
    dialog = shown(desk, "where it happened")

    dialog._save(str(tmp_path / "report.txt"))

    assert (tmp_path / "report.txt").read_text() == "where it happened"


def test_a_place_that_can_not_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    dialog = shown(desk, "where it happened")

    dialog._save(str(tmp_path))

    assert dialog.note.text() == "It could not be saved there. Choose another place."
    assert dialog.isVisible()
