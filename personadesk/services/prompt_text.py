"""The words of a prompt: what a card says, put the way large and small models follow it best."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from personadesk.domain.chat import ChatRole, ChatTurn
from personadesk.domain.persona import CommunicationStyle, PersonaCard
from personadesk.services.macros import MacroValues, fill
from personadesk.services.reply_filter import TEMPLATE_MARKS
from personadesk.services.sentences import keep_sentences

_STYLES = {
    CommunicationStyle.CASUAL: ("relaxed", "relaxed and casual, in everyday words"),
    CommunicationStyle.PROFESSIONAL: ("professional", "professional: clear, courteous and to the point"),
    CommunicationStyle.FRIENDLY: ("friendly", "warm and friendly"),
    CommunicationStyle.SUPPORTIVE: (
        "supportive",
        "supportive: listens first, takes feelings seriously, encourages gently",
    ),
    CommunicationStyle.MOTIVATIONAL: ("motivating", "motivational: energetic and confident, towards the next step"),
}
"""A word for the list of traits, and words for a section of its own."""

_MARK = re.compile("|".join(re.escape(mark) for mark in TEMPLATE_MARKS), re.IGNORECASE)
_START = re.compile(r"^[ \t]*<START>[ \t]*$", re.IGNORECASE | re.MULTILINE)
NOBODY = frozenset({"", "you", "user"})


@dataclass(frozen=True, slots=True)
class PromptProfile:
    """How a kind of model is asked.

    `brief` says who speaks in a few sentences and says them again right before the newest turn.
    `example_limit` and `history_limit` cap dialogues and turns (None: as many as fit), `sentence_limit`
    the reply (0: the model decides).
    """

    brief: bool = False
    example_limit: int | None = None
    history_limit: int | None = None
    sentence_limit: int = 0


FULL_PROFILE = PromptProfile()

SMALL_PROFILE = PromptProfile(brief=True, example_limit=0, history_limit=16, sentence_limit=3)
"""Measured on the turns of tests/benchmarks/reply_set.toml: a model of 135 million parameters answers
worse with every example and every further sentence of description, and best when told who it is
twice, at the start and right before the newest turn."""

_BRIEF_DESCRIPTION = 300
_BRIEF_PERSONALITY = 160
_BRIEF_SCENARIO = 160
_BRIEF_INSTRUCTIONS = 400
"""Characters of a card that has no key facts, and of its author's own instructions."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks. `user` is the person's name, or words for somebody who gave none."""

    char: str
    user: str
    macros: MacroValues = field(repr=False)

    @classmethod
    def of(cls, card: PersonaCard, person_name: str, *, seed: str = "", now: datetime | None = None) -> "Cast":
        """`seed` names the conversation and `now` is the time, for the macros that ask."""
        name = disarm(" ".join(person_name.split()))
        user = name if name.casefold() not in NOBODY else "the user"
        char = disarm(" ".join(card.prompt_name.split()))
        return cls(char, user, card_macros(card, char, user, seed=seed, now=now))

    def knowing(self, known: Sequence[str]) -> "Cast":
        """The same, with what the persona knows of the person for {{persona}}."""
        return replace(self, macros=replace(self.macros, persona="\n".join(known)))

    def fill(self, text: str, original: str = "") -> str:
        values = replace(self.macros, original=original) if original else self.macros
        return disarm(fill(text, values)).strip()


def card_macros(card: PersonaCard, char: str, user: str, *, seed: str = "", now: datetime | None = None) -> MacroValues:
    """What macros stand for in a card's texts."""
    return MacroValues(
        char,
        user,
        description=card.description,
        personality=card.personality,
        scenario=card.scenario,
        seed=seed,
        now=now,
    )


def disarm(text: str) -> str:
    """Break what a model's template would read as a mark: a message must not be able to end its own turn."""
    return _MARK.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)


