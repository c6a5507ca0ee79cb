"""How well the embedded model answers as a persona: thirty turns, before and after tuning.

    python -m tests.benchmarks.replies [--seeds 1 2 3] [--only naive|tuned] [--show]

`naive` dumps the card into the system prompt and samples as the model's makers suggest; `tuned` is
what PersonaDesk does. Prints the share of turns that pass each check.
"""

import argparse
import asyncio
import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, FinishReason, Sampling
from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.errors import ModelError
from personadesk.domain.ids import ConversationId, MessageId, PersonaId, SwipeId
from personadesk.domain.persona import PersonaCard
from personadesk.formats.character_card import read_card_json
from personadesk.providers.chat.embedded.model import EmbeddedChatModel
from personadesk.providers.model_files import ModelFiles
from personadesk.services.macros import fill_macros
from personadesk.services.models import parse_catalogue
from personadesk.services.prompt import ReplyFilter, build_prompt
from personadesk.services.prompt_text import PromptProfile
from personadesk.services.sentences import sentence_ends

HERE = Path(__file__).parent
RESOURCES = HERE.parent.parent / "resources"
NAIVE_SAMPLING = Sampling(temperature=0.8, top_p=0.95, min_p=0.0, repeat_penalty=1.0, max_tokens=400)
OUT_OF_CHARACTER = re.compile(
    r"\b(?:AI|language model|artificial intelligence|assistant|chatbot|SmolLM|virtual|Hugging ?Face|"
    r"as an? (?:persona|character)|the user|fictional)\b"
)
CHECKS = ("in character", "answers", "short", "finished", "not for Kim", "no repeats", "no echo", "all")


@dataclass(frozen=True, slots=True)
class Turn:
    id: str
    persona: str
    user: str
    history: tuple[str, ...]
    any_of: tuple[str, ...]
    sentences: int


def read_set(text: str) -> tuple[str, list[Turn]]:
    """The person's name and the turns."""
    data: dict[str, Any] = tomllib.loads(text)
    turns = [
        Turn(
            id=table["id"],
            persona=table["persona"],
            user=table["user"],
            history=tuple(table.get("history", ())),
            any_of=tuple(table["any_of"]),
            sentences=table.get("sentences", 4),
        )
        for table in data["turns"]
    ]
    return data["person"], turns


