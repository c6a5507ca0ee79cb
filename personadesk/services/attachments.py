"""Files that go with a message: what they are by their content, and what of them a model can read."""

import asyncio
import stat
from dataclasses import dataclass
from pathlib import Path

from personadesk.domain.attachment import FILE_LIMIT, WAITING_LIMIT
from personadesk.domain.conversation import Attachment, Message
from personadesk.domain.errors import InvalidInput, UserFacingError
from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import AttachmentId, ConversationId, MessageId, PersonaId
from personadesk.formats.picture_heads import picture_type
from personadesk.formats.plain_text import read_text
from personadesk.services.attached_files import PDF, is_pdf, marked, shown_name, text_type
from personadesk.services.attachment_ports import DocumentReader
from personadesk.services.card_ports import CardReader
from personadesk.services.ports import Database, Publish, Store


@dataclass(frozen=True, slots=True)
class _Read:
    """`content` is what is stored: a picture without its metadata, any other file as it is."""

    content: bytes
    media_type: str
    text: str


class AttachmentService:
    """Asynchronous, for the engine thread."""

    def __init__(
        self, *, database: Database, publish: Publish, documents: DocumentReader, pictures: CardReader
    ) -> None:
        self._database = database
        self._publish = publish
        self._documents = documents
        self._pictures = pictures
        self._storing: set[asyncio.Task[Attachment]] = set()

    async def add(
        self, persona_id: PersonaId, conversation_id: ConversationId, content: bytes, name: str
    ) -> Attachment:
        """Lay a file into a conversation's composer. Raises UserFacingError with what is wrong with it."""
        if not content:
            raise InvalidInput("file", "This file is empty.", "Choose another one.")
        if len(content) > FILE_LIMIT:
            raise _too_large(len(content))
        read = await self._read(content)
        shown = shown_name(name)

        def work(store: Store) -> Attachment:
            chat = store.for_persona(persona_id)
            if len(chat.waiting(conversation_id)) >= WAITING_LIMIT:
                raise InvalidInput(
                    "file", f"One message takes up to {WAITING_LIMIT} files.", "Send these first, then the others."
                )
            sha256 = store.assets.put(read.content, read.media_type)
            return chat.attach(conversation_id, sha256=sha256, name=shown, media_type=read.media_type, text=read.text)

        async def store() -> Attachment:
            attached = await self._database.write(work)
            self._tell(persona_id, conversation_id)
            return attached

        # What is handed over is stored, also for who does not wait for it any more: it is to be seen, then.
        storing = asyncio.create_task(store())
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)
        return await asyncio.shield(storing)

    async def add_file(self, persona_id: PersonaId, conversation_id: ConversationId, path: Path) -> Attachment:
        """Lay a file on the disk into a conversation's composer. Raises as `add` does."""
        return await self.add(persona_id, conversation_id, await asyncio.to_thread(_content_of, path), path.name)

    async def remove(self, persona_id: PersonaId, conversation_id: ConversationId, attachment_id: AttachmentId) -> None:
        """Take a file out of the composer. Raises NotFound for one that was sent."""

        def work(store: Store) -> None:
            store.assets.let_go(store.for_persona(persona_id).detach(attachment_id))

        await self._database.write(work)
        self._tell(persona_id, conversation_id)

    async def waiting(self, persona_id: PersonaId, conversation_id: ConversationId) -> list[Attachment]:
        return await self._database.read(lambda store: store.for_persona(persona_id).waiting(conversation_id))

    async def of_message(self, message: Message) -> list[Attachment]:
        """With their texts."""

        def work(store: Store) -> dict[MessageId, list[Attachment]]:
            return store.for_persona(message.persona_id).attachments_of([message.id])

        return (await self._database.read(work)).get(message.id, [])

    async def content(self, attachment: Attachment) -> bytes:
        """The file's bytes, as they are stored. Raises NotFound."""
        path = await self._database.read(lambda store: store.assets.path(attachment.sha256))
        return await asyncio.to_thread(path.read_bytes)

    async def close(self) -> None:
        if self._storing:
            await asyncio.wait(self._storing)
        await self._documents.close()

    # -- inside

    async def _read(self, content: bytes) -> _Read:
        if picture_type(content):
            picture = await self._pictures.prepare_avatar(content, None)
            return _Read(picture.content, picture.media_type, "")
        if is_pdf(content):
            return _Read(content, PDF, marked(await self._documents.read_pdf(content)))
        found = await asyncio.to_thread(read_text, content)
        return _Read(content, text_type(found), marked(found))

    def _tell(self, persona_id: PersonaId, conversation_id: ConversationId) -> None:
        where = frozenset({conversation_id})
        self._publish(ChangeSet(personas=frozenset({persona_id}), conversations=where, files=where))


def _content_of(path: Path) -> bytes:
    """Reads regular files alone: a pipe would never end."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise InvalidInput("file", "A folder can't be attached.", "Attach the files in it.")
        if not stat.S_ISREG(about.st_mode):
            raise InvalidInput("file", "This is no ordinary file.", "Attach another one.")
        if about.st_size > FILE_LIMIT:
            raise _too_large(about.st_size)
        with path.open("rb") as file:
            return file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise UserFacingError(
            "This file can't be read.", "See that it is still there, and that you may open it."
        ) from error


def _too_large(size: int) -> InvalidInput:
    return InvalidInput(
        "file",
        f"This file has {-(-size // 2**20):,} MB; one file has up to {FILE_LIMIT // 2**20} MB.",
        "Attach a smaller one, or a part of it.",
    )
