"""A reading process that fails on purpose, as the name of the file it is given says."""

import os
import sys
import time

from personadesk.providers.card_reader import frames
from personadesk.providers.card_reader.child import _order

while (order := _order(sys.stdin.buffer)) is not None:
    name = order[0]["name"]
    if name == "crash":
        os.abort()
    if name == "hang":
        time.sleep(600)
    answer = {
        "garbage": [b"\xff\xff\xff\xff"],
        "no json": [frames.LENGTH.pack(3) + b"{{{"],
        "another shape": frames.packed({"card": 7}),
        "endless": frames.packed({"blobs_": 1}, [])[:1],
    }.get(name, frames.packed(frames.error_head(frames.UnreadableCard("Said.", "Do.")), []))
    for piece in answer:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    if name == "garbage":
        os._exit(1)
os._exit(0)
