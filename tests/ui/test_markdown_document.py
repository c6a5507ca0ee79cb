"""Messages as documents: laid out in bounded time, deaf to resources, the same whether streamed or not."""

import gc
import tracemalloc

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from personadesk.ui.chat.markdown_document import MessageDocument
from personadesk.ui.chat.markdown_ink import persona_ink, user_ink
from personadesk.ui.chat.markdown_marks import locate, run_areas
from tests.ui.transcripts import theme

WIDTH = 600

RICH = """Come. *He gestures* at a **chair** of `ash`, see https://a.example/x.

1. One
2. Two
   - inner `code`

> A quote
> > and another

```python
def go(where: str) -> None:  # 🧭
    print(where)
```

| a | b |
|:--|--:|
| 1 | 2 |

---

Done."""

ROW = "|" + "cell and more of it|" * 20 + "\n"
HOSTILE = {
    "device": "<img src=file:///dev/zero> ![x](file:///dev/zero) ![y](http://a.example/y.png)",
    "script": "<script>alert(1)</script><style>*{display:none}</style>",
    "nested tables": "<table><tr><td>" * 20,
    "one word": "x" * 500_000,
    "table": ROW + "|" + "-|" * 20 + "\n" + ROW * 500,
    "code": "```py\n" + "x = 1\n" * 5_000 + "```",
    "quotes": ">" * 1_000 + "deep",
    "lists": "- " * 1_000 + "deep",
    "items": "- a\n" * 5_000,
    "lines": "a\n" * 20_000,
    "fences": "```\n```\n" * 3_000,
    "pills": "`a` " * 5_000,
    "zalgo": ("Z" + "\u0301" * 50) * 2_000,
    "right to left": "שלמה " * 2_000,
    "mixed": "abc \u202e\u0645\u0631 漢字 😀 " * 1_000,
    "emoji": "😀" * 20_000,
    "cjk": "漢字" * 20_000,
    "nul": "a\x00b\x01\ufdd0c\ufffc\ufdd1" * 500,
    "surrogates": "\ud800x\udfff" * 2_000,
    "spoilers": "||a|| " * 5_000,
    "formulas": "$a_1$ \\(x " * 5_000,
    "open formulas": "$a" * 20_000,
    "links": "[a](https://b.example/) " * 3_000,
    "million": "lorem ipsum *dolor* " * 50_000,
}


@pytest.fixture
def document(qapp: QApplication) -> MessageDocument:
    return MessageDocument(persona_ink(theme(), QFont("Inter", 10)))


