"""From books and a conversation to the entries that are told.

Rounds: the conversation first, then, for books that scan recursively, the texts of what fired, until
nothing new fires. In each round an entry's group and its probability decide after its keys. Then the
budget: over a book's or the whole one, the lowest priority goes first.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from personadesk.domain.lorebook import Lorebook
from personadesk.domain.told_lore import Why
from personadesk.services.lorebook.cases import Case, cases_of, prepare
from personadesk.services.lorebook.haystack import Haystack
from personadesk.services.lorebook.judging import No, Round, judge, recursive
from personadesk.services.lorebook.outcome import (
    Activation,
    FiredEntry,
    Firing,
    IdleEntry,
    LoreLine,
    LoreSettings,
    Reason,
)
from personadesk.services.lorebook.patterns import Allowance
from personadesk.services.lorebook.timed import LoreState
from personadesk.services.macros import MacroValues, fill

DEEPEST_RECURSION = 20
"""Rounds after the first."""

CountTokens = Callable[[Sequence[str]], Sequence[int]]


def activate(
    books: Sequence[Lorebook],
    history: Sequence[LoreLine],
    *,
    settings: LoreSettings,
    state: LoreState,
    random: Random,
    count_tokens: CountTokens,
) -> Activation:
    """The entries that are told after `history`, oldest message first, and the state to store with them."""
    firing = fire(books, history, settings=settings, state=state, random=random)
    return settle(firing, count_tokens(firing.texts), settings.budget_tokens)


def fire(
    books: Sequence[Lorebook],
    history: Sequence[LoreLine],
    *,
    settings: LoreSettings,
    state: LoreState,
    random: Random,
) -> Firing:
    """What fires before there is a budget; `settle` does the rest once its texts' tokens are counted."""
    length = settings.earlier + len(history)
    cases = cases_of(books, settings)
    allowance = Allowance(settings.regex_ms)
    now = Round(
        settings=settings,
        state=state.at(length),
        length=length,
        replies=settings.earlier_replies + sum(line.from_persona for line in history),
        allowance=allowance,
        haystacks=[_conversation(history, cases, settings, allowance)],
    )
    rounds = _Rounds(now, random)
    rounds.run(cases)
    return _firing(rounds, cases)


def settle(firing: Firing, tokens: Sequence[int], budget_tokens: int) -> Activation:
    """Leave out what finds no room. `tokens` are those of `firing.texts`."""
    counted = [replace(fired, tokens=count) for fired, count in zip(firing.fired, tokens, strict=True)]
    kept = set(range(len(counted)))
    ranked = sorted(kept, key=lambda index: firing.worth[index])
    by_book: dict[int, list[int]] = defaultdict(list)
    for index in ranked:
        by_book[id(counted[index].book)].append(index)
    for indices in by_book.values():
        limit = counted[indices[0]].book.token_budget
        if limit:
            kept -= _over(counted, indices, limit)
    kept -= _over(counted, [index for index in ranked if index in kept], budget_tokens)
    dropped = {index: Reason.BUDGET for index in ranked if index not in kept}
    _drop_orphans(counted, kept, dropped)
    fired = tuple(replace(counted[index], place=place) for place, index in enumerate(sorted(kept)))
    idle = tuple(IdleEntry(counted[index].entry, counted[index].book, dropped[index]) for index in sorted(dropped))
    return Activation(fired, firing.idle + idle, _state_after(firing, fired))


def _over(counted: Sequence[FiredEntry], ranked: Sequence[int], limit: int) -> set[int]:
    """What goes, the lowest first, until the rest fits. What never fits goes alone."""
    going = {index for index in ranked if counted[index].tokens > limit and not counted[index].entry.ignore_budget}
    used = sum(counted[index].tokens for index in ranked if index not in going)
    for index in ranked:
        if used <= limit:
            break
        if index not in going and not counted[index].entry.ignore_budget:
            going.add(index)
            used -= counted[index].tokens
    return going


def _drop_orphans(counted: Sequence[FiredEntry], kept: set[int], dropped: dict[int, Reason]) -> None:
    """An entry goes with the one whose text called it."""
    gone = {id(counted[index].entry) for index in dropped}
    while orphans := {index for index in kept if id(counted[index].why.source) in gone}:
        kept -= orphans
        dropped.update(dict.fromkeys(orphans, Reason.SOURCE))
        gone |= {id(counted[index].entry) for index in orphans}


def _state_after(firing: Firing, fired: Sequence[FiredEntry]) -> LoreState:
    lasting = [(f"{one.book.key}/{one.entry.uid}", one.entry) for one in fired]
    return firing.state.with_fired(
        [(key, entry.sticky, entry.cooldown) for key, entry in lasting],
        # Nothing else asks whether an entry has fired before.
        [key for key, entry in lasting if "activate_after_match" in entry.content],
        firing.length,
    )


