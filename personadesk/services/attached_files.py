"""What a file is that goes with a message, by its content, and what is taken of one that comes with a conversation."""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import replace

from personadesk.domain.attachment import FILE_LIMIT, TEXT_LIMIT, WAITING_LIMIT, DocumentText
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingChat, IncomingFile, IncomingMessage
from personadesk.formats.picture_heads import picture_type
from personadesk.formats.plain_text import is_plain, read_text

PDF = "application/pdf"
TEXT = "text/plain"
NAME_LIMIT = 200
_PDF_SIGN_WITHIN = 1024
_CUT = "\n[The file goes on; this much of it was read.]"

Fit = Callable[[bytes], tuple[bytes, str] | None]
"""Makes a stranger's picture into one that may be shown, in another process: its bytes and media type."""


def is_pdf(content: bytes) -> bool:
    """By its sign, which may have something before it; a text that names the sign is still a text."""
    before, sign, _ = content[:_PDF_SIGN_WITHIN].partition(b"%PDF-")
    return bool(sign) and (not before.removeprefix(BOM_UTF8).strip() or not is_plain(content))


def shown_name(name: str) -> str:
    return " ".join(name.split())[:NAME_LIMIT] or "file"


def marked(found: DocumentText) -> str:
    """What was read of a document, with a word at its end where there is more."""
    return found.text + _CUT if found.cut else found.text


def text_type(found: DocumentText) -> str:
    """The media type of a text, with its encoding where that was guessed."""
    return f"{TEXT}; charset={found.guessed}" if found.guessed else TEXT


def with_checked_files(chat: IncomingChat, fit: Fit) -> IncomingChat:
    """A conversation whose files are as if they had been attached here; one that can't be is named in the text.

    Pictures are made anew; a PDF's text is taken as it came.
    """
    if not any(message.files for message in chat.messages):
        return chat
    return replace(chat, messages=tuple(_checked(message, fit) for message in chat.messages))


def with_names(text: str, names: list[str]) -> str:
    """A message's text with the names of files that don't come along."""
    return "\n\n".join(filter(None, (text, f"[Attached: {', '.join(names)}]" if names else "")))


def _checked(message: IncomingMessage, fit: Fit) -> IncomingMessage:
    files = tuple(_taken(message.files[:WAITING_LIMIT], fit))
    left_out = [shown_name(file.name) for file in message.files]
    for file in files:
        left_out.remove(file.name)
    return replace(message, files=files, swipes=tuple(with_names(text, left_out) for text in message.swipes))


def _taken(files: tuple[IncomingFile, ...], fit: Fit) -> Iterator[IncomingFile]:
    for file in files:
        name, content = shown_name(file.name), file.content
        if not content or len(content) > FILE_LIMIT:
            continue
        if picture_type(content):
            fitted = fit(content)
            if fitted is not None:
                yield IncomingFile(name, fitted[1], fitted[0])
        elif is_pdf(content):
            yield IncomingFile(name, PDF, content, file.text[: TEXT_LIMIT + len(_CUT)])
        else:
            try:
                found = read_text(content)
            except UserFacingError:
                continue  # it says that it is text and is none
            yield IncomingFile(name, text_type(found), content, marked(found))
