"""The words of a prompt: what a card says, put the way large and small models follow it best."""

import re
from dataclasses import dataclass

from personadesk.domain.chat import ChatRole, ChatTurn
from personadesk.domain.persona import CommunicationStyle, PersonaCard
from personadesk.services.macros import fill_macros
from personadesk.services.reply_filter import TEMPLATE_MARKS
from personadesk.services.sentences import keep_sentences

_STYLES = {
    CommunicationStyle.CASUAL: "relaxed and casual, in everyday words",
    CommunicationStyle.PROFESSIONAL: "professional: clear, courteous and to the point",
    CommunicationStyle.FRIENDLY: "warm and friendly",
    CommunicationStyle.SUPPORTIVE: "supportive: listen first, take feelings seriously, encourage gently",
    CommunicationStyle.MOTIVATIONAL: "motivational: energetic and confident, towards the next step",
}
_MARK = re.compile("|".join(re.escape(mark) for mark in TEMPLATE_MARKS), re.IGNORECASE)
_START = re.compile(r"^[ \t]*<START>[ \t]*$", re.IGNORECASE | re.MULTILINE)
_NOBODY = frozenset({"", "you", "user"})


@dataclass(frozen=True, slots=True)
class PromptProfile:
    """How a kind of model is asked.

    `description_limit` is in characters, 0 for all of it. `history_limit` caps the turns of history,
    `example_limit` the example dialogues, `sentence_limit` the reply; 0 leaves it to the context.
    `reminder` restates who speaks right before the reply. `in_person` speaks to the model as the persona.
    """

    description_limit: int = 0
    example_limit: int = 0
    history_limit: int = 0
    sentence_limit: int = 0
    reminder: bool = False
    brief: bool = False


FULL_PROFILE = PromptProfile()
SMALL_PROFILE = PromptProfile(
    description_limit=600, example_limit=3, history_limit=24, sentence_limit=4, reminder=True, brief=True
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks. `user` is the person's name, or words for somebody who gave none."""

    char: str
    user: str
    user_named: bool

    @classmethod
    def of(cls, card: PersonaCard, person_name: str) -> "Cast":
        name = " ".join(person_name.split())
        named = name.casefold() not in _NOBODY
        return cls(" ".join(card.prompt_name.split()), name if named else "the user", named)

    def fill(self, text: str, original: str = "") -> str:
        return disarm(fill_macros(text, char=self.char, user=self.user, original=original)).strip()


def disarm(text: str) -> str:
    """Break what a model's template would read as a mark: a message must not be able to end its own turn."""
    return _MARK.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)


def system_text(card: PersonaCard, cast: Cast, profile: PromptProfile, description_limit: int | None = None) -> str:
    """The system prompt. `description_limit` (characters) overrides the profile's, to make it fit."""
    limit = profile.description_limit if description_limit is None else description_limit
    description = cast.fill(card.description)
    if limit or description_limit is not None:
        description = keep_sentences(description, limit)
    parts = _brief_parts(card, cast, description) if profile.brief else _full_parts(card, cast, description)
    return "\n".join(part for part in parts if part)


def style_words(card: PersonaCard, cast: Cast) -> str:
    """How the persona talks, as a phrase; every style has one."""
    if card.style is CommunicationStyle.CUSTOM:
        return cast.fill(card.style_text).rstrip(".")
    return _STYLES[card.style]


def reminder_text(card: PersonaCard, cast: Cast) -> str:
    """The few facts a small model forgets first, for right before its reply."""
    facts = [f"You are {cast.char}."]
    facts += [cast.fill(fact) for fact in card.key_facts]
    if cast.user_named:
        facts.append(f"You are talking to {cast.user}.")
    facts.append(f"Answer as {cast.char} in two or three short sentences.")
    return " ".join(facts)


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


def _brief_parts(card: PersonaCard, cast: Cast, description: str) -> list[str]:
    style = style_words(card, cast)
    traits = ", ".join(cast.fill(trait) for trait in card.traits)
    return [
        cast.fill(card.system_prompt),
        f"You are {cast.char}, talking with {cast.user}.",
        description,
        f"{cast.char} is {traits}." if traits else "",
        cast.fill(card.personality),
        cast.fill(card.scenario),
        f"Speak in a way that is {style}." if style else "",
        f"Never say that you are an AI. Answer {cast.user} as {cast.char}, in two or three short sentences.",
    ]


def _full_parts(card: PersonaCard, cast: Cast, description: str) -> list[str]:
    rules = (
        f"You are {cast.char}, in a conversation with {cast.user}. Stay in character. Write only what {cast.char} "
        f"says next; never write for {cast.user}. Answer what was asked, at a length that fits the moment."
    )
    style = style_words(card, cast)
    traits = ", ".join(cast.fill(trait) for trait in card.traits)
    facts = " ".join(cast.fill(fact) for fact in card.key_facts)
    sections = (
        ("About", description),
        ("Personality", cast.fill(card.personality)),
        ("Traits", traits),
        ("Key facts", facts),
        ("Way of speaking", style),
        ("Scenario", cast.fill(card.scenario)),
    )
    return [
        cast.fill(card.system_prompt, original=rules) or rules,
        *(f"\n{title}: {text}" for title, text in sections if text),
    ]
