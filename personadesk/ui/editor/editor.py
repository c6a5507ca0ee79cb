"""The editor of one persona: sections on one side, the form in the middle, its card on the other side."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from personadesk.domain.avatar import AvatarChange
from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.domain.persona import Persona, PersonaCard
from personadesk.services.persona_editing import EditorContents, TokenCounts
from personadesk.ui.editor.basics import BasicsSection
from personadesk.ui.editor.checks import problems_of
from personadesk.ui.editor.desk import EditorDesk, EditorWork
from personadesk.ui.editor.draft_keeper import DraftKeeper
from personadesk.ui.editor.finished import finished_card
from personadesk.ui.editor.foot import Foot
from personadesk.ui.editor.guard import Guard
from personadesk.ui.editor.keys import add_keys
from personadesk.ui.editor.pages import SectionPages
from personadesk.ui.editor.past import Past
from personadesk.ui.editor.places import SectionKey, section_of
from personadesk.ui.editor.preview import Preview
from personadesk.ui.editor.section_list import SectionList
from personadesk.ui.editor.state import EditorState, Held
from personadesk.ui.editor.token_meter import TokenMeter
from personadesk.ui.library.card_painter import AVATAR_PX
from personadesk.ui.widgets.fields import Label
from personadesk.ui.widgets.toasts import ToastStack

WIDTH_PX = 1080
HEIGHT_PX = 790
PREVIEW_FROM_PX = 900
LIST_FROM_PX = 660
BODY_POINTS = 9.75


class PersonaEditor(QDialog):
    """Opened with `show_fitting`. `stored` carries the Persona that was saved; the editor is then closed."""

    stored = Signal(object)
    delete_requested = Signal()
    mine_requested = Signal(object)  # SectionKey
    models_requested = Signal()
    shelf_requested = Signal()

    def __init__(self, *, desk: EditorDesk, contents: EditorContents, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        persona = contents.persona
        card = persona.card if persona is not None else PersonaCard(name="")
        self.state = EditorState(Held(card, contents.book), parent=self)
        self.work = EditorWork(desk, contents, self.state)
        self.themes = desk.themes
        self._persona_id = persona.id if persona is not None else None
        self._saving = False
        self._named = True
        self.title = Label(self.themes, bold=True, size_pt=self.font().pointSizeF() * 1.4)
        self.note = Label(self.themes, ink="faint")
        self.pages = SectionPages(self.work)
        self.sections = SectionList(self.themes, self.pages.keys)
        self.preview = Preview(self.work)
        self.foot = Foot(self.themes, is_new=persona is None, read_only=self.work.read_only)
        self.body = QStackedWidget()
        self.guard = Guard(self)
        self.past = Past(self)
        self._build()
        self.keeper = DraftKeeper(desk=desk, state=self.state, persona_id=self._persona_id, parent=self)
        self.meter = TokenMeter(self.work, self)
        self.toasts = ToastStack(self.themes, self)
        self._connect()
        add_keys(self)
        self.show_section(self.pages.current)
        self._look()
        self.guard.offer_draft()

    # -- what it is

    @property
    def usable(self) -> bool:
        return self.body.isEnabled()

    @property
    def dirty(self) -> bool:
        return not self.work.read_only and (self.state.dirty or bool(self.pages.waiting))

    @property
    def problems(self) -> dict[str, str]:
        return {} if self.work.read_only else problems_of(self.state.card, self.work.contents.taken)

    # -- doing

    def show_fitting(self) -> None:
        """Open at a size that fits the window behind."""
        parent = self.parentWidget()
        room = parent.size() if parent is not None else self.sizeHint()
        larger = max(self.font().pointSizeF() / BODY_POINTS, 1.0)
        width, height = (
            min(round(WIDTH_PX * larger), room.width() - 40),
            min(round(HEIGHT_PX * larger), room.height() - 40),
        )
        self.resize(max(width, 400), max(height, 360))
        self.open()
        if self.usable:
            self._focus_first()
        else:
            self.guard.offer.answers[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def set_usable(self, usable: bool) -> None:
        """Let nothing be changed until a question is answered."""
        self.body.setEnabled(usable)
        self.foot.history.setEnabled(usable)
        self._look()
        if usable:
            self._focus_first()

    def show_section(self, key: SectionKey) -> None:
        self.state.seal()
        self.pages.show_section(key)
        self.sections.show_current(key)
        self.body.setCurrentIndex(0)
        self._fit()

    def go_to(self, key: SectionKey) -> None:
        """Show a section and begin there."""
        self.show_section(key)
        self._focus_first()

    def save(self) -> None:
        """Store everything at once; what is wrong is shown where it is."""
        if self._saving or self.work.read_only or not self.usable:
            return
        if waiting := self.pages.waiting:
            self.toasts.say(waiting)
            return
        problems = self.problems
        if problems:
            self._show_problems(problems)
            self._reveal(next(iter(problems)))
            return
        self._saving = True
        self._look()
        self.keeper.stop()
        desk, card = self.work.desk, finished_card(self.state.card)
        book = self.state.book if self.state.book_dirty else None
        desk.bridge.run(
            desk.editing.save(self._persona_id, card, self.state.avatar, book, self.state.sample),
            owner=self,
            then=self._stored,
            failed=self._refused,
        )

    def leave(self) -> None:
        """Close, whatever was typed."""
        self.keeper.stop()
        super().reject()

    def reject(self) -> None:
        """Escape, Cancel and the window's own close: unsaved changes are asked about."""
        if self.guard.may_leave():
            self.leave()

    # -- events

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.guard.may_leave():
            self.keeper.stop()
            super().closeEvent(event)
        else:
            event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.themes.theme.window)
        painter.setPen(self.themes.theme.line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    # -- inside

    def _build(self) -> None:
        persona = self.work.contents.persona
        if persona is None:
            words = self.tr("New persona")
        else:
            words = persona.card.shown_name if self.work.read_only else self.tr("Edit persona")
        self.setWindowTitle(words)
        self.title.setText(words)
        head = QHBoxLayout()
        head.setContentsMargins(26, 18, 26, 14)
        head.setSpacing(12)
        head.addWidget(self.sections.combo)
        head.addWidget(self.title, 1)
        head.addWidget(self.note)
        editing = QWidget()
        row = QHBoxLayout(editing)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sections)
        row.addWidget(self.pages, 1)
        row.addWidget(self.preview)
        self.body.addWidget(editing)
        layout = QVBoxLayout(self)
        # Room for the line around it: not every desktop gives a dialog a frame.
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(_Line(self.work))
        layout.addWidget(self.guard.offer)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.guard.question)
        layout.addWidget(self.foot)

    def _connect(self) -> None:
        self.sections.chosen.connect(self.go_to)
        self.pages.picture_changed.connect(self._show_picture)
        self.pages.models_requested.connect(self.models_requested)
        self.pages.shelf_requested.connect(self.shelf_requested)
        self.state.changed.connect(self._look)
        self.state.moved.connect(self._follow)
        self.meter.counted.connect(self._show_counts)
        self.foot.cancel.clicked.connect(self.reject)
        self.foot.save.clicked.connect(self.save)
        self.foot.delete.clicked.connect(self.delete_requested)
        self.foot.history.clicked.connect(self.past.open)
        self.foot.mine.clicked.connect(self._ask_mine)
        self.themes.changed.connect(self.update)

    def _focus_first(self) -> None:
        """Begin in the form; whoever walks through the list stays there."""
        section = self.pages.section(self.pages.current)
        if self.sections.holds_focus:
            self.sections.entries[self.pages.current].setFocus(Qt.FocusReason.OtherFocusReason)
        elif isinstance(section, BasicsSection):
            section.name.target.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            section.begin()

    def _ask_mine(self) -> None:
        self.mine_requested.emit(self.pages.current)

    def _look(self) -> None:
        """Show how things stand, after every change."""
        named = bool(self.state.card.shown_name.strip())
        if named is not self._named:
            self._named = named
            self._show_picture()
        if self.work.read_only:
            self.note.setText(self.tr("Built in: it can be copied, not changed"))
            return
        self._show_problems(self._shown_problems())
        self.note.setText(self.tr("Unsaved changes") if self.dirty else "")
        ready = not self.problems and (self.dirty or self._persona_id is None)
        self.foot.save.setEnabled(ready and self.usable and not self._saving)

    def _shown_problems(self) -> dict[str, str]:
        """A new persona is not told that it lacks a name before anything was typed."""
        return self.problems if self.dirty else {}

    def _show_problems(self, problems: dict[str, str]) -> None:
        self.pages.show_problems(problems)
        self.sections.show_problems({section_of(field) for field in problems})

    def _reveal(self, field: str) -> None:
        key = section_of(field)
        self.show_section(key)
        self.pages.section(key).reveal(field)

    def _follow(self, field: str) -> None:
        """Show what undo, redo or another card has brought, where it is."""
        self.pages.show_card()
        self._show_picture()
        if field:
            self._reveal(field)

    def _show_counts(self, counts: TokenCounts) -> None:
        self.foot.show_counts(counts)
        self.pages.show_counts(counts)

    def _show_picture(self) -> None:
        bare = self.state.avatar.change is AvatarChange.REMOVED
        self.preview.show_portrait(self.pages.portrait(AVATAR_PX), bare=bare)

    def _stored(self, persona: Persona) -> None:
        self.stored.emit(persona)
        self.leave()

    def _refused(self, problem: UserFacingError) -> None:
        """Show why the store refused it; everything typed stays."""
        self._saving = False
        self.keeper.resume()
        self._look()
        sentence = f"{problem.sentence} {problem.next_step}".strip()
        if isinstance(problem, InvalidInput) and self.pages.section(section_of(problem.field)).says(problem.field):
            self._show_problems({problem.field: sentence})
            self._reveal(problem.field)
        else:
            self.toasts.say(sentence, bad=True)

    def _fit(self) -> None:
        larger = max(self.font().pointSizeF() / BODY_POINTS, 1.0)
        room = self.width() >= PREVIEW_FROM_PX * larger
        self.preview.setVisible(room and not self.pages.section(self.pages.current).wide)
        listed = self.width() >= LIST_FROM_PX * larger
        self.sections.setVisible(listed)
        self.sections.combo.setVisible(not listed)
        self.foot.fit(self.width())


class _Line(QWidget):
    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self._work = work
        self.setFixedHeight(1)
        work.themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._work.themes.theme.line)