def _conversation(
    history: Sequence[LoreLine], cases: Sequence[Case], settings: LoreSettings, allowance: Allowance
) -> Haystack:
    """The messages that any entry looks at, the newest first."""
    deepest = max((case.depth for case in cases), default=0)
    named = settings.include_names
    # A message's own names are names already: what is left to do is leave out notes.
    notes = MacroValues("{{char}}", "{{user}}")
    texts = []
    for line in reversed(history[len(history) - min(deepest, len(history)) :]):
        text = fill(line.text, notes, scanned=True) if "{{" in line.text else line.text
        texts.append(f"{line.name}: {text}" if named and line.name else text)
    haystack = Haystack(texts)
    prepare(haystack, cases, allowance)
    return haystack


@dataclass(slots=True)
class _Rounds:
    now: Round
    random: Random
    fired: list[tuple[Case, Why]] = field(default_factory=list)
    refused: dict[int, No] = field(default_factory=dict)

    def run(self, cases: Sequence[Case]) -> None:
        now = self.now
        pending = list(cases)
        while pending and now.level <= DEEPEST_RECURSION:
            found: list[tuple[Case, Why]] = []
            waiting: list[Case] = []
            for case in pending:
                verdict = judge(case, now)
                if isinstance(verdict, Why):
                    found.append((case, verdict))
                    continue
                self.refused[id(case)] = verdict
                if not verdict.final:
                    waiting.append(case)
            new = self._lucky(self._one_of_each_group(found))
            self.fired += new
            calling = [case for case, _ in new if not case.entry.prevent_recursion]
            pending = [case for case in waiting if recursive(case, now) and not case.entry.exclude_recursion]
            now.level += 1
            if calling:
                self._add_haystack(calling, pending)
            elif now.level == 1 or all(case.entry.delay_until_recursion < now.level for case in pending):
                break

    def _add_haystack(self, calling: Sequence[Case], pending: Sequence[Case]) -> None:
        texts = [fill(case.text, self.now.settings.macros, scanned=True) for case in calling]
        haystack = Haystack(texts)
        prepare(haystack, pending, self.now.allowance)
        self.now.haystacks.append(haystack)
        self.now.sources.append(calling)

    def _one_of_each_group(self, found: list[tuple[Case, Why]]) -> list[tuple[Case, Why]]:
        """Of a group one entry: what is sticky stays, else the override of highest order, else by weight."""
        members: dict[str, list[Case]] = defaultdict(list)
        for case, _ in found:
            for group in case.entry.groups:
                members[group].append(case)
        if not members:
            return found
        told = {group: case for case, _ in self.fired for group in case.entry.groups}
        out: set[int] = set()
        for group, everyone in members.items():
            rivals = [case for case in everyone if id(case) not in out]
            winner = told.get(group) or self._winner(rivals)
            for case in rivals:
                if case is not winner and not (self.now.is_sticky(case) and group not in told):
                    out.add(id(case))
                    self.refused[id(case)] = No(Reason.GROUP, winner.entry.title if winner else "")
        return [(case, why) for case, why in found if id(case) not in out]

    def _winner(self, rivals: Sequence[Case]) -> Case | None:
        sticky = [case for case in rivals if self.now.is_sticky(case)]
        if sticky or len(rivals) < 2:
            return next(iter(sticky or rivals), None)
        first = [case for case in rivals if case.entry.group_override]
        if first:
            return max(first, key=lambda case: case.entry.order)
        weights = [max(case.entry.group_weight, 0) for case in rivals]
        at = self.random.random() * sum(weights)
        for case, weight in zip(rivals, weights, strict=True):
            at -= weight
            if at < 0:
                return case
        return rivals[0]

    def _lucky(self, found: list[tuple[Case, Why]]) -> list[tuple[Case, Why]]:
        kept = []
        for case, why in found:
            chance = case.entry.probability if case.entry.use_probability else 100
            if chance < 100 and not self.now.is_sticky(case) and self.random.random() * 100 >= chance:
                self.refused[id(case)] = No(Reason.PROBABILITY)
            else:
                kept.append((case, why))
        return kept


def _firing(rounds: _Rounds, cases: Sequence[Case]) -> Firing:
    now = rounds.now
    places = {id(case): place for place, case in enumerate(cases)}
    ordered = sorted(rounds.fired, key=lambda pair: (pair[0].entry.order, places[id(pair[0])]))
    fired, worth = [], []
    for case, why in ordered:
        entry = case.entry
        position, depth, role = case.place(now.length)
        text = fill(case.text, now.settings.macros).strip()
        fired.append(FiredEntry(entry, case.book, why, text, position, depth, role))
        priority = entry.order if entry.priority is None else entry.priority
        worth.append((0 if case.directives.ignore_on_max_context else 1, priority, -places[id(case)]))
    told = {id(case) for case, _ in rounds.fired}
    idle = tuple(
        IdleEntry(case.entry, case.book, no.reason, no.detail)
        for case in cases
        if id(case) not in told and (no := rounds.refused.get(id(case))) is not None
    )
    return Firing(tuple(fired), idle, tuple(worth), now.length, now.state)
