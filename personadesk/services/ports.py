"""What the services need from the outside, as Protocols. Storage and providers implement them.

`Database` is asynchronous and safe from the engine thread. Everything below it (`Store` and what it
hands out) is synchronous, lives for one call of `write` or `read`, and runs on a database thread:

    message = await database.write(lambda store: store.for_persona(persona_id).append_message(...))

One `write` is one transaction: it is committed (synchronous=FULL) when the work returns, rolled
back when it raises.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from personadesk.domain.bookshelf import ShelvedBook
from personadesk.domain.chat import ChatRequest, ModelInfo, ModelStatus, ReplyPiece
from personadesk.domain.conversation import (
    Conversation,
    Message,
    Person,
    Role,
    SearchHit,
    SwipeState,
    SwipeText,
    Transcript,
)
from personadesk.domain.events import Event
from personadesk.domain.ids import (
    ConversationId,
    LorebookId,
    MessageId,
    PersonaId,
    PersonId,
    SwipeId,
    TrashId,
    VersionId,
)
from personadesk.domain.incoming import IncomingChat
from personadesk.domain.persona import Origin, Persona, PersonaCard, PersonaSummary
from personadesk.domain.versions import CardVersion, ReceivedFile, SavedBy
from personadesk.services.asset_ports import Assets
from personadesk.services.chat_ports import Attachments, Branches, Marks, SearchEverywhere
from personadesk.services.library_ports import ManyPersonas, TrashEntry, TrashOfMany

if TYPE_CHECKING:
    from personadesk.services.migration_ports import Imports, MemoryStore

T = TypeVar("T")
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...


class Publish(Protocol):
    """Hands an event to whoever listens. Never blocks, never raises, safe from any thread."""

    def __call__(self, event: Event) -> None: ...


@dataclass(frozen=True, slots=True)
class NewSwipe:
    """A swipe's content as it is first stored."""

    text: str
    state: SwipeState = SwipeState.COMPLETE
    model: str = ""


class PersonaStore(Branches, Marks, Attachments, Protocol):
    """One persona's conversations and messages. It can't be asked about another persona's.

    An id that belongs to another persona raises NotFound, exactly as one that never existed.
    """

    @property
    def persona_id(self) -> PersonaId: ...

    def conversations(self) -> list[Conversation]:
        """Those not in the trash, most recently used first."""
        ...

    def conversation(self, conversation_id: ConversationId) -> Conversation: ...
    def create_conversation(self, person_id: PersonId, title: str = "") -> Conversation: ...
    def take_chat(self, chat: IncomingChat, person_id: PersonId) -> Conversation:
        """Store a conversation that was led elsewhere, whole, with its times."""
        ...

    def rename_conversation(self, conversation_id: ConversationId, title: str) -> None: ...
    def save_draft(self, conversation_id: ConversationId, draft: str) -> None: ...
    def trash_conversation(self, conversation_id: ConversationId) -> TrashId: ...

    def transcript(self, conversation_id: ConversationId, tail: int) -> Transcript:
        """The outline and the newest `tail` messages of the active path."""
        ...

    def block(self, conversation_id: ConversationId, index: int) -> list[Message]:
        """The messages of one TranscriptBlock of the active path, oldest first."""
        ...

    def path_tail(self, conversation_id: ConversationId, limit: int, until: MessageId | None = None) -> list[Message]:
        """Up to `limit` messages of the active path, oldest first, ending with `until` (the leaf if None)."""
        ...

    def swipes(self, conversation_id: ConversationId) -> Mapping[MessageId, Sequence[SwipeText]]:
        """Every text of the active path's messages, in the order in which they came."""
        ...

    def message(self, message_id: MessageId) -> Message: ...

    def append_message(
        self, conversation_id: ConversationId, role: Role, swipes: Sequence[NewSwipe], *, shown: int = 0
    ) -> Message:
        """Add a message after the active path's leaf; the first of `swipes` (or `shown`) is shown."""
        ...

    def add_swipe(self, message_id: MessageId, swipe: NewSwipe) -> Message:
        """Add another reply to the same message and show it."""
        ...

    def show_swipe(self, message_id: MessageId, swipe_index: int) -> Message: ...

    def update_swipe(
        self, swipe_id: SwipeId, text: str, state: SwipeState, error: str = "", *, model: str = ""
    ) -> None:
        """Store how far a reply has come, and the model where it is another. The search index follows at once."""
        ...

    def edit_message(self, message_id: MessageId, text: str) -> Message:
        """Show a new text (a new swipe row, marked as an edit); the old one stays stored."""
        ...

    def trash_message(self, message_id: MessageId) -> TrashId:
        """Take one message out of the active path; its neighbours stay."""
        ...

    def mark_read(self) -> None: ...
    def add_unread(self) -> None: ...

    def search(self, query: str, *, limit: int = 50, conversation_id: ConversationId | None = None) -> list[SearchHit]:
        """Messages on active paths that hold every word of `query`, newest first.

        A query is words, never FTS5 syntax; the last word matches as a prefix. Chinese, Japanese and
        Korean text is found by any two neighbouring characters.
        """
        ...


