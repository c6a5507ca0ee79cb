"""What can be typed instead of said: the words, what they take, and telling them from a message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

_COMMAND = re.compile(r"/([A-Za-z]+)(?:\s+(.*))?", re.DOTALL)
_BEGINNING = re.compile(r"/([A-Za-z]*)")


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """`takes` is shown behind the word, "" for nothing; `needed` says that it can't be left out."""

    word: str
    takes: str
    does: str
    needed: bool = False

    @property
    def shown(self) -> str:
        return f"/{self.word} {self.takes}".rstrip()


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as it was typed. `command` is None for a word that is none."""

    word: str
    rest: str
    command: SlashCommand | None


def slash_commands() -> tuple[SlashCommand, ...]:
    """In the order in which they are offered, in the user's language."""
    text, words = _tr("TEXT"), _tr("WORDS")
    return (
        SlashCommand("new", "", _tr("Begin a new conversation")),
        SlashCommand("title", text, _tr("Name this conversation"), needed=True),
        SlashCommand("regenerate", "", _tr("Let the last reply be written again")),
        SlashCommand("continue", "", _tr("Let the last reply go on")),
        SlashCommand("swipe", _tr("next, prev or a number"), _tr("Show another of the last replies")),
        SlashCommand("branch", "", _tr("Go on from the message that has the focus, or the last one")),
        SlashCommand("instead", text, _tr("Say your last message differently, as a branch")),
        SlashCommand("impersonate", words, _tr("Let the model write your next message; nothing is sent")),
        SlashCommand("memory", text, _tr("Let the persona remember this about you"), needed=True),
        SlashCommand("note", text, _tr("Put a note on the message that has the focus, or the last one"), needed=True),
        SlashCommand("star", "", _tr("Star the message that has the focus, or the last one")),
        SlashCommand("pin", "", _tr("Pin the message that has the focus, or the last one")),
        SlashCommand("find", words, _tr("Find words in this conversation")),
        SlashCommand("jump", "2026-01-31", _tr("Go to a date")),
        SlashCommand("export", "jsonl, json, md, txt, html", _tr("Save this conversation as a file")),
        SlashCommand("archive", "", _tr("Put this conversation aside")),
        SlashCommand("speak", "", _tr("Hear the last reply, or stop it")),
        SlashCommand("stop", "", _tr("Stop what is being written")),
        SlashCommand("help", "", _tr("Show every command")),
    )


def read_typed(text: str, commands: Sequence[SlashCommand]) -> Typed | None:
    """A text that begins with a slash and a word; None for one that is a message."""
    match = _COMMAND.fullmatch(text.strip())
    if match is None:
        return None
    word = match[1].lower()
    return Typed(word, (match[2] or "").strip(), next((each for each in commands if each.word == word), None))


def offered_for(text: str, commands: Sequence[SlashCommand]) -> list[SlashCommand]:
    """The commands that a text may become while its first word is typed."""
    match = _BEGINNING.fullmatch(text)
    if match is None:
        return []
    begun = match[1].lower()
    return [each for each in commands if each.word.startswith(begun)]


def without_escape(text: str) -> str:
    """Two slashes stand for one that is meant."""
    return text[1:] if text.startswith("//") else text


def _tr(text: str) -> str:
    return QCoreApplication.translate("SlashCommands", text)
