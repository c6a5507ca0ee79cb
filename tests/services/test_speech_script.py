"""What is said one after the other, and how far ahead."""

import asyncio

from personadesk.domain.speech import KOKORO, SpeechBegan, SpeechState, SpeechStatus
from personadesk.domain.voice import VoiceChoice
from personadesk.services.speech.script import AllSaid, Line, Part, Script, say_lines
from personadesk.services.speech.speaking import Speaker
from personadesk.services.speech.spoken_text import SpokenWords
from tests.services.test_speaking import HEART, WOMAN, engines


def part(key: str, text: str, *, growing: bool = False) -> Part:
    async def find() -> tuple[str, VoiceChoice]:
        return text, VoiceChoice(preset="kokoro:af_heart")

    return Part(key, find, growing=growing)


async def no_clones() -> dict[str, str]:
    return {}


def script(first: Part, **more: object) -> Script:
    return Script(first, words=SpokenWords(), **more)  # type: ignore[arg-type]


def test_a_voice_stays_for_a_whole_message_and_the_next_one_may_be_anothers():
    natural, system = engines()
    speaker = Speaker(engines=(natural, system))

    async def scenario() -> list[tuple[str, object]]:
        said = script(part("a", "Good evening. The moon is up."))
        await said.add(part("b", "Tea?"))
        spoken: list[tuple[str, object]] = []
        key = ""
        async for item in say_lines(said, speaker, clones=no_clones):
            if isinstance(item, Line):
                key = item.key
            elif isinstance(item, SpeechBegan):
                spoken.append((key, item.voice))
                natural.status = SpeechStatus(KOKORO, SpeechState.BUSY, "Too busy.", "Wait.")
        return spoken

    assert asyncio.run(scenario()) == [("a", HEART), ("a", HEART), ("b", WOMAN)]


def test_what_follows_comes_before_what_was_added_and_nothing_twice():
    following = [part("b", "Two."), part("c", "Three.")]

    async def more() -> Part | None:
        return following.pop(0) if following else None

    async def scenario() -> tuple[list[str], object]:
        said = script(part("a", "One."), more=more)
        await said.add(part("c", "Three."))
        await said.add(part("d", "", growing=True))
        await said.grow("d", "Four. And")
        await said.end("d", "Four. And five.")
        items = [item async for item in say_lines(said, Speaker(engines=engines()), clones=no_clones)]
        return [item.spoken.text for item in items if isinstance(item, Line)], items[-1]

    assert asyncio.run(scenario()) == (["One.", "Two.", "Three.", "Four.", "And five."], AllSaid(2))


def test_sound_is_made_only_so_far_ahead_of_the_listener():
    natural, system = engines()
    text = " ".join(
        f"This is the sentence of the number {number}, and it has some words." for number in range(100, 140)
    )

    async def scenario() -> tuple[int, int]:
        said = script(part("a", text))
        items = say_lines(said, Speaker(engines=(natural, system)), clones=no_clones)

        async def listen() -> None:
            async for _ in items:
                pass

        listening = asyncio.create_task(listen())

        async def made_of_late() -> int:
            """How much was made, once nothing more is for half a second."""
            before = -1
            while natural.asked != before or before == 0:
                before = natural.asked
                await asyncio.sleep(0.5)
            return before

        first = await made_of_late()
        await said.hear(20)
        second = await made_of_late()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await items.aclose()
        return first, second

    first, second = asyncio.run(scenario())

    assert 2 <= first < 10
    assert 22 <= second < 30


def test_lines_that_are_made_again_begin_where_they_are_asked_for():
    async def scenario() -> list[int]:
        said = script(part("a", "One. Two. Three."))
        speaker = Speaker(engines=engines())
        numbers: list[int] = []
        for start in (0, 1):
            async for item in say_lines(said, speaker, start=start, clones=no_clones):
                numbers += [item.number] if isinstance(item, Line) else []
        return numbers

    assert asyncio.run(scenario()) == [0, 1, 2, 1, 2]
