"""The reading process of documents: one file after the other, as the reader of cards has it."""

from personadesk.providers.card_reader.child import serve
from personadesk.providers.document_reader.pdf import done

if __name__ == "__main__":
    serve(done)