def picture_of(document: MessageDocument) -> QImage:
    width = document.lay_out(WIDTH)
    locate(document, document.marks, width)
    image = QImage(WIDTH, 400, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    document.drawContents(painter)
    painter.end()
    return image


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_laid_out_and_painted(document: MessageDocument, name: str) -> None:
    document.show_text(HOSTILE[name])
    picture_of(document)

    assert 0 < document.size().height() < 100_000
    assert document.idealWidth() <= WIDTH + 400


def test_no_resource_is_ever_loaded(document: MessageDocument) -> None:
    for address in ("file:///dev/zero", "http://a.example/x.png", "qrc:/x", "data:image/png;base64,AAAA"):
        assert document.resource(QTextDocument.ResourceType.ImageResource, QUrl(address)) is None


def test_markup_of_qts_own_is_shown_as_text(document: MessageDocument) -> None:
    document.show_text("<b>not bold</b>")

    assert document.toPlainText() == "<b>not bold</b>"


@pytest.mark.parametrize("step", [1, 3, 17])
def test_a_streamed_text_ends_up_as_if_it_had_been_there_at_once(document: MessageDocument, step: int) -> None:
    at_once = MessageDocument(document.ink)
    at_once.show_text(RICH)

    for length in range(0, len(RICH), step):
        document.show_text(RICH[:length], live=True)
    document.show_text(RICH)

    assert document.toPlainText() == at_once.toPlainText()
    assert picture_of(document) == picture_of(at_once)


def test_a_half_streamed_text_looks_like_the_same_text_at_once(document: MessageDocument) -> None:
    half = RICH[: RICH.index("```\n\n|") + 5]
    at_once = MessageDocument(document.ink)
    at_once.show_text(half, live=True)

    for length in range(0, len(half) + 1, 2):
        document.show_text(half[:length], live=True)
    document.show_text(half, live=True)

    assert document.toPlainText() == at_once.toPlainText()
    assert len(document.marks.codes) == len(at_once.marks.codes) == 1
    assert document.size() == at_once.size()


def test_a_growing_text_that_starts_over_is_written_anew(document: MessageDocument) -> None:
    document.show_text("One.\n\nTwo.\n\nThree.", live=True)

    document.show_text("Another.", live=True)

    assert document.toPlainText() == "Another."


def test_code_is_kept_whole_for_copying(document: MessageDocument) -> None:
    document.show_text("```py\n" + "x = 1\n" * 5_000 + "```\nand\n\n```\nshort\n```")

    first, second = document.code_at(0), document.code_at(1)

    assert first is not None
    assert second is not None
    assert (first.code.lines, first.code.folded, second.code.text) == (5_000, True, "short")
    assert document.code_at(2) is None
    assert "Show all 5,000 lines" in document.toPlainText() or "5000" in document.toPlainText()


def test_what_is_copied_holds_no_marks_of_ours(document: MessageDocument) -> None:
    text = "A `pill` and " + "x" * 300 + "\nnext"
    document.show_text(text)

    copied = document.plain_text(0, document.characterCount() - 1)

    assert copied == "A pill and " + "x" * 300 + "\nnext"


def test_links_know_where_they_lead(document: MessageDocument) -> None:
    document.show_text("[one](https://a.example) and [two](file:///x) " + "word " * 6_000)

    targets = [target for _words, target in document.links()]

    assert targets == ["https://a.example", "personadesk:message"]


def test_hebrew_stands_at_the_right_and_english_at_the_left(document: MessageDocument) -> None:
    document.show_text("English first.\n\nשלמה")
    document.lay_out(WIDTH)

    first, second = document.firstBlock(), document.lastBlock()

    assert first.layout().lineAt(0).naturalTextRect().left() == 0
    assert second.layout().lineAt(0).naturalTextRect().right() > first.layout().lineAt(0).naturalTextRect().right() - 2


def test_known_languages_are_coloured_and_unknown_ones_are_not(document: MessageDocument) -> None:
    def colours(language: str) -> int:
        document.show_text(f"```{language}\ndef go():\n    return 'x'\n```")
        return len(document.lastBlock().layout().formats()) + sum(1 for _ in iter_fragments(document))

    assert colours("python") > colours("nonsense")


def iter_fragments(document: MessageDocument) -> list[int]:
    at = document.lastBlock().begin()
    found = []
    while not at.atEnd():
        found.append(at.fragment().position())
        at += 1
    return found


def test_the_users_bubble_writes_in_its_own_ink(qapp: QApplication) -> None:
    ink = user_ink(theme("light"), QFont("Inter", 10))

    assert ink.text == theme("light").on_accent
    assert ink.link == theme("light").on_accent


def test_code_right_behind_a_table_leaves_the_table_its_room(document: MessageDocument) -> None:
    document.show_text("| a |\n|---|\n| 1 |\n| 2 |\n\n```python\nprint()\n```")
    width = document.lay_out(WIDTH)

    (box,) = locate(document, document.marks, width).boxes
    (table,) = document.rootFrame().childFrames()

    # The frame counts half the border it shares with its surroundings.
    assert box.area.top() >= document.documentLayout().frameBoundingRect(table).bottom() - 1


def test_a_spoiler_is_hidden_until_it_is_asked_for(qapp: QApplication) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    document.show_text("He is ||your father||.")

    def colour() -> QColor:
        cursor = QTextCursor(document)
        cursor.setPosition(8)
        return cursor.charFormat().foreground().color()

    hidden = colour()
    [(words, target)] = document.links()
    document.reveal(0)
    document.reveal(7)

    assert hidden.alpha() == 0
    assert (words, target) == ("Show the spoiler", "personadesk:spoiler/0")
    assert colour() == theme().text
    assert document.toPlainText() == "He is your father."


def test_each_spoiler_is_the_one_that_lies_under_the_point(qapp: QApplication) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    document.show_text("*one* ||two three|| four ||five||||six|| `seven`")
    document.lay_out(600)

    def under(word: str) -> str:
        at = document.toPlainText().index(word)
        [area] = run_areas(document, (at, at + len(word)))
        return document.link_at(area.center())

    found = [under(word) for word in ("one", "two", "three", "four", "five", "six", "seven")]

    spoilers = [f"personadesk:spoiler/{number}" for number in range(3)]
    assert found == ["", spoilers[0], spoilers[0], "", spoilers[1], spoilers[2], ""]


def test_a_run_over_several_lines_and_blocks_has_a_rectangle_in_each_line(qapp: QApplication) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    document.show_text("some words to break " * 4 + "\n\nand more")
    document.lay_out(160)
    blocks = [document.findBlockByNumber(number) for number in range(document.blockCount())]
    lines = [block.layout().lineCount() for block in blocks]

    areas = run_areas(document, (3, document.characterCount() - 1))

    assert lines[0] > 1
    assert len(areas) == sum(lines)
    assert [area.top() for area in areas] == sorted({area.top() for area in areas})
    assert all(0 <= area.left() < area.right() <= 160 for area in areas)
    assert run_areas(document, (5, 5)) == []
    assert run_areas(document, (10_000, 10_001)) == []


def test_a_link_that_hides_where_it_leads_says_so(qapp: QApplication) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))

    document.show_text("[my bank](https://evil.example/x) and [a.example/y](https://a.example/y) https://b.example")

    assert document.toPlainText() == "my bank (evil.example) and a.example/y https://b.example"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[https://apple.com](https://le.com/)", "https://apple.com (le.com)"),
        ("[google.com/evil.co](https://evil.co/)", "google.com/evil.co (evil.co)"),
        ("[https://a.example@b.example](https://b.example)", "https://a.example@b.example (b.example)"),
        ("[see a.example.](https://www.a.example/x)", "see a.example."),
        ("[a **b** `c`](https://e.example/x)", "a b \u2060c (e.example)"),
        ("[](https://e.example/x)", "https://e.example/x"),
        ("[write](mailto:me@e.example?subject=x) <mailto:me@e.example>", "write (me@e.example) mailto:me@e.example"),
        ("||[here](https://e.example)||", "here (e.example)"),
    ],
)
def test_where_a_link_leads_is_said_once_where_its_words_do_not(qapp: QApplication, text: str, shown: str) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))

    document.show_text(text)

    assert document.toPlainText().replace("\u00a0", " ") == shown
    assert len(document.links()) == (2 if "mailto" in text else 1)


