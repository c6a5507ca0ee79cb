"""Who answers as a persona: its own model, its own way, and whoever steps in; and going on with a reply."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from personadesk.domain.chat import (
    ChatRequest,
    ChatRole,
    FinishReason,
    ModelInfo,
    ModelState,
    ModelStatus,
    ReplyPiece,
    Sampling,
)
from personadesk.domain.conversation import SwipeState
from personadesk.domain.errors import InvalidInput, ModelCrashed, ModelError, NotFound, UserFacingError
from personadesk.domain.events import ModelChanged
from personadesk.domain.providers import PersonaModel, Preset, Provider, ProviderKind
from personadesk.services.continuing import Seam
from personadesk.services.model_choice import ChosenModel
from personadesk.services.model_pool import NotAgreed
from personadesk.services.models import ModelEntry
from personadesk.services.ports import Publish
from personadesk.services.providers import ProviderService
from personadesk.services.speaking_ways import SpeakingWays
from personadesk.storage.database import SqliteDatabase, open_database
from tests.fakes import FakeClock
from tests.scripted_model import Pause, ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop
from tests.services.test_model_choice import Talker, catalogue
from tests.services.test_providers import HeldSecrets, ScriptedConnector

NEAR = Provider("", ProviderKind.OPENAI, "Near", "http://127.0.0.1:8080/v1")
FAR = Provider("", ProviderKind.ANTHROPIC, "Far", "https://far.example")
SUITED = Sampling(temperature=0.6, max_tokens=100)


class Elsewhere:
    """A model of a provider's, which fails while `down`: before its first word, or behind `broken`.

    With a `pause` it waits there behind its first words.
    """

    def __init__(self, provider: Provider, model_id: str, publish: Publish) -> None:
        key = f"{provider.id}/{model_id}"
        self.info = ModelInfo(key, model_id, provider.name, 4096, small=False, sampling=SUITED)
        self.status = ModelStatus(self.info, ModelState.READY)
        self.provider = provider
        self.down = False
        self.broken = ""
        self.pause: Pause | None = None
        self.closed = False
        self.asked: list[ChatRequest] = []

    async def refresh(self) -> ModelStatus:
        return self.status

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        self.asked.append(request)
        if self.broken:
            yield ReplyPiece(self.broken)
            raise ModelCrashed("It broke.", "Ask again.")
        if self.down:
            raise ModelError("It is down.", "Ask again.")
        if self.pause is not None:
            yield ReplyPiece("Listen:")
            self.pause.reached.set()
            await self.pause.go.wait()
        yield ReplyPiece(f"This is {self.info.label}.", FinishReason.STOP)

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 1 for text in texts]

    async def warm_up(self) -> None:
        return None

    async def close(self) -> None:
        self.closed = True


class Desk:
    """A ChosenModel with two local models and providers, over a real store."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.events: list[object] = []
        self.local: dict[str, Talker] = {}
        self.made: list[Elsewhere] = []
        self.model = ChosenModel(
            catalogue=catalogue(),
            make=self._make,
            database=database,
            publish=self.events.append,
            reach=self._reach,
        )
        self.chat = ChatDesk(database, self.model)
        self.providers = ProviderService(
            database=database,
            connector=ScriptedConnector(),
            secrets=HeldSecrets(),
            publish=self.events.append,
            forget=self.model.forget,
        )

    def _make(self, entry: ModelEntry, publish: Publish) -> Talker:
        self.local[entry.id] = Talker(entry, publish)
        self.local[entry.id].gate.set()
        return self.local[entry.id]

    def _reach(self, provider: Provider, model_id: str, publish: Publish) -> Elsewhere:
        self.made.append(Elsewhere(provider, model_id, publish))
        return self.made[-1]

    def at(self, name: str) -> Elsewhere:
        return next(model for model in reversed(self.made) if model.info.label == name)

    async def keys(self, *names: str) -> list[str]:
        """Keys of models of one near provider."""
        near = await self.providers.add(NEAR, "")
        return [f"{near.id}/{name}" for name in names]


