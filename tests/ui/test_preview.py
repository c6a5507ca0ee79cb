"""What lists show of a message."""

import pytest

from personadesk.ui.widgets.preview import HIDDEN, preview


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# A heading *leans on the rail* **Hello**", "A heading leans on the rail Hello"),
        ("*smiles and", "smiles and"),
        ("It was ||the butler|| or ||the c", f"It was {HIDDEN} or {HIDDEN}"),
        ("```python def tide(): ``` and `x`", "def tide(): and x"),
        ("see [my bank](https://evil.example.com) ![x](y)", "see my bank x"),
        ("> quoted", "quoted"),
        ("2 * 3 * 4, a || b, snake_case_name, 5*6", "2 * 3 * 4, a || b, snake_case_name, 5*6"),
        ("\ue000foo\ue001_bar-baz a_\ue000foo\ue001*", "\ue000foo\ue001_bar-baz a_\ue000foo\ue001"),
        ("**\ue000foo\ue001** _\ue000bar\ue001_", "\ue000foo\ue001 \ue000bar\ue001"),
        ("***", "***"),
        ("", ""),
    ],
)
def test_a_line_has_the_words_without_their_marks(text: str, shown: str) -> None:
    assert preview(text) == shown
