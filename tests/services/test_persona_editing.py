"""What the editor asks for: one read to open, one transaction to save, versions, drafts, what changed."""

from dataclasses import replace

import pytest

from personadesk.domain.avatar import AvatarChange, AvatarChoice
from personadesk.domain.errors import InvalidInput, NotFound, Protected
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.lorebook import Lorebook, LoreEntry
from personadesk.domain.persona import CommunicationStyle, Origin, PersonaCard
from personadesk.domain.sample import VoiceSample
from personadesk.domain.versions import SavedBy
from personadesk.domain.voice import VoiceChoice
from personadesk.providers.audio_reader.reader import ProcessSampleReader
from personadesk.services.card_changes import compare, compare_texts
from personadesk.services.card_values import card_from_values, card_values
from personadesk.services.editor_drafts import DRAFT_SETTING, PICTURE_SETTING, SAMPLE_SETTING
from personadesk.services.example_text import ExampleTurn, Speaker, read_turns, write_turns
from personadesk.services.persona_editing import PersonaEditing, read_insides
from personadesk.services.speech.samples import SampleService
from tests.fakes import FakeClock
from tests.scripted_model import ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop

CARD = PersonaCard(
    "Nora",
    tagline="Knits",
    traits=("dry", "patient"),
    style=CommunicationStyle.CUSTOM,
    style_text="short",
    alternate_greetings=("Hm.",),
    voice=VoiceChoice(preset="elevenlabs:x", speed=1.25),
    raw_json='{"name": "Nora"}',
)


def editing(desk: ChatDesk) -> PersonaEditing:
    samples = SampleService(database=desk.disk, reader=ProcessSampleReader())
    return PersonaEditing(
        database=desk.disk, model=ScriptedModel(), clock=FakeClock(), publish=desk.events.append, samples=samples
    )


async def built_in(desk: ChatDesk) -> PersonaId:
    card = PersonaCard("Luna")
    made = await desk.disk.write(lambda store: store.personas.create(card, origin=Origin.BUILT_IN, built_in_key="luna"))
    return made.id


