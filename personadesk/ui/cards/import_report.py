"""What came of an import: how many came in, which did not, and whose pictures are still to come."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.domain.card_import import CardDecision, CardOutcome, CardReport, PictureProblem, with_notes
from personadesk.ui.cards.candidate_words import decision_word
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import Label, PlainText
from personadesk.ui.wizard.row_model import plain


class ImportReport(QWidget):
    """Empty until it is shown a report, or the reason why there is none."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self.report: CardReport | None = None
        self.summary = Label(themes, wrap=True, size_pt=self.font().pointSizeF() * 1.15)
        self.faces = Label(themes, ink="muted")
        self.problems = PlainText(themes)
        self.problems.setReadOnly(True)
        self.problems.setAccessibleName(self.tr("What did not come in"))
        self.faces.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.summary)
        layout.addWidget(self.faces)
        layout.addWidget(self.problems, 1)
        layout.addStretch(0)

    def show_reason(self, words: str) -> None:
        self.summary.setText(words)
        self.problems.hide()

    def show_report(self, report: CardReport) -> None:
        self.report = report
        self.summary.setText(self._summary(report))
        lines = [f"{plain(item.name)}: {plain(item.problem)}" for item in report.outcomes if item.problem]
        without = self.tr("it came in without its picture.")
        lines += [f"{plain(item.name)}: {without} {plain(item.note)}" for item in report.outcomes if item.note]
        self.problems.setPlainText("\n".join(lines))
        self.problems.setVisible(bool(lines))

    def show_faces(self, done: int, total: int) -> None:
        """How many pictures are prepared, of how many."""
        number = QLocale().toString
        said = self.tr("The pictures follow: %1 of %2").replace("%1", number(done)).replace("%2", number(total))
        self.faces.setText(said)
        self.faces.setVisible(done < total)

    def end_faces(self, problems: Sequence[PictureProblem]) -> None:
        self.faces.hide()
        if self.report is not None and problems:
            self.show_report(with_notes(self.report, problems))

    def text(self) -> str:
        """All of it, a line a file: for the clipboard."""
        if self.report is None:
            return self.summary.text()
        skipped = decision_word(CardDecision.SKIP)
        lines = [
            "\t".join(
                (plain(item.name), plain(item.persona_name) or skipped, plain(item.problem or item.note))
            ).rstrip()
            for item in self.report.outcomes
        ]
        return "\n".join((self._summary(self.report), "", *lines))

    def _summary(self, report: CardReport) -> str:
        number = QLocale().toString
        counted = Counter(item.decision for item in report.outcomes if item.persona_id is not None)
        skipped = sum(item.decision is CardDecision.SKIP and not item.problem for item in report.outcomes)
        parts = [
            self.tr("%s imported") % number(counted[CardDecision.ADD]),
            self.tr("%s updated") % number(counted[CardDecision.UPDATE]) if counted[CardDecision.UPDATE] else "",
            self.tr("%s skipped") % number(skipped) if skipped else "",
            self.tr("%s could not be read") % number(report.failed) if report.failed else "",
        ]
        said = ", ".join(filter(None, parts)) + "."
        if report.stopped:
            said += " " + self.tr("You stopped it: import the same files again and it goes on from here.")
        return said


def _line(item: CardOutcome) -> str:
    became = plain(item.persona_name) or decision_word(CardDecision.SKIP)
    return "\t".join((plain(item.name), became, plain(item.problem or item.note))).rstrip()
