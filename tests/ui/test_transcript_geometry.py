"""Row heights and the anchor: against plain lists, under any sequence of changes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from personadesk.ui.chat.transcript_geometry import RowHeights, Viewport

HEIGHTS = st.integers(1, 400)
BLOCKS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 300)), min_size=1, max_size=8)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["set", "forget", "insert", "remove"]), st.integers(0, 10_000), HEIGHTS), max_size=40
)


def estimate(characters: float) -> int:
    return 40 + int(characters)


def viewport(heights: list[int], height: int = 300, **edges: int) -> Viewport:
    """A viewport on rows whose estimates are all wrong, and whose true heights are `heights`."""
    view = Viewport(lambda row: heights[row], **edges)
    view.height = height
    view.open(RowHeights([(len(heights), 60)], estimate))
    view.settle()
    return view


@given(BLOCKS, CHANGES)
def test_block_sums_agree_with_a_plain_list(blocks: list[tuple[int, int]], changes: list[tuple[str, int, int]]) -> None:
    rows = RowHeights(blocks, estimate)
    plain = [estimate(characters) for count, characters in blocks for _ in range(count)]
    for kind, at, value in changes:
        if kind == "insert":
            row, count = at % (len(plain) + 1), value % 9
            rows.insert(row, count, 0)
            plain[row:row] = [rows.height(row + step) for step in range(count)]
        elif plain and kind == "remove":
            row, count = at % len(plain), value % 9
            rows.remove(row, count)
            del plain[row : row + count]
        elif plain and kind == "set":
            rows.set(at % len(plain), value)
            plain[at % len(plain)] = value
        elif plain:
            row = at % len(plain)
            rows.forget(row)
            plain[row] = rows.height(row)

        assert (rows.rows, rows.total) == (len(plain), sum(plain))
        for row in {0, len(plain) // 2, len(plain) - 1} if plain else set():
            assert rows.height(row) == plain[row]
            assert rows.top(row) == sum(plain[:row])
            assert rows.row_at(rows.top(row)) == row


@given(st.lists(HEIGHTS, min_size=1, max_size=120), st.integers(50, 900), st.lists(st.integers(-700, 700), max_size=30))
def test_what_is_in_view_is_gapless_whatever_is_scrolled(heights: list[int], height: int, steps: list[int]) -> None:
    view = viewport(heights, height, lead=20, trail=8)
    for step in steps:
        view.scroll_by(step)

        seen = view.visible
        assert seen
        assert all(above.row + 1 == below.row for above, below in pairwise(seen))
        assert all(above.y + above.height == below.y for above, below in pairwise(seen))
        assert seen[0].y <= 20
        total = 28 + sum(heights)
        if total <= height:
            assert (seen[0].row, seen[0].y, seen[-1].row) == (0, 20, len(heights) - 1)
        else:
            assert seen[-1].y + seen[-1].height >= height - 8
        assert 0 <= view.offset <= view.limit


@given(st.lists(HEIGHTS, min_size=30, max_size=120), st.integers(1, 600))
def test_a_scroll_step_moves_the_content_by_exactly_its_pixels(heights: list[int], step: int) -> None:
    view = viewport([height + 40 for height in heights], 300)
    view.scroll_by(-700)
    before = {item.row: item.y for item in view.visible}

    view.scroll_by(-step)

    moved = {item.y - before[item.row] for item in view.visible if item.row in before}
    at_start = view.anchor == (0, 0)
    assert at_start or moved <= {step}


@given(st.lists(HEIGHTS, min_size=40, max_size=90), st.data())
def test_rows_above_may_change_without_moving_what_is_read(heights: list[int], data: st.DataObject) -> None:
    heights = [height + 30 for height in heights]
    view = viewport(heights, 300)
    view.jump(view.limit // 2)
    before = view.visible[0]

    for _ in range(5):
        row = data.draw(st.integers(0, before.row))
        if row < before.row:
            heights[row] = data.draw(HEIGHTS)
            view.heights.set(row, heights[row])
    view.settle()

    assert (view.visible[0].row, view.visible[0].y) == (before.row, before.y)


@given(st.lists(HEIGHTS, min_size=40, max_size=90), st.integers(1, 20))
def test_rows_that_come_in_above_do_not_move_what_is_read(heights: list[int], count: int) -> None:
    heights = [height + 30 for height in heights]
    view = viewport(heights, 300)
    view.jump(view.limit // 2)
    before = view.visible[0]

    heights[0:0] = [77] * count
    view.rows_inserted(0, count, 10)
    view.settle()

    assert (view.visible[0].row, view.visible[0].y) == (before.row + count, before.y)


def test_the_end_stays_in_view_while_it_grows() -> None:
    heights = [80] * 30
    view = viewport(heights, 300, lead=20, trail=8)
    for grown in range(80, 900, 37):
        heights[-1] = grown
        view.settle()

        last = view.visible[-1]
        assert last.y + last.height == 300 - 8
        assert view.stuck


def test_growing_at_the_end_moves_nothing_for_someone_who_reads_above() -> None:
    heights = [80] * 30
    view = viewport(heights, 300)
    view.scroll_by(-500)
    before = view.visible[0]

    heights[-1] = 900
    view.heights.set(29, 900)
    view.settle()

    assert view.visible[0] == before
    assert not view.stuck


def test_scrolling_back_to_the_end_sticks_to_it_again() -> None:
    view = viewport([80] * 30)
    view.scroll_by(-500)

    view.scroll_by(10_000)

    assert view.stuck
    assert view.offset == view.limit


def test_another_width_keeps_the_same_part_of_the_first_row_at_the_edge() -> None:
    heights = [400] * 30
    view = viewport(heights)
    view.show(10)
    view.scroll_by(208)
    assert view.anchor == (10, 200)

    heights[:] = [800] * 30
    view.rescale(estimate)
    view.settle()

    assert view.anchor == (10, 400)


def test_a_row_is_shown_in_the_middle_or_with_least_movement() -> None:
    view = viewport([100] * 50)

    view.show(20, centred=True)
    assert [(item.row, item.y) for item in view.visible] == [(19, 0), (20, 100), (21, 200)]

    view.show(21)
    assert [(item.row, item.y) for item in view.visible][:2] == [(19, -8), (20, 92)]


def test_rows_that_can_not_be_measured_count_with_their_estimate() -> None:
    view = Viewport(lambda _row: None)
    view.height = 300
    view.open(RowHeights([(1_000, 60)], estimate))

    view.settle()

    assert view.limit == 1_000 * 100 - 300
    assert [item.height for item in view.visible] == [100, 100, 100]


def test_nothing_to_show_is_shown_as_nothing() -> None:
    view = Viewport(lambda _row: 10)
    view.height = 300

    view.settle()
    view.scroll_by(50)
    view.jump(70)
    view.show(3)

    assert view.visible == []
    assert (view.offset, view.limit) == (0, 0)
