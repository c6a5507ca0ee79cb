"""What attachments need from whoever opens strangers' documents, apart from this process."""

from typing import Protocol

from personadesk.domain.attachment import DocumentText


class DocumentReader(Protocol):
    """Reads in a child process with limits of memory, time and files. Safe for many calls at once."""

    async def read_pdf(self, content: bytes) -> DocumentText:
        """The text of a PDF's pages. Raises UserFacingError for what is none, is locked, or holds pictures alone."""
        ...

    async def close(self) -> None: ...
