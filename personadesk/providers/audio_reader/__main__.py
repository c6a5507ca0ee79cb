"""The reading process of recordings: one file after the other, as the reader of cards has it."""

import os

# One thread: the others' stacks would count against the limit of memory.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from personadesk.providers.audio_reader.decoding import done
from personadesk.providers.card_reader.child import serve

if __name__ == "__main__":
    serve(done)
