"""What can be done with a message: in the bar below it, and in its menu."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QLocale

from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.ids import SwipeId
from personadesk.ui.chat.message_layout import can_continue, needs_notice


class Act(StrEnum):
    """Something that can be done with a message."""

    PREVIOUS = "previous"
    NEXT = "next"
    RETRY = "retry"
    REGENERATE = "regenerate"
    CONTINUE = "continue"
    SPEAK = "speak"
    SPEAK_ON = "speak on"
    SAVE_SPEECH = "save speech"
    EDIT = "edit"
    COPY = "copy"
    DELETE = "delete"
    MORE = "more"
    SAY_INSTEAD = "say instead"
    BRANCH = "branch"
    BRANCHES = "branches"
    STAR = "star"
    PIN = "pin"
    NOTE = "note"
    QUOTE = "quote"
    TEXTS = "texts"
    COPY_PLAIN = "copy plain"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as it is offered: its words and icon, and whether it can be done now."""

    act: Act
    label: str
    icon: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Speech:
    """Whether messages can be heard, and which reply is just now."""

    possible: bool = False
    swipe_id: SwipeId | None = None


def offers_for(message: Message, *, last: bool, speech: Speech = Speech()) -> list[Offer]:
    """What is offered for a message; `last` says that nothing comes after it."""
    copy = Offer(Act.COPY, _tr("Copy"), "copy", bool(message.text))
    if message.state is SwipeState.STREAMING:
        return [copy]
    offers = []
    if message.swipe_count > 1:
        offers += [
            Offer(Act.PREVIOUS, _tr("Previous reply"), "chevron-left", message.swipe_index > 0),
            Offer(Act.NEXT, _tr("Next reply"), "chevron-right", message.swipe_index < message.swipe_count - 1),
        ]
    if last and can_continue(message):
        offers.append(Offer(Act.CONTINUE, _tr("Continue"), "send"))
    if needs_notice(message):
        offers.append(Offer(Act.RETRY, _tr("Try again"), "refresh"))
    elif last and message.role is Role.PERSONA and message.parent_id is not None:
        offers.append(Offer(Act.REGENERATE, _tr("Regenerate"), "refresh"))
    elif last and message.role is Role.USER:
        offers.append(Offer(Act.REGENERATE, _tr("Ask for a reply"), "refresh"))
    if speech.possible and message.role is Role.PERSONA and message.text:
        said = message.swipe_id == speech.swipe_id
        offers.append(Offer(Act.SPEAK, _tr("Stop speaking") if said else _tr("Speak"), "stop" if said else "volume"))
    if message.branch_count > 1:
        offers.append(Offer(Act.BRANCHES, _tr("Branches"), "branch"))
    return [*offers, Offer(Act.EDIT, _tr("Edit"), "edit"), copy, Offer(Act.DELETE, _tr("Delete"), "trash")]


def speech_offers(message: Message, speech: Speech) -> list[Offer]:
    """What a menu offers besides, where voices are."""
    if not speech.possible or message.state is SwipeState.STREAMING:
        return []
    offers = [Offer(Act.SPEAK_ON, _tr("Speak the replies from here"), "skip-forward")]
    if message.role is Role.PERSONA and message.text:
        offers.append(Offer(Act.SAVE_SPEECH, _tr("Save speech…"), "download"))
    return offers


def more_offers(message: Message, *, last: bool = False) -> list[Offer]:
    """What a menu offers behind that; `last` says that nothing comes after it."""
    if message.state is SwipeState.STREAMING:
        return []
    offers = []
    whole = message.role is Role.PERSONA and message.parent_id is not None and not can_continue(message)
    if last and whole and message.text:
        offers.append(Offer(Act.CONTINUE, _tr("Let it go on from here"), "send"))
    offers += [Offer(Act.QUOTE, _tr("Quote in a message"), "quote", bool(message.text))]
    if message.role is Role.USER:
        offers.append(Offer(Act.SAY_INSTEAD, _tr("Edit and send again"), "refresh"))
    offers += [
        Offer(Act.BRANCH, _tr("Begin a branch here"), "branch"),
        Offer(Act.STAR, _tr("Take the star away") if message.starred else _tr("Star"), _star(message)),
        Offer(Act.PIN, _tr("Unpin") if message.pinned else _tr("Pin"), "pin-filled" if message.pinned else "pin"),
        Offer(Act.NOTE, _tr("Change the note…") if message.note else _tr("Add a note…"), "note"),
        Offer(Act.COPY_PLAIN, _tr("Copy as plain text"), "copy", bool(message.text)),
        Offer(Act.PICTURE, _tr("Save as a picture…"), "image", bool(message.text or message.attachments)),
    ]
    if message.swipe_count > 1:
        offers.append(Offer(Act.TEXTS, _tr("All its texts…"), "history"))
    return offers


def _star(message: Message) -> str:
    return "star-filled" if message.starred else "star"


def swipe_label(message: Message) -> str:
    """Which of the replies is shown: 2/3."""
    locale = QLocale()
    return f"{locale.toString(message.swipe_index + 1)}/{locale.toString(message.swipe_count)}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)
