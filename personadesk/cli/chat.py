"""The same conversation in a terminal, from the same store."""

import contextlib
import importlib
import sys
from concurrent.futures import CancelledError, Future
from concurrent.futures import wait as wait_for
from queue import Empty, SimpleQueue
from typing import TypeVar

from personadesk.assembly import Backend
from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.events import Event, ReplyEnded, ReplyGrew
from personadesk.domain.ids import ConversationId, PersonaId
from personadesk.domain.persona import PersonaSummary
from personadesk.paths import Paths
from personadesk.services.chat import OpenedChat
from personadesk.services.personas import LibraryListing

T = TypeVar("T")

HELP = """Write and press Enter. /switch NAME talks to somebody else, /new begins a new conversation,
/list shows who is here, /quit leaves. Ctrl+C stops a reply."""
SHOWN_BEFORE = 6
_LOOK_S = 0.5
"""How long a wait lasts at most before Python gets to see a signal that came just before it."""

_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)])
"""What makes a terminal do things rather than show them: cards and replies are strangers' texts."""


def chat(paths: Paths, name: str | None, text: str | None) -> int:
    """Answer one text, or hold a conversation until the user leaves."""
    backend = Backend(paths)
    try:
        talk = _Talk(backend)
        if text is not None and name is not None:
            return talk.answer_once(name, text)
        return talk.converse(name)
    finally:
        backend.close()


class _Talk:
    """One terminal's conversation. Blocks on the engine; the engine never waits for the terminal."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._events: SimpleQueue[Event] = SimpleQueue()
        backend.hub.subscribe(self._events.put)
        self._listing: LibraryListing = self._wait(backend.engine.submit(backend.prepare()))

    def answer_once(self, name: str, text: str) -> int:
        summary = self._find(name)
        opened = self._open(summary.id)
        return self._say(summary, opened.transcript.conversation.id, text)

    def converse(self, name: str | None) -> int:
        with contextlib.suppress(ImportError):
            # Where it exists, importing it gives `input` its line editing.
            importlib.import_module("readline")
        if name is None:
            self._list()
            name = self._ask("Whom would you like to talk to? ")
            if name is None:
                return 0
        summary = self._find_patiently(name)
        if summary is None:
            return 0
        print(HELP)
        conversation = self._greet(summary)
        while True:
            print()
            line = self._ask("You: ")
            if line is None or line in ("/quit", "/exit", "/q"):
                return 0
            if line == "/list":
                self._list()
            elif line == "/help":
                print(HELP)
            elif line == "/new":
                made = self._wait(self._backend.engine.submit(self._backend.chat.new_conversation(summary.id)))
                conversation = self._greet(summary, made.id)
            elif line.startswith("/switch"):
                found = self._find_patiently(line.removeprefix("/switch").strip())
                if found is not None:
                    summary = found
                    conversation = self._greet(summary)
            elif line:
                self._say(summary, conversation, line)

    # -- inside

    def _say(self, summary: PersonaSummary, conversation: ConversationId, text: str) -> int:
        try:
            self._wait(self._backend.engine.submit(self._backend.chat.send(summary.id, conversation, text)))
        except UserFacingError as problem:
            print(f"{problem.sentence} {problem.next_step}".strip(), file=sys.stderr)
            return 1
        print(f"{_plain(summary.shown_name)}: ", end="", flush=True)
        printed = ""
        stopped = False
        while True:
            try:
                event = self._events.get(timeout=_LOOK_S)
            except Empty:
                continue
            except KeyboardInterrupt:
                if stopped:
                    raise
                stopped = True
                self._backend.engine.submit(self._backend.chat.stop(conversation))
                continue
            if isinstance(event, ReplyGrew) and event.conversation_id == conversation:
                printed = _print_growth(printed, event.text)
            elif isinstance(event, ReplyEnded) and event.message.conversation_id == conversation:
                return self._end(event.message, printed)

    def _end(self, message: Message, printed: str) -> int:
        if message.text.startswith(printed):
            print(_plain(message.text[len(printed) :]))
        else:
            # The last words were taken back: an end that belonged to somebody else.
            print()
        if message.state in (SwipeState.FAILED, SwipeState.INTERRUPTED):
            print(message.error, file=sys.stderr)
            return 1
        if message.state is SwipeState.STOPPED:
            print("(stopped)")
        if message.stepped_in:
            print(f"({message.error})", file=sys.stderr)
        return 0

    def _greet(self, summary: PersonaSummary, conversation: ConversationId | None = None) -> ConversationId:
        opened = self._open(summary.id, conversation)
        shown = opened.transcript.tail[-SHOWN_BEFORE:]
        hidden = opened.transcript.message_count - len(shown)
        print(_plain(f"\n{summary.shown_name}" + (f" · {summary.tagline}" if summary.tagline else "")))
        if hidden > 0:
            print(f"({hidden} earlier)")
        for message in shown:
            print(_plain(f"{'You' if message.role is Role.USER else summary.shown_name}: {message.text}"))
        return opened.transcript.conversation.id

    def _open(self, persona_id: PersonaId, conversation: ConversationId | None = None) -> OpenedChat:
        opened = self._wait(self._backend.engine.submit(self._backend.chat.open(persona_id, conversation)))
        shown = opened.transcript.conversation.id
        self._wait(self._backend.engine.submit(self._backend.chat.set_visible(persona_id, shown)))
        return opened

    def _find(self, name: str) -> PersonaSummary:
        wanted = name.casefold()
        people = self._listing.personas
        exact = [item for item in people if wanted in (item.name.casefold(), item.shown_name.casefold())]
        begun = [item for item in people if item.shown_name.casefold().startswith(wanted)] if wanted else []
        found = exact or begun
        if len(found) != 1:
            names = ", ".join(sorted(item.shown_name for item in (found or people)))
            said = f"More than one persona is called {name!r}." if found else f"There is no persona called {name!r}."
            raise NotFound(said, f"Choose one of: {names}.")
        return found[0]

    def _find_patiently(self, name: str) -> PersonaSummary | None:
        while True:
            try:
                return self._find(name)
            except NotFound as problem:
                print(f"{problem.sentence} {problem.next_step}")
            answer = self._ask("Whom? ")
            if answer is None or not answer:
                return None
            name = answer

    def _list(self) -> None:
        for item in sorted(self._listing.personas, key=lambda item: item.id):
            print(_plain(f"  {item.shown_name}" + (f" · {item.tagline}" if item.tagline else "")))

    @staticmethod
    def _ask(prompt: str) -> str | None:
        """A line, or None at the end of input."""
        try:
            return input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return None

    @staticmethod
    def _wait(future: "Future[T]") -> T:
        while not future.done():
            wait_for([future], _LOOK_S)
        try:
            return future.result()
        except CancelledError:
            raise KeyboardInterrupt from None


def _print_growth(printed: str, text: str) -> str:
    """Print what is new of a growing text; a terminal can't take back what it has shown."""
    if not text.startswith(printed):
        return printed
    print(_plain(text[len(printed) :]), end="", flush=True)
    return text


def _plain(text: str) -> str:
    return text.translate(_CONTROLS)
