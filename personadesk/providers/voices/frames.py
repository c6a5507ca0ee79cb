"""What a speaking process and its parent say to each other.

To the child: a JSON object a line, {"ask": number, "do": "voices" | "speak" | "load", …} or {"stop": number}.
From the child: frames of a length (4 bytes, big-endian), a JSON object of that length, and as many bytes of PCM
as its "pcm" says. Every frame carries "ask"; the last one of an answer carries "end": true, perhaps with "error".
"""

import json
import struct
from typing import Any

LENGTH = struct.Struct(">I")
HEAD_LIMIT_BYTES = 4 * 1024 * 1024

Frame = dict[str, Any]


def packed(head: Frame, pcm: bytes = b"") -> bytes:
    if pcm:
        head = {**head, "pcm": len(pcm)}
    text = json.dumps(head).encode()
    return LENGTH.pack(len(text)) + text + pcm


def line(order: Frame) -> bytes:
    return json.dumps(order).encode() + b"\n"
