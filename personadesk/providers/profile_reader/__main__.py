"""The reading process of profiles: takes many files at once from stdin, answers on stdout, ends when stdin closes.

An order's head has "do" ("ready" or "heads"), "names" and "sizes"; the files' bytes come behind it, one after the
other. Its answer's one byte string is what `formats.ready_profiles.packed` writes.
"""

import json
import os
import struct
import sys
from itertools import accumulate
from typing import Any, NoReturn

from personadesk.formats.ready_profiles import packed, read_head, read_ready
from personadesk.providers.card_reader import limits

LENGTH = struct.Struct(">I")
"""Card readers' frames, which this module does without: they would bring every format of a card along."""


def main() -> NoReturn:
    limits.confine()
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(length := orders.read(LENGTH.size)) == LENGTH.size:
        head = json.loads(orders.read(*LENGTH.unpack(length)))
        content = orders.read(*head["blobs"])
        limits.start_clock()
        answer = done(head, content)
        written = json.dumps({"blobs": [len(answer)]}).encode()
        answers.write(LENGTH.pack(len(written)) + written + answer)
        answers.flush()
    os._exit(0)


def done(head: dict[str, Any], content: bytes) -> bytes:
    ends = list(accumulate(head["sizes"], initial=0))
    files = zip(ends, ends[1:], head["names"], strict=False)
    if head["do"] == "heads":
        return packed(read_head(content[start:end], name) for start, end, name in files)
    return packed(read_ready(content[start:end], name) for start, end, name in files)


if __name__ == "__main__":
    main()