@asynccontextmanager
async def opened(data_dir: Path) -> AsyncIterator[Desk]:
    database = open_database(data_dir, clock=FakeClock())
    desk = Desk(database)
    try:
        yield desk
    finally:
        await desk.chat.chat.close()
        await desk.model.close()
        await asyncio.to_thread(database.close)
    assert all(model.closed for model in [*desk.made, *desk.local.values()])


@on_loop
async def test_a_saved_way_of_speaking_is_what_a_reply_is_asked_with_also_once_it_is_deleted(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        (key,) = await desk.keys("org/model-a")
        conversation = await desk.chat.begin("Nora")
        ways = SpeakingWays(database=desk.database, publish=desk.events.append)
        way = await ways.save("Teller", temperature=1.35, top_p=0.6)
        choice = PersonaModel(key, Preset.OWN, temperature=way.temperature, top_p=way.top_p, way=way.id)
        await desk.model.set_of_persona(conversation.persona_id, choice)

        await desk.chat.say(conversation, "Hello")
        await ways.delete(way.id)
        await desk.chat.say(conversation, "Again")

        asked = desk.at("org/model-a").asked
        assert [(request.sampling.temperature, request.sampling.top_p) for request in asked] == [(1.35, 0.6)] * 2
        assert await desk.model.of_persona(conversation.persona_id) == choice


@on_loop
async def test_a_persona_answers_with_its_own_model_and_in_its_own_way(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        (key,) = await desk.keys("org/model-a")
        conversation = await desk.chat.begin("Nora")
        other = await desk.chat.begin("Ben")
        choice = PersonaModel(key, Preset.OWN, temperature=1.2, top_p=0.5, max_tokens=50)
        await desk.model.set_of_persona(conversation.persona_id, choice)

        said = await desk.chat.say(conversation, "Hello")
        others = await desk.chat.say(other, "Hello")

        assert (said.text, said.model) == ("This is org/model-a.", key)
        sampling = desk.at("org/model-a").asked[0].sampling
        assert (sampling.temperature, sampling.top_p, sampling.max_tokens) == (1.2, 0.5, 50)
        assert (others.text, others.model) == ("I am basic.", "basic")
        assert await desk.model.of_persona(conversation.persona_id) == choice
        assert (await desk.model.status_for(conversation.persona_id)).info.id == key


@on_loop
async def test_where_a_model_fails_before_its_first_word_the_next_one_answers(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        first, second = await desk.keys("a", "b")
        await desk.model.choose(first)
        await desk.model.set_fallbacks([second, "basic"])
        conversation = await desk.chat.begin()
        await desk.chat.say(conversation, "Hello")
        desk.at("a").down = True

        said = await desk.chat.say(conversation, "Hello again")
        desk.at("b").down = True
        last = await desk.chat.say(conversation, "And once more")

        assert (said.text, said.model, said.state) == ("This is b.", second, SwipeState.COMPLETE)
        assert (last.text, last.model) == ("I am basic.", "basic")


@on_loop
async def test_a_reply_by_another_model_than_the_first_says_so_and_why(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        first, second = await desk.keys("a", "b")
        await desk.model.choose(first)
        await desk.model.set_fallbacks([second, "basic"])
        conversation = await desk.chat.begin()
        own = await desk.chat.say(conversation, "Hello")
        desk.at("a").down = True

        second_one = await desk.chat.say(conversation, "Hello again")
        desk.at("b").broken = "Once upon"
        broken = await desk.chat.say(conversation, "Tell me!")
        desk.at("a").down = False
        again = await desk.chat.say(conversation, "Hello")

        assert not own.stepped_in
        assert (second_one.stepped_in, second_one.error) == (True, "a did not answer: It is down.")
        assert (await desk.chat.messages(conversation))[3] == second_one
        assert (broken.state, broken.stepped_in) == (SwipeState.INTERRUPTED, False)
        assert broken.error == "a did not answer: It is down. It broke. Ask again."
        assert (again.model, again.error, again.stepped_in) == (first, "", False)


@on_loop
async def test_a_killed_reply_is_the_one_of_the_model_that_was_writing_it(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        (key,) = await desk.keys("a")
        conversation = await desk.chat.begin()
        await desk.model.set_of_persona(conversation.persona_id, PersonaModel(key))
        await desk.chat.say(conversation, "Hello")
        pause = desk.at("a").pause = Pause()

        await desk.chat.chat.send(conversation.persona_id, conversation.id, "Tell me!")
        opened_at_once = (await desk.chat.messages(conversation))[-1]
        await pause.reached.wait()
        await desk.chat.stored(conversation, lambda texts: texts[-1] == "Listen:")

        # What the next start does, as if this one had been killed here.
        await desk.chat.disk.write(lambda store: store.interrupt_unfinished())
        killed = (await desk.chat.messages(conversation))[-1]
        assert opened_at_once.model in ("", key)
        assert (killed.text, killed.state, killed.model) == ("Listen:", SwipeState.INTERRUPTED, key)
        pause.go.set()
        await desk.chat.ended(conversation.id, 2)


@on_loop
async def test_a_reply_that_failed_names_the_model_that_was_asked(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        first, second = await desk.keys("a", "b")
        conversation = await desk.chat.begin()
        await desk.model.set_of_persona(conversation.persona_id, PersonaModel(first))
        said = await desk.chat.say(conversation, "Hello")
        desk.at("a").down = True

        failed = await desk.chat.say(conversation, "Hello again")
        await desk.model.set_fallbacks([second])
        await desk.chat.chat.regenerate(conversation.persona_id, conversation.id, failed.id)
        await desk.chat.ended(conversation.id, 3)
        desk.at("b").down = True
        last = await desk.chat.say(conversation, "And again")

        assert (said.model, failed.state, failed.model) == (first, SwipeState.FAILED, first)
        assert (last.state, last.model) == (SwipeState.FAILED, second)


@on_loop
async def test_a_reply_that_goes_on_in_vain_stays_the_one_of_the_model_that_wrote_it(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        first, second = await desk.keys("a", "b")
        await desk.model.choose(first)
        conversation = await desk.chat.begin()
        await desk.chat.say(conversation, "Hello")
        desk.at("a").broken = "Once upon"
        broken = await desk.chat.say(conversation, "Tell me!")
        await desk.model.choose(second)
        await desk.model.line_up(conversation.persona_id)
        desk.at("b").down = True

        await desk.chat.chat.continue_reply(conversation.persona_id, conversation.id, broken.id)
        ended = await desk.chat.ended(conversation.id, 3)

        assert (ended.text, ended.model) == ("Once upon", first)


@on_loop
async def test_where_a_model_breaks_off_nobody_steps_in(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        first, second = await desk.keys("a", "b")
        await desk.model.choose(first)
        await desk.model.set_fallbacks([second])
        conversation = await desk.chat.begin()
        desk.at("a").broken = "Once upon"

        said = await desk.chat.say(conversation, "Tell me!")

        assert (said.text, said.model, said.state) == ("Once upon", first, SwipeState.INTERRUPTED)
        assert said.error == "It broke. Ask again."


@on_loop
async def test_a_reply_that_broke_off_goes_on_in_the_same_text(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        (key,) = await desk.keys("a")
        await desk.model.choose(key)
        conversation = await desk.chat.begin()
        desk.at("a").broken = "Once upon a time there was This"
        broken = await desk.chat.say(conversation, "Tell me!")
        desk.at("a").broken = ""

        await desk.chat.chat.continue_reply(conversation.persona_id, conversation.id, broken.id)
        whole = await desk.chat.ended(conversation.id, 2)

        request = desk.at("a").asked[-1]
        assert request.continues
        assert (request.turns[-1].role, request.turns[-1].text) == (ChatRole.ASSISTANT, broken.text)
        assert (whole.text, whole.state) == ("Once upon a time there was This This is a.", SwipeState.COMPLETE)
        assert (whole.id, whole.swipe_count) == (broken.id, 1)


@on_loop
async def test_going_on_in_vain_loses_nothing(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        (key,) = await desk.keys("a")
        await desk.model.choose(key)
        conversation = await desk.chat.begin()
        desk.at("a").broken = "Once upon"
        broken = await desk.chat.say(conversation, "Tell me!")
        desk.at("a").broken, desk.at("a").down = "", True

        await desk.chat.chat.continue_reply(conversation.persona_id, conversation.id, broken.id)
        ended = await desk.chat.ended(conversation.id, 2)

        assert (ended.text, ended.state, ended.error) == ("Once upon", SwipeState.INTERRUPTED, "It is down. Ask again.")


@on_loop
async def test_only_the_newest_reply_can_be_continued(open_chat: OpenDesk) -> None:
    async with open_chat(ScriptedModel()) as desk:
        conversation = await desk.begin()
        first = await desk.say(conversation, "Hello")
        await desk.say(conversation, "Hello again")

        with pytest.raises(UserFacingError, match="Only the newest"):
            await desk.chat.continue_reply(conversation.persona_id, conversation.id, first.id)


@on_loop
async def test_nothing_is_sent_to_a_stranger_before_it_is_agreed_to(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        far = await desk.providers.add(FAR, "key")
        key = f"{far.id}/m"
        conversation = await desk.chat.begin()

        for attempt in (
            desk.model.choose(key),
            desk.model.set_fallbacks([key]),
            desk.model.set_of_persona(conversation.persona_id, PersonaModel(key)),
        ):
            with pytest.raises(NotAgreed, match="Far"):
                await attempt
        assert desk.made == []
        await desk.providers.agree(far.id)
        await desk.model.choose(key)
        assert (await desk.chat.say(conversation, "Hello")).text == "This is m."

        moved = await desk.providers.edit(
            replace(await desk.providers.get(far.id), address="https://new.example"), None
        )
        assert not moved.agreed
        assert (await desk.chat.say(conversation, "Hello")).text == "I am basic."


@on_loop
async def test_a_persona_with_a_model_on_this_computer_is_not_handed_elsewhere(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        far = await desk.providers.add(FAR, "key")
        await desk.providers.agree(far.id)
        near = await desk.providers.add(NEAR, "")
        away, here = f"{far.id}/m", f"{near.id}/a"
        await desk.model.choose(away)
        await desk.model.set_fallbacks([away, "basic"])
        conversation = await desk.chat.begin()
        await desk.model.set_of_persona(conversation.persona_id, PersonaModel(here))
        await desk.chat.say(conversation, "Hello")
        desk.at("a").down = True

        said = await desk.chat.say(conversation, "Hello again")
        await desk.model.set_fallbacks([])
        await desk.model.set_of_persona(conversation.persona_id, PersonaModel("better"))
        await desk.chat.disk.write(
            lambda store: store.settings.set(f"model.persona.{conversation.persona_id}", {"key": "own-gone"})
        )
        lost = await desk.chat.say(conversation, "Are you there?")

        assert (said.text, said.model) == ("I am basic.", "basic")
        assert (lost.state, lost.text) == (SwipeState.FAILED, "")
        assert "not one PersonaDesk knows" in lost.error
        assert desk.at("m").asked == []


@on_loop
async def test_a_changed_provider_is_asked_as_it_is_now(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        (key,) = await desk.keys("a")
        await desk.model.choose(key)
        conversation = await desk.chat.begin()
        await desk.chat.say(conversation, "Hello")
        provider = (await desk.providers.all())[0]

        await desk.providers.edit(replace(provider, address="http://127.0.0.1:9090/v1"), None)
        await desk.chat.say(conversation, "Hello")

        assert [model.provider.address for model in desk.made] == [NEAR.address, "http://127.0.0.1:9090/v1"]
        assert desk.made[0].closed
        removed = await desk.providers.remove(provider.id)
        assert desk.model.key == "basic"
        await desk.providers.restore(removed)
        assert desk.model.key == key
        assert any(isinstance(event, ModelChanged) and event.status.info.id == "basic" for event in desk.events)


@on_loop
async def test_what_can_not_be_chosen_is_refused(data_dir: Path) -> None:
    async with opened(data_dir) as desk:
        conversation = await desk.chat.begin()
        with pytest.raises(NotFound):
            await desk.model.set_fallbacks(["nobody/model"])
        with pytest.raises(InvalidInput):
            await desk.model.set_of_persona(conversation.persona_id, PersonaModel(temperature=9))
        await desk.model.set_of_persona(conversation.persona_id, PersonaModel("better"))
        await desk.chat.say(conversation, "Hello")
        assert desk.local["basic"].status.state is ModelState.RESTING, "one local model is loaded at a time"


@pytest.mark.parametrize(
    ("begun", "pieces", "joined"),
    [
        ("The cat sat on the", [" mat", "."], "The cat sat on the mat."),
        ("The cat sat on the", ["mat."], "The cat sat on the mat."),
        ("The cat sat", [", then", " left."], "The cat sat, then left."),
        ("The cat sat on the", ["The cat ", "sat on", " the mat."], "The cat sat on the mat."),
        ("The cat sat on the mat and", ["on the mat", " and slept."], "The cat sat on the mat and slept."),
        ("The cat sat", ["Ha"], "The cat sat Ha"),
        ("She said (", ["quietly) no."], "She said (quietly) no."),
        ("She said (quietly)", ["that no."], "She said (quietly) that no."),
        ('She said: "', ["Come here."], 'She said: "Come here.'),
        ('"Come here."', ["She left."], '"Come here." She left.'),
        ("She said: \N{LEFT DOUBLE QUOTATION MARK}", ["Come."], "She said: \N{LEFT DOUBLE QUOTATION MARK}Come."),
        ("Yes.\N{RIGHT DOUBLE QUOTATION MARK}", ["She left"], "Yes.\N{RIGHT DOUBLE QUOTATION MARK} She left"),
        ("Come. *", ["smiles* Now."], "Come. *smiles* Now."),
        ("Come. **Now**", ["she said."], "Come. **Now** she said."),
        ("I don'", ["t know."], "I don't know."),
        ("I don\N{RIGHT SINGLE QUOTATION MARK}", ["t"], "I don\N{RIGHT SINGLE QUOTATION MARK}t"),
        ("It is well-", ["known."], "It is well-known."),
        ("It is well \N{EN DASH}", ["as you know."], "It is well \N{EN DASH} as you know."),
        ("read and/", ["or write"], "read and/or write"),
        ("你好\N{FULLWIDTH COMMA}我们今天去", ["公园散步。"], "你好\N{FULLWIDTH COMMA}我们今天去公园散步。"),
        ("你好\N{FULLWIDTH COMMA}", ["我们走吧。"], "你好\N{FULLWIDTH COMMA}我们走吧。"),
        ("我喜欢", ["Python。"], "我喜欢Python。"),
        ("公園へ", ["いきましょう"], "公園へいきましょう"),
        ("コーヒ", ["ーを飲む"], "コーヒーを飲む"),
        ("สวัสดี", ["ครับ"], "สวัสดีครับ"),
        ("오늘은 공원에", ["갔다."], "오늘은 공원에 갔다."),
        ("Привет, как", ["дела?"], "Привет, как дела?"),
        ("The cat\n\n", [" sat."], "The cat\n\nsat."),
        ("The cat sat.", [""], "The cat sat."),
    ],
)
def test_the_seam_is_not_seen(begun: str, pieces: list[str], joined: str) -> None:
    seam = Seam(begun, prefilled=False)

    assert begun + "".join(map(seam.feed, pieces)) + seam.rest() == joined


def test_a_prefilled_reply_fits_letter_by_letter() -> None:
    seam = Seam("an ele", prefilled=True)

    assert seam.feed("phant") + seam.feed(" went") + seam.rest() == "phant went"
