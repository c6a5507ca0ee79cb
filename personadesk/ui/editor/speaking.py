"""How freely a persona speaks: the ways that ship, and those the user saved under a name."""

from collections.abc import Callable, Coroutine
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.events import ChangeSet, Event
from personadesk.domain.providers import PersonaModel, Preset, SavedWay
from personadesk.services.speaking_ways import NAME_LIMIT, WAYS_SETTING, SpeakingWays
from personadesk.ui.bridge import Bridge
from personadesk.ui.lorebook.words import isolated
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip, Kind
from personadesk.ui.widgets.fields import Label, LineField
from personadesk.ui.widgets.flow import FlowLayout


class WaysOfSpeaking(QWidget):
    """A chip for every way, and what can be done with those of the user's own."""

    chosen = Signal(object)  # dict: what of a PersonaModel is another now

    def __init__(self, *, themes: ThemeSource, bridge: Bridge, service: SpeakingWays) -> None:
        super().__init__()
        self._themes = themes
        self._bridge = bridge
        self._service = service
        self._choice = PersonaModel()
        self._usable = True
        self._ways: dict[str, SavedWay] = {}
        self._left = ""
        self._back: Callable[[], Coroutine[object, object, SavedWay]] | None = None
        self._naming = ""
        self.presets: dict[Preset, Chip] = {}
        self.saved: dict[str, Chip] = {}
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        self._flow = FlowLayout(spacing_px=6)
        page.addLayout(self._flow)
        self._add_presets()
        self._add_acts(page)
        self._add_naming(page)
        bridge.events.connect(self._take_event)
        self._read()

    def show_choice(self, choice: PersonaModel) -> None:
        before, self._choice = self._choice, choice
        if choice != before:
            self._end_naming()
        if choice.preset is not Preset.OWN or choice.way:
            self._left = ""
        elif before.way:
            # Numbers were moved away from a way that is saved: it can be given them.
            self._left = before.way
        self._show()

    def set_usable(self, usable: bool) -> None:
        """Whether anything can be chosen."""
        self._usable = usable
        for chip in (*self.presets.values(), *self.saved.values()):
            chip.setEnabled(usable)

    @property
    def way(self) -> SavedWay | None:
        """The saved way that is chosen."""
        return self._ways.get(self._choice.way) if self._choice.preset is Preset.OWN else None

    # -- building

    def _add_presets(self) -> None:
        for preset, name in (
            (Preset.SUITED, self.tr("As suits the model")),
            (Preset.STEADY, self.tr("Steady")),
            (Preset.LIVELY, self.tr("Lively")),
            (Preset.WILD, self.tr("Wild")),
            (Preset.OWN, self.tr("My own")),
        ):
            chip = self.presets[preset] = Chip(self._themes, name)
            chip.clicked.connect(partial(self._take_preset, preset))
            self._flow.addWidget(chip)

    def _add_acts(self, page: QVBoxLayout) -> None:
        self.keep = Button(self._themes, self.tr("Save under a name…"), compact=True)
        self.keep.setAccessibleDescription(self.tr("Then it can be chosen for any persona"))
        self.keep.clicked.connect(lambda: self._begin_naming(""))
        self.update_way = Button(self._themes, "", compact=True)
        self.update_way.setToolTip(self.tr("Every persona that speaks this way gets these numbers."))
        self.update_way.clicked.connect(self._renumber)
        self.rename = Button(self._themes, self.tr("Rename…"), compact=True)
        self.rename.clicked.connect(lambda: self._begin_naming(self._choice.way))
        self.delete = Button(self._themes, self.tr("Delete"), compact=True)
        self.delete.setToolTip(self.tr("Personas that speak this way keep its numbers."))
        self.delete.clicked.connect(self._delete)
        self.told = Label(self._themes, ink="muted", wrap=True)
        self.undo = Button(self._themes, self.tr("Undo"), compact=True)
        self.undo.clicked.connect(self._restore)
        acts = QWidget()
        flow = FlowLayout(acts)
        for button in (self.update_way, self.keep, self.rename, self.delete, self.undo):
            flow.addWidget(button)
        page.addWidget(self.told)
        page.addWidget(acts)

    def _add_naming(self, page: QVBoxLayout) -> None:
        self.name = LineField(
            self._themes,
            accessible=self.tr("Name of this way of speaking"),
            placeholder=self.tr("A name, such as “Storyteller”"),
            limit=NAME_LIMIT,
        )
        self.name.line.returnPressed.connect(self._take_name)
        self.take = Button(self._themes, self.tr("Save"), kind=Kind.PRIMARY, compact=True)
        self.take.clicked.connect(self._take_name)
        cancel = Button(self._themes, self.tr("Cancel"), compact=True)
        cancel.clicked.connect(self._leave_naming)
        self.naming = QWidget()
        row = QHBoxLayout(self.naming)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        row.addWidget(self.take)
        row.addWidget(cancel)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.naming, self._leave_naming)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.problem = Label(self._themes, ink="bad", wrap=True)
        page.addWidget(self.naming)
        page.addWidget(self.problem)
        self._end_naming()

    # -- showing

    def _read(self) -> None:
        self._bridge.run(self._service.all(), owner=self, then=self._list)

    def _list(self, ways: tuple[SavedWay, ...]) -> None:
        self._ways = {way.id: way for way in ways}
        for way_id in [way_id for way_id in self.saved if way_id not in self._ways]:
            chip = self.saved.pop(way_id)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        own = self.presets[Preset.OWN]
        self._flow.removeWidget(own)
        for way in ways:
            known = self.saved.get(way.id)
            if known is None:
                known = self.saved[way.id] = Chip(self._themes, way.name)
                known.clicked.connect(partial(self._take_way, way.id))
            else:
                known.set_text(way.name)
                self._flow.removeWidget(known)
            known.setEnabled(self._usable)
            self._flow.addWidget(known)
            known.show()
        self._flow.addWidget(own)
        shipped = [chip for preset, chip in self.presets.items() if preset is not Preset.OWN]
        for before, after in pairwise([*shipped, *(self.saved[way.id] for way in ways), own]):
            self.setTabOrder(before, after)
        self._show()

    def _show(self) -> None:
        choice, way = self._choice, self.way
        for preset, chip in self.presets.items():
            chip.setChecked(preset is choice.preset and way is None)
        for way_id, chip in self.saved.items():
            chip.setChecked(way is not None and way_id == way.id)
        naming = not self.naming.isHidden()
        own = choice.preset is Preset.OWN and way is None and not naming
        left = self._ways.get(self._left) if own else None
        self.keep.setVisible(own)
        self.update_way.setVisible(left is not None)
        if left is not None:
            self.update_way.set_text(self.tr("Update “%s”") % isolated(left.name))
        self.rename.setVisible(way is not None and not naming)
        self.delete.setVisible(way is not None and not naming)
        self.told.setVisible(self._back is not None)
        self.undo.setVisible(self._back is not None)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, ChangeSet) and WAYS_SETTING in event.settings:
            self._read()

    # -- choosing

    def _take_preset(self, preset: Preset, *_checked: bool) -> None:
        self.chosen.emit({"preset": preset, "way": ""})
        self._show()

    def _take_way(self, way_id: str, *_checked: bool) -> None:
        way = self._ways.get(way_id)
        if way is not None:
            self.chosen.emit(_choice_of(way))
        self._show()

    # -- naming

    def _begin_naming(self, way_id: str) -> None:
        """For a way that is saved, or for the numbers as they stand."""
        self._naming = way_id
        self._back = None
        way = self._ways.get(way_id)
        self.name.line.setText(way.name if way is not None else "")
        self.naming.show()
        self._show()
        self.name.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.line.selectAll()

    def _leave_naming(self) -> None:
        self._end_naming()
        self._show()
        (self.rename if self.way is not None else self.keep).setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_naming(self) -> None:
        self.naming.hide()
        self.problem.hide()

    def _take_name(self) -> None:
        name, choice = self.name.line.text(), self._choice
        if self._naming:
            self._bridge.run(self._service.rename(self._naming, name), owner=self, then=self._know, failed=self._tell)
        else:
            self._bridge.run(
                self._service.save(name, temperature=choice.temperature, top_p=choice.top_p),
                owner=self,
                then=self._take_saved,
                failed=self._tell,
            )

    def _take_saved(self, way: SavedWay) -> None:
        self._know(way)
        self.chosen.emit(_choice_of(way))

    def _know(self, way: SavedWay) -> None:
        self._end_naming()
        known = {**self._ways, way.id: way}
        self._list(tuple(sorted(known.values(), key=lambda way: way.name.casefold())))
        self.saved[way.id].setFocus(Qt.FocusReason.OtherFocusReason)
        if self._choice.way == way.id:
            # Its numbers may be others now.
            self.chosen.emit(_choice_of(way))

    def _tell(self, problem: UserFacingError) -> None:
        self.problem.setText(f"{problem.sentence} {problem.next_step}".strip())
        self.problem.show()

    # -- changing and deleting

    def _renumber(self) -> None:
        self.problem.hide()
        before, choice = self._ways.get(self._left), self._choice
        if before is None:
            return
        self._bridge.run(
            self._service.renumber(before.id, temperature=choice.temperature, top_p=choice.top_p),
            owner=self,
            then=partial(self._take_renumbered, before),
            failed=self._tell,
        )

    def _take_renumbered(self, before: SavedWay, way: SavedWay) -> None:
        self._back = partial(self._service.renumber, before.id, temperature=before.temperature, top_p=before.top_p)
        self.told.setText(self.tr("“%s” is updated, for every persona that speaks this way.") % isolated(way.name))
        self._take_saved(way)
        self.undo.setFocus(Qt.FocusReason.OtherFocusReason)

    def _delete(self) -> None:
        self.problem.hide()
        self._bridge.run(self._service.delete(self._choice.way), owner=self, then=self._take_deleted, failed=self._tell)

    def _take_deleted(self, way: SavedWay) -> None:
        self._back = partial(self._service.restore, way)
        sentence = self.tr("“%s” is deleted. Personas that spoke this way keep its numbers.")
        self.told.setText(sentence % isolated(way.name))
        self._list(tuple(other for other in self._ways.values() if other.id != way.id))
        self.undo.setFocus(Qt.FocusReason.OtherFocusReason)

    def _restore(self) -> None:
        back, self._back = self._back, None
        if back is not None:
            self._bridge.run(back(), owner=self, then=self._know, failed=self._tell)
        self._show()


def _choice_of(way: SavedWay) -> dict[str, object]:
    """What of a PersonaModel is another once this way is chosen."""
    return {"preset": Preset.OWN, "way": way.id, "temperature": way.temperature, "top_p": way.top_p}
