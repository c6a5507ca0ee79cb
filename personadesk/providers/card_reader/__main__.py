"""The reading process of cards and pictures."""

from personadesk.providers.card_reader.child import serve
from personadesk.providers.card_reader.jobs import done

if __name__ == "__main__":
    serve(done)
