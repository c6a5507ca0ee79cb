"""The editor's sections, each made when it is first shown."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QStackedWidget

from personadesk.domain.avatar import AvatarChange
from personadesk.domain.persona import Persona
from personadesk.services.persona_editing import TokenCounts
from personadesk.ui.avatar.intake import Offer
from personadesk.ui.editor.basics import BasicsSection
from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section
from personadesk.ui.editor.sections import make_section, sections_for


class SectionPages(QStackedWidget):
    """What is told to all sections reaches those that are made later, too."""

    picture_changed = Signal()
    models_requested = Signal()
    shelf_requested = Signal()

    def __init__(self, work: EditorWork) -> None:
        super().__init__()
        self._work = work
        self._made: dict[SectionKey, Section] = {}
        self._problems: Mapping[str, str] = {}
        self._counts: TokenCounts | None = None
        self.keys = sections_for(work)
        self.current = self.keys[0]

    @property
    def waiting(self) -> str:
        """Why what is shown is not yet what would be saved, "" where it is: something is being read or recorded."""
        return next((words for section in self._made.values() if (words := section.waiting)), "")

    def portrait(self, size_px: int) -> QPixmap | None:
        """What stands for a persona without a name, or a picture that is not stored yet; else None."""
        basics = self._basics()
        named = self._work.state.card.shown_name.strip()
        if basics is None or (named and basics.avatar.choice.change is not AvatarChange.NEW):
            return None
        return basics.avatar.portrait(size_px)

    def take_picture(self, offer: Offer) -> None:
        basics = self.section(SectionKey.BASICS)
        if isinstance(basics, BasicsSection):
            basics.avatar.take(offer)

    def section(self, key: SectionKey) -> Section:
        if key not in self._made:
            made = make_section(key, self._work)
            self._made[key] = made
            self.addWidget(made)
            made.show_problems(self._problems)
            if self._counts is not None:
                made.show_tokens(self._counts)
            made.models_requested.connect(self.models_requested)
            made.shelf_requested.connect(self.shelf_requested)
            if isinstance(made, BasicsSection):
                made.avatar.changed.connect(self.picture_changed)
                made.avatar.redrawn.connect(self.picture_changed)
        return self._made[key]

    def show_section(self, key: SectionKey) -> Section:
        self.current = key
        shown = self.section(key)
        self.setCurrentWidget(shown)
        return shown

    def neighbour(self, by: int) -> SectionKey:
        """The section so many places further, and round again."""
        return self.keys[(self.keys.index(self.current) + by) % len(self.keys)]

    def show_card(self) -> None:
        """Show the card as it stands, wherever it was changed."""
        for section in self._made.values():
            section.show_card(self._work.state.card)

    def show_stored(self, persona: Persona) -> None:
        """Begin anew with the picture that is stored."""
        basics = self._basics()
        if basics is not None:
            basics.avatar.set_persona(persona.card.shown_name, persona.avatar)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        if problems != self._problems:
            self._problems = problems
            for section in self._made.values():
                section.show_problems(problems)

    def show_counts(self, counts: TokenCounts) -> None:
        self._counts = counts
        for section in self._made.values():
            section.show_tokens(counts)

    def _basics(self) -> BasicsSection | None:
        made = self._made.get(SectionKey.BASICS)
        return made if isinstance(made, BasicsSection) else None
