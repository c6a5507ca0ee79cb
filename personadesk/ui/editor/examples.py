"""Example dialogue: turns in a list, or the text itself where it is not made of turns."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.services.example_text import ExampleTurn, Speaker, read_turns, write_turns
from personadesk.ui.editor.bound import Bound, BoundText
from personadesk.ui.editor.ordered_list import OrderedList
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import Label


class ExamplesField(Bound):
    """The card's `mes_example` text. Turns are written again only when one of them is changed."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._text = ""
        self._char = ""
        self._user = ""
        self._turns: list[ExampleTurn] = []
        self._raw_wanted = False
        self._read_only = False
        self._by_letters = False
        self.turns = self._build_turns(themes)
        self.raw = BoundText(themes, accessible=self.tr("Example dialogue as text"), lines=10)
        self.why = Label(
            themes,
            self.tr("Not all of this text is made of turns, so it is shown as it stands and nothing is lost."),
            ink="faint",
            wrap=True,
        )
        self.switch = Button(themes, kind=Kind.GHOST, compact=True)
        self.column.addWidget(self.turns)
        self.column.addWidget(self.raw)
        self.column.addWidget(self.why)
        self._connect()
        self._show()

    @property
    def target(self) -> QWidget:
        return self.raw.target if self.turns.isHidden() else self.list.list

    @property
    def typed(self) -> bool:
        return self._by_letters

    def set_names(self, char: str, user: str) -> None:
        """The names that may stand before a turn instead of {{char}} and {{user}}."""
        if (char, user) != (self._char, self._user):
            self._char, self._user = char, user
            self._show()

    def put(self, value: object) -> None:
        if value != self._text:
            self._text = str(value)
            self._show()

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self.list.set_read_only(read_only)
        self.words.set_read_only(read_only)
        self.raw.set_read_only(read_only)
        for chip in (self.starts, *self.speakers.values()):
            chip.setEnabled(not read_only)

    # -- inside

    def _build_turns(self, themes: ThemeSource) -> QWidget:
        self.list = OrderedList(themes, accessible=self.tr("Turns"), add=self.tr("Add a turn"), rows=6)
        self.words = BoundText(themes, accessible=self.tr("Words of this turn"), lines=4)
        self.speakers = {
            Speaker.YOU: Chip(themes, self.tr("You")),
            Speaker.PERSONA: Chip(themes, self.tr("Persona")),
            Speaker.NOBODY: Chip(themes, self.tr("No name")),
        }
        self.starts = Chip(themes, self.tr("Begins a new dialogue"))
        row = QHBoxLayout()
        row.setSpacing(6)
        for chip in self.speakers.values():
            row.addWidget(chip)
        row.addStretch(1)
        row.addWidget(self.starts)
        self._turn = QWidget()
        inside = QVBoxLayout(self._turn)
        inside.setContentsMargins(0, 4, 0, 0)
        inside.setSpacing(6)
        inside.addLayout(row)
        inside.addWidget(self.words)
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addWidget(self._turn)
        return made

    def _connect(self) -> None:
        self.switch.clicked.connect(self._switch)
        self.raw.edited.connect(self._take_raw)
        self.list.add_requested.connect(self._add)
        self.list.delete_requested.connect(self._delete)
        self.list.arranged.connect(self._arrange)
        self.list.current_changed.connect(self._show_turn)
        self.words.edited.connect(self._take_words)
        self.starts.clicked.connect(self._take_starts)
        for speaker, chip in self.speakers.items():
            chip.clicked.connect(lambda _checked=False, chosen=speaker: self._take_speaker(chosen))

    def _show(self) -> None:
        turns = read_turns(self._text, char=self._char, user=self._user)
        as_turns = turns is not None and not self._raw_wanted
        self.turns.setVisible(as_turns)
        self.raw.setVisible(not as_turns)
        self.why.setVisible(turns is None)
        self.switch.setVisible(turns is not None)
        self.switch.set_text(self.tr("Show as text") if as_turns else self.tr("Show as turns"))
        self.raw.put(self._text)
        if turns is not None:
            self._turns = list(turns)
            self._show_rows(max(self.list.current, 0))
            self._show_turn(self.list.current)

    def _switch(self) -> None:
        self._raw_wanted = not self._raw_wanted
        self._show()
        self.target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_raw(self, text: str) -> None:
        self._text = text
        self._tell(by_letters=True)
        fits = read_turns(text, char=self._char, user=self._user) is not None
        self.why.setVisible(not fits)
        self.switch.setVisible(fits)
        # What is typed as text stays text until somebody asks for turns.
        self._raw_wanted = True

    def _tell(self, *, by_letters: bool) -> None:
        self._by_letters = by_letters
        self.edited.emit(self._text)

    # -- turns

    def _write(self, *, by_letters: bool = False) -> None:
        self._text = write_turns(self._turns)
        self._show_rows(self.list.current)
        self._tell(by_letters=by_letters)

    def _show_rows(self, current: int) -> None:
        names = {Speaker.YOU: self.tr("You"), Speaker.PERSONA: self._char or self.tr("Persona"), Speaker.NOBODY: ""}
        rows = [
            (("¶ " if turn.starts else "") + names[turn.speaker], turn.text or self.tr("(empty)"))
            for turn in self._turns
        ]
        self.list.show_rows(rows, current)

    def _show_turn(self, place: int) -> None:
        here = 0 <= place < len(self._turns)
        self._turn.setVisible(here)
        if here:
            turn = self._turns[place]
            self.words.put(turn.text)
            self.starts.setChecked(turn.starts)
            for speaker, chip in self.speakers.items():
                chip.setChecked(speaker is turn.speaker)

    def _add(self) -> None:
        last = self._turns[-1] if self._turns else None
        speaker = Speaker.PERSONA if last is not None and last.speaker is Speaker.YOU else Speaker.YOU
        self._turns.append(ExampleTurn(speaker, "", starts=last is None))
        self._show_rows(len(self._turns) - 1)
        self._write()
        self._show_turn(self.list.current)
        self.words.target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _delete(self, place: int) -> None:
        gone = self._turns.pop(place)
        if gone.starts and place < len(self._turns):
            self._turns[place] = replace(self._turns[place], starts=True)
        self._show_rows(min(place, len(self._turns) - 1))
        self._write()
        self._show_turn(self.list.current)

    def _arrange(self, order: list[int]) -> None:
        self._turns = [self._turns[place] for place in order]
        self._write()
        self._show_turn(self.list.current)

    def _change(self, by_letters: bool = False, **values: object) -> None:
        place = self.list.current
        if 0 <= place < len(self._turns):
            self._turns[place] = replace(self._turns[place], **values)  # type: ignore[arg-type]
            self._write(by_letters=by_letters)

    def _take_words(self, text: str) -> None:
        self._change(by_letters=True, text=text)

    def _take_starts(self) -> None:
        self._change(starts=self.starts.isChecked())

    def _take_speaker(self, speaker: Speaker) -> None:
        for other, chip in self.speakers.items():
            chip.setChecked(other is speaker)
        self._change(speaker=speaker)
