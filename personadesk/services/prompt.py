"""From a persona's card and the conversation to what a chat model is asked, within its context.

What does not fit goes in this order: example dialogue (the last first), then the turns a summary tells
of, then the oldest turns. The system prompt and the newest turn always stay; each is cut only where it
would not fit even alone. Lore has a budget of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, Picture
from personadesk.domain.conversation import Message, Role, RunningSummary
from personadesk.domain.ids import MessageId
from personadesk.domain.lorebook import LorePosition
from personadesk.domain.memory import Memory
from personadesk.domain.persona import PersonaCard
from personadesk.domain.prompt_parts import PartKind
from personadesk.services import memory_prompt, reply_filter
from personadesk.services.lorebook import Activation
from personadesk.services.ports import ChatModel
from personadesk.services.prompt_budget import TURN_TOKENS, Budget
from personadesk.services.prompt_lore import (
    Lore,
    activated,
    brief_lines,
    conversation_turns,
    interleaved,
    turns_at,
)
from personadesk.services.prompt_text import (
    FULL_PROFILE,
    SMALL_PROFILE,
    Cast,
    PromptProfile,
    brief_text,
    disarm,
    example_dialogues,
    system_text,
)
from personadesk.services.sentences import keep_sentences

OPENING_TOKENS = 8
"""What a template puts before the first turn and before the reply."""

LEAST_TURN_TOKENS = 64
"""However long the system prompt is, this much of the context is left for the newest turn."""

MEMORY_CHARS_PER_TOKEN = 5
"""More than a token of prose has on average: the tokens themselves decide in the end."""

LINE_TOKENS = 3
"""What makes a line of a list: its dash and its end."""

HISTORY_STEP = 8
"""Old turns go in blocks of this many positions, so that a prompt's start stays the same, and a model's
cache of it good, for several replies."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request, and what became of its parts. `names` are the persona's, `user` the person's.

    `lore` tells which entries it holds; its state is to be stored with the reply. `texts` are its parts for
    who wants to count them; `summarised_turns` of those that were dropped stand in its summary.
    """

    request: ChatRequest = field(repr=False)
    prompt_tokens: int
    context_tokens: int
    dropped_examples: int
    dropped_turns: int
    names: tuple[str, ...] = ()
    user: str = ""
    sentence_limit: int = 0
    lore: Activation = field(default_factory=Activation, repr=False)
    texts: Mapping[PartKind, Sequence[str]] = field(default_factory=dict, repr=False)
    summarised_turns: int = 0
    reply_tokens: int = 0


class ReplyFilter(reply_filter.ReplyFilter):
    """Cleans the reply to one prompt."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(echoes=prompt.names, others=_user_labels(prompt.user), sentence_limit=prompt.sentence_limit)


