"""Which engine writes down what is said, and what steps in where it can't."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from personadesk.domain.dictation import (
    SERVER,
    WHISPER,
    DictationSettings,
    HearingError,
    HearingState,
)
from personadesk.services.clock import SystemClock
from personadesk.services.hearing import Dictation, KeptDictation, read_settings
from personadesk.storage.database import open_database
from tests.scripted_ear import ScriptedEar

T = TypeVar("T")


def use(data_dir: Path, work: Callable[[Dictation], Awaitable[T]], *ears: ScriptedEar) -> T:
    database = open_database(data_dir, clock=SystemClock())

    async def scenario() -> T:
        return await work(Dictation(engines=ears, kept=KeptDictation(database)))

    try:
        return asyncio.run(scenario())
    finally:
        database.close()


def test_what_was_chosen_is_there_at_the_next_start(data_dir: Path) -> None:
    chosen = DictationSettings(SERVER, "de", hands_free=False, sends=True, address="http://h/v1", model="m")

    use(data_dir, lambda dictation: dictation.choose(chosen), ScriptedEar())

    assert use(data_dir, lambda dictation: dictation.settings(), ScriptedEar()) == chosen


@pytest.mark.parametrize("kept", [None, 3, [], {"engine": 7, "other": 1}])
def test_what_can_not_be_read_is_as_usual(kept: object) -> None:
    assert read_settings(kept) == DictationSettings()  # type: ignore[arg-type]


def test_the_chosen_engine_hears_in_the_chosen_language(data_dir: Path) -> None:
    here, server = ScriptedEar(WHISPER, "here"), ScriptedEar(SERVER, "there")

    async def work(dictation: Dictation) -> str:
        await dictation.choose(DictationSettings(SERVER, "de"))
        return (await dictation.transcribe(b"ab")).text

    assert use(data_dir, work, here, server) == "there"
    assert (server.languages, here.heard) == (["de"], [])


def test_this_computer_steps_in_for_a_service_and_says_why(data_dir: Path) -> None:
    here, server = ScriptedEar(WHISPER, "here"), ScriptedEar(SERVER)
    server.problem = HearingError("It is gone.", "Look.", state=HearingState.OFFLINE)
    server.state = HearingState.NEEDS_KEY

    async def work(dictation: Dictation) -> tuple[str, str, str]:
        await dictation.choose(DictationSettings(SERVER))
        heard = await dictation.transcribe(b"ab")
        return heard.text, heard.notice, (await dictation.status()).engine

    assert use(data_dir, work, here, server) == ("here", "It is gone. Look.", WHISPER)


def test_no_service_steps_in_for_this_computer(data_dir: Path) -> None:
    here, server = ScriptedEar(WHISPER), ScriptedEar(SERVER, "there")
    here.problem = HearingError("It is not here.", state=HearingState.NOT_HERE)
    here.state = HearingState.NOT_HERE

    async def work(dictation: Dictation) -> HearingState:
        with pytest.raises(HearingError, match="not here"):
            await dictation.transcribe(b"ab")
        return (await dictation.status()).state

    assert use(data_dir, work, here, server) is HearingState.NOT_HERE
    assert server.heard == []


def test_where_nobody_can_hear_the_chosen_one_says_why(data_dir: Path) -> None:
    here, server = ScriptedEar(WHISPER), ScriptedEar(SERVER)
    here.problem = HearingError("It is not here.", state=HearingState.NOT_HERE)
    here.state = HearingState.NOT_HERE
    server.problem = HearingError("The key is wrong.", state=HearingState.NEEDS_KEY)
    server.state = HearingState.NEEDS_KEY

    async def work(dictation: Dictation) -> str:
        await dictation.choose(DictationSettings(SERVER))
        with pytest.raises(HearingError, match="key is wrong"):
            await dictation.transcribe(b"ab")
        return (await dictation.status()).engine

    assert use(data_dir, work, here, server) == SERVER
