"""Conversations as files: SillyTavern's JSONL and JSON of our own both ways; Markdown, text and HTML for people."""

import html
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from personadesk.domain.chat_file import ChatFormat, WrittenChat
from personadesk.domain.conversation import Role
from personadesk.domain.errors import UserFacingError
from personadesk.domain.incoming import IncomingChat, IncomingMessage
from personadesk.formats.exact_json import UnreadableJson, read_json, storable
from personadesk.formats.message_markdown import message_html, with_fence_closed
from personadesk.formats.sillytavern import begins_log, read_chat, read_moment
from personadesk.formats.swipe_models import swipe_extras

FORMAT = "personadesk-chat"
VERSION = 1
FILE_LIMIT = 200 * 1024 * 1024
"""Bytes of a chat that is read: a hundred thousand long messages take a quarter of it."""
HEAD_BYTES = 64 * 1024
"""As much of a file as tells whether it is a chat."""
_BOM = b"\xef\xbb\xbf"

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1d2a;"
    "background:#f5f6fb}article{background:#fff;border:1px solid #dfe2ee;border-radius:14px;padding:.6rem 1rem;"
    "margin:.7rem 0}article.user{background:#eceaff}header{font-weight:600}time{color:#5f667d;font-weight:400;"
    "font-size:.85em;margin-inline-start:.6em}pre{overflow:auto;background:#eceef6;padding:.7rem;border-radius:9px}"
    "blockquote{border-inline-start:3px solid #dfe2ee;margin-inline:0;padding-inline-start:1rem;color:#5f667d}"
    "table{border-collapse:collapse}td,th{border:1px solid #dfe2ee;padding:.2rem .6rem}"
    "footer{color:#5f667d;font-size:.85em}ul>li.task{list-style:none}ul>li.task>input,ul>li.task>p>input{"
    "margin-inline-start:-1.4em}.spoiler{position:relative;cursor:pointer}.spoiler>input{position:absolute;opacity:0}"
    ".spoiler>input:not(:checked)+span,.spoiler>input:not(:checked)+span *{color:transparent;background:#5f667d;"
    "border-radius:4px;user-select:none}.spoiler>input:not(:checked)+span a{pointer-events:none}"
    ".spoiler>input:focus-visible+span{outline:2px solid #6c5ce7}"
    "@media(prefers-color-scheme:dark){body{color:#eceef6;background:#14151c}article{background:#1c1e28;"
    "border-color:#2c3040}article.user{background:#2a2550}pre{background:#0f1016}td,th{border-color:#2c3040}}"
)


def write_chat(chat: WrittenChat, form: ChatFormat) -> bytes:
    """The whole conversation in UTF-8."""
    write = {
        ChatFormat.SILLYTAVERN: _sillytavern,
        ChatFormat.JSON: _own_json,
        ChatFormat.MARKDOWN: _markdown,
        ChatFormat.TEXT: _text,
        ChatFormat.HTML: _html,
    }[form]
    return write(chat).encode()


def read_chat_file(content: bytes, name: str) -> tuple[IncomingChat, tuple[str, ...]]:
    """Read SillyTavern's JSONL or JSON of our own, by what is in it, and notes on what was left out.

    Raises UserFacingError for anything else.
    """
    if len(content) > FILE_LIMIT:
        raise UserFacingError(
            f"This file has {len(content) // 1_000_000:,} MB; a chat has up to {FILE_LIMIT // 1_000_000} MB.",
            "Split it, and bring it in in parts.",
        )
    own = _read_own(content)
    if own is not None:
        return own, ()
    return read_chat(content, name)


def begins_chat(head: bytes) -> bool:
    """Whether a file that begins so, with up to HEAD_BYTES of it, is a chat, whatever its name."""
    first = next((line for line in head.removeprefix(_BOM).splitlines() if line.strip()), b"").strip()
    if not first.startswith(b"{"):
        return False
    if FORMAT.encode() in head[:300]:
        return True
    try:
        return begins_log(read_json(first).value)
    except UnreadableJson:
        # A first message longer than the head: its keys come before its words.
        return len(head) >= HEAD_BYTES and b'"is_user"' in first and (b'"mes"' in first or b'"name"' in first)


# -- writing


def _sillytavern(chat: WrittenChat) -> str:
    header = {
        "user_name": chat.user,
        "character_name": chat.persona,
        "create_date": _iso(chat.started_at),
        "chat_metadata": {},
    }
    return "\n".join(_line(value) for value in (header, *_sillytavern_messages(chat)))


