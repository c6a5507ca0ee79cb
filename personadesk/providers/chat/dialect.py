"""What a protocol has to know of itself, so that one wire carries all of them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from personadesk.domain.chat import ChatRequest, ChatRole, ChatTurn, FinishReason, Picture
from personadesk.domain.errors import ModelError

GO_ON = "(Go on exactly where your last message broke off. Write only what follows; repeat nothing of it.)"
"""Said in the user's place to a model whose server can't be given the beginning of its answer."""

BEGIN = "(The conversation begins.)"
"""Stands before a greeting where a protocol wants the user to speak first."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one event of a stream says. `alive`: the model is at work, also where no text came yet."""

    text: str = ""
    finish: FinishReason | None = None
    alive: bool = False
    ended: bool = False


class ThoughtOnly(ModelError):
    """A reply's length went into thinking."""

    def __init__(self) -> None:
        super().__init__(
            "The model used up its whole reply before its first word.",
            "Allow longer replies in the persona's Model section, or choose another model.",
        )


class Dialect(Protocol):
    """One model on one server, in one protocol."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def secret(self) -> str:
        """The key, so that nothing that is shown or logged holds it."""
        ...

    @property
    def prefills(self) -> bool:
        """It goes on from a last turn of the assistant's."""
        ...

    @property
    def base_url(self) -> str: ...
    @property
    def url(self) -> str:
        """Where a reply is asked for. Never holds a key."""
        ...

    def body(self, request: ChatRequest) -> dict[str, Any]: ...
    def read(self, data: str) -> Chunk:
        """One event of a stream. Raises ModelError where it can't be read, or says that the server failed."""
        ...

    def read_whole(self, answer: dict[str, Any]) -> Chunk:
        """An answer that came in one piece, though a stream was asked for."""
        ...


def spoken_turns(request: ChatRequest, *, prefills: bool) -> tuple[ChatTurn, ...]:
    """The turns as they are sent: a reply that goes on is left open, or asked for where it can't be."""
    if request.continues and not prefills:
        return (*request.turns, ChatTurn(ChatRole.USER, GO_ON))
    return request.turns


def base64_of(picture: Picture) -> str:
    return base64.b64encode(picture.content).decode("ascii")


def told_apart(request: ChatRequest) -> tuple[str, list[ChatTurn]]:
    """For protocols with one system text: what stands at the start, and turns that alternate from the user's on.

    A system turn in the middle of the conversation is said in the user's place.
    """
    turns = list(spoken_turns(request, prefills=False))
    start = 0
    while start < len(turns) and turns[start].role is ChatRole.SYSTEM:
        start += 1
    system = "\n\n".join(turn.text for turn in turns[:start])
    talk: list[ChatTurn] = []
    for turn in turns[start:]:
        role = ChatRole.ASSISTANT if turn.role is ChatRole.ASSISTANT else ChatRole.USER
        if talk and talk[-1].role is role:
            before = talk[-1]
            talk[-1] = ChatTurn(role, f"{before.text}\n\n{turn.text}", (*before.pictures, *turn.pictures))
        else:
            talk.append(replace(turn, role=role))
    if not talk or talk[0].role is ChatRole.ASSISTANT:
        talk.insert(0, ChatTurn(ChatRole.USER, BEGIN))
    return system, talk
