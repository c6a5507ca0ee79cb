"""The dry run: every file with what will happen to it, and the choices that change it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.domain.migration import Choices, Found, Part, Plan, Progress, Verdict
from personadesk.domain.plan_columns import in_columns
from personadesk.ui.chat.model_banner import size_in_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Chip
from personadesk.ui.widgets.fields import Label, SearchField
from personadesk.ui.widgets.flow import FlowLayout
from personadesk.ui.widgets.views import ViewFrame
from personadesk.ui.wizard.pick_button import Choice, PickButton
from personadesk.ui.wizard.row_model import Filter, RowModel, plain, short_path
from personadesk.ui.wizard.row_table import RowTable
from personadesk.ui.wizard.steps import CountCard, PathWords, Tick

Personas = Sequence[tuple[PersonaId, str]]
_LEAVE_OUT = "leave out"
_OWN = "own"
SMALL_BYTES = 1_000_000


class CheckPage(QWidget):
    """`choices_changed` carries Choices to plan anew with; `place_wanted` a row whose folder shall open."""

    choices_changed = Signal(object)
    place_wanted = Signal(object)  # PlanRow
    ready_changed = Signal()

    def __init__(self, themes: ThemeSource, personas: Personas) -> None:
        super().__init__()
        self._themes = themes
        self._personas = personas
        self._choices = Choices()
        self.ticks: dict[str, Tick] = {}
        self.plan: Plan | None = None
        self.default_wanted = False
        self.busy = False
        size = self.font().pointSizeF()
        self.title = Label(themes, bold=True, size_pt=size * 1.6, wrap=True)
        self.where = PathWords(themes)
        self.trouble = Label(themes, ink="warn", wrap=True)
        self.imported = CountCard(themes, self.tr("will be imported"))
        self.here = CountCard(themes, self.tr("already here"))
        self.attention = CountCard(themes, self.tr("needs attention"), warns=True)
        self.search = SearchField(themes, placeholder=self.tr("Filter files"))
        self.group = PickButton(themes, accessible=self.tr("Persona for the selection"))
        self.chips: dict[Filter, Chip] = {}
        self.model = RowModel(self)
        self.table = RowTable(model=self.model, themes=themes)
        self.table.setAccessibleName(self.tr("What will happen to each file"))
        self.default = PickButton(themes, accessible=self.tr("Profiles without a persona go to"))
        self.you = PickButton(themes, accessible=self.tr("You are"))
        self.backup = Button(themes, self.tr("Back up elsewhere…"), icon="folder", compact=True)
        self.reorganize = Tick(themes, self.tr("Also put the files into per-persona folders"))
        self.reorganize_words = Label(
            themes,
            self.tr("For those who still run the bot: each file is copied and compared before the original is removed. "
                    "Undo can bring it back."),
            ink="faint",
            wrap=True,
        )  # fmt: skip
        self._build()
        self._connect()

    def begin(self, found: Found) -> None:
        """Forget the source before: nothing is chosen yet."""
        self._choices = Choices()
        self.plan = None
        self.model.fill((), {})
        for tick in self.ticks.values():
            tick.setParent(None)
            tick.deleteLater()
        self.ticks = {}
        self.search.line.clear()
        self._choose_filter(Filter.ALL)
        self.where.set_words(self.tr("Found in {place}."), place=short_path(found.main))
        self.show_busy()

    def show_busy(self) -> None:
        self.busy = True
        if self.plan is None:
            self.title.setText(self.tr("Looking at the files…"))
            for card in (self.imported, self.here, self.attention):
                card.set_count(0, "…")
        self.trouble.hide()
        self.ready_changed.emit()

    def show_progress(self, progress: Progress) -> None:
        """Count along while a dry run goes on."""
        if self.busy and self.plan is None and progress.done:
            done = QLocale().toString(progress.done)
            self.title.setText(self.tr("Looking at the files… {count}").format(count=done))

    def show_plan(self, plan: Plan) -> None:
        """Show what would happen."""
        self.busy = False
        self.plan = plan
        self._choices = plan.choices
        self.title.setText(headline(self, plan))
        self._show_where(plan)
        self.imported.set_count(plan.to_import)
        self.here.set_count(plan.count(Verdict.HERE))
        self.attention.set_count(plan.count(Verdict.ATTENTION))
        self.model.fill(plan.rows, self._names(plan), _folder(plan.found))
        self._show_options(plan)
        self._show_beside(plan)
        self.trouble.hide()
        if plan.needed_bytes > plan.free_bytes >= 0:
            self.show_trouble(
                UserFacingError(
                    self.tr("The backup needs {needed}, and there is {free}.").format(
                        needed=size_in_words(plan.needed_bytes), free=size_in_words(plan.free_bytes)
                    ),
                    self.tr("Make room, or back up elsewhere."),
                )
            )
        self._show_group()
        self.ready_changed.emit()

    def show_trouble(self, problem: UserFacingError) -> None:
        self.busy = False
        if self.plan is None:
            self.title.setText(self.tr("This could not be looked at"))
        self.trouble.setText(plain(f"{problem.sentence} {problem.next_step}".strip()))
        self.trouble.show()
        self.ready_changed.emit()

    @property
    def ready(self) -> bool:
        """Whether there is something to import and room for its backup."""
        plan = self.plan
        if plan is None or self.busy or plan.needed_bytes > plan.free_bytes >= 0:
            return False
        return plan.to_import > 0 or plan.choices.reorganize

    def set_low(self, low: bool) -> None:
        """Take less height, for a low window."""
        for card in (self.imported, self.here, self.attention):
            card.set_flat(low)
        self.search.setFixedWidth(self.fontMetrics().averageCharWidth() * (11 if low else 26) + 46)

    # -- building

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.title)
        layout.addWidget(self.where)
        layout.addWidget(self.trouble)
        self.trouble.hide()
        cards = QHBoxLayout()
        cards.setSpacing(10)
        for card in (self.imported, self.here, self.attention):
            cards.addWidget(card, 1)
        layout.addLayout(cards)
        self._options = QWidget()
        self._flow = FlowLayout(self._options, spacing_px=8)
        layout.addWidget(self._options)
        self._you_label = Label(self._themes, self.tr("You are"), ink="muted")
        you = QWidget(self._options)
        row = QHBoxLayout(you)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(8)
        row.addWidget(self._you_label)
        row.addWidget(self.you)
        self._you_row = you
        for widget in (you, self.backup, self.group):
            self._flow.addWidget(widget)
        chips = QWidget()
        flow = FlowLayout(chips, spacing_px=7)
        self.search.setFixedWidth(self.fontMetrics().averageCharWidth() * 26 + 46)
        flow.addWidget(self.search)
        for chosen, words in (
            (Filter.ALL, self.tr("All")),
            (Filter.IMPORT, self.tr("Import")),
            (Filter.MERGE, self.tr("Merge")),
            (Filter.HERE, self.tr("Already here")),
            (Filter.ATTENTION, self.tr("Needs attention")),
        ):
            chip = Chip(self._themes, words)
            chip.setFixedHeight(self.search.height())
            chip.clicked.connect(lambda _checked=False, chosen=chosen: self._choose_filter(chosen))
            self.chips[chosen] = chip
            flow.addWidget(chip)
        layout.addWidget(chips)
        frame = ViewFrame(self._themes, self.table)
        frame.setMinimumHeight(self.fontMetrics().height() * 9)
        layout.addWidget(frame, 1)
        layout.addWidget(self.reorganize)
        layout.addWidget(self.reorganize_words)
        self._choose_filter(Filter.ALL)

    def _connect(self) -> None:
        self.search.changed.connect(lambda _text: self._filter())
        self.search.left.connect(self.table.setFocus)
        self.table.place_wanted.connect(self.place_wanted)
        self.table.selection_changed.connect(self._show_group)
        self.group.picked.connect(self._send_group_to)
        self.default.picked.connect(lambda value: self._change(personas=self._mapped({""}, value)))
        self.you.picked.connect(lambda value: self._change(you=value))
        self.reorganize.clicked.connect(lambda on: self._change(reorganize=on))
        self.backup.clicked.connect(self._ask_backup_folder)

    # -- showing

    def _show_where(self, plan: Plan) -> None:
        self.where.set_words(
            self.tr("Found in {place}. A verified backup ({size}) goes to {backup} first; "
                    "originals stay where they are.").replace("{size}", _size(plan.total_bytes)),
            place=short_path(plan.found.main),
            backup=short_path(plan.backup_path),
        )  # fmt: skip

    def _names(self, plan: Plan) -> dict[str, str]:
        known = dict(self._personas)
        names = {}
        for group in plan.groups:
            if group.key in plan.choices.leave_out:
                names[group.key] = "\N{EN DASH}"
            elif group.persona_id is not None:
                names[group.key] = plain(known.get(group.persona_id, group.name))
            else:
                names[group.key] = self.tr("{name} (new)").format(name=plain(group.name))
        return names

    def _show_options(self, plan: Plan) -> None:
        known = dict(self._personas)
        loose = next((group for group in plan.groups if not group.key), None)
        tally = in_columns(plan.rows).tally()
        has_loose = loose is not None and any(not group and part is Part.PROFILE for part, _, group in tally)
        self.default.choices = [Choice(name, persona) for persona, name in self._personas]
        if loose is not None:
            self.default.show_choice(known.get(loose.persona_id, loose.name) if loose.persona_id else loose.name)
        self.default_wanted = has_loose and bool(self._personas)
        people = sorted(plan.people, key=lambda person: (-person.profiles, -person.interactions, person.name))
        self.you.choices = [
            *(Choice(f"{person.name or person.key} · {person.profiles}", person.key) for person in people),
            Choice(self.tr("None of them"), ""),
        ]
        you = next((person for person in people if person.key == plan.you), None)
        self.you.show_choice((you.name or you.key) if you is not None else self.tr("none of them"))
        self._you_row.setVisible(bool(people))
        self.reorganize.setChecked(plan.choices.reorganize)
        movable = has_loose or plan.choices.reorganize
        self.reorganize.setVisible(movable)
        self.reorganize_words.setVisible(movable)

    def _show_beside(self, plan: Plan) -> None:
        if not self.ticks:
            for tree in plan.found.trees[1:]:
                tick = Tick(self._themes, self._tree_words(plan, tree))
                tick.clicked.connect(self._leave_out_unticked)
                self.ticks[tree] = tick
        while self._flow.takeAt(0) is not None:
            pass
        if plan.people:
            self._flow.addWidget(self._you_row)
        for tree, tick in self.ticks.items():
            tick.setChecked(tree not in plan.choices.leave_out)
            self._flow.addWidget(tick)
            tick.show()
        self._flow.addWidget(self.backup)
        self._flow.addWidget(self.group)
        self._options.updateGeometry()
        before: QWidget = self.you
        for widget in (*self.ticks.values(), self.backup, self.group, self.search, *self.chips.values()):
            QWidget.setTabOrder(before, widget)
            before = widget

    def _tree_words(self, plan: Plan, tree: str) -> str:
        inside = tree.rstrip("/") + "/"
        rows = in_columns(plan.rows)
        paths = ((number, rows.path(number)) for number in range(len(rows)))
        parts = Counter(rows.part(number) for number, path in paths if path == tree or path.startswith(inside))
        part, count = parts.most_common(1)[0] if parts else (Part.OTHER, 0)
        words = {
            Part.PROFILE: self.tr("Profiles"),
            Part.CARD: self.tr("Cards"),
            Part.CHAT: self.tr("Chats"),
            Part.SUMMARY: self.tr("Summaries"),
            Part.LOREBOOK: self.tr("Lorebooks"),
            Part.MEMORIES: self.tr("Memories"),
        }.get(part, plain(tree)[:40])
        return f"{words} ({QLocale().toString(count)})"

    def _show_group(self) -> None:
        groups = self.table.selected_groups() & {group.key for group in self.plan.groups} if self.plan else set()
        self.group.setEnabled(bool(groups))
        if not groups or self.plan is None:
            self.group.show_choice(self.tr("Persona for the selection"))
            return
        chosen = [group for group in self.plan.groups if group.key in groups]
        name = plain(chosen[0].key or self.tr("files without a folder")) if len(chosen) == 1 else ""
        words = self.tr("Persona for {group}").format(group=name) if name else self.tr("Persona for the selection")
        self.group.show_choice(words)
        own = chosen[0].name if len(chosen) == 1 and chosen[0].key else self.tr("As the files say")
        self.group.choices = [
            Choice(self.tr("Automatic: {name}").format(name=own), _OWN),
            *(Choice(name, persona) for persona, name in self._personas),
            Choice(self.tr("Leave it out"), _LEAVE_OUT),
        ]

    # -- choosing

    def _filter(self) -> None:
        chosen = next((key for key, chip in self.chips.items() if chip.isChecked()), Filter.ALL)
        self.model.show_only(chosen, self.search.line.text())

    def _choose_filter(self, chosen: Filter) -> None:
        for key, chip in self.chips.items():
            chip.setChecked(key is chosen)
        self._filter()

    def _mapped(self, groups: set[str], persona: object) -> tuple[tuple[str, PersonaId], ...]:
        kept = tuple(pair for pair in self._choices.personas if pair[0] not in groups)
        return kept + tuple((key, PersonaId(persona)) for key in sorted(groups) if isinstance(persona, int))

    def _send_group_to(self, value: object) -> None:
        groups = self.table.selected_groups()
        left_out = self._choices.leave_out
        if value == _LEAVE_OUT:
            self._change(leave_out=left_out | groups)
            return
        self._change(leave_out=left_out - groups, personas=self._mapped(groups, value))

    def _leave_out_unticked(self) -> None:
        trees = frozenset(self.ticks)
        off = frozenset(tree for tree, tick in self.ticks.items() if not tick.isChecked())
        self._change(leave_out=(self._choices.leave_out - trees) | off)

    def _ask_backup_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Where shall the backup go?"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self._change(backup_folder=Path(path)))
        dialog.open()

    def _change(self, **changes: object) -> None:
        self._choices = replace(self._choices, **changes)  # type: ignore[arg-type]
        self.choices_changed.emit(self._choices)


def headline(page: QWidget, plan: Plan) -> str:
    """What there is, in one line."""
    tally = in_columns(plan.rows).tally()
    ours = {of: count for of, count in tally.items() if of[1] is not Verdict.NOT_OURS}
    profiles = {of: count for of, count in ours.items() if of[0] is Part.PROFILE}
    personas = len({group for _, verdict, group in profiles or ours if verdict is not Verdict.SKIP})
    files, all_files = sum(profiles.values()), sum(ours.values())
    words = {
        (True, True): page.tr("{files} profile for {personas} persona"),
        (True, False): page.tr("{files} profile for {personas} personas"),
        (False, True): page.tr("{files} profiles for {personas} persona"),
        (False, False): page.tr("{files} profiles for {personas} personas"),
    }
    locale = QLocale()
    if not profiles:
        one = all_files == 1
        pattern = page.tr("{files} file to bring in") if one else page.tr("{files} files to bring in")
        return pattern.format(files=locale.toString(all_files))
    pattern = words[(files == 1, personas == 1)]
    return pattern.format(files=locale.toString(files), personas=locale.toString(personas))


def _folder(found: Found) -> str:
    """What the paths of the main tree begin with."""
    main = found.trees[0].rstrip("/")
    return "" if main in ("", ".") else main + "/"


def _size(size_bytes: int) -> str:
    return size_in_words(size_bytes) if size_bytes >= SMALL_BYTES else f"{max(round(size_bytes / 1000), 1)} kB"