async def build_prompt(
    card: PersonaCard,
    person_name: str,
    history: Sequence[Message],
    model: ChatModel,
    *,
    profile: PromptProfile | None = None,
    memories: Sequence[Memory] = (),
    lore: Lore | None = None,
    summary: RunningSummary | None = None,
    pictures: Mapping[MessageId, Sequence[Picture]] | None = None,
    now: datetime | None = None,
) -> Prompt:
    """Put a request together from the card and the path's messages, oldest first, the newest last.

    Asks the model to count tokens, which may load it. `profile` overrides the one that fits the model.
    `memories` are what this persona knows of this person; the most useful are used, as of `now`. `lore` is
    looked through for what the newest messages call. `summary` tells of the oldest, where not all fit.
    `pictures` are shown with their messages, whether the model sees or not.
    """
    info = model.info
    chosen = profile or (SMALL_PROFILE if info.small else FULL_PROFILE)
    seed = str(history[-1].conversation_id) if history else ""
    cast = Cast.of(card, person_name, seed=seed, now=now)
    reply_tokens = min(info.sampling.max_tokens, info.context_tokens // 2)
    budget = Budget(model, info.context_tokens - reply_tokens - OPENING_TOKENS)
    known = await _remembered(memories, cast, chosen, model, now or datetime.now(UTC))
    cast = cast.knowing(known)
    told = await activated(
        lore or Lore(),
        card,
        cast,
        history,
        model,
        budget_tokens=max(budget.limit * 3 // 4 - LEAST_TURN_TOKENS, 0) // 2,
        turn_tokens=TURN_TOKENS,
        brief=chosen.brief,
    )
    script = _Script(card, cast, known, told, summary, pictures or {})
    layout = await _lay_out(script, history, chosen, budget)
    sampling = replace(info.sampling, max_tokens=reply_tokens, stop=_stops(cast))
    names = tuple(dict.fromkeys(name for name in (cast.char, card.name, card.shown_name) if name))
    return Prompt(
        request=ChatRequest(_merged(layout.turns), sampling),
        prompt_tokens=layout.tokens + OPENING_TOKENS,
        context_tokens=info.context_tokens,
        dropped_examples=layout.dropped_examples,
        dropped_turns=layout.dropped_turns,
        names=names,
        user=cast.user,
        sentence_limit=chosen.sentence_limit,
        lore=told,
        texts=layout.texts | {PartKind.MEMORY: known, PartKind.LORE: tuple(fired.text for fired in told.fired)},
        summarised_turns=layout.summarised_turns,
        reply_tokens=reply_tokens,
    )


@dataclass(frozen=True, slots=True)
class _Script:
    """Whose part it is, who is in it, what the persona knows, line by line, what is told of its world and before."""

    card: PersonaCard
    cast: Cast
    memories: tuple[str, ...]
    lore: Activation
    summary: RunningSummary | None = None
    pictures: Mapping[MessageId, Sequence[Picture]] = field(default_factory=dict)

    def turn(self, message: Message) -> ChatTurn:
        role = ChatRole.USER if message.role is Role.USER else ChatRole.ASSISTANT
        return ChatTurn(role, disarm(message.text).strip(), tuple(self.pictures.get(message.id, ())))

    def past(self) -> ChatTurn | None:
        """What was said before, in short."""
        text = disarm(self.summary.text).strip() if self.summary is not None else ""
        return ChatTurn(ChatRole.SYSTEM, f"What was said before, in short: {text}") if text else None

    def system(self, description_limit: int | None = None) -> ChatTurn:
        lore = (self.lore.text_at(LorePosition.BEFORE_CHAR), self.lore.text_at(LorePosition.AFTER_CHAR))
        text = system_text(self.card, self.cast, description_limit, self.memories, lore)
        return ChatTurn(ChatRole.SYSTEM, text)

    def brief(self) -> ChatTurn:
        text = brief_text(self.card, self.cast, self.memories, brief_lines(self.lore))
        return ChatTurn(ChatRole.SYSTEM, text)


@dataclass(frozen=True, slots=True)
class _Layout:
    turns: list[ChatTurn]
    tokens: int
    dropped_examples: int
    dropped_turns: int
    summarised_turns: int
    texts: dict[PartKind, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _LoreTurns:
    """What of the lore stands in turns of its own; none of it for a small model, whose brief holds it."""

    before_examples: tuple[ChatTurn, ...] = ()
    behind_examples: tuple[ChatTurn, ...] = ()
    in_conversation: tuple[tuple[int, ChatTurn], ...] = ()

    @classmethod
    def of(cls, lore: Activation, profile: PromptProfile) -> "_LoreTurns":
        if profile.brief:
            return cls()
        return cls(
            turns_at(lore, LorePosition.EXAMPLES_TOP),
            turns_at(lore, LorePosition.EXAMPLES_BOTTOM),
            conversation_turns(lore),
        )

    @property
    def all(self) -> list[ChatTurn]:
        return [*self.before_examples, *self.behind_examples, *(turn for _, turn in self.in_conversation)]


async def _remembered(
    memories: Sequence[Memory], cast: Cast, profile: PromptProfile, model: ChatModel, now: datetime
) -> tuple[str, ...]:
    """The lines of the most useful memories, in their share of the context."""
    if not memories:
        return ()
    if profile.brief:
        return tuple(memory_prompt.line(memory, cast.user) for memory in memory_prompt.choose_brief(memories, now))
    room = int(model.info.context_tokens * memory_prompt.MEMORY_SHARE)
    chosen = memory_prompt.choose(memories, room * MEMORY_CHARS_PER_TOKEN, now)
    lines = [memory_prompt.line(memory, cast.user) for memory in chosen]
    kept: list[str] = []
    for line, tokens in zip(lines, await model.count_tokens(lines) if lines else [], strict=True):
        room -= tokens + LINE_TOKENS
        if room < 0:
            break
        kept.append(line)
    return tuple(kept)


async def _lay_out(script: _Script, history: Sequence[Message], profile: PromptProfile, budget: Budget) -> _Layout:
    spoken = [message for message in history if message.text.strip()]
    system, reminder, last = _frame(script, profile, alone=len(spoken) < 2)
    told = _LoreTurns.of(script.lore, profile)
    room = budget.limit - sum(await budget.of(told.all))
    if last is not None:
        last, tokens = await budget.fit(last, budget.limit // 4, keep_sentences)
        room -= tokens
    if reminder is None:
        system, tokens = await _fitting_system(script, system, budget, room - LEAST_TURN_TOKENS)
        room -= tokens
    else:
        # One text in two places: each may take half of what there is.
        system, tokens = await budget.fit(system, (room - LEAST_TURN_TOKENS) // 2, keep_sentences)
        reminder, room = system, room - 2 * tokens
    newest: list[ChatTurn] = []
    if spoken:
        turn, tokens = await budget.fit(script.turn(spoken[-1]), room, _cut_middle)
        newest, room = [turn], room - tokens
    older, tokens = await _fitting_history(script, spoken[:-1], profile, budget, room)
    dropped_turns = len(spoken) - len(newest) - len(older)
    past: list[ChatTurn] = []
    told_before = script.past()
    if dropped_turns and told_before is not None:
        told_before, past_tokens = await budget.fit(told_before, min(room // 2, budget.limit // 4), keep_sentences)
        older, tokens = await _fitting_history(script, spoken[:-1], profile, budget, room - past_tokens)
        dropped_turns = len(spoken) - len(newest) - len(older)
        past, tokens = [told_before], tokens + past_tokens
    room -= tokens
    examples = [_example_turn(dialogue, script.cast) for dialogue in example_dialogues(script.card, script.cast)]
    kept: list[ChatTurn] = []
    tokens = 0
    if not dropped_turns:
        kept, tokens = await _fitting_examples(examples[: profile.example_limit], budget, room)
    talk = interleaved([*older, *newest], told.in_conversation) if reminder is None else [*older, reminder, *newest]
    turns = [system, *told.before_examples, *kept, *told.behind_examples, *past, *talk, last]
    framing = [turn for turn in (system, reminder, last) if turn is not None]
    return _Layout(
        turns=[turn for turn in turns if turn is not None],
        tokens=budget.limit - room + tokens,
        dropped_examples=len(examples) - len(kept),
        dropped_turns=dropped_turns,
        summarised_turns=_summarised(script.summary, spoken, dropped_turns) if past else 0,
        texts={
            PartKind.PERSONA: [turn.text for turn in framing],
            PartKind.EXAMPLES: [turn.text for turn in kept],
            PartKind.SUMMARY: [turn.text for turn in past],
            PartKind.HISTORY: [turn.text for turn in (*older, *newest)],
        },
    )


def _summarised(summary: RunningSummary | None, spoken: Sequence[Message], dropped: int) -> int:
    """How many of the turns that were dropped the summary tells of."""
    until = summary.until_position if summary is not None else -1
    return sum(message.position <= until for message in spoken[:dropped])


def _frame(
    script: _Script, profile: PromptProfile, *, alone: bool
) -> tuple[ChatTurn, ChatTurn | None, ChatTurn | None]:
    """What stands at the start, before the newest turn, and behind it."""
    if profile.brief:
        brief = script.brief()
        return brief, None if alone else brief, None
    last = script.cast.fill(script.card.post_history_instructions)
    return script.system(), None, ChatTurn(ChatRole.SYSTEM, last) if last else None


async def _fitting_system(script: _Script, system: ChatTurn, budget: Budget, room: int) -> tuple[ChatTurn, int]:
    """The system prompt; where it alone is too long, first with less of the description, then cut as it is."""
    readable = min(len(script.card.description), budget.char_limit)
    for shorter in (None, readable // 2, readable // 4, 0):
        turn = system if shorter is None else script.system(shorter)
        if len(turn.text) <= budget.char_limit:
            (tokens,) = await budget.of([turn])
            if tokens <= room:
                return turn, tokens
    return await budget.fit(turn, room, keep_sentences)


async def _fitting_history(
    script: _Script, older: Sequence[Message], profile: PromptProfile, budget: Budget, room: int
) -> tuple[list[ChatTurn], int]:
    """The newest of the older turns that fit, oldest first, and their tokens."""
    near = older if profile.history_limit is None else older[-profile.history_limit :]
    characters, first = 0, len(near)
    while first > 0 and characters + len(near[first - 1].text) <= budget.char_limit:
        first -= 1
        characters += len(near[first].text)
    turns = [script.turn(message) for message in near[first:]]
    counts = await budget.of(turns)
    used, start = 0, len(turns)
    while start > 0 and used + counts[start - 1] <= room:
        start -= 1
        used += counts[start]
    if first + start > 0 or len(near) < len(older):
        start = _block_start([message.position for message in near[first:]], start)
    return turns[start:], sum(counts[start:])


def _block_start(positions: Sequence[int], start: int) -> int:
    """Move `start` on to where a block of positions begins, unless that costs half of what fits."""
    for index in range(start, start + (len(positions) - start) // 2 + 1):
        if 0 < index < len(positions) and positions[index] // HISTORY_STEP != positions[index - 1] // HISTORY_STEP:
            return index
    return start


async def _fitting_examples(examples: list[ChatTurn], budget: Budget, room: int) -> tuple[list[ChatTurn], int]:
    """The first of the examples, as many as fit, and their tokens."""
    wanted = [turn for turn in examples if len(turn.text) <= budget.char_limit]
    counts = await budget.of(wanted)
    used, kept = 0, 0
    while kept < len(wanted) and used + counts[kept] <= room:
        used += counts[kept]
        kept += 1
    return wanted[:kept], used


def _example_turn(dialogue: Sequence[ChatTurn], cast: Cast) -> ChatTurn:
    """An example as text in a system turn: as turns of its own a model would take it for history."""
    names = {ChatRole.USER: cast.user, ChatRole.ASSISTANT: cast.char}
    lines = [f"{names[turn.role]}: {turn.text}" for turn in dialogue]
    return ChatTurn(ChatRole.SYSTEM, "\n".join([f"How {cast.char} talks, for example:", *lines]))


def _cut_middle(text: str, limit: int) -> str:
    """Keep the beginning and the end of a text that is too long: a question stands at either."""
    if len(text) <= limit:
        return text
    mark = "\n…\n"
    kept = max(limit - len(mark), 0)
    head = kept * 2 // 3
    return text[:head] + mark + text[len(text) - (kept - head) :] if kept else text[:limit]


def _merged(turns: Sequence[ChatTurn]) -> tuple[ChatTurn, ...]:
    """Join neighbours of one role: many templates refuse two in a row."""
    merged: list[ChatTurn] = []
    for turn in turns:
        if merged and merged[-1].role is turn.role:
            before = merged[-1]
            merged[-1] = ChatTurn(turn.role, f"{before.text}\n\n{turn.text}", (*before.pictures, *turn.pictures))
        else:
            merged.append(turn)
    return tuple(merged)


def _user_labels(user: str) -> tuple[str, ...]:
    """What a reply must not begin a line with, before a colon."""
    return tuple(dict.fromkeys((user, "User", "Human", "You")))


def _stops(cast: Cast) -> tuple[str, ...]:
    """Texts that end a reply. Hosted servers take the first four only, so the likeliest lead."""
    return (*(f"\n{label}:" for label in _user_labels(cast.user)), *reply_filter.TEMPLATE_MARKS)
