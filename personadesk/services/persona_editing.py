"""What the editor of personas needs: one read to open, one transaction to save, versions and drafts."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from personadesk.domain.avatar import AvatarChange, AvatarChoice
from personadesk.domain.errors import Protected, UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId, VersionId
from personadesk.domain.incoming import IncomingPersona
from personadesk.domain.lorebook import Lorebook
from personadesk.domain.persona import Origin, Persona, PersonaCard
from personadesk.domain.sample import VoiceSample
from personadesk.domain.versions import CardVersion, SavedBy
from personadesk.formats.card_contents import card_contents
from personadesk.formats.lorebook import read_book
from personadesk.services.card_changes import FieldChange, changed_fields, compare
from personadesk.services.editor_drafts import DraftFiles, KeptDraft, draft_of, drop_draft, keep_draft, read_drafts
from personadesk.services.lorebooks import keep_own, rough_tokens
from personadesk.services.ports import ChatModel, Clock, Database, Publish, Store
from personadesk.services.speaking_ways import SpeakingWays
from personadesk.services.speech.samples import SampleService

SUGGESTIONS = 500

_COUNTED = {
    "basics": ("description",),
    "personality": (
        "personality",
        "traits",
        "style_text",
        "key_facts",
        "scenario",
        "example_dialogue",
        "system_prompt",
        "post_history_instructions",
    ),
    "greetings": ("greeting", "alternate_greetings"),
}
"""What of a card a model reads, by the editor's section."""


@dataclass(frozen=True, slots=True)
class EditorContents:
    """All an editor opens with. `persona` is None for a new one.

    `tags` and `traits` are the library's, the most used first. `taken` are the names of the other
    personas, casefolded. `book` is the persona's own lorebook, None where it has none, or one that can't
    be read, which `book_unreadable` says.
    """

    persona: Persona | None
    versions: int
    tags: tuple[str, ...]
    traits: tuple[str, ...]
    taken: frozenset[str]
    your_name: str
    book: Lorebook | None = None
    book_unreadable: bool = False
    draft: KeptDraft | None = None


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens by section, of the longest greeting alone: a conversation begins with one of them.

    `estimated` where no model has counted them.
    """

    sections: Mapping[str, int]
    context: int
    estimated: bool = False

    @property
    def total(self) -> int:
        return sum(self.sections.values())


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A version and the names of the fields in which it differs from the one before it."""

    version: CardVersion
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restoration:
    """`before` is the version that restoring it again would undo this."""

    persona: Persona
    before: VersionId


@dataclass(frozen=True, slots=True)
class CardInsides:
    """The card as it was received, laid out for reading, and what in it has no field here."""

    text: str = field(repr=False)
    unknown_keys: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()


