"""Bringing things in: what opens the wizard, and what it leaves behind in the window."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.persona import Origin
from personadesk.ui.bridge import Bridge
from personadesk.ui.cards.cards import Cards
from personadesk.ui.lorebook.desk import LorebookDesk
from personadesk.ui.roster import Roster
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.toasts import ToastStack
from personadesk.ui.window_state import WindowStateFile

if TYPE_CHECKING:
    # Imported when they are opened.
    from personadesk.domain.migration import Found
    from personadesk.services.migration.service import Migration
    from personadesk.ui.cards.card_desk import BringsCards, WritesCards
    from personadesk.ui.wizard.migration_desk import MigrationDesk
    from personadesk.ui.wizard.wizard import Wizard

CARDS = "cards"
"""SourceKind.CARDS, which is not on the way to the first picture."""


class Welcome(Protocol):
    """The page on model and voice: for the wizard's end, or in a window of its own."""

    def make_welcome_page(self, *, titled: bool = False) -> QWidget | None: ...
    def open_welcome(self, *, first: bool = False) -> None: ...


class Imports(QObject):
    """Made with the window; joined to the service once the store is open."""

    def __init__(
        self,
        *,
        bridge: Bridge,
        roster: Roster,
        themes: ThemeSource,
        toasts: ToastStack,
        state: WindowStateFile,
        lorebooks: LorebookDesk,
        window: QWidget,
        welcome: Welcome | None = None,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._roster = roster
        self._themes = themes
        self._toasts = toasts
        self._state = state
        self._window = window
        self._lorebooks = lorebooks
        self._welcome = welcome
        self.cards = Cards(bridge=bridge, roster=roster, themes=themes, toasts=toasts, window=window)
        self.cards.wizard_requested.connect(self.open)
        self._early: list[Path] = []
        self.desk: MigrationDesk | None = None
        self.wizard: Wizard | None = None

    def attach(self, migration: "Migration", *, brings: "BringsCards", writes: "WritesCards") -> None:
        from personadesk.ui.wizard.migration_desk import MigrationDesk

        self.desk = MigrationDesk(migration, self._bridge, self)
        self.cards.attach(brings=brings, writes=writes)

    def stop(self) -> None:
        """The window is going: an import under way is taken back."""
        if self.desk is not None:
            self.desk.cancel()
        self.cards.stop()

    def open(self, found: "Found | None" = None, *, first: bool = False) -> None:
        """Open the wizard, at the first page or with a source that is known already.

        On a `first` start it ends with the page on model and voice.
        """
        if self.desk is None:
            return
        if self.wizard is not None:
            self.wizard.raise_()
            return
        from personadesk.ui.wizard.wizard import open_wizard

        personas = [(item.id, item.shown_name) for item in self._roster.personas.values()]
        personas.sort(key=lambda item: item[1].casefold())
        last = self._welcome.make_welcome_page(titled=True) if first and self._welcome is not None else None
        self.wizard = open_wizard(
            themes=self._themes, desk=self.desk, personas=personas, parent=self._window, found=found, last_page=last
        )
        self.wizard.destroyed.connect(self._forget_wizard)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Look into what was dropped or opened: lorebooks go to the shelf, cards are brought in as cards, all
        else by the wizard."""
        if self.desk is None:
            self._early += paths
        elif paths:
            self._lorebooks.offer(paths, otherwise=self._open_files)

    def begin(self, *, offer: bool = True) -> None:
        """At the program's start: tell what its last end cut short; the first time, `offer` what is found."""
        if self.desk is None:
            return
        self.desk.recover(owner=self, then=self._tell_recovered, failed=self._say)
        early, self._early = self._early, []
        self.open_paths(early)
        if offer and not early and self._state.is_kept and not self._state.state.import_offered:
            self.desk.usual_places(owner=self, then=self._offer, failed=self._say)

    # -- inside

    def _open_files(self, paths: list[Path]) -> None:
        if len(paths) > 1:
            self.cards.bring(paths)
        elif self.desk is not None:
            [path] = paths
            self.desk.inspect(path, owner=self, then=lambda found: self._open_dropped(path, found), failed=self._say)

    def _offer(self, found: "list[Found]") -> None:
        if found:
            self.open(first=True)
        elif self._welcome is not None and not self._is_furnished():
            if QApplication.activeModalWidget() is not None:
                return  # The user is at something already: the next start offers it.
            self._welcome.open_welcome(first=True)
        self._state.change(import_offered=True)

    def _is_furnished(self) -> bool:
        """Whether somebody has been here before: there are personas of their own, beside the one to be changed."""
        return sum(item.origin is Origin.CUSTOM for item in self._roster.personas.values()) > 1

    def _open_dropped(self, path: Path, found: "list[Found]") -> None:
        if found and found[0].kind.value != CARDS:
            self.open(found[0])
        elif found or not path.is_dir():
            self.cards.bring([path])
        else:
            self._toasts.say(self.tr("There is nothing in it that can be brought in."), bad=True)

    def _tell_recovered(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self._toasts.say(sentence)

    def _say(self, problem: UserFacingError) -> None:
        self._toasts.say(f"{problem.sentence} {problem.next_step}".strip(), bad=True)

    def _forget_wizard(self) -> None:
        self.wizard = None
