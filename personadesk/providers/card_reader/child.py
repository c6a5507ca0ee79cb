"""A reading process: takes one file after the other from stdin, answers on stdout, ends when stdin closes."""

import json
import os
import sys
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from personadesk.domain.errors import UserFacingError
from personadesk.providers.card_reader import frames, limits


def serve(done: Callable[[frames.Head, bytes], list[bytes]]) -> NoReturn:
    """Do what is ordered, with limits. `done` gives an answer's frame and may raise UserFacingError."""
    limits.confine()
    answers = _claim_stdout()
    while (order := _order(sys.stdin.buffer)) is not None:
        limits.start_clock()
        try:
            answer = done(*order)
        except UserFacingError as error:
            answer = frames.packed(frames.error_head(error))
        except MemoryError:
            answer = frames.packed(frames.error_head(_too_much_memory()))
        del order
        for piece in answer:
            answers.write(piece)
        answers.flush()
        del answer
    # Nothing is left to tidy up, and a library's own endings may hang on a file that broke it.
    os._exit(0)


def _order(stream: BinaryIO) -> tuple[frames.Head, bytes] | None:
    length = stream.read(frames.LENGTH.size)
    if len(length) < frames.LENGTH.size:
        return None
    head = json.loads(stream.read(*frames.LENGTH.unpack(length)))
    return head, stream.read(*head["blobs"])


def _claim_stdout() -> BinaryIO:
    """Keep stdout for the answers alone: what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return answers


def _too_much_memory() -> UserFacingError:
    return UserFacingError("This file needs more memory than reading one may take.", "Choose a smaller one.")