def test_one_click_shows_all_of_a_spoiler_and_nothing_of_the_next(qapp: QApplication) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    document.show_text("||one *two* `three`\nfour|| five ||six||\n\n||seven||")

    def hidden() -> list[str]:
        words = document.toPlainText()
        return [words[first:last] for first, last in document.hidden()]

    before, links = hidden(), document.links()
    document.reveal(0)

    assert len(before) > 5
    assert [target for _, target in links] == [f"personadesk:spoiler/{number}" for number in range(3)]
    assert hidden() == ["six", "seven"]


@pytest.mark.parametrize(
    "text", ["```py\nx = 1\n```", "> ```\n> x\n> ```", "- ```\n  x\n  ```", "Words\n\n```\nx\n```"]
)
def test_the_box_of_code_lies_within_its_message(qapp: QApplication, text: str) -> None:
    document = MessageDocument(persona_ink(theme(), QFont()))
    document.show_text(text)
    width = document.lay_out(WIDTH)

    (box,) = locate(document, document.marks, width).boxes

    assert box.area.top() >= -1
    assert box.area.bottom() <= document.size().height() + document.below_px + 1
    assert document.plain_text(0, document.characterCount() - 1).endswith("x" if "py" not in text else "x = 1")


TASKS = "- [ ] buy milk\n- [x] call Nora\n- plain\n\n1. [x] first"


def test_tasks_have_boxes_of_their_own_beside_their_words(document: MessageDocument) -> None:
    document.show_text(TASKS)
    width = document.lay_out(WIDTH)

    boxes = locate(document, document.marks, width).tasks

    assert [box.done for box in boxes] == [False, True, True]
    assert all(box.area.left() >= 0 and box.area.width() >= 9 for box in boxes)
    assert boxes[0].area.bottom() < boxes[1].area.top()


def test_copied_tasks_keep_their_signs(document: MessageDocument) -> None:
    document.show_text(TASKS)

    copied = document.plain_text(0, document.characterCount() - 1)

    assert copied == "[ ] buy milk\n[x] call Nora\nplain\n[x] first"


def test_a_task_from_right_to_left_has_its_box_at_the_right(document: MessageDocument) -> None:
    document.show_text("- [x] שלום\n- [x] hello")
    width = document.lay_out(WIDTH)

    right, left = locate(document, document.marks, width).tasks

    assert right.area.left() > left.area.right()


def test_boxes_that_go_while_a_text_grows_are_forgotten(document: MessageDocument) -> None:
    document.show_text("- [x] one\n- [ ] tw", live=True)
    document.show_text("- [x] one\n- [ ] two\n- [ ] three", live=True)
    document.show_text("- [x] one\n- [ ] two\n- [ ] three")

    assert [mark.done for mark in document.marks.tasks] == [True, False, False]


def test_a_growing_text_is_cleaned_as_it_would_be_at_once(document: MessageDocument) -> None:
    text = "One.\n\nTwo\r\nthree.\x00\n\nFour.\n\nFi\u2028ve \ud800\n\nSix.\n\n\u200eSeven\x85eight"

    for length in range(len(text) + 1):
        document.show_text(text[:length], live=True)
        at_once = MessageDocument(document.ink)
        at_once.show_text(text[:length], live=True)
        assert document.toPlainText() == at_once.toPlainText(), text[:length]


def test_a_finished_text_is_not_kept_beside_what_is_shown_of_it(document: MessageDocument) -> None:
    text = "The ash falls over the tower.\n\n" * 20_000
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]

    document.show_text(text[:100_000], live=True)
    document.show_text(text)
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert kept < len(text) / 4
