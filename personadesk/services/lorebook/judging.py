"""The checks an entry goes through, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from personadesk.domain.told_lore import Cause, Why
from personadesk.services.lorebook.cases import Case, Hit
from personadesk.services.lorebook.haystack import Haystack
from personadesk.services.lorebook.outcome import LoreSettings, Reason
from personadesk.services.lorebook.patterns import Allowance
from personadesk.services.lorebook.timed import LoreState


@dataclass(frozen=True, slots=True)
class No:
    """It does not fire now. `final`: nor in a later round."""

    reason: Reason
    detail: str = ""
    final: bool = True


@dataclass(slots=True)
class Round:
    """What entries are judged by. `haystacks[0]` is the conversation, each further one a round's fired texts.

    `level` is 0 for the conversation alone. `sources[n]` are whose texts haystack n holds.
    """

    settings: LoreSettings
    state: LoreState
    length: int
    replies: int
    allowance: Allowance
    haystacks: list[Haystack]
    sources: list[Sequence[Case]] = field(default_factory=lambda: [()])
    level: int = 0

    def is_sticky(self, case: Case) -> bool:
        return case.key in self.state.sticky


def judge(case: Case, now: Round) -> Why | No:
    """Say whether an entry fires in this round, before its group and its probability are looked at."""
    entry, said = case.entry, case.directives
    sticky = now.is_sticky(case)
    if not entry.enabled:
        return No(Reason.DISABLED)
    if not case.text.strip():
        return No(Reason.EMPTY)
    if now.length < entry.delay:
        return No(Reason.DELAY)
    if case.key in now.state.cooldown and not sticky:
        return No(Reason.COOLDOWN)
    if now.level < entry.delay_until_recursion and not sticky:
        return No(Reason.NOT_BY_RECURSION, final=False)
    if said.activate:
        return Why(Cause.DECORATOR, "@@activate")
    if said.dont_activate:
        return No(Reason.DECORATOR, "@@dont_activate")
    matched = case.key in now.state.matched
    if matched and said.dont_activate_after_match:
        return No(Reason.DECORATOR, "@@dont_activate_after_match")
    if matched and said.keep_activate_after_match:
        return Why(Cause.DECORATOR, "@@keep_activate_after_match")
    closed = _closed_gate(case, now)
    if closed:
        return No(Reason.DECORATOR, closed)
    if entry.constant:
        return Why(Cause.CONSTANT)
    if sticky:
        return Why(Cause.STICKY)
    return _judge_keys(case, now)


def _closed_gate(case: Case, now: Round) -> str:
    """The decorator whose condition is not met, "" where all are."""
    said = case.directives
    if said.activate_only_after is not None and now.replies < said.activate_only_after:
        return "@@activate_only_after"
    if said.activate_only_every is not None and now.replies % said.activate_only_every:
        return "@@activate_only_every"
    if said.is_greeting is not None and said.is_greeting != now.settings.greeting:
        return "@@is_greeting"
    return ""


def _judge_keys(case: Case, now: Round) -> Why | No:
    haystacks = now.haystacks if now.level and recursive(case, now) else now.haystacks[:1]
    case.primary.look(haystacks, case.depth, now.allowance, first=True)
    hit = case.primary.hit
    if hit is None:
        bad = case.primary.bad
        return No(Reason.BAD_KEY if bad else Reason.NO_KEY, bad, final=False)
    case.additional.look(haystacks, case.depth, now.allowance, first=True)
    if case.additional.compiled and case.additional.hit is None:
        return No(Reason.SECONDARY, hit.key, final=False)
    case.excluded.look(haystacks, case.depth, now.allowance, first=True)
    if case.excluded.hit is not None:
        return No(Reason.EXCLUDED, case.excluded.hit.key)
    if not case.secondary_holds(haystacks, now.allowance):
        return No(Reason.SECONDARY, hit.key, final=False)
    return _why(hit, now)


def _why(hit: Hit, now: Round) -> Why:
    if hit.haystack == 0:
        return Why(Cause.KEY, hit.key, hit.index)
    return Why(Cause.RECURSION, hit.key, source=now.sources[hit.haystack][hit.index].entry)


def recursive(case: Case, now: Round) -> bool:
    return case.book.recursive_scanning or now.settings.recursive
