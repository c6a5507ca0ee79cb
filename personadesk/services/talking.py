"""Everything a chat needs beside the chat itself."""

from personadesk.services.attachment_ports import DocumentReader
from personadesk.services.attachments import AttachmentService
from personadesk.services.card_ports import CardReader
from personadesk.services.chat import ChatService
from personadesk.services.chat_exports import ChatExports
from personadesk.services.context import ContextService
from personadesk.services.conversations import ConversationService
from personadesk.services.idle_keeping import IdleKeeper
from personadesk.services.impersonating import Impersonating
from personadesk.services.ports import ChatModel, Database, Publish
from personadesk.services.provider_ports import LineUp
from personadesk.services.search import SearchService


class Talking:
    """Belongs to the engine's event loop. `idle` is to be given every event."""

    def __init__(
        self,
        *,
        database: Database,
        publish: Publish,
        model: ChatModel,
        chat: ChatService,
        documents: DocumentReader,
        pictures: CardReader,
        line_up: LineUp | None = None,
    ) -> None:
        self.chat = chat
        self.conversations = ConversationService(database=database, publish=publish, chat=chat)
        self.context = ContextService(database=database, model=model, line_up=line_up)
        self.files = ChatExports(database=database, publish=publish)
        self.attachments = AttachmentService(database=database, publish=publish, documents=documents, pictures=pictures)
        self.search = SearchService(database=database)
        self.impersonating = Impersonating(database=database, model=model, chat=chat, line_up=line_up)
        self.idle = IdleKeeper(database=database, model=model, publish=publish, line_up=line_up)

    async def close(self) -> None:
        await self.idle.close()
        await self.attachments.close()
