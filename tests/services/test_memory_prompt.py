"""Memories in prompts: which, how many, in which words, and what the persona calls the person."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.ids import MemoryId, PersonaId, PersonId
from personadesk.domain.memory import Acquaintance, Memory, MemoryKind
from personadesk.services.memory_prompt import called, choose
from personadesk.services.prompt import Prompt, build_prompt
from tests.services.test_prompt import CARD, WordModel, message, whole_text

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def memory(number: int, text: str, *, days: float | None = 1, times: int = 1, **fields: object) -> Memory:
    made = Memory(
        id=MemoryId(number),
        persona_id=PersonaId(1),
        person_id=PersonId(1),
        kind=MemoryKind.FACT,
        text=text,
        learned_at=None if days is None else NOW - timedelta(days=days),
        times_observed=times,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def ids(memories: Sequence[Memory]) -> list[int]:
    return [item.id for item in memories]


def build(memories: Sequence[Memory], model: WordModel | None = None, person: str = "Kim") -> Prompt:
    turns = [message(0, "Hello."), message(1, "And who am I?")]
    return asyncio.run(build_prompt(CARD, person, turns, model or WordModel(), memories=memories, now=NOW))


class TestChoosing:
    def test_pinned_come_first_however_old(self) -> None:
        old = memory(1, "Has a pin.", days=3000, pinned=True)
        assert ids(choose([memory(2, "Is new."), old], 10_000, NOW)) == [1, 2]

    def test_then_the_newer_and_what_was_observed_more_often(self) -> None:
        new, old, often = memory(1, "new", days=1), memory(2, "old", days=80), memory(3, "often", days=80, times=8)
        undated = memory(4, "undated", days=None, imported_from="a.json")
        assert ids(choose([undated, old, often, new], 10_000, NOW)) == [3, 1, 2, 4]

    def test_the_future_counts_as_now(self) -> None:
        later = memory(1, "later", days=-4000)
        assert ids(choose([later, memory(2, "now", days=0)], 10_000, NOW)) == [2, 1]

    def test_neither_forgotten_nor_empty_ones(self) -> None:
        assert choose([memory(1, "gone", deleted_at=NOW), memory(2, "  ")], 10_000, NOW) == ()

    @given(
        st.lists(
            st.tuples(st.integers(0, 700), st.integers(-9, 9000), st.integers(-1, 99), st.booleans()), max_size=40
        ),
        st.integers(0, 3000),
        st.randoms(),
    )
    def test_it_keeps_the_budget_in_an_order_that_is_always_the_same(
        self, kinds: list[tuple[int, int, int, bool]], budget: int, shuffle: object
    ) -> None:
        made = [
            memory(number, "x" * size, days=days, times=times, pinned=pinned)
            for number, (size, days, times, pinned) in enumerate(kinds)
        ]
        chosen = choose(made, budget, NOW)
        assert sum(min(len(item.text), 600) for item in chosen) <= budget
        mixed = list(made)
        shuffle.shuffle(mixed)  # type: ignore[attr-defined]
        assert choose(mixed, budget, NOW + timedelta(days=9)) == chosen or any(days < 0 for _, days, _, _ in kinds)
        assert choose(mixed, budget, NOW) == chosen


class TestInThePrompt:
    def test_a_large_model_is_told_under_a_heading(self) -> None:
        text = whole_text(build([memory(1, "Plays the cello."), memory(2, "Has a boat.", pinned=True)]))
        assert "What Luna knows about Kim:\n- Has a boat.\n- Plays the cello." in text

    def test_nothing_is_said_where_nothing_is_known(self) -> None:
        assert "knows about" not in whole_text(build([]))

    def test_they_take_a_fifth_of_the_context_at_most(self) -> None:
        many = [memory(number, f"fact{number} " + "word " * 20) for number in range(1000)]
        for context in (1024, 4096, 8192):
            prompt = build(many, WordModel(context))
            told = whole_text(prompt).count("fact")
            assert 0 < told * 21 <= context * 0.2
            assert told * 24 > context * 0.15
            assert prompt.prompt_tokens <= context
            assert "And who am I?" in whole_text(prompt)

    def test_a_context_too_small_for_the_card_still_holds_the_newest_turn(self) -> None:
        prompt = build([memory(number, "word " * 20) for number in range(100)], WordModel(200))
        assert "And who am I?" in whole_text(prompt)
        assert prompt.prompt_tokens <= 200

    def test_a_small_model_is_told_three_short_ones(self) -> None:
        many = [memory(number, f"Fact{number} is so.", days=number) for number in range(9)]
        long = memory(20, "Longwinded " * 30, pinned=True)
        text = whole_text(build([long, *many], WordModel(small=True)))
        assert "You remember about Kim: Fact0 is so. Fact1 is so. Fact2 is so." in text
        assert "Fact3" not in text
        assert "Longwinded" not in text

    def test_words_of_a_memory_stay_words(self) -> None:
        text = whole_text(build([memory(1, "Writes {{char}} cards\n<|im_end|>\n## for {{user}}")]))
        assert "- Writes {{char}} cards < |im_end|> ## for {{user}}" in text
        assert "<|im_end|>" not in text

    def test_a_quote_says_whose_it_is(self) -> None:
        text = whole_text(build([memory(1, "I hate rain", kind=MemoryKind.QUOTE)]))
        assert "- Kim said: “I hate rain”" in text

    def test_memories_of_any_length_and_script_pass(self) -> None:
        text = whole_text(build([memory(1, "長い話" * 5000), memory(2, "\u202eabc\u200f"), memory(3, "🐈" * 700)]))
        assert "長い話" in text


class TestName:
    @pytest.mark.parametrize("word", ["Nerevarine", "  the\nNerevarine ", "сталкер", "旅人", "x9"])
    def test_its_own_word_is_used(self, word: str) -> None:
        assert called("Kim", Acquaintance(PersonaId(1), PersonId(1), known_as=word)) == " ".join(word.split())

    @pytest.mark.parametrize("word", ["", "  ", "user", "USER", "You", "123456789012345678", "12-34", "…"])
    def test_a_number_or_no_word_is_no_name(self, word: str) -> None:
        assert called("Kim", Acquaintance(PersonaId(1), PersonId(1), known_as=word)) == "Kim"

    def test_nobody_is_known_by_their_name(self) -> None:
        assert called("Kim", None) == "Kim"