def check(turn: Turn, person: str, reply: str) -> dict[str, bool]:
    """Which checks a reply passes."""
    words = reply.casefold()
    ends = sentence_ends(reply)
    sentences = [part.strip().casefold() for part in re.split(r"(?<=[.!?])\s+", reply) if len(part.strip()) > 12]
    results = {
        "in character": not OUT_OF_CHARACTER.search(reply),
        "answers": any(re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", words) for word in turn.any_of),
        "short": len(ends) <= turn.sentences and len(reply) <= 700,
        "finished": bool(reply) and reply.rstrip("*_\"' ")[-1:] in tuple(".!?…"),
        "not for Kim": not re.search(rf"(?:^|\n)\W*(?:{person}|user|human)\W*:", reply, re.IGNORECASE),
        "no repeats": len(set(sentences)) == len(sentences),
        "no echo": turn.user.casefold() not in words,
    }
    return results | {"all": all(results.values())}


def history_messages(turn: Turn, card: PersonaCard, person: str) -> list[Message]:
    """The path as the store has it: the greeting, what was said before, and the user's turn."""
    greeting = fill_macros(card.greeting, char=card.prompt_name, user=person)
    texts = [f"persona: {greeting}", *turn.history, f"user: {turn.user}"]
    return [_message(position, *text.split(": ", 1)) for position, text in enumerate(texts)]


def _message(position: int, speaker: str, text: str) -> Message:
    return Message(
        id=MessageId(position + 1),
        persona_id=PersonaId(1),
        conversation_id=ConversationId(1),
        parent_id=MessageId(position) if position else None,
        position=position,
        role=Role.USER if speaker == "user" else Role.PERSONA,
        text=text,
        swipe_id=SwipeId(position + 1),
        swipe_index=0,
        swipe_count=1,
        state=SwipeState.COMPLETE,
        model="",
        error="",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def naive_reply(model: EmbeddedChatModel, card: PersonaCard, person: str, turn: Turn, seed: int) -> str:
    """The card as it is, the history as it is, the model's usual sampling, and whatever comes."""
    dump = "\n".join(
        (
            f"You are {card.name}.",
            card.description,
            f"Personality: {card.personality}",
            f"Scenario: {card.scenario}",
            card.example_dialogue,
        )
    ).replace("{{char}}", card.name)
    turns = [ChatTurn(ChatRole.SYSTEM, dump.replace("{{user}}", person))]
    for message in history_messages(turn, card, person):
        role = ChatRole.USER if message.role is Role.USER else ChatRole.ASSISTANT
        turns.append(ChatTurn(role, message.text))
    request = ChatRequest(tuple(turns), replace(NAIVE_SAMPLING, seed=seed))
    async with aclosing(model.stream(request)) as pieces:
        return "".join([piece.text async for piece in pieces]).strip()


async def tuned_reply(
    model: EmbeddedChatModel,
    card: PersonaCard,
    person: str,
    turn: Turn,
    seed: int,
    profile: PromptProfile | None = None,
) -> str:
    """What PersonaDesk does."""
    prompt = await build_prompt(card, person, history_messages(turn, card, person), model, profile=profile)
    request = replace(prompt.request, sampling=replace(prompt.request.sampling, seed=seed))
    cleaner = ReplyFilter(prompt)
    finish: FinishReason | None = None
    async with aclosing(model.stream(request)) as pieces:
        async for piece in pieces:
            cleaner.feed(piece.text)
            finish = piece.finish or finish
            if cleaner.done:
                break
    return cleaner.finish(finish)


def load_cards(keys: Sequence[str]) -> Mapping[str, PersonaCard]:
    return {key: read_card_json((RESOURCES / "personas" / f"{key}.json").read_text("utf-8")) for key in set(keys)}


async def run(
    name: str,
    seeds: Sequence[int],
    *,
    show: bool,
    profile: PromptProfile | None = None,
    sampling: Sampling | None = None,
) -> Counter[str]:
    """Answer every turn once a seed and count the passes."""
    person, turns = read_set((HERE / "reply_set.toml").read_text("utf-8"))
    cards = load_cards([turn.persona for turn in turns])
    entry = parse_catalogue((RESOURCES / "models.toml").read_text("utf-8")).default
    if sampling is not None:
        entry = replace(entry, sampling=sampling)
    passes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as models_dir:
        model = EmbeddedChatModel(
            entry=entry, files=ModelFiles(models_dir=Path(models_dir)), publish=lambda _event: None
        )
        try:
            for seed in seeds:
                for turn in turns:
                    card = cards[turn.persona]
                    try:
                        if name == "naive":
                            reply = await naive_reply(model, card, person, turn, seed)
                        else:
                            reply = await tuned_reply(model, card, person, turn, seed, profile)
                    except ModelError:
                        reply = ""
                    results = check(turn, person, reply)
                    passes.update(key for key, passed in results.items() if passed)
                    if show:
                        failed = ", ".join(key for key, passed in results.items() if not passed and key != "all")
                        print(f"[{turn.id} {seed}] {turn.user}\n    {reply!r}\n    {failed or 'ok'}")
        finally:
            await model.close()
    return passes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", choices=("naive", "tuned"))
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    names = [options.only] if options.only else ["naive", "tuned"]
    columns = {name: asyncio.run(run(name, options.seeds, show=options.show)) for name in names}
    total = len(read_set((HERE / "reply_set.toml").read_text("utf-8"))[1]) * len(options.seeds)
    print(f"{'of ' + str(total) + ' replies':<16}" + "".join(f"{name:>9}" for name in names))
    for key in CHECKS:
        print(f"{key:<16}" + "".join(f"{columns[name][key] / total:>9.0%}" for name in names))


if __name__ == "__main__":
    main()
