"""Model servers that run on this computer: what each is, and one click to let it answer."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.providers import ChosenModelRef, FoundServer, Provider, ProviderKind, ProviderModel
from personadesk.ui.settings.provider_desk import ProviderDesk
from personadesk.ui.settings.provider_rows import TitledRow, clear
from personadesk.ui.settings.provider_words import count_words, sending_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button
from personadesk.ui.widgets.fields import Label
from personadesk.ui.wizard.pick_button import Choice, PickButton


class FoundRow(TitledRow):
    """One server: which of its models is to answer, and the click that makes it so. `used` carries that model."""

    used = Signal(object)  # ProviderModel

    def __init__(self, *, server: FoundServer, themes: ThemeSource) -> None:
        super().__init__(themes, self.tr("%s runs on this computer") % server.name, "")
        self.server = server
        self.pick = PickButton(themes, accessible=self.tr("The model of %s that answers") % server.name)
        self.use = Button(themes, self.tr("Use it"), compact=True)
        self.use.setVisible(bool(server.models))
        self.pick.setVisible(len(server.models) > 1)
        self.words.addWidget(self.pick, 0, Qt.AlignmentFlag.AlignLeading)
        self.add(self.use, lambda: self.used.emit(self._chosen))
        if not server.models:
            nothing = self.tr("It answers and offers no model that can chat: load one there, then look again.")
            locked = self.tr("It asks for a key: add it with its key in Settings, Models.")
            self.facts.setText(f"{self._place} · {locked if server.asks_for_key else nothing}")
            return
        self.pick.choices = [Choice(short_name(model), model) for model in server.models]
        self.pick.picked.connect(self._choose)
        self._choose(server.models[0])

    @property
    def _place(self) -> str:
        return self.server.address.partition("://")[2]

    def _choose(self, model: ProviderModel) -> None:
        self._chosen = model
        name = short_name(model)
        count, sends = count_words(len(self.server.models)), sending_words(_draft(self.server))
        then = self.tr("{model} answers then wherever a persona has no model of its own.").format(model=name)
        self.facts.setText(f"{self._place} · {count}. {sends} {then}")
        self.pick.show_choice(name)
        self.use.setAccessibleName(self.tr("Use {model} of {server}").format(model=name, server=self.server.name))


class FoundServers(QWidget):
    """Looks when it is told to, and never by itself."""

    used = Signal()

    def __init__(self, *, desk: ProviderDesk, themes: ThemeSource) -> None:
        super().__init__()
        self._desk = desk
        self._themes = themes
        self.rows: list[FoundRow] = []
        self.told = Label(themes, ink="muted", wrap=True)
        self.again = Button(themes, self.tr("Look again"), icon="refresh", compact=True)
        self.again.setAccessibleDescription(self.tr("For model servers on this computer"))
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.told, 1)
        foot.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(self._list)
        layout.addLayout(foot)
        self.again.clicked.connect(self.look)
        desk.found.connect(self._show)

    def look(self) -> None:
        """Ask the usual ports of this computer, and no other place."""
        self._say(self.tr("Looking on this computer…"), "muted")
        self._desk.look_for_servers()

    def _show(self, servers: tuple[FoundServer, ...]) -> None:
        clear(self._list)
        self.rows = [self._row(server) for server in servers]
        for row in self.rows:
            self._list.addWidget(row)
        if not servers:
            words = self.tr("No other model server answers on this computer. Ollama, LM Studio or llama.cpp show up "
                            "here while they run; one on another machine is added in Settings, Models.")  # fmt: skip
            self._say(words, "faint")
        else:
            self._say(self.tr("More about them, and their keys, in Settings, Models."), "faint")

    def _row(self, server: FoundServer) -> FoundRow:
        row = FoundRow(server=server, themes=self._themes)
        row.used.connect(partial(self._use, _draft(server)))
        return row

    def _use(self, draft: Provider, model: ProviderModel) -> None:
        for row in self.rows:
            row.setEnabled(False)
        self._desk.keep(draft, "", owner=self, then=partial(self._make_default, model), failed=self._tell)

    def _make_default(self, model: ProviderModel, provider: Provider) -> None:
        clear(self._list)
        self.rows = []
        key = ChosenModelRef(model.id, provider.id).key
        said = self.tr("{server} is added, and its {model} answers from now on.")
        self._say(said.format(server=provider.name, model=short_name(model)), "ok")
        self.used.emit()
        self.again.setFocus(Qt.FocusReason.OtherFocusReason)
        self._desk.use(key, owner=self, failed=self._tell)

    def _tell(self, problem: UserFacingError) -> None:
        for row in self.rows:
            row.setEnabled(True)
        self._say(f"{problem.sentence} {problem.next_step}".strip(), "bad")

    def _say(self, words: str, ink: str) -> None:
        self.told.set_ink(ink)
        self.told.setText(words)


def short_name(model: ProviderModel) -> str:
    """Without the folders that some servers put before it."""
    return model.name.rstrip("/").rpartition("/")[2]


def _draft(server: FoundServer) -> Provider:
    return Provider("", ProviderKind.OPENAI, server.name, server.address, server.software, models=server.models)