class PersonaEditing:
    """Asynchronous, for the engine thread. What changes a persona publishes a ChangeSet."""

    def __init__(
        self, *, database: Database, model: ChatModel, clock: Clock, publish: Publish, samples: SampleService
    ) -> None:
        self.samples = samples
        self.ways = SpeakingWays(database=database, publish=publish)
        self._database = database
        self._model = model
        self._clock = clock
        self._publish = publish

    async def load(self, persona_id: PersonaId | None) -> EditorContents:
        """Raises NotFound for a persona that is not here any more."""
        return await self._database.read(lambda store: read_contents(store, persona_id))

    async def save(
        self,
        persona_id: PersonaId | None,
        card: PersonaCard,
        avatar: AvatarChoice = AvatarChoice(),  # noqa: B008  frozen
        book: Lorebook | None = None,
        sample: VoiceSample | None = None,
    ) -> Persona:
        """Store it all or nothing; the draft goes with it. None leaves the lorebook as it is.

        `sample` is the recording that the card's voice names, where it is not stored yet.

        Raises InvalidInput where a field can't be stored, Protected for a built-in.
        """

        def work(store: Store) -> Persona:
            picture = _picture(store, avatar)
            if sample is not None and sample.sha256 == card.voice.sample:
                store.assets.put(sample.content, sample.media_type)
            if persona_id is None:
                persona = store.personas.create(card, avatar=picture or "")
            else:
                if store.personas.get(persona_id).origin is Origin.BUILT_IN:
                    raise Protected("A built-in persona stays as it is.", "Make a copy and change that.")
                persona = store.personas.update_card(persona_id, card, avatar=picture)
            if book is not None:
                keep_own(store, persona.id, book)
            drop_draft(store.settings, persona_id)
            return persona

        persona = await self._database.write(work)
        touched = frozenset({persona.id})
        self._publish(ChangeSet(personas=touched, cards=touched, lorebooks=book is not None))
        return persona

    async def count(self, card: PersonaCard) -> TokenCounts:
        """By the model in use, which loads it where it rests."""
        parts = _counted_parts(card)
        counts = await self._model.count_tokens([text for _, text in parts])
        return TokenCounts(_by_section(parts, counts), self._model.info.context_tokens)

    async def estimate(self, card: PersonaCard) -> TokenCounts:
        """Without asking a model."""

        def work() -> dict[str, int]:
            parts = _counted_parts(card)
            return _by_section(parts, [rough_tokens(text) for _, text in parts])

        sections = await asyncio.to_thread(work)
        return TokenCounts(sections, self._model.info.context_tokens, estimated=True)

    async def insides(self, raw_json: str) -> CardInsides:
        return await asyncio.to_thread(read_insides, raw_json)

    # -- versions

    async def versions(self, persona_id: PersonaId) -> tuple[VersionChange, ...]:
        """The newest first; the oldest has nothing to differ from."""
        versions = await self._database.read(lambda store: store.versions.of(persona_id))
        return tuple(
            VersionChange(version, _differences(before, version))
            for version, before in zip(versions, [*versions[1:], None], strict=False)
        )

    async def compare(self, before: CardVersion, after: CardVersion) -> tuple[FieldChange, ...]:
        changes = await asyncio.to_thread(compare, before.card, after.card)
        return (*changes, FieldChange("avatar")) if before.avatar != after.avatar else changes

    async def restore(self, persona_id: PersonaId, version_id: VersionId) -> Restoration:
        """Make an old version the newest. Raises InvalidInput(field="name") where its name has been taken since."""

        def work(store: Store) -> Restoration:
            version = store.versions.get(persona_id, version_id)
            newest = store.versions.of(persona_id)[0]
            persona = store.personas.update_card(
                persona_id, version.card, avatar=version.avatar, saved_by=SavedBy.RESTORED
            )
            drop_draft(store.settings, persona_id)
            return Restoration(persona, newest.id)

        restored = await self._database.write(work)
        touched = frozenset({persona_id})
        self._publish(ChangeSet(personas=touched, cards=touched))
        return restored

    # -- drafts

    async def drafts(self) -> tuple[KeptDraft, ...]:
        """Those that can be gone on with, the newest first. Those of personas that are gone for good go, too."""

        def work(store: Store) -> tuple[KeptDraft, ...]:
            names = {summary.id: summary.shown_name for summary in store.personas.summaries()}
            trashed = {summary.id for summary in store.personas.trashed()}
            usable = []
            for draft in read_drafts(store.settings):
                if draft.persona_id is None:
                    usable.append(draft)
                elif draft.persona_id in names:
                    usable.append(replace(draft, name=names[draft.persona_id]))
                elif draft.persona_id not in trashed:
                    drop_draft(store.settings, draft.persona_id)
            return tuple(usable)

        return await self._database.write(work)

    async def keep_draft(
        self,
        persona_id: PersonaId | None,
        card: PersonaCard,
        book: Lorebook | None = None,
        avatar: AvatarChoice = AvatarChoice(),  # noqa: B008  frozen
        sample: VoiceSample | None = None,
    ) -> None:
        """`book` is the persona's own lorebook where it differs from what is stored."""
        now = self._clock.now()
        files = DraftFiles(avatar, sample)
        await self._database.write(lambda store: keep_draft(store.settings, persona_id, card, book, files, now))

    async def drop_draft(self, persona_id: PersonaId | None) -> None:
        await self._database.write(lambda store: drop_draft(store.settings, persona_id))


