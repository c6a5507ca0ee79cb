"""Everything one entry says, in fields."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from personadesk.domain.chat import ChatRole
from personadesk.domain.lorebook import LoreEntry, LorePosition, SelectiveLogic
from personadesk.services.lorebooks import rough_tokens
from personadesk.ui.lorebook.controls import ChoiceField, Control, NumberField, Switch, TextArea, TextLine
from personadesk.ui.lorebook.form import Form
from personadesk.ui.lorebook.key_field import KeyField
from personadesk.ui.lorebook.words import default_word, logic_sentence, position_word, role_word
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.fields import Label

CONTENT_LINES = 8


class EntryPanel(QWidget):
    """`edited` carries the entry as it is now and the name of the field that changed."""

    edited = Signal(object, str)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self._entry: LoreEntry | None = None
        self._loading = False
        self.controls: dict[str, Control | KeyField] = {}
        self.tokens = Label(themes, ink="faint", size_pt=self.font().pointSizeF() * 0.92)
        self.form = Form(themes)
        self._add_words()
        self._add_place()
        self._add_matching()
        self._add_recursion()
        self._add_timing()
        self._add_group()
        self.form.end()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)

    @property
    def entry(self) -> LoreEntry | None:
        return self._entry

    def show_entry(self, entry: LoreEntry) -> None:
        """Show an entry's values; of the one on screen, only what differs."""
        another = self._entry is None or self._entry.uid != entry.uid
        self._entry = entry
        self._loading = True
        for field, control in self.controls.items():
            control.show_value(getattr(entry, field))
        self._loading = False
        if another:
            self.form.verticalScrollBar().setValue(0)
        self._follow()

    def focus_keys(self) -> None:
        self.controls["keys"].setFocus()

    # -- building

    def _add_words(self) -> None:
        form, themes = self.form, self._themes
        form.bare(self._named("enabled", Switch(themes, self.tr("Enabled"))))
        keys = KeyField(themes, accessible=self.tr("Keys"), placeholder=self.tr("A word, then Enter"))
        form.wide(self.tr("Keys: any of these calls the entry"), self._named("keys", keys))
        content = TextArea(
            themes,
            accessible=self.tr("Content"),
            placeholder=self.tr("What the persona is told when a key comes up"),
            lines=CONTENT_LINES,
        )
        form.wide(self.tr("Content"), self._named("content", content))
        form.bare(self.tokens)
        comment = TextLine(themes, accessible=self.tr("Title"), placeholder=self.tr("For your own eyes"))
        form.wide(self.tr("Title or comment"), self._named("comment", comment))
        name = TextLine(themes, accessible=self.tr("Name"))
        form.wide(self.tr("Name"), self._named("name", name))
        form.section(self.tr("Secondary keys"))
        form.bare(self._named("selective", Switch(themes, self.tr("Use secondary keys"))))
        secondary = KeyField(themes, accessible=self.tr("Secondary keys"), placeholder=self.tr("A word, then Enter"))
        form.bare(self._named("secondary_keys", secondary))
        logic = {logic: logic_sentence(logic) for logic in SelectiveLogic}
        form.bare(self._named("logic", ChoiceField(themes, accessible=self.tr("Logic"), names=logic)))

    def _add_place(self) -> None:
        form, themes = self.form, self._themes
        form.section(self.tr("Place in the prompt"))
        form.bare(self._named("constant", Switch(themes, self.tr("Always there, without a key"))))
        positions = {position: position_word(position) for position in LorePosition}
        roles = {role: role_word(role) for role in (ChatRole.SYSTEM, ChatRole.USER, ChatRole.ASSISTANT)}
        form.pairs(
            [
                self._choice("position", self.tr("Position"), positions),
                self._number("order", self.tr("Order"), least=-1_000_000, otherwise=0),
                self._number("depth", self.tr("Depth in messages"), otherwise=0),
                self._choice("role", self.tr("Told as"), roles),
                self._number("priority", self.tr("Priority"), self.tr("as order"), least=-1_000_000),
                self._number("probability", self.tr("Chance in %"), most=100, otherwise=100),
            ]
        )
        form.bare(self._named("use_probability", Switch(themes, self.tr("Let chance decide"))))
        form.bare(self._named("ignore_budget", Switch(themes, self.tr("Not counted against the budget"))))

    def _add_matching(self) -> None:
        form, themes = self.form, self._themes
        form.section(self.tr("Finding keys"))
        defaults = {value: default_word(value) for value in (None, True, False)}
        form.pairs(
            [
                self._number("scan_depth", self.tr("Scan depth"), self.tr("book's own")),
                self._choice("case_sensitive", self.tr("Match case"), defaults),
                self._choice("match_whole_words", self.tr("Whole words"), defaults),
            ]
        )
        form.bare(self._named("use_regex", Switch(themes, self.tr("Keys are patterns (regular expressions)"))))

    def _add_recursion(self) -> None:
        form, themes = self.form, self._themes
        form.section(self.tr("Recursion"))
        form.bare(self._named("exclude_recursion", Switch(themes, self.tr("Other entries can't call it"))))
        form.bare(self._named("prevent_recursion", Switch(themes, self.tr("It can't call other entries"))))
        form.pairs([self._number("delay_until_recursion", self.tr("Only from recursion level"), otherwise=0)])

    def _add_timing(self) -> None:
        self.form.section(self.tr("Timing, in messages"))
        self.form.pairs(
            [
                self._number("sticky", self.tr("Stays for"), otherwise=0),
                self._number("cooldown", self.tr("Then rests for"), otherwise=0),
                self._number("delay", self.tr("Not before message"), otherwise=0),
            ]
        )

    def _add_group(self) -> None:
        form, themes = self.form, self._themes
        form.section(self.tr("Group: one entry of it is told"))
        group = TextLine(themes, accessible=self.tr("Group"), placeholder=self.tr("None"))
        weight = NumberField(themes, accessible=self.tr("Weight in its group"), otherwise=100)
        form.pairs(
            [
                (self.tr("Group"), self._named("group", group)),
                (self.tr("Weight"), self._named("group_weight", weight)),
            ]
        )
        form.bare(self._named("group_override", Switch(themes, self.tr("Goes before the others of its group"))))

    def _number(
        self,
        field: str,
        caption: str,
        placeholder: str = "",
        *,
        least: int = 0,
        most: int = 1_000_000,
        otherwise: int | None = None,
    ) -> tuple[str, QWidget]:
        control = NumberField(
            self._themes, accessible=caption, placeholder=placeholder, least=least, most=most, otherwise=otherwise
        )
        return caption, self._named(field, control)

    def _choice(self, field: str, caption: str, names: dict[Any, str]) -> tuple[str, QWidget]:
        return caption, self._named(field, ChoiceField(self._themes, accessible=caption, names=names))

    def _named(self, field: str, control: Control | KeyField) -> QWidget:
        self.controls[field] = control
        control.value_changed.connect(lambda value, field=field: self._take(field, value))
        return control

    # -- editing

    def _take(self, field: str, value: object) -> None:
        if self._loading or self._entry is None:
            return
        changed: dict[str, Any] = {field: value}
        if field == "secondary_keys" and value and not self._entry.secondary_keys:
            changed["selective"] = True
        entry = replace(self._entry, **changed)
        if entry != self._entry:
            self._entry = entry
            self.controls["selective"].show_value(entry.selective)  # type: ignore[arg-type]
            self._follow()
            self.edited.emit(entry, field)

    def _follow(self) -> None:
        """Bring along what depends on other fields."""
        entry = self._entry
        if entry is None:
            return
        count = QLocale().toString(rough_tokens(entry.content))
        self.tokens.setText(self.tr("About %s tokens") % count)
        at_depth = entry.position is LorePosition.AT_DEPTH
        self.controls["depth"].setEnabled(at_depth)
        self.controls["role"].setEnabled(at_depth)
        self.controls["probability"].setEnabled(entry.use_probability)
        for field in ("keys", "secondary_keys"):
            control = self.controls[field]
            if isinstance(control, KeyField):
                control.set_patterns(entry.use_regex)
        self.controls["logic"].setEnabled(entry.selective)
