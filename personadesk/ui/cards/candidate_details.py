"""What one card is, before it is let in."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from personadesk.domain.card_import import CardCandidate, CardDecision
from personadesk.ui.cards.candidate_words import along_words, decision_word, kind_words, match_words
from personadesk.ui.theme.source import ThemeSource, scroll_bar_style
from personadesk.ui.theme.tokens import Theme
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.pick_button import Choice, PickButton
from personadesk.ui.wizard.row_model import plain

FACE_PX = 72
NOTES_SHOWN = 4_000
"""Characters of a creator's notes."""


class _Face(QWidget):
    """A round picture, nothing where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(FACE_PX, FACE_PX)
        self._image = QImage()

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.setVisible(not image.isNull())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        circle = QPainterPath()
        circle.addEllipse(QRectF(self.rect()))
        painter.setClipPath(circle)
        painter.drawImage(self.rect(), self._image)


class CandidateDetails(QWidget):
    """`decide` shows what becomes of the card; its `picked` carries a CardDecision."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        size = self.font().pointSizeF()
        self._themes = themes
        self.name = Label(themes, bold=True, size_pt=size * 1.35, wrap=True)
        self.kind = Label(themes, ink="muted", wrap=True)
        self.state = Label(themes, ink="link", wrap=True)
        self.decide = PickButton(themes, accessible=self.tr("What becomes of it"))
        self._sections: list[tuple[Label, Label]] = []
        inner = QWidget()
        self._layout = QVBoxLayout(inner)
        self._layout.setContentsMargins(20, 16, 16, 18)
        self._layout.setSpacing(4)
        self.face = _Face()
        self.face.hide()
        self._layout.addWidget(self.face)
        for widget in (self.name, self.kind, self.state):
            self._layout.addWidget(widget)
        self._layout.addSpacing(6)
        self._layout.addWidget(self.decide, 0, Qt.AlignmentFlag.AlignLeading)
        self.along = self._section(self.tr("Comes along"))
        self.warnings = self._section(self.tr("Cleaned"), ink="warn")
        self.notes = self._section(self.tr("The creator's notes"))
        self._layout.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(inner)
        self.area.setWidgetResizable(True)
        inner.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.area)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def show_candidate(self, item: CardCandidate, decision: CardDecision) -> None:
        contents = item.contents
        self.name.setText(plain(contents.name if contents else item.name))
        self.state.setText(plain(item.problem or match_words(item)))
        self.state.set_ink("bad" if item.problem else "link")
        self.state.setVisible(bool(self.state.text()))
        self.decide.setVisible(len(item.decisions) > 1)
        self.decide.choices = [Choice(decision_word(each, item), each) for each in item.decisions]
        self.decide.show_choice(decision_word(decision, item))
        if contents is None:
            self.kind.setText(plain(item.name))
            for heading, text in self._sections:
                heading.hide()
                text.hide()
            return
        version = self.tr("version %s") % contents.character_version if contents.character_version else ""
        by = self.tr("by %s") % contents.creator if contents.creator else ""
        self.kind.setText(plain(" · ".join(filter(None, (kind_words(contents), by, version, item.name)))))
        self._fill(self.along, "\n".join(f"•  {plain(line)}" for line in along_words(contents)))
        self._fill(self.warnings, "\n".join(f"•  {plain(line)}" for line in contents.warnings))
        self._fill(self.notes, _shown_notes(contents.creator_notes))

    # -- inside

    def _section(self, title: str, ink: str = "text") -> Label:
        heading = Label(self._themes, title, ink="faint", bold=True)
        text = Label(self._themes, ink=ink, wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._layout.addSpacing(10)
        self._layout.addWidget(heading)
        self._layout.addWidget(text)
        self._sections.append((heading, text))
        return text

    def _fill(self, label: Label, text: str) -> None:
        heading = next(heading for heading, own in self._sections if own is label)
        label.setText(text)
        label.setVisible(bool(text))
        heading.setVisible(bool(text))

    def _apply_theme(self, theme: Theme) -> None:
        self.area.verticalScrollBar().setStyleSheet(scroll_bar_style(theme))


def _shown_notes(notes: str) -> str:
    """Plain text, cut: a stranger's notes may be a whole web page."""
    lines = [plain(line.rstrip()) for line in notes.strip().splitlines()]
    text = "\n".join(lines)
    return text if len(text) <= NOTES_SHOWN else text[:NOTES_SHOWN].rstrip() + " …"