class PersonaDirectory(ManyPersonas, Protocol):
    def summaries(self) -> list[PersonaSummary]:
        """Every persona that is not in the trash, in no particular order."""
        ...

    def trashed(self) -> list[PersonaSummary]: ...
    def samples(self) -> dict[PersonaId, str]:
        """The SHA-256 of each one's voice sample, of those that have one, also in the trash."""
        ...

    def summary(self, persona_id: PersonaId) -> PersonaSummary: ...
    def get(self, persona_id: PersonaId) -> Persona:
        """Raises NotFound for an unknown id and for one in the trash."""
        ...

    def find_by_name(self, name: str) -> Persona | None:
        """The persona of that name, ignoring case (casefold of NFKC), not in the trash."""
        ...

    def named(self, name: str) -> PersonaId | None:
        """Who `find_by_name` would find, without reading the card."""
        ...

    def built_in(self, key: str) -> tuple[Persona, str] | None:
        """A built-in persona by its key and the fingerprint of the card it was seeded from."""
        ...

    def create(
        self,
        card: PersonaCard,
        *,
        origin: Origin = Origin.CUSTOM,
        avatar: str = "",
        built_in_key: str = "",
        fingerprint: str = "",
        take_book: bool = True,
    ) -> Persona:
        """Raises InvalidInput(field="name") where the name is taken. The card's lorebook becomes the persona's own."""
        ...

    def update_card(
        self,
        persona_id: PersonaId,
        card: PersonaCard,
        *,
        avatar: str | None = None,
        fingerprint: str | None = None,
        saved_by: SavedBy = SavedBy.EDITED,
    ) -> Persona:
        """None leaves the avatar as it is, "" takes it away. A custom persona's card becomes a version."""
        ...

    def give_avatar(self, persona_id: PersonaId, sha256: str) -> bool:
        """Give one without a picture, in the trash or not, its card's own. False where it has one or is gone for good.

        It is no change of the card: there is a version of it only where the card was changed since it came.
        """
        ...

    def set_favourite(self, persona_id: PersonaId, favourite: bool) -> None: ...
    def set_pins(self, persona_ids: Sequence[PersonaId]) -> None:
        """Pin exactly these, in this order."""
        ...

    def trash(self, persona_id: PersonaId) -> TrashId: ...


class People(Protocol):
    def you(self) -> Person:
        """The person who uses this computer; made at first use."""
        ...

    def all(self) -> list[Person]:
        """Everyone a persona knows, "You" first."""
        ...

    def rename(self, person_id: PersonId, name: str) -> None: ...


class Settings(Protocol):
    def get(self, key: str) -> JsonValue:
        """None where it was never set."""
        ...

    def set(self, key: str, value: JsonValue) -> None: ...

    def beginning(self, prefix: str) -> dict[str, JsonValue]:
        """Every setting whose name begins so."""
        ...


class Trash(TrashOfMany, Protocol):
    def entries(self) -> list[TrashEntry]:
        """Newest first."""
        ...

    def restore(self, trash_id: TrashId) -> TrashEntry:
        """Raises InvalidInput(field="name") where a persona's name has been taken since."""
        ...

    def purge(self, trash_id: TrashId) -> TrashEntry:
        """Delete for good. The id is never given out again."""
        ...

    def purge_older_than(self, moment: datetime) -> int: ...


