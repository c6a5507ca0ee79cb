"""What a message looks like in a page: the same as on screen, and nothing of it is markup or loads by itself."""

from datetime import UTC, datetime

import pytest

from personadesk.domain.chat_file import ChatFormat, WrittenChat, WrittenMessage
from personadesk.domain.conversation import Role
from personadesk.formats.chat_files import write_chat

AT = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)


def written(text: str) -> str:
    """A message's words in the page, as HTML."""
    chat = WrittenChat("Talk", "Nora", "Robin", AT, (WrittenMessage(Role.PERSONA, (text,), 0, AT),))
    page = write_chat(chat, ChatFormat.HTML).decode()
    return page.partition("</header>")[2].partition("</article>")[0].strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("See this:\n\n[1]: https://example.com/a", "[1]: <a"),
        ("    indented words", "<p>indented words</p>"),
        ("Title\n---", "<p>Title</p>\n<hr"),
        ("Title\n===", "<p>Title<br />\n===</p>"),
        ("~~gone~~", "<s>gone</s>"),
        ("one\ntwo", "one<br />\ntwo"),
        (r"\(a_1 + b_1\) and $x_1 + x_2$", r"\(a_1 + b_1\) and $x_1 + x_2$"),
        ("> " * 60 + "deep", "deep"),
        ("- " * 60 + "deep", "deep"),
    ],
)
def test_a_page_shows_what_the_chat_shows(text: str, words: str) -> None:
    assert words in written(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.com/a_b_c?x=1&y=2.", "https://example.com/a_b_c?x=1&amp;y=2"),
        ("(http://example.com/a_(b))", "http://example.com/a_(b)"),
        ("**https://example.com/x**", "https://example.com/x"),
        ("[there](https://example.com)", "https://example.com"),
        ("<https://example.com>", "https://example.com"),
        ("[write](mailto:a@example.com)", "mailto:a@example.com"),
    ],
)
def test_an_address_is_a_link(text: str, address: str) -> None:
    page = written(text)

    assert page.count("<a ") == 1
    assert f'<a href="{address}" rel="noreferrer">' in page


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](file:///etc/passwd)",
        "[x](data:text/html,y)",
        "[x](other.html)",
        "<steam://run/1>",
        "`https://example.com/x`",
        "```\nhttps://example.com/x\n```",
        "https://",
    ],
)
def test_nothing_else_is_a_link(text: str) -> None:
    assert "<a " not in written(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "||<script>alert(1)</script>||",
        'https://example.com/"onclick="x',
        "||`<script>`|| <script>",
        "$<script>_1$",
        '[x](https://example.com/"onclick="x)',
        "![x](https://example.com/x.png)",
        "~~<img src=x>~~",
    ],
)
def test_no_words_become_markup_of_their_own(text: str) -> None:
    page = written(text)

    assert "<script" not in page
    assert "<img" not in page
    assert '"onclick' not in page


def test_a_spoiler_hides_its_words_until_they_are_asked_for() -> None:
    page = written("It was ||the **butler** at https://example.com|| who did it.")

    assert page.startswith('<p>It was <label class="spoiler"><input type="checkbox"')
    assert "<span>the <strong>butler</strong> at <a href=" in page
    assert "</a></span></label> who did it.</p>" in page
    assert "||" not in page


def test_a_spoiler_that_begins_within_other_marks_hides_its_words_too() -> None:
    page = written("||*the butler|| did* it")

    assert '<em><label class="spoiler">' in page
    assert "the butler</span></label> did</em> it" in page


@pytest.mark.parametrize("text", ["a || b", "`||x||`", "||||"])
def test_bars_that_hide_nothing_stay(text: str) -> None:
    page = written(text)

    assert "||" in page
    assert "<label" not in page