def system_text(
    card: PersonaCard,
    cast: Cast,
    description_limit: int | None = None,
    memories: Sequence[str] = (),
    lore: tuple[str, str] = ("", ""),
) -> str:
    """The whole card and the memories, one a line; `description_limit` cuts the description, in characters.

    `lore` stands before and behind what defines the character.
    """
    rules = (
        f"You are {cast.char}, in a conversation with {cast.user}. Stay in character. Write only what {cast.char} "
        f"says next; never write for {cast.user}. Answer what was asked, at a length that fits the moment."
    )
    description = cast.fill(card.description)
    if description_limit is not None:
        description = keep_sentences(description, description_limit)
    sections = (
        ("About", description),
        ("Personality", cast.fill(card.personality)),
        ("Traits", ", ".join(cast.fill(trait) for trait in card.traits)),
        ("Key facts", " ".join(cast.fill(fact) for fact in card.key_facts)),
        ("Way of speaking", style_words(card, cast)),
        ("Scenario", cast.fill(card.scenario)),
    )
    parts = [cast.fill(card.system_prompt, original=rules) or rules]
    before, after = lore
    parts += [f"\n{before}"] if before else []
    parts += [f"\n{title}: {text}" for title, text in sections if text]
    if memories:
        # Not through `fill`: a memory that quotes a macro means the macro.
        parts += [f"\nWhat {cast.char} knows about {cast.user}:", *(f"- {memory}" for memory in memories)]
    # Last, as it changes from reply to reply: what stands before it stays in a model's cache.
    parts += [f"\n{after}"] if after else []
    return "\n".join(parts)


def brief_text(card: PersonaCard, cast: Cast, memories: Sequence[str] = (), lore: Sequence[str] = ()) -> str:
    """Who speaks, in a few sentences. The key facts stand for the description where the author gave some."""
    style_word, _ = _STYLES.get(card.style, ("", ""))
    traits = dict.fromkeys(word for word in (style_word, *map(cast.fill, card.traits)) if word)
    parts = [
        keep_sentences(cast.fill(card.system_prompt), _BRIEF_INSTRUCTIONS),
        f"You are {cast.char}: {', '.join(traits)}." if traits else f"You are {cast.char}.",
    ]
    if card.key_facts:
        parts += [cast.fill(fact) for fact in card.key_facts]
    else:
        parts += [
            keep_sentences(cast.fill(card.description), _BRIEF_DESCRIPTION),
            keep_sentences(cast.fill(card.personality), _BRIEF_PERSONALITY),
            keep_sentences(cast.fill(card.scenario), _BRIEF_SCENARIO),
        ]
    if card.style is CommunicationStyle.CUSTOM and card.style_text.strip():
        parts.append(f"Your way of speaking: {keep_sentences(style_words(card, cast), _BRIEF_PERSONALITY)}.")
    parts += [
        *lore,
        f"You are talking with {cast.user}.",
        *_remembering(cast, memories),
        keep_sentences(cast.fill(card.post_history_instructions), _BRIEF_INSTRUCTIONS),
        "Keep your answers short: two or three sentences.",
    ]
    return " ".join(part for part in parts if part)


def _remembering(cast: Cast, memories: Sequence[str]) -> list[str]:
    if not memories:
        return []
    said = [memory if memory[-1:] in ".!?…”" else f"{memory}." for memory in memories]
    return [f"You remember about {cast.user}: {' '.join(said)}"]


def style_words(card: PersonaCard, cast: Cast) -> str:
    """How the persona talks; every style has words."""
    if card.style is CommunicationStyle.CUSTOM:
        return cast.fill(card.style_text).rstrip(".")
    return _STYLES[card.style][1]


def example_dialogues(card: PersonaCard, cast: Cast) -> list[tuple[ChatTurn, ...]]:
    """The card's example dialogues as turns, in the card's order. Text before any name belongs to the persona."""
    dialogues = []
    for block in _START.split(card.example_dialogue):
        turns = _dialogue_turns(cast.fill(block), cast)
        if turns:
            dialogues.append(turns)
    return dialogues


def _dialogue_turns(block: str, cast: Cast) -> tuple[ChatTurn, ...]:
    speaker = re.compile(
        rf"^(?:({re.escape(cast.char)})|{re.escape(cast.user)})[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE
    )
    turns: list[ChatTurn] = []
    role, begin = ChatRole.ASSISTANT, 0
    for match in [*speaker.finditer(block), None]:
        text = block[begin : match.start() if match else len(block)].strip()
        if text:
            turns.append(ChatTurn(role, text))
        if match:
            role = ChatRole.ASSISTANT if match[1] else ChatRole.USER
            begin = match.end()
    return tuple(turns)
