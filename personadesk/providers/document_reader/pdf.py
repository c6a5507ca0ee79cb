"""What the reading process does with a PDF: take the text out of its pages. Runs there alone."""

from personadesk.domain.attachment import TEXT_LIMIT
from personadesk.domain.errors import UserFacingError
from personadesk.providers.card_reader import frames

PAGES_LIMIT = 2_000


def done(order: frames.Head, content: bytes) -> list[bytes]:
    """Read a document and give the answer's frame. Raises UserFacingError."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UserFacingError(
                "This PDF is locked with a password.", "Save it without one, and attach that."
            ) from error
        raise UserFacingError("This PDF is damaged.", "Open it in another program and save it again.") from error
    pieces: list[str] = []
    length = 0
    for number in range(min(len(document), PAGES_LIMIT)):
        try:
            text = document[number].get_textpage().get_text_bounded().replace("\r\n", "\n").strip()
        except pypdfium2.PdfiumError:
            continue  # a page that is damaged leaves the others readable
        if text:
            pieces.append(text)
            length += len(text) + 2
        if length > TEXT_LIMIT:
            break
    whole = "\n\n".join(pieces)
    if not whole:
        raise UserFacingError(
            "There is no text in this PDF: its pages are pictures.", "Attach the pages as pictures instead."
        )
    cut = len(whole) > TEXT_LIMIT or len(document) > PAGES_LIMIT
    head = {"pages": len(document), "cut": cut}
    return frames.packed(head, [whole[:TEXT_LIMIT].encode("utf-8", "replace")])
