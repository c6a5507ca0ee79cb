"""A stranger's markdown: what it becomes, and that nothing in it can hurt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.ui.chat.markdown_blocks import (
    CELL_CHARACTERS,
    CODE_LINES,
    TABLE_CELLS,
    TABLE_COLUMNS,
    TEXT_LIMIT,
    WORD_LIMIT,
    Block,
    Code,
    Folded,
    Heading,
    Inline,
    LineBreak,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    breakable,
    clean,
    parse,
)
from personadesk.ui.chat.markdown_parser import parse_markdown


def blocks_of(text: str) -> tuple[Block, ...]:
    return parse(clean(text)).blocks


def inlines_of(text: str) -> tuple[Inline, ...]:
    (block,) = blocks_of(text)
    assert isinstance(block, Paragraph)
    return block.inlines


def words_of(block: Block) -> str:
    """Everything a block says, without its marks."""
    match block:
        case Paragraph() | Heading():
            return "".join("\n" if isinstance(item, LineBreak) else item.text for item in block.inlines)
        case ListBlock():
            return "\n".join(words_of(inner) for item in block.items for inner in item)
        case Quote():
            return "\n".join(words_of(inner) for inner in block.blocks)
        case Code():
            return block.text
        case Table():
            return "|".join(item.text for row in block.rows for cell in row for item in cell if isinstance(item, Span))
        case _:
            return ""


def depth_of(block: Block) -> int:
    match block:
        case ListBlock():
            return 1 + max((depth_of(inner) for item in block.items for inner in item), default=0)
        case Quote():
            return 1 + max(map(depth_of, block.blocks), default=0)
        case _:
            return 0


def test_styles_become_spans() -> None:
    spans = inlines_of("He *nods*, **twice**, ~~once~~ at `x = 1`.")

    assert spans == (
        Span("He "),
        Span("nods", emphasis=True),
        Span(", "),
        Span("twice", strong=True),
        Span(", "),
        Span("once", strike=True),
        Span(" at "),
        Span("x = 1", code=True),
        Span("."),
    )


def test_a_single_newline_breaks_the_line() -> None:
    assert inlines_of("*one*\ntwo") == (Span("one", emphasis=True), LineBreak(), Span("two"))


def test_blocks_are_told_apart() -> None:
    text = "# Title\n\n1. a\n2. b\n   - c\n\n> q\n\n---\n\n```py\nx\n```\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |"

    kinds = [type(block) for block in blocks_of(text)]

    assert kinds == [Heading, ListBlock, Quote, Rule, Code, Table]


def test_a_list_keeps_its_numbers_and_what_is_nested() -> None:
    (block,) = blocks_of("3. three\n4. four\n   - inner")

    assert isinstance(block, ListBlock)
    assert (block.ordered, block.start, len(block.items)) == (True, 3, 2)
    assert isinstance(block.items[1][1], ListBlock)


@pytest.mark.parametrize("scheme", ["http://a.example/x", "https://a.example/x", "mailto:a@b.example"])
def test_links_of_three_schemes_are_live(scheme: str) -> None:
    assert inlines_of(f"[here]({scheme})") == (Span("here", href=scheme),)


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "file:///etc/passwd", "ftp://a", "data:text/html,x", "//a", "personadesk:code/0"]
)
def test_no_other_link_is_live(target: str) -> None:
    assert not any(isinstance(item, Span) and item.href for item in inlines_of(f"[here]({target})"))


def test_bare_addresses_are_links_without_the_punctuation_after_them() -> None:
    assert inlines_of("see (https://a.example/b_c_d). *ok*")[1] == Span(
        "https://a.example/b_c_d", href="https://a.example/b_c_d"
    )


def test_a_picture_is_words_and_a_link_to_where_it_is() -> None:
    assert inlines_of("![a cat](https://a.example/cat.png)") == (
        Span("a cat", image=True, href="https://a.example/cat.png"),
    )


@pytest.mark.parametrize("text", ["<img src=file:///dev/zero>", "<script>alert(1)</script>", "a <b>b</b> &lt;i&gt;"])
def test_html_is_text(text: str) -> None:
    assert words_of(blocks_of(text)[0]) == text.replace("&lt;", "<").replace("&gt;", ">")


def test_a_picture_from_the_disk_is_no_link() -> None:
    assert not any(isinstance(item, Span) and item.href for item in inlines_of("![x](file:///dev/zero)"))


def test_what_qt_takes_for_its_own_marks_is_replaced() -> None:
    assert clean("a\x00b\ud800c\ufdd0d\ufffce\r\nf\u2029g") == "a\ufffdb\ufffdc\ufffdd\ufffde\nf\ng"


def test_stacked_marks_are_thinned_out() -> None:
    assert clean("Z" + "\u0301" * 50) == "Z" + "\u0301" * 5


def test_an_accent_stays_as_it_is() -> None:
    assert clean("e\u0301 שָׁלוֹם") == "e\u0301 שָׁלוֹם"


def test_a_long_word_can_be_broken() -> None:
    longest = max(words_of(blocks_of("x" * 500_000)[0]).split("\u200b"), key=len)

    assert len(longest) == WORD_LIMIT


def test_a_long_message_is_folded() -> None:
    text = "lorem ipsum " * 5_000
    blocks = blocks_of(text)

    assert blocks[-1] == Folded(len(text))
    assert len(words_of(blocks[0])) <= TEXT_LIMIT


def test_long_code_is_folded_and_what_follows_it_is_shown() -> None:
    code, after = blocks_of("```python\n" + "x = 1\n" * 5_000 + "```\nDone.")

    assert isinstance(code, Code)
    assert (code.language, code.lines, code.folded) == ("python", 5_000, True)
    assert code.shown.count("\n") + 1 == CODE_LINES
    assert code.text == "\n".join(["x = 1"] * 5_000)
    assert words_of(after) == "Done."


def test_a_huge_table_is_capped() -> None:
    row = "|" + "cell and more|" * 20 + "\n"
    (table, *_rest) = blocks_of(row + "|" + "-|" * 20 + "\n" + row * 500)

    assert isinstance(table, Table)
    assert {len(cells) for cells in table.rows} == {TABLE_COLUMNS}
    assert len(table.rows) * TABLE_COLUMNS <= TABLE_CELLS + TABLE_COLUMNS
    assert table.left_out > 0


def test_a_cell_is_cut() -> None:
    (table,) = blocks_of("|a|\n|-|\n|" + "word " * 500 + "|")

    assert isinstance(table, Table)
    assert len(words_of(table)) <= CELL_CHARACTERS + 10


@pytest.mark.parametrize(
    "text", ["> " * 1_000 + "deep", ">" * 1_000 + "deep", "- " * 1_000 + "deep", "1. " * 1_000 + "deep"]
)
def test_a_thousand_levels_become_a_few_and_the_words_stay(text: str) -> None:
    (block,) = blocks_of(text)

    assert depth_of(block) <= 20
    assert "deep" in words_of(block)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "*" * 20_000,
        "*a " * 7_000,
        "*_" * 10_000,
        "a**b" * 5_000,
        "[" * 20_000,
        "![" * 10_000,
        "[a](" * 5_000,
        "[a" * 5_000 + "]" * 5_000,
        "".join("`" * length + " " for length in range(1, 200)),
        "<a" * 10_000,
        "\\*" * 10_000,
        "&amp;" * 4_000,
        "|" * 20_000,
        "|a|\n|-|\n" + "|" * 10_000,
        "- a\n" * 5_000,
        "```\n```\n" * 2_000,
        "https://a.b/" + "(" * 5_000,
        "<table><tr><td>" * 20,
        "\n".join("  " * level + "- x" for level in range(140)),
    ],
    ids=lambda text: text[:12],
)
def test_what_would_stall_a_parser_is_parsed(text: str) -> None:
    assert blocks_of(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_anything_at_all_is_parsed(text: str) -> None:
    parsed = parse(clean(text))

    assert 0 <= parsed.last_start <= len(clean(text))


@given(st.lists(st.text("abc .,;:'?éß漢", min_size=1, max_size=12).map(str.strip).filter(bool), max_size=6), st.data())
def test_plain_text_says_the_same_with_and_without_the_parser(lines: list[str], data: st.DataObject) -> None:
    text = "".join(line + data.draw(st.sampled_from(["\n", "\n\n", "\n\n\n"])) for line in lines)

    quick, by_parser = parse(text), parse_markdown(text)

    assert list(map(words_of, quick.blocks)) == list(map(words_of, by_parser[0]))
    assert quick.last_start == by_parser[1]


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("so $a_1 * b_2$ holds", "$a_1 * b_2$"),
        ("so $$\\frac{a}{b} \\\\ _x_$$ holds", "$$\\frac{a}{b} \\\\ _x_$$"),
        ("so \\(x^2 * y^2\\) holds", "\\(x^2 * y^2\\)"),
        ("so \\[\\sum_{i}^{n} *i*\\] holds", "\\[\\sum_{i}^{n} *i*\\]"),
        ("so $x$ holds", "$x$"),
    ],
)
def test_latex_stays_as_it_was_written(text: str, formula: str) -> None:
    before, middle, after = inlines_of(text)

    assert (before, middle, after) == (Span("so "), Span(formula, math=True), Span(" holds"))


@pytest.mark.parametrize("text", ["It is $5 and not $6.", "costs $ 5", "\\(open", "$$", "$5 or *more*, $6"])
def test_prices_and_lone_marks_are_no_formulas(text: str) -> None:
    assert not any(isinstance(item, Span) and item.math for item in inlines_of(text))


def test_what_stands_between_double_bars_is_a_spoiler() -> None:
    assert inlines_of("He is ||*your* father|| and || that is all") == (
        Span("He is "),
        Span("your", emphasis=True, spoiler=True),
        Span(" father", spoiler=True),
        Span(" and "),
        Span("|| that is all"),
    )


def test_bars_in_code_hide_nothing() -> None:
    assert inlines_of("`a || b || c` or ||") == (Span("a || b || c", code=True), Span(" or ||"))


def items_of(text: str) -> list[tuple[bool | None, str]]:
    (block,) = parse(text).blocks
    assert isinstance(block, ListBlock)
    states = block.done or (None,) * len(block.items)
    return [(state, " ".join(map(words_of, item))) for state, item in zip(states, block.items, strict=True)]


def test_items_with_a_sign_are_tasks_and_the_sign_is_no_word_of_theirs() -> None:
    text = "- [ ] buy\n- [x] **done**\n- [X] shouted\n- plain\n- [ ]\n- [x]close\n- **[x] bold**\n- `[ ]` code"

    assert items_of(text) == [
        (False, "buy"),
        (True, "done"),
        (True, "shouted"),
        (None, "plain"),
        (None, "[ ]"),
        (None, "[x]close"),
        (None, "[x] bold"),
        (None, "[ ] code"),
    ]
    assert items_of("3. [x] three") == [(True, "three")]
    assert items_of("- [ ](https://a.example)")[0][0] is None


def test_a_text_of_marks_is_folded_sooner_and_at_the_same_place_whatever_its_lines() -> None:
    unit = "*a* **b** `c` $x_1$ "
    marked = parse(unit * 2_000)
    plain = parse("abc de fghi jklm no " * 2_000)

    assert isinstance(marked.blocks[-1], Folded)
    assert isinstance(plain.blocks[-1], Folded)
    shown = [len(words_of(parsed.blocks[0])) for parsed in (marked, plain)]
    assert TEXT_LIMIT / 10 < shown[0] < shown[1] / 2
    assert len(words_of(parse((unit + "\n") * 2_000).blocks[0])) < shown[0]


def test_a_long_reply_with_marks_as_people_use_them_is_shown_whole() -> None:
    paragraph = "She **really** said it, *twice*, and then ran `make all` again before the bus came round. " * 4

    parsed = parse("\n\n".join([paragraph] * 20))

    assert not any(isinstance(block, Folded) for block in parsed.blocks)


def test_invisible_letters_are_left_out_but_for_those_of_a_flag() -> None:
    england = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

    assert clean(f"a\U000e0041\U000e0042b {england}") == f"ab {england}"


def test_what_is_no_character_yet_is_replaced_and_new_emoji_are_not() -> None:
    assert clean("\u0378é\U0001fae8") == "\ufffdé\U0001fae8"


@pytest.mark.parametrize("sign", ["\ue000", "\U000f0000", "\U00020001", "\U00012000"])
def test_of_characters_that_few_fonts_have_fewer_are_shown(sign: str) -> None:
    text, code = parse(sign * 18_000).blocks, parse(f"```\n{sign * 18_000}\n```").blocks

    assert isinstance(text[0], Paragraph)
    assert (
        1_000 < sum(len(item.text.replace("\u200b", "")) for item in text[0].inlines if isinstance(item, Span)) < 2_500
    )
    assert isinstance(text[-1], Folded)
    assert isinstance(code[0], Code)
    assert 300 < len(code[0].shown) < 1_000


def test_what_people_write_every_day_costs_no_more_than_letters() -> None:
    for text in (
        "слово " * 2_500,
        "שלום " * 2_500,
        "مرحبا " * 2_500,
        "漢字かな" * 3_500,
        "한국어 " * 3_500,
        "สวัสดี " * 2_000,
    ):
        assert not any(isinstance(block, Folded) for block in parse(text).blocks), text[:8]
    assert not any(isinstance(block, Folded) for block in parse("नमस्ते " * 2_500 + "😀👍🏽" * 500).blocks)


def test_tables_that_are_mostly_missing_cells_are_shown_as_text() -> None:
    small = "|a|b|c|\n|-|-|-|\n|1|\n|2|\n\n"
    wide = "|" * 300 + "\n|" + "-|" * 300 + "\n" + "|\n" * 3_000
    many = ("|" * 100 + "\n|" + "-|" * 100 + "\n" + "|\n" * 9 + "\n") * 30

    assert isinstance(parse(small).blocks[0], Table)
    assert not any(isinstance(block, Table) for block in parse(wide).blocks)
    assert sum(isinstance(block, Table) for block in parse(many).blocks) <= 2
    assert isinstance(parse(wide + "\n" + small).blocks[-1], Folded | Table)


@pytest.mark.parametrize(
    "letter", ["e\u0301", "กี่", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd"]
)
def test_a_long_word_is_broken_between_letters_and_never_inside_one(letter: str) -> None:
    for before in range(1, 6):
        broken = breakable("x" * before + letter * 200)

        assert "\u200b" in broken
        pieces = broken.split("\u200b")
        assert all(piece.startswith(letter[0]) for piece in pieces[1:])
        assert all(piece.endswith(letter) for piece in pieces)
