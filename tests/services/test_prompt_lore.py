"""Lore in a prompt: where it stands, what it may cost, and what a conversation keeps of it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.chat import ChatRole
from personadesk.domain.conversation import Conversation, Message, Role
from personadesk.domain.lorebook import Lorebook, LoreEntry, LorePosition
from personadesk.formats.lorebook import write_book
from personadesk.services.lorebook import LoreState, Reason
from personadesk.services.ports import Store
from personadesk.services.prompt import Prompt, build_prompt
from personadesk.services.prompt_lore import Lore
from tests.scripted_model import ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop
from tests.services.test_prompt import CARD, WordModel, counted, history, message, whole_text


def entry(uid: str, **fields: Any) -> LoreEntry:
    return LoreEntry(uid, **{"constant": True, "content": f"Lore {uid}.", **fields})


def build(
    entries: Sequence[LoreEntry],
    turns: Sequence[Message] = (),
    model: WordModel | None = None,
    state: LoreState | None = None,
) -> Prompt:
    lore = Lore((Lorebook("Isles", entries=tuple(entries)),), state or LoreState(), Random(1))
    return asyncio.run(build_prompt(CARD, "Kim", turns or history(6), model or WordModel(), lore=lore))


class TestPlaces:
    def test_texts_stand_around_the_characters_definition(self) -> None:
        entries = [entry("b", position=LorePosition.BEFORE_CHAR), entry("a", position=LorePosition.AFTER_CHAR)]

        text = build(entries).request.turns[0].text

        places = [
            text.index(part)
            for part in ("You are Luna", "Lore b.", "binds books", "An attic after midnight", "Lore a.", "First answer")
        ]
        assert places == sorted(places)

    @pytest.mark.parametrize(("depth", "after"), [(0, "turn5"), (1, "turn4"), (3, "turn2"), (6, None), (99, None)])
    def test_texts_stand_so_many_messages_from_the_end(self, depth: int, after: str | None) -> None:
        prompt = build([entry("d", position=LorePosition.AT_DEPTH, depth=depth)])

        text = whole_text(prompt)
        before, behind = text.split("Lore d.")
        assert (f"{after} " in before) if after else ("turn0 " in behind)
        assert f"turn{6 - depth} " in behind if 0 < depth <= 6 else True

    @pytest.mark.parametrize("role", list(ChatRole))
    def test_a_text_at_depth_has_its_role(self, role: ChatRole) -> None:
        prompt = build([entry("d", position=LorePosition.AT_DEPTH, depth=2, role=role)])

        (turn,) = (turn for turn in prompt.request.turns if "Lore d." in turn.text)
        assert turn.role is role

    def test_notes_stand_four_messages_from_the_end_around_what_stands_there(self) -> None:
        entries = [
            entry("bottom", position=LorePosition.NOTE_BOTTOM),
            entry("depth", position=LorePosition.AT_DEPTH, depth=4),
            entry("top", position=LorePosition.NOTE_TOP),
        ]

        text = whole_text(build(entries))

        places = [text.index(part) for part in ("turn1 ", "Lore top.", "Lore depth.", "Lore bottom.", "turn2 ")]
        assert places == sorted(places)

    def test_texts_stand_around_the_examples(self) -> None:
        entries = [
            entry("bottom", position=LorePosition.EXAMPLES_BOTTOM),
            entry("top", position=LorePosition.EXAMPLES_TOP),
        ]

        text = whole_text(build(entries))

        places = [
            text.index(part)
            for part in ("midnight", "Lore top.", "First answer", "Third answer", "Lore bottom.", "turn0")
        ]
        assert places == sorted(places)

    def test_what_a_message_calls_is_told_with_macros_filled_and_marks_broken(self) -> None:
        called = entry("c", constant=False, keys=("cat",), content="{{char}} and {{user}}<|im_end|>: {{scenario}}")
        turns = [*history(4), message(5, "Where is the CAT?", Role.USER)]

        assert "Luna and Kim< |im_end|>: An attic after midnight, with Kim." in whole_text(build([called], turns))
        assert build([called], history(4)).lore.fired == ()

    def test_the_greeting_in_use_is_known(self) -> None:
        one = entry("g", content="@@is_greeting 1\nLore g.")
        greeting = replace(message(0, "Hi"), swipe_count=2)
        card = replace(CARD, greeting="Hi", alternate_greetings=("Ho",))

        def told(swipe: int) -> bool:
            turns = [replace(greeting, swipe_index=swipe), message(1, "x")]
            lore = Lore((Lorebook(entries=(one,)),))
            return bool(asyncio.run(build_prompt(card, "Kim", turns, WordModel(), lore=lore)).lore.fired)

        assert [told(swipe) for swipe in (0, 1)] == [False, True]


class TestWhatItCosts:
    def test_it_has_a_quarter_of_the_context_and_the_lowest_priority_goes(self) -> None:
        entries = [
            entry(str(number), content=f"Lore {number}. " + "word " * 100, priority=number) for number in range(9)
        ]

        prompt = build(entries, model=WordModel(2000))

        assert {fired.entry.uid for fired in prompt.lore.fired} == {"5", "6", "7", "8"}
        assert {idle.reason for idle in prompt.lore.idle} == {Reason.BUDGET}
        assert prompt.lore.tokens <= 500

    def test_it_is_dearer_than_old_turns_and_examples(self) -> None:
        turns = history(40, words=20)
        one = entry("0", content="Lore 0. " + "word " * 100)

        without, with_lore = (build(entries, turns, WordModel(900)) for entries in ([], [one]))

        assert "Lore 0." in whole_text(with_lore)
        assert with_lore.dropped_turns > without.dropped_turns
        assert "turn39 " in whole_text(with_lore)

    def test_a_small_model_is_told_the_two_that_matter_most_in_a_sentence_or_two(self) -> None:
        entries = [
            entry(str(number), content=f"Lore {number}. " + "Sentence. " * 100, priority=number, position=position)
            for number, position in enumerate(LorePosition)
        ]
        small = WordModel(8000, small=True)

        prompt = build(entries, model=small)

        assert [fired.entry.uid for fired in prompt.lore.fired] == ["5", "6"]
        brief = prompt.request.turns[0].text
        assert "Lore 5." in brief
        assert "Lore 6." in brief
        assert brief.count("Sentence.") < 50
        assert build([], model=small) == asyncio.run(build_prompt(CARD, "Kim", history(6), small))

    @given(
        texts=st.lists(st.text(max_size=300), min_size=1, max_size=8),
        lore=st.lists(
            st.tuples(
                st.text(max_size=400), st.sampled_from(LorePosition), st.integers(0, 9), st.sampled_from(ChatRole)
            ),
            max_size=8,
        ),
        context=st.integers(400, 2000),
        small=st.booleans(),
    )
    def test_whatever_is_told_fits(
        self,
        texts: list[str],
        lore: list[tuple[str, LorePosition, int, ChatRole]],
        context: int,
        small: bool,
    ) -> None:
        turns = [message(position, text) for position, text in enumerate(texts)]
        entries = [
            entry(str(number), content=content, position=position, depth=depth, role=role)
            for number, (content, position, depth, role) in enumerate(lore)
        ]

        prompt = build(entries, turns, WordModel(context, small=small))

        assert counted(prompt) + prompt.request.sampling.max_tokens <= context
        assert prompt.prompt_tokens <= context
        assert all(turn.text for turn in prompt.request.turns)
        assert prompt.request.turns[0].text.count("You are Luna") >= 1


class TestInAConversation:
    """The store, the chat service and a model that says what it is told to."""

    async def shelve(self, desk: ChatDesk, conversation: Conversation, *entries: LoreEntry) -> None:
        text = write_book(Lorebook("Isles", entries=entries))
        own = conversation.persona_id
        await desk.disk.write(lambda store: store.lorebooks.create("Isles", text, len(entries), own))

    async def state(self, desk: ChatDesk, conversation: Conversation) -> Any:
        def work(store: Store) -> Any:
            return store.lorebooks.state(conversation.persona_id, conversation.id)

        return await desk.disk.read(work)

    def told(self, model: ScriptedModel) -> list[bool]:
        return ["Salt." in "\n".join(turn.text for turn in request.turns) for request in model.requests]

    @on_loop
    async def test_a_personas_books_reach_its_replies_and_nobody_elses(self, open_chat: OpenDesk) -> None:
        model = ScriptedModel()
        async with open_chat(model) as desk:
            nora, ada = await desk.begin(), await desk.begin("Ada")
            await self.shelve(desk, nora, LoreEntry("0", keys=("sea",), content="Salt."))

            for conversation in (nora, ada, nora):
                await desk.say(conversation, "The sea?")

            assert self.told(model) == [True, False, True]
            assert await self.state(desk, nora) is None

    @on_loop
    async def test_what_sticks_is_kept_with_the_conversation(self, open_chat: OpenDesk) -> None:
        model = ScriptedModel()
        async with open_chat(model) as desk:
            nora = await desk.begin()
            await self.shelve(desk, nora, LoreEntry("0", keys=("sea",), content="Salt.", sticky=4, scan_depth=1))

            for text in ("The sea?", "And now?", "And then?"):
                await desk.say(nora, text)

            assert self.told(model) == [True, True, False]
            other = await desk.chat.new_conversation(nora.persona_id)
            await desk.say(other, "And here?")
            assert not self.told(model)[-1]

    @on_loop
    async def test_a_book_that_can_not_be_read_holds_no_reply_up(self, open_chat: OpenDesk) -> None:
        async with open_chat(ScriptedModel()) as desk:
            nora = await desk.begin()
            own = nora.persona_id
            await desk.disk.write(lambda store: store.lorebooks.create("Broken", json.dumps([1]), 0, own))

            assert (await desk.say(nora, "Hello?")).text == "Indeed."
