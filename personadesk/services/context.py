"""What fills the context: the prompt as it would be sent now, counted part by part."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from personadesk.domain.attachment import PICTURE_TOKENS
from personadesk.domain.chat import ChatRole, ChatTurn, ModelState
from personadesk.domain.conversation import Role
from personadesk.domain.ids import ConversationId, MessageId, PersonaId
from personadesk.domain.prompt_parts import ContextFill, PartKind, PromptPart, PromptView
from personadesk.services.lorebooks import rough_tokens
from personadesk.services.ports import ChatModel, Database, Store
from personadesk.services.prompt import Prompt
from personadesk.services.prompt_files import stored_pictures, with_texts
from personadesk.services.prompt_material import PromptMaterial, build_prompt_of, read_material
from personadesk.services.prompt_text import Cast
from personadesk.services.provider_ports import LineUp

_RULES_LIMIT = 20_000
_UNSAID = MessageId(0)


class ContextService:
    """Asynchronous, for the engine thread. Counting may load the model."""

    def __init__(self, *, database: Database, model: ChatModel, line_up: LineUp | None = None) -> None:
        self._database = database
        self._line_up = line_up
        self._model = model

    async def view(self, persona_id: PersonaId, conversation_id: ConversationId, draft: str = "") -> PromptView:
        """The prompt of the next reply, were `draft` sent now. Raises UserFacingError where no model can count."""
        material = await self._database.read(lambda store: _material(store, persona_id, conversation_id, draft))
        model = await self._first(persona_id)
        prompt = await build_prompt_of(material, model)
        counted = await _counted(prompt, material, model)
        return PromptView(
            model=model.info.label,
            context_tokens=prompt.context_tokens,
            parts=tuple(PromptPart(kind, tokens) for kind, tokens in counted.items() if tokens),
            turns=prompt.request.turns,
            dropped_examples=prompt.dropped_examples,
            dropped_turns=prompt.dropped_turns,
            summarised_turns=prompt.summarised_turns,
        )

    async def fill(self, persona_id: PersonaId, conversation_id: ConversationId) -> ContextFill:
        """How full the context is with the files that wait, without waking a model that rests.

        Raises UserFacingError where none can answer.
        """
        material = await self._database.read(lambda store: _material(store, persona_id, conversation_id))
        model = await self._first(persona_id)
        awake = model.status.state is ModelState.READY
        prompt = await build_prompt_of(material, model if awake else Unasked(model))
        return ContextFill(prompt.prompt_tokens, prompt.context_tokens, estimated=not awake)

    async def _first(self, persona_id: PersonaId) -> ChatModel:
        return (await self._line_up.line_up(persona_id))[0] if self._line_up is not None else self._model


class Unasked:
    """A ChatModel whose tokens are estimated: it is not asked, so it may rest on."""

    def __init__(self, model: ChatModel) -> None:
        self.info = model.info
        self.status = model.status
        self.stream = model.stream
        self.warm_up = model.warm_up
        self.close = model.close

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return list(map(rough_tokens, texts))


async def _counted(prompt: Prompt, material: PromptMaterial, model: ChatModel) -> Mapping[PartKind, int]:
    """What stands inside the persona's own text is taken off it; what a template adds goes to the rules."""
    texts = dict(prompt.texts) | {PartKind.RULES: _rules(material)}
    counts = {kind: await _tokens(model, listed) for kind, listed in texts.items()}
    inside = sum(counts.get(kind, 0) for kind in (PartKind.RULES, PartKind.MEMORY, PartKind.LORE))
    shown = sum(len(turn.pictures) for turn in prompt.request.turns)
    counts[PartKind.HISTORY] = counts.get(PartKind.HISTORY, 0) + shown * PICTURE_TOKENS
    counts[PartKind.PERSONA] = max(0, counts.get(PartKind.PERSONA, 0) - inside)
    named = sum(counts.values())
    counts[PartKind.RULES] += max(0, prompt.prompt_tokens - named)
    counts[PartKind.REPLY] = prompt.reply_tokens
    return {kind: counts.get(kind, 0) for kind in PartKind}


async def _tokens(model: ChatModel, texts: Sequence[str]) -> int:
    return sum(await model.count_tokens(list(texts))) if texts else 0


def _rules(material: PromptMaterial) -> list[str]:
    """What the card says of how to answer, rather than of who answers."""
    cast = Cast.of(material.card, material.person)
    texts = (material.card.system_prompt, material.card.post_history_instructions)
    return [filled for text in texts if (filled := cast.fill(text[:_RULES_LIMIT]))]


def _material(store: Store, persona_id: PersonaId, conversation_id: ConversationId, draft: str = "") -> PromptMaterial:
    """As if the user had said what stands in the composer, with the files that wait there."""
    material = read_material(store, persona_id, conversation_id)
    waiting = store.for_persona(persona_id).waiting(conversation_id)
    if not (draft.strip() or waiting) or not material.history:
        return material
    last = material.history[-1]
    said = replace(
        last,
        id=_UNSAID,
        position=last.position + 1,
        role=Role.USER,
        text=with_texts(draft, waiting),
        attachments=tuple(waiting),
    )
    history = (*material.history, said)
    return replace(material, history=history, pictures=stored_pictures(store, history))


def exact_text(turns: Sequence[ChatTurn]) -> str:
    """A prompt as one text, each turn under who says it."""
    titles = {ChatRole.SYSTEM: "System", ChatRole.USER: "User", ChatRole.ASSISTANT: "Assistant"}
    return "\n\n".join(f"[{titles[turn.role]}]\n{turn.text}" for turn in turns)
