"""What reads strangers' files, each as a function of bytes that may raise nothing but a UserFacingError."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from personadesk.domain.errors import UserFacingError
from personadesk.formats.card_contents import card_contents
from personadesk.formats.card_export import write_charx, write_png_card
from personadesk.formats.card_files import looks_like_card, read_card_file
from personadesk.formats.character_card import read_card_json, write_card_json, write_card_v2_json
from personadesk.formats.exif_comment import webp_comment
from personadesk.formats.persona_archive import archive_pieces, read_archive
from personadesk.formats.picture_heads import picture_size
from personadesk.formats.png_chunks import is_png
from personadesk.providers.card_reader.pictures import as_png, prepare_avatar

LIMIT_S = 1.0
"""Of the processor, for one input. Pictures have the reading process's own limits beside."""

_TOUCHING = ("open", "os.", "shutil.", "socket.", "subprocess.", "tempfile.", "ctypes.dlopen")
_HARMLESS = ("os.putenv", "os.unsetenv")
_OWN_FILES = tuple(
    str(Path(place).resolve()) for place in (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]))
)


class Escaped(AssertionError):
    """A reader reached for something outside of the bytes it was given."""


class TookTooLong(AssertionError):
    """A reader needed longer for one input than it may."""


def card_file(content: bytes) -> None:
    looks_like_card(content[:4096], "a.png")
    incoming = read_card_file(content, "a.charx")
    card_contents(incoming)
    v2, v3 = write_card_v2_json(incoming.card), write_card_json(incoming.card)
    assert read_card_json(v3).name == read_card_json(v2).name == incoming.card.name
    original = content if is_png(content) else None
    assert read_card_file(write_png_card(v2, v3, None, original), "a.png").card.name == incoming.card.name
    files = {asset.path: asset.content for asset in incoming.assets if asset.path}
    assert read_card_file(write_charx(v3, files), "a.charx").card.name == incoming.card.name


def card_json(content: bytes) -> None:
    card = read_card_json(content.decode("utf-8", "replace"))
    assert read_card_json(write_card_json(card)).name == card.name


def archive(content: bytes) -> None:
    list(archive_pieces(read_archive(content)))


def picture_head(content: bytes) -> None:
    picture_size(content)
    webp_comment(content)


def picture(content: bytes) -> None:
    size = picture_size(content)
    # Larger ones take their time, which the reading process's clock bounds.
    if size is None or size[0] * size[1] <= 1_000_000:
        prepare_avatar(content, None)
        as_png(content)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (card_file, card_json, archive, picture_head, picture)
}


class _Watch:
    """The thread whose every reach for the outside is an error, 0 for none."""

    thread = 0


def _notice(event: str, arguments: tuple[Any, ...]) -> None:
    if _Watch.thread != threading.get_ident() or not event.startswith(_TOUCHING) or event in _HARMLESS:
        return
    # An encoding or a decoder that is imported when it is first needed.
    if event == "open" and str(arguments[0]).startswith(_OWN_FILES) and arguments[1] in ("r", "rb", None):
        return
    if event in ("os.listdir", "os.scandir") and str(arguments[0] if arguments else "").startswith(_OWN_FILES):
        return
    raise Escaped(f"{event} {arguments!r:.200}")


sys.addaudithook(_notice)


@contextmanager
def _watched() -> Iterator[None]:
    _Watch.thread = threading.get_ident()
    try:
        yield
    finally:
        _Watch.thread = 0


def attempt(target: Callable[[bytes], None], content: bytes, limit_s: float = LIMIT_S) -> None:
    """Run a target. Raises Escaped, TookTooLong, and what the target should not have raised."""
    logging.disable()
    start = time.thread_time()
    try:
        with _watched():
            target(content)
    except UserFacingError:
        pass
    finally:
        logging.disable(logging.NOTSET)
    taken = time.thread_time() - start
    if taken > limit_s:
        raise TookTooLong(f"{taken:.1f} s for {len(content):,} bytes")
