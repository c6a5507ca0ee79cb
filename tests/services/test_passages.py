"""What an engine is given to say in one go."""

from hypothesis import given
from hypothesis import strategies as st

from personadesk.services.speech.passages import passages


def test_sentences_keep_their_places():
    text = "Dr. Ito smiled.  “Come in!”\nTea?"

    found = passages(text)

    assert [text[at : at + len(said)] for said, at in found] == ["Dr. Ito smiled.", "“Come in!”", "Tea?"]


def test_a_long_sentence_is_cut_where_one_breathes():
    text = "First we walk along the river, then we rest under the old willow, then we go home."

    found = passages(text, limit=50)

    assert [said for said, _ in found] == [
        "First we walk along the river,",
        "then we rest under the old willow,",
        "then we go home.",
    ]


@given(st.text(alphabet="ab. ,\n?!;—日。1", max_size=200), st.integers(5, 40))
def test_nothing_that_can_be_said_is_lost(text: str, limit: int):
    found = passages(text, limit=limit)

    assert all(text[at : at + len(said)] == said and len(said) <= limit for said, at in found)
    assert "".join(c for said, _ in found for c in said if c.isalnum()) == "".join(c for c in text if c.isalnum())