def read_contents(store: Store, persona_id: PersonaId | None) -> EditorContents:
    """Runs on a database thread."""
    persona = None if persona_id is None else store.personas.get(persona_id)
    book, unreadable = (None, False) if persona_id is None else _own_book(store, persona_id)
    others = [summary for summary in store.personas.summaries() if summary.id != persona_id]
    return EditorContents(
        persona=persona,
        versions=0 if persona_id is None else len(store.versions.of(persona_id)),
        tags=_most_used(summary.tags for summary in others),
        traits=_most_used(summary.traits for summary in others),
        taken=frozenset(summary.name.casefold() for summary in others),
        your_name=store.people.you().name,
        book=book,
        book_unreadable=unreadable,
        draft=_called(draft_of(store.settings, persona_id), persona),
    )


def read_insides(raw_json: str) -> CardInsides:
    """May take a while for a large card: not for the GUI thread."""
    if not raw_json:
        return CardInsides("")
    root: Any = json.loads(raw_json)
    data = root.get("data") if isinstance(root, dict) else None
    extensions = (data if isinstance(data, dict) else root).get("extensions") if isinstance(root, dict) else None
    contents = card_contents(IncomingPersona(PersonaCard("", raw_json=raw_json)))
    return CardInsides(
        text=json.dumps(root, ensure_ascii=False, indent=2),
        unknown_keys=contents.unknown_keys,
        extensions=tuple(map(str, extensions)) if isinstance(extensions, dict) else (),
    )


def _called(draft: KeptDraft | None, persona: Persona | None) -> KeptDraft | None:
    """A draft is told by the name that is stored: what was typed may be half a name."""
    return draft if draft is None or persona is None else replace(draft, name=persona.card.shown_name)


def _own_book(store: Store, persona_id: PersonaId) -> tuple[Lorebook | None, bool]:
    own = store.lorebooks.own(persona_id)
    if not own:
        return None, False
    try:
        return replace(read_book(own[0].raw_json, own[0].name), uid=own[0].uuid), False
    except UserFacingError:
        return None, True


def _picture(store: Store, choice: AvatarChoice) -> str | None:
    """What `update_card` is told: None keeps it, "" takes it away."""
    if choice.change is AvatarChange.NEW:
        return store.assets.put(choice.content, choice.media_type)
    return "" if choice.change is AvatarChange.REMOVED else None


def _counted_parts(card: PersonaCard) -> list[tuple[str, str]]:
    """Section and text of what of a card a model reads."""
    texts = [(section, _texts(card, name)) for section, names in _COUNTED.items() for name in names]
    return [(section, text) for section, found in texts for text in found if text.strip()]


def _by_section(parts: Sequence[tuple[str, str]], counts: Iterable[int]) -> dict[str, int]:
    sections = dict.fromkeys(_COUNTED, 0)
    for (section, _), count in zip(parts, counts, strict=True):
        sections[section] = max(sections[section], count) if section == "greetings" else sections[section] + count
    return sections


def _texts(card: PersonaCard, name: str) -> tuple[str, ...]:
    value = getattr(card, name)
    return (value,) if isinstance(value, str) else tuple(value)


def _differences(before: CardVersion | None, after: CardVersion) -> tuple[str, ...]:
    if before is None:
        return ()
    names = changed_fields(before.card, after.card)
    return (*names, "avatar") if before.avatar != after.avatar else names


def _most_used(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    counted = Counter(word for words in lists for word in words)
    return tuple(word for word, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))[:SUGGESTIONS]
