"""The reading process of recordings: joins the reader, which knows no Qt, and Qt's decoder."""

import os

# One thread: the others' stacks would count against the limit of memory.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from personadesk.providers.audio_reader.decoding import Decoding
from personadesk.providers.card_reader.child import serve
from personadesk.ui.speech.qt_decoding import decode

if __name__ == "__main__":
    serve(Decoding(decode))