def _sillytavern_messages(chat: WrittenChat) -> Iterator[dict[str, Any]]:
    for message in chat.messages:
        sent = _iso(message.sent_at)
        extra: dict[str, Any] = {"model": message.model} if message.model else {}
        if message.starred or message.pinned or message.note:
            extra["personadesk"] = {"starred": message.starred, "pinned": message.pinned, "note": message.note}
        line: dict[str, Any] = {
            "name": chat.speaker(message),
            "is_user": message.role is Role.USER,
            "is_system": False,
            "send_date": sent,
            "mes": message.text,
            "extra": extra,
        }
        if message.role is Role.PERSONA or len(message.swipes) > 1:
            line["swipe_id"] = message.shown
            line["swipes"] = list(message.swipes)
            line["swipe_info"] = [{"send_date": sent, "extra": extra} for extra in swipe_extras(message)]
        yield line


def _own_json(chat: WrittenChat) -> str:
    value = {
        "format": FORMAT,
        "version": VERSION,
        "title": chat.title,
        "persona": chat.persona,
        "user": chat.user,
        "started_at": _iso(chat.started_at),
        "messages": [
            {
                "role": message.role.value,
                "sent_at": _iso(message.sent_at),
                "shown": message.shown,
                "swipes": list(message.swipes),
                "model": message.model,
                "models": list(message.models),
                "starred": message.starred,
                "pinned": message.pinned,
                "note": message.note,
                "files": list(message.files),
            }
            for message in chat.messages
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1)


def _markdown(chat: WrittenChat) -> str:
    parts = [f"# {_one_line(chat.title)}\n"]
    for message in chat.messages:
        head = f"**{_one_line(chat.speaker(message))}** · {_shown_time(message.sent_at)}"
        parts.append(f"{head}\n\n{with_fence_closed(message.text)}\n")
        parts += [f"_Attached: {_one_line(name)}_\n" for name in message.files]
    return "\n".join(parts)


def _text(chat: WrittenChat) -> str:
    parts = [f"{_one_line(chat.title)}\n"]
    for message in chat.messages:
        files = "".join(f"\n[{_one_line(name)}]" for name in message.files)
        parts.append(f"[{_shown_time(message.sent_at)}] {_one_line(chat.speaker(message))}:\n{message.text}{files}\n")
    return "\n".join(parts)


def _html(chat: WrittenChat) -> str:
    """One file that loads nothing: pictures stay words, and what a message says is never markup."""
    parts = [
        '<!doctype html>\n<html><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{html.escape(chat.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(chat.title)}</h1>",
    ]
    for message in chat.messages:
        files = "".join(f"<footer>{html.escape(name)}</footer>" for name in message.files)
        parts.append(
            f'<article class="{message.role.value}" dir="auto"><header>{html.escape(chat.speaker(message))}'
            f'<time datetime="{_iso(message.sent_at)}">{_shown_time(message.sent_at)}</time></header>'
            f"{message_html(message.text)}{files}</article>"
        )
    parts.append("</body></html>\n")
    return "\n".join(parts)


# -- reading


def _read_own(content: bytes) -> IncomingChat | None:
    """None for what is not ours at all; raises UserFacingError for what is, and is damaged or newer."""
    if content.lstrip()[:1] != b"{" or FORMAT.encode() not in content[:300]:
        return None
    try:
        value = read_json(content).value
    except UnreadableJson as error:
        raise UserFacingError("This chat is damaged.", "Export it again, and choose that file.") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        return None
    if value.get("version") != VERSION:
        raise UserFacingError("This chat was written by a newer PersonaDesk.", "Update PersonaDesk, then try again.")
    listed = value.get("messages")
    messages = [_own_message(each) for each in listed] if isinstance(listed, list) else []
    return IncomingChat(
        title=storable(str(value.get("title") or "")),
        messages=tuple(message for message in messages if message is not None),
        started_at=read_moment(value.get("started_at")),
    )


def _own_message(value: object) -> IncomingMessage | None:
    if not isinstance(value, Mapping):
        return None
    written = value.get("swipes")
    texts = written if isinstance(written, list) else []
    swipes = tuple(storable(each) for each in texts if isinstance(each, str))
    if not any(text.strip() for text in swipes):
        return None
    number = value.get("shown")
    shown = number if isinstance(number, int) and 0 <= number < len(swipes) else 0
    return IncomingMessage(
        role=Role.USER if value.get("role") == Role.USER.value else Role.PERSONA,
        swipes=swipes,
        shown=shown,
        sent_at=read_moment(value.get("sent_at")),
        models=_own_models(value, len(swipes), shown),
        starred=value.get("starred") is True,
        pinned=value.get("pinned") is True,
        note=_said(value.get("note")),
    )


def _own_models(value: Mapping[str, Any], swipes: int, shown: int) -> tuple[str, ...]:
    """One for each swipe; a file that names one alone names that of the shown swipe."""
    listed = value.get("models")
    if isinstance(listed, list) and len(listed) == swipes:
        models = [_said(each) for each in listed]
    else:
        models = [_said(value.get("model")) if index == shown else "" for index in range(swipes)]
    return tuple(models) if any(models) else ()


def _said(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown_time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
