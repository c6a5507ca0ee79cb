"""The parent's side: hands documents to the reading process, and believes nothing it says without looking."""

import sys
from collections.abc import Sequence

from personadesk.domain.attachment import TEXT_LIMIT, DocumentText
from personadesk.providers.card_reader import frames
from personadesk.providers.card_reader.pool import ReadingPool

CHILD_COMMAND = (sys.executable, "-P", "-m", "personadesk.providers.document_reader")
"""How the reading process is started. A frozen program passes its own command."""


class ProcessDocumentReader(ReadingPool):
    """A DocumentReader."""

    def __init__(self, *, command: Sequence[str] = CHILD_COMMAND, limit_s: float = 20.0, idle_s: float = 30.0) -> None:
        super().__init__(processes=1, command=command, limit_s=limit_s, idle_s=idle_s)

    async def read_pdf(self, content: bytes) -> DocumentText:
        return await self.ask({"do": "pdf"}, content, _text)


def _text(head: frames.Head, blobs: Sequence[bytes]) -> DocumentText:
    """Raises Garbled."""
    try:
        [encoded] = blobs
        found = DocumentText(encoded.decode("utf-8"), int(head["pages"]), bool(head["cut"]))
    except (KeyError, TypeError, ValueError) as error:
        raise frames.Garbled from error
    if len(found.text) > TEXT_LIMIT or found.pages < 0:
        raise frames.Garbled
    return found
