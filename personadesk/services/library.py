"""Arranging the library: tags and their looks, favourites, copies and the trash, for many personas at once."""

from collections.abc import Callable, Collection, Mapping, Sequence

from personadesk.domain.errors import InvalidInput
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId, TrashId
from personadesk.domain.library import TAG_COLOURS, TAG_LIMIT, Restored, TagChange, TagLook, Trashed
from personadesk.services.library_ports import TrashEntry
from personadesk.services.personas import Silence, copy_persona
from personadesk.services.ports import Database, Publish, Store
from personadesk.services.tag_looks import TAG_LOOKS, read_looks, write_looks
from personadesk.services.unsaved_edits import drop_gone_edits

Retag = Callable[[tuple[str, ...]], tuple[str, ...]]


class LibraryService:
    """Asynchronous, for the engine thread. One call is one transaction and publishes one ChangeSet.

    Tags are the library's arrangement: those of a built-in are kept beside its card, which stays as it is.
    """

    def __init__(self, *, database: Database, publish: Publish, silence: Silence) -> None:
        self._database = database
        self._publish = publish
        self._silence = silence

    # -- tags

    async def add_tags(self, persona_ids: Collection[PersonaId], tags: Sequence[str]) -> TagChange:
        """Raises InvalidInput(field="tag") for an empty or too long tag."""
        wanted = tuple(dict.fromkeys(checked_tag(tag) for tag in tags))
        return await self._retag(
            lambda store: store.personas.tags(persona_ids), lambda own: tuple(dict.fromkeys((*own, *wanted)))
        )

    async def remove_tags(self, persona_ids: Collection[PersonaId], tags: Collection[str]) -> TagChange:
        unwanted = frozenset(tags)
        return await self._retag(
            lambda store: store.personas.tags(persona_ids),
            lambda own: tuple(tag for tag in own if tag not in unwanted),
        )

    async def rename_tag(self, tag: str, new: str) -> TagChange:
        """Rename a tag on everyone who has it; one that is there already takes it in, and keeps its own look.

        Raises InvalidInput(field="tag").
        """
        new = checked_tag(new)

        def look_anew(looks: dict[str, TagLook]) -> None:
            look = looks.pop(tag, None)
            if look is not None and new != tag:
                looks.setdefault(new, look)

        if new == tag:
            return TagChange()
        return await self._retag(
            lambda store: store.personas.tags(tag=tag),
            lambda own: tuple(dict.fromkeys(new if item == tag else item for item in own)),
            look_anew,
        )

    async def delete_tag(self, tag: str) -> TagChange:
        """Take a tag away from everyone, with its look."""
        return await self._retag(
            lambda store: store.personas.tags(tag=tag),
            lambda own: tuple(item for item in own if item != tag),
            lambda looks: _drop(looks, tag),
        )

    async def undo_tags(self, change: TagChange) -> None:
        """Take a change of tags back, where nobody has changed the same thing since."""

        def work(store: Store) -> ChangeSet:
            now = store.personas.tags(tuple(change.after))
            same = {key: tags for key, tags in change.before.items() if now.get(key) == change.after[key]}
            store.personas.set_tags(same)
            settings: frozenset[str] = frozenset()
            if change.looks_before is not None and read_looks(store.settings) == change.looks_after:
                write_looks(store.settings, change.looks_before)
                settings = frozenset({TAG_LOOKS})
            return ChangeSet(personas=frozenset(same), settings=settings)

        self._publish(await self._database.write(work))

    async def tag_looks(self) -> dict[str, TagLook]:
        return await self._database.read(lambda store: read_looks(store.settings))

    async def set_tag_look(self, tag: str, *, colour: str | None = None, folder: bool | None = None) -> TagChange:
        """Change a tag's colour, or whether it is a folder; None leaves it. Raises InvalidInput(field="colour")."""
        if colour and colour not in TAG_COLOURS:
            raise InvalidInput("colour", f"There is no colour named {colour}.", "Choose another one.")

        def look_anew(looks: dict[str, TagLook]) -> None:
            now = looks.get(tag, TagLook())
            looks[tag] = TagLook(now.colour if colour is None else colour, now.folder if folder is None else folder)

        return await self._retag(lambda _store: {}, lambda own: own, look_anew)

    # -- personas

    async def set_favourites(self, persona_ids: Collection[PersonaId], favourite: bool) -> tuple[PersonaId, ...]:
        """Returns those whose star changed."""

        def work(store: Store) -> tuple[PersonaId, ...]:
            return tuple(store.personas.set_favourites(persona_ids, favourite))

        changed = await self._database.write(work)
        self._publish(ChangeSet(personas=frozenset(changed)))
        return changed

    async def duplicate_many(self, persona_ids: Sequence[PersonaId]) -> tuple[PersonaId, ...]:
        """Copy cards and avatars, never memories, each under the next free name."""

        def work(store: Store) -> tuple[PersonaId, ...]:
            return tuple(copy_persona(store, persona_id).id for persona_id in persona_ids)

        copies = await self._database.write(work)
        self._publish(ChangeSet(personas=frozenset(copies)))
        return copies

    async def trash_many(self, persona_ids: Collection[PersonaId]) -> Trashed:
        """Move personas to the trash; replies they are writing are stopped and kept. Built-ins stay."""
        for persona_id in persona_ids:
            await self._silence(persona_id)

        def work(store: Store) -> Trashed:
            kept = store.personas.built_ins_of(persona_ids)
            going = [persona_id for persona_id in persona_ids if persona_id not in kept]
            return Trashed(tuple(store.personas.trash_many(going)), tuple(sorted(kept)))

        trashed = await self._database.write(work)
        self._publish(ChangeSet(personas=frozenset(persona_ids) - frozenset(trashed.kept), trash=True))
        return trashed

    async def restore_many(self, trash_ids: Collection[TrashId]) -> Restored:
        """Bring personas back; those whose name is taken by now stay, and are named."""
        restored = await self._database.write(lambda store: store.trash.restore_personas(trash_ids))
        self._publish(ChangeSet(personas=frozenset(restored.personas), trash=True))
        return restored

    async def trash_entries(self) -> list[TrashEntry]:
        """Everything in the trash, newest first: personas, conversations and messages."""
        return await self._database.read(lambda store: store.trash.entries())

    async def restore_entries(self, trash_ids: Collection[TrashId]) -> Restored:
        """Bring things of any kind back, personas first; `refused` holds why for those that have no place."""

        def work(store: Store) -> tuple[Restored, list[TrashEntry]]:
            wanted = frozenset(trash_ids)
            entries = [entry for entry in store.trash.entries() if entry.id in wanted]
            # What a thing is a part of comes first: a persona, then a conversation, then a message.
            entries.sort(key=lambda entry: (entry.conversation_id is not None, entry.message_id is not None))
            back, refused = [], []
            for entry in entries:
                try:
                    back.append(store.trash.restore(entry.id))
                except InvalidInput as problem:
                    refused.append(f"{problem.sentence} {problem.next_step}".strip())
            return Restored(tuple(entry.persona_id for entry in back), tuple(dict.fromkeys(refused))), back

        restored, back = await self._database.write(work)
        self._publish(_touched(back))
        return restored

    async def purge_many(self, trash_ids: Collection[TrashId]) -> int:
        """Delete for good; returns how many there still were. What goes with another is not counted."""

        def work(store: Store) -> list[TrashEntry]:
            purged = store.trash.purge_many(trash_ids)
            drop_gone_edits(store)
            return purged

        purged = await self._database.write(work)
        self._publish(_touched(purged))
        return len(purged)

    # -- inside

    async def _retag(
        self,
        find: Callable[[Store], Mapping[PersonaId, tuple[str, ...]]],
        retag: Retag,
        look_anew: Callable[[dict[str, TagLook]], None] | None = None,
    ) -> TagChange:
        """Change the tags of those `find` gives, and the looks where `look_anew` changes them."""

        def work(store: Store) -> TagChange:
            before = find(store)
            after = {key: changed for key, tags in before.items() if (changed := retag(tags)) != tags}
            store.personas.set_tags(after)
            change = TagChange({key: before[key] for key in after}, after)
            if look_anew is None:
                return change
            looks = read_looks(store.settings)
            anew = dict(looks)
            look_anew(anew)
            if anew == looks:
                return change
            write_looks(store.settings, anew)
            return TagChange(change.before, change.after, looks, read_looks(store.settings))

        change = await self._database.write(work)
        settings = frozenset({TAG_LOOKS}) if change.looks_after is not None else frozenset[str]()
        if change.after or settings:
            self._publish(ChangeSet(personas=frozenset(change.after), settings=settings))
        return change


def checked_tag(tag: str) -> str:
    """A tag as it is stored: one line without spaces around it. Raises InvalidInput(field="tag")."""
    tag = " ".join(tag.replace("\0", "").split())
    if not tag:
        raise InvalidInput("tag", "A tag needs a name.", f"Type 1 to {TAG_LIMIT} characters.")
    if len(tag) > TAG_LIMIT:
        raise InvalidInput("tag", f"This tag has {len(tag)} characters; a tag has up to {TAG_LIMIT}.", "Shorten it.")
    return tag


def _drop(looks: dict[str, TagLook], tag: str) -> None:
    looks.pop(tag, None)


def _touched(entries: Sequence[TrashEntry]) -> ChangeSet:
    conversations = frozenset(entry.conversation_id for entry in entries if entry.conversation_id is not None)
    return ChangeSet(personas=frozenset(entry.persona_id for entry in entries), conversations=conversations, trash=True)