class Lorebooks(Protocol):
    """A persona's own books and shared ones. What has been put away by `trash` can be restored."""

    def shelf(self) -> list[ShelvedBook]:
        """Every book, by name, without its text."""
        ...

    def trashed(self) -> list[ShelvedBook]:
        """What has been put away, newest first, without its text."""
        ...

    def for_persona(self, persona_id: PersonaId) -> list[ShelvedBook]:
        """The enabled books that a persona reads, with their texts: its own first, then the shared ones."""
        ...

    def own(self, persona_id: PersonaId) -> list[ShelvedBook]:
        """A persona's own books with their texts, enabled or not, the one of its card first."""
        ...

    def get(self, lorebook_id: LorebookId) -> ShelvedBook:
        """Raises NotFound."""
        ...

    def create(self, name: str, raw_json: str, entries: int, persona_id: PersonaId | None = None) -> ShelvedBook: ...
    def update(self, lorebook_id: LorebookId, name: str, raw_json: str, entries: int) -> ShelvedBook: ...
    def set_enabled(self, lorebook_id: LorebookId, enabled: bool) -> None: ...
    def set_readers(self, lorebook_id: LorebookId, readers: Iterable[PersonaId]) -> None:
        """Open a shared book to exactly these. Raises InvalidInput for a book of one persona's own."""
        ...

    def read_as(self, reader: PersonaId, other: PersonaId) -> None:
        """Open to `other` the shared books that `reader` reads."""
        ...

    def trash(self, lorebook_id: LorebookId) -> None: ...
    def restore(self, lorebook_id: LorebookId) -> None: ...
    def state(self, persona_id: PersonaId, conversation_id: ConversationId) -> JsonValue:
        """What `save_state` kept of a conversation's timed entries, None for nothing."""
        ...

    def save_state(self, persona_id: PersonaId, conversation_id: ConversationId, state: JsonValue) -> None: ...


class Versions(Protocol):
    """A persona's card at every save; there is none of a card that was never changed."""

    def of(self, persona_id: PersonaId) -> list[CardVersion]:
        """Newest first. The newest is the card as it is."""
        ...

    def get(self, persona_id: PersonaId, version_id: VersionId) -> CardVersion:
        """Raises NotFound, also for another persona's."""
        ...

    def received(self, persona_id: PersonaId) -> ReceivedFile | None:
        """The file it was brought in from; None for one made here."""
        ...

    def keep_received(self, persona_id: PersonaId, sha256: str, name: str) -> None:
        """Note the asset that holds the file; a later one takes the place of an earlier one."""
        ...

    def with_file(self, sha256: str) -> PersonaId | None:
        """The persona, not in the trash, that was brought in from a file of this content."""
        ...


class Store(Protocol):
    @property
    def lorebooks(self) -> Lorebooks: ...
    @property
    def versions(self) -> Versions: ...
    @property
    def personas(self) -> PersonaDirectory: ...
    @property
    def people(self) -> People: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def trash(self) -> Trash: ...
    @property
    def search(self) -> SearchEverywhere: ...
    @property
    def assets(self) -> Assets: ...
    def for_persona(self, persona_id: PersonaId) -> PersonaStore:
        """Raises NotFound for a persona that does not exist or is in the trash."""
        ...

    @property
    def imports(self) -> "Imports": ...
    def memories(self, persona_id: PersonaId) -> "MemoryStore":
        """Raises NotFound for a persona that does not exist or is in the trash."""
        ...

    def interrupt_unfinished(self) -> int:
        """Mark every swipe still STREAMING as INTERRUPTED: for the start, when nothing streams."""
        ...


class Database(Protocol):
    async def write(self, work: Callable[[Store], T]) -> T: ...
    async def read(self, work: Callable[[Store], T]) -> T:
        """Runs on a read-only connection; a write in it fails."""
        ...


class ChatModel(Protocol):
    @property
    def info(self) -> ModelInfo: ...
    @property
    def status(self) -> ModelStatus: ...

    def stream(self, request: ChatRequest) -> AsyncIterator[ReplyPiece]:
        """Stream a reply, piece by piece; the last piece carries the finish reason.

        Loads the model first where it rests. Closing the iterator (or cancelling the task) stops the
        model within 200 ms. Raises a ModelError; one raised after pieces have come means the reply
        is interrupted.
        """
        ...

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the model's own tokenizer, or a cautious estimate where it has none."""
        ...

    async def warm_up(self) -> None:
        """Load now, so that the first message need not wait. Raises nothing: `status` tells."""
        ...

    async def close(self) -> None: ...


class BuiltInSource(Protocol):
    def load(self) -> Mapping[str, tuple[PersonaCard, bytes]]:
        """Key → card and avatar (SVG bytes) of every persona that ships with the program."""
        ...
