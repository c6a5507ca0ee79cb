"""Lore in a prompt: which texts it gets, counted by the model's tokenizer, and where they stand."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from personadesk.domain.chat import ChatRole, ChatTurn
from personadesk.domain.conversation import Message, Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.lorebook import DEFAULT_DEPTH, Lorebook, LorePosition
from personadesk.domain.persona import PersonaCard
from personadesk.formats.lorebook import read_book
from personadesk.services.lorebook import (
    Activation,
    FiredEntry,
    IdleEntry,
    LoreLine,
    LoreSettings,
    LoreState,
    Reason,
    fire,
    settle,
)
from personadesk.services.ports import ChatModel, Store
from personadesk.services.prompt_text import Cast, disarm
from personadesk.services.sentences import keep_sentences

log = logging.getLogger(__name__)

BRIEF_ENTRIES = 2
BRIEF_CHARACTERS = 200
"""What a small model can make use of: the two entries of highest priority, in a sentence or two each."""

_IN_CONVERSATION = {
    LorePosition.NOTE_TOP: -1,
    LorePosition.AT_DEPTH: 0,
    LorePosition.NOTE_BOTTOM: 1,
}
"""What stands among the messages, in the order in which it stands at one depth."""


@dataclass(frozen=True, slots=True)
class Lore:
    """What a prompt is made with. `random` decides probabilities and weights."""

    books: tuple[Lorebook, ...] = ()
    state: LoreState = field(default_factory=LoreState)
    random: Random = field(default_factory=Random)


def stored_lore(store: Store, persona_id: PersonaId, conversation_id: ConversationId) -> Lore:
    """The books that a persona reads, and what is timed in a conversation."""
    state = store.lorebooks.state(persona_id, conversation_id)
    return Lore(_read_books(store, persona_id), LoreState.from_json(state))


def _read_books(store: Store, persona_id: PersonaId) -> tuple[Lorebook, ...]:
    books = []
    for shelved in store.lorebooks.for_persona(persona_id):
        try:
            books.append(replace(read_book(shelved.raw_json, shelved.name), uid=shelved.uuid))
        except UserFacingError:
            # The reply goes on; the book itself says what is wrong where it is opened.
            log.info("a lorebook could not be read")
    return tuple(books)


async def activated(
    lore: Lore,
    card: PersonaCard,
    cast: Cast,
    history: Sequence[Message],
    model: ChatModel,
    *,
    budget_tokens: int,
    turn_tokens: int,
    brief: bool,
) -> Activation:
    """Which entries this prompt gets. `turn_tokens` is what a turn of its own takes beside its text."""
    if not lore.books:
        return Activation(state=lore.state)
    earlier = history[0].position if history else 0
    settings = LoreSettings(
        context_tokens=model.info.context_tokens,
        earlier=earlier,
        # Most conversations go to and fro: every other message of those before is the persona's.
        earlier_replies=earlier // 2,
        greeting=greeting_index(card, history),
        macros=cast.macros,
    )
    lines = [_line(message, cast) for message in history if message.text.strip()]
    firing = await asyncio.to_thread(fire, lore.books, lines, settings=settings, state=lore.state, random=lore.random)
    firing = replace(firing, fired=tuple(replace(fired, text=disarm(fired.text)) for fired in firing.fired))
    counts = await model.count_tokens(firing.texts) if firing.fired else []
    tokens = [count + turn_tokens if fired.text else 0 for fired, count in zip(firing.fired, counts, strict=True)]
    if brief:
        settled = _brief(settle(firing, tokens, settings.budget_tokens))
    else:
        settled = settle(firing, tokens, min(settings.budget_tokens, budget_tokens))
    # The turn around a text counts for the budget; who looks at an entry is told of its text.
    bare = (replace(fired, tokens=max(fired.tokens - turn_tokens, 0)) for fired in settled.fired)
    return replace(settled, fired=tuple(bare))


def greeting_index(card: PersonaCard, history: Sequence[Message]) -> int | None:
    """Which of the card's greetings the conversation began with; None where that can't be told."""
    if not history or history[0].position or history[0].role is not Role.PERSONA:
        return None
    written = (card.greeting, *card.alternate_greetings)
    kept = [index for index, text in enumerate(written) if text.strip()]
    shown = history[0].swipe_index
    return kept[shown] if shown < len(kept) else None


def turns_at(lore: Activation, position: LorePosition) -> tuple[ChatTurn, ...]:
    text = lore.text_at(position)
    return (ChatTurn(ChatRole.SYSTEM, text),) if text else ()


def conversation_turns(lore: Activation) -> tuple[tuple[int, ChatTurn], ...]:
    """The turns that stand in the conversation, each with how many messages follow it; in their order."""
    placed = [one for one in lore.placed if one.position in _IN_CONVERSATION]
    placed.sort(key=lambda one: _IN_CONVERSATION[one.position])
    return tuple(
        (one.depth if one.position is LorePosition.AT_DEPTH else DEFAULT_DEPTH, ChatTurn(one.role, one.text))
        for one in placed
    )


def interleaved(turns: Sequence[ChatTurn], inserted: Sequence[tuple[int, ChatTurn]]) -> list[ChatTurn]:
    """Put turns among the conversation's, so many from its end; what is deeper than it goes before it."""
    together: list[ChatTurn] = []
    for index in range(len(turns) + 1):
        following = len(turns) - index
        together += [turn for depth, turn in inserted if min(depth, len(turns)) == following]
        together += turns[index : index + 1]
    return together


def brief_lines(lore: Activation) -> tuple[str, ...]:
    return tuple(keep_sentences(" ".join(fired.text.split()), BRIEF_CHARACTERS) for fired in lore.fired if fired.text)


def _brief(activation: Activation) -> Activation:
    """Keep what a small model is told; the rest is counted among what found no room."""
    ranked = sorted((fired for fired in activation.fired if fired.text), key=_worth, reverse=True)
    left_out = ranked[BRIEF_ENTRIES:]
    kept = [fired for fired in activation.fired if fired not in left_out]
    return replace(
        activation,
        fired=tuple(replace(fired, place=place) for place, fired in enumerate(kept)),
        idle=activation.idle + tuple(IdleEntry(fired.entry, fired.book, Reason.BUDGET) for fired in left_out),
    )


def _worth(fired: FiredEntry) -> int:
    return fired.entry.order if fired.entry.priority is None else fired.entry.priority


def _line(message: Message, cast: Cast) -> LoreLine:
    from_persona = message.role is Role.PERSONA
    return LoreLine(message.text, cast.char if from_persona else cast.user, from_persona)