@on_loop
async def test_an_editor_opens_with_the_persona_and_what_the_library_knows(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        await desk.persona("Omar", tags=("sea", "work"), traits=("calm",))
        await desk.persona("Mira", tags=("sea",))
        nora = await desk.persona("Nora", tags=("own",))

        contents = await editing(desk).load(nora)

        assert contents.persona is not None
        assert contents.persona.card.name == "Nora"
        assert contents.tags == ("sea", "work")
        assert contents.traits == ("calm",)
        assert contents.taken == {"omar", "mira"}
        assert (contents.versions, contents.draft, contents.book) == (0, None, None)


@on_loop
async def test_a_persona_is_made_and_changed_with_its_picture_and_loses_its_draft(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        await service.keep_draft(None, CARD)
        picture = AvatarChoice(AvatarChange.NEW, b"a picture", "image/png")

        made = await service.save(None, CARD, picture)
        changed = await service.save(made.id, PersonaCard("Nora", tagline="Sails"))
        bare = await service.save(made.id, changed.card, AvatarChoice(AvatarChange.REMOVED))

        assert made.avatar == changed.avatar != ""
        assert bare.avatar == ""
        whose = frozenset({made.id})
        assert desk.events == [ChangeSet(personas=whose, cards=whose)] * 3
        assert await service.drafts() == ()


@on_loop
async def test_nothing_of_a_save_is_stored_where_a_part_can_not_be(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        nora = await desk.persona("Nora")
        await desk.persona("Omar")
        await service.keep_draft(nora, CARD)

        with pytest.raises(InvalidInput) as refused:
            await service.save(nora, PersonaCard("OMAR"), book=Lorebook(name="Isles"))

        contents = await service.load(nora)
        assert refused.value.field == "name"
        assert contents.persona is not None
        assert contents.book is None
        assert contents.draft is not None


@on_loop
async def test_a_lorebook_is_saved_with_its_persona_and_kept_in_its_draft(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        book = Lorebook(name="Isles", entries=(LoreEntry("0", ("sea",), "It is wide."),))

        nora = (await service.save(None, CARD, book=book)).id
        await service.save(nora, CARD)
        await service.keep_draft(nora, CARD, Lorebook(name="Reefs"))

        contents = await service.load(nora)
        assert contents.book is not None
        assert [(entry.keys, entry.content) for entry in contents.book.entries] == [(("sea",), "It is wide.")]
        assert contents.draft is not None
        drafted = contents.draft.book(contents.book)
        assert drafted is not None
        assert (drafted.name, drafted.uid) == ("Reefs", contents.book.uid)


@on_loop
async def test_a_draft_keeps_its_picture_as_long_as_it_is_kept(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        nora = await desk.persona("Nora")
        picture = AvatarChoice(AvatarChange.NEW, b"a picture", "image/png")
        await service.keep_draft(None, CARD, avatar=AvatarChoice(AvatarChange.NEW, b"another", "image/webp"))
        await service.keep_draft(nora, CARD, avatar=picture)
        await service.keep_draft(nora, PersonaCard("Nora", tagline="Sails"), avatar=picture)

        kept = {draft.persona_id: draft.avatar.content for draft in await service.drafts()}
        assert kept == {nora: b"a picture", None: b"another"}
        await service.keep_draft(nora, CARD, avatar=AvatarChoice(AvatarChange.REMOVED))
        changes = {draft.persona_id: draft.avatar.change for draft in await service.drafts()}
        assert changes == {nora: AvatarChange.REMOVED, None: AvatarChange.NEW}
        await service.drop_draft(None)
        assert await desk.disk.read(lambda store: store.settings.get(PICTURE_SETTING)) == {}


@on_loop
async def test_a_draft_whose_picture_is_damaged_keeps_its_words(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        await service.keep_draft(None, CARD, avatar=AvatarChoice(AvatarChange.NEW, b"a picture", "image/png"))
        await desk.disk.write(lambda store: store.settings.set(PICTURE_SETTING, {"new": "bm90IGl0"}))

        [draft] = await service.drafts()

        assert draft.avatar == AvatarChoice()
        assert draft.card(PersonaCard("")).name == CARD.name


@on_loop
async def test_a_built_in_is_never_changed(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        luna = await built_in(desk)

        with pytest.raises(Protected):
            await editing(desk).save(luna, PersonaCard("Luna", tagline="Mine"))


@on_loop
async def test_versions_say_what_changed_and_one_is_restored_and_taken_back(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        nora = await desk.persona("Nora", tagline="Knits")
        await service.save(
            nora, PersonaCard("Nora", tagline="Sails"), AvatarChoice(AvatarChange.NEW, b"p", "image/png")
        )
        await service.save(nora, PersonaCard("Nora", tagline="Flies", traits=("brave",)))
        versions = await service.versions(nora)
        assert [change.fields for change in versions] == [("tagline", "traits"), ("tagline", "avatar"), ()]

        restored = await service.restore(nora, versions[2].version.id)
        assert (restored.persona.card.tagline, restored.persona.avatar) == ("Knits", "")
        again = await service.restore(nora, restored.before)

        assert (again.persona.card.tagline, again.persona.card.traits) == ("Flies", ("brave",))
        newest = (await service.versions(nora))[0].version
        assert newest.saved_by is SavedBy.RESTORED
        with pytest.raises(NotFound):
            await service.restore(await desk.persona("Omar"), newest.id)


@on_loop
async def test_two_versions_are_compared_word_by_word(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        nora = await desk.persona("Nora", description="She knits at night.")
        await service.save(nora, PersonaCard("Nora", description="She sails at night."))
        after, before = (change.version for change in await service.versions(nora))

        (change,) = await service.compare(before, after)

        assert change.field == "description"
        assert [piece.text for piece in change.before if piece.marked] == ["knits"]
        assert [piece.text for piece in change.after if piece.marked] == ["sails"]


@on_loop
async def test_drafts_are_kept_one_a_persona_and_those_of_lost_ones_are_not_offered(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        service = editing(desk)
        nora = await desk.persona("Nora", raw_json='{"name": "Nora"}')
        await service.keep_draft(nora, PersonaCard("Nora", tagline="Half a thou"))
        await service.keep_draft(PersonaId(9999), PersonaCard("Ghost"))
        await service.keep_draft(None, CARD)

        assert [draft.persona_id for draft in await service.drafts()] == [nora, None]
        kept = await desk.disk.read(lambda store: store.settings.get(DRAFT_SETTING))
        assert isinstance(kept, dict)
        assert set(kept) == {str(nora), "new"}
        contents = await service.load(nora)
        assert contents.persona is not None
        assert contents.draft is not None
        assert contents.draft.card(contents.persona.card).tagline == "Half a thou"
        assert contents.draft.card(contents.persona.card).raw_json == '{"name": "Nora"}'

        await service.drop_draft(nora)
        assert (await service.load(nora)).draft is None


@pytest.mark.parametrize("stored", [None, "x", {"new": 4}, {"7": {"card": {}, "saved_at": "then"}}, {"x": {}}])
@on_loop
async def test_a_draft_that_can_not_be_read_is_none(open_chat: OpenDesk, stored: object) -> None:
    async with open_chat() as desk:
        await desk.disk.write(lambda store: store.settings.set(DRAFT_SETTING, stored))  # type: ignore[arg-type]

        assert await editing(desk).drafts() == ()


@on_loop
async def test_tokens_are_counted_by_section_with_the_longest_greeting_alone(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        card = PersonaCard(
            "Nora", description="d" * 40, scenario="s" * 40, greeting="g" * 80, alternate_greetings=("h",)
        )

        counts = await editing(desk).count(card)
        empty = await editing(desk).count(PersonaCard("Nora"))

        assert counts.sections["basics"] == counts.sections["personality"] < counts.sections["greetings"]
        assert counts.total == sum(counts.sections.values())
        assert (empty.total, empty.context) == (0, counts.context)


def test_a_card_comes_back_from_its_values_and_nonsense_changes_nothing() -> None:
    values = card_values(CARD)

    assert card_from_values(values, PersonaCard("", raw_json=CARD.raw_json)) == CARD
    assert card_from_values({"name": 4, "traits": "x", "style": "odd", "voice": {"speed": True}}, CARD) == CARD


def test_what_a_card_holds_beyond_its_fields_is_told() -> None:
    insides = read_insides('{"spec": "chara_card_v2", "data": {"name": "N", "odd": 1, "extensions": {"chub": {}}}}')

    assert insides.extensions == ("chub",)
    assert set(insides.unknown_keys) == {"data.odd", "data.extensions.chub"}
    assert read_insides("").text == ""


@pytest.mark.parametrize(
    ("before", "after"), [("", "new"), ("a b c", "a c"), ("x " * 9000, "y " * 9000), ("é  ü", "é ü")]
)
def test_pieces_join_to_the_texts_again(before: str, after: str) -> None:
    left, right = compare_texts(before, after)

    assert ("".join(piece.text for piece in left), "".join(piece.text for piece in right)) == (before, after)


def test_what_a_card_was_made_of_is_not_compared() -> None:
    assert (
        compare(CARD, PersonaCard(**{name: getattr(CARD, name) for name in CARD.__slots__ if name != "raw_json"})) == ()
    )


EXAMPLES = "<START>\n{{user}}: Hi\n{{char}}: Hello.\nStay a while.\n<START>\n{{user}}: Bye"


def test_example_dialogue_is_read_as_turns_and_written_as_it_was() -> None:
    turns = read_turns(EXAMPLES)

    assert turns == (
        ExampleTurn(Speaker.YOU, "Hi", starts=True),
        ExampleTurn(Speaker.PERSONA, "Hello.\nStay a while."),
        ExampleTurn(Speaker.YOU, "Bye", starts=True),
    )
    assert write_turns(turns) == EXAMPLES


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("", []),
        ("She hums.\nNora: Hm.", [Speaker.NOBODY, Speaker.PERSONA]),
        ("<user>: Hi\n<BOT>: Hm.", [Speaker.YOU, Speaker.PERSONA]),
        ("You: Hi\nnora : Hm.", [Speaker.YOU, Speaker.PERSONA]),
    ],
)
def test_names_and_old_marks_stand_for_speakers(text: str, speakers: list[Speaker]) -> None:
    turns = read_turns(text, char="Nora", user="You")

    assert turns is not None
    assert [turn.speaker for turn in turns] == speakers


@pytest.mark.parametrize("text", ["<START>\n<START>\n{{user}}: Hi", "{{user}}: Hi\n" * 501])
def test_a_text_that_turns_would_not_give_back_stays_a_text(text: str) -> None:
    assert read_turns(text) is None


@on_loop
async def test_a_recording_survives_a_kill_as_a_draft_and_is_stored_with_the_voice_that_names_it(
    open_chat: OpenDesk,
) -> None:
    async with open_chat() as desk:
        sample = VoiceSample(b"a voice", "audio/wav")
        card = replace(CARD, voice=replace(CARD.voice, sample=sample.sha256, sample_name="own.wav"))
        await editing(desk).keep_draft(None, card, sample=sample)

        draft = (await editing(desk).drafts())[0]
        assert draft.sample == sample
        assert draft.card(PersonaCard("x")).voice.sample_name == "own.wav"
        made = await editing(desk).save(None, draft.card(PersonaCard("x")), sample=draft.sample)

        assert await editing(desk).drafts() == ()
        assert await desk.disk.read(lambda store: store.settings.get(SAMPLE_SETTING)) == {}
        assert await desk.disk.read(lambda store: store.assets.path(made.card.voice.sample).read_bytes()) == b"a voice"


@on_loop
async def test_a_draft_whose_recording_is_gone_keeps_the_voice_as_it_is_stored(open_chat: OpenDesk) -> None:
    async with open_chat() as desk:
        sample = VoiceSample(b"a voice", "audio/wav")
        service = editing(desk)
        await service.keep_draft(
            None, replace(CARD, tagline="New", voice=VoiceChoice(sample=sample.sha256)), sample=sample
        )
        await desk.disk.write(lambda store: store.settings.set(SAMPLE_SETTING, {"new": "AAAA"}))

        card = (await service.drafts())[0].card(CARD)

        assert card.tagline == "New"
        assert card.voice.sample == ""
