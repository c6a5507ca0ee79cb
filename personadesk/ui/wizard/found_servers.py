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


class FoundServers(QWidget):
    """Looks when it is told to, and never by itself."""

    used = Signal()

    def __init__(self, *, desk: ProviderDesk, themes: ThemeSource) -> None:
        super().__init__()
        self._desk = desk
        self._themes = themes
        self.rows: list[TitledRow] = []
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

    def _row(self, server: FoundServer) -> TitledRow:
        draft = _draft(server)
        row = TitledRow(self._themes, self.tr("%s runs on this computer") % server.name, "")
        place = server.address.partition("://")[2]
        if not server.models:
            nothing = self.tr("It answers and offers no model: load one there, then look again.")
            row.facts.setText(f"{place} · {nothing}")
            return row
        model = short_name(server.models[0])
        then = self.tr("{model} answers then wherever a persona has no model of its own.").format(model=model)
        row.facts.setText(f"{place} · {count_words(len(server.models))}. {sending_words(draft)} {then}")
        row.add(
            Button(
                self._themes,
                self.tr("Use it"),
                accessible=self.tr("Use {model} of {server}").format(model=model, server=server.name),
                compact=True,
            ),
            partial(self._use, draft),
        )
        return row

    def _use(self, draft: Provider) -> None:
        for row in self.rows:
            row.setEnabled(False)
        self._desk.keep(draft, "", owner=self, then=self._make_default, failed=self._tell)

    def _make_default(self, provider: Provider) -> None:
        clear(self._list)
        self.rows = []
        model = provider.models[0]
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
