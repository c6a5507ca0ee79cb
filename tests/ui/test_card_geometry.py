"""The grid's arithmetic, without a widget."""

from hypothesis import given
from hypothesis import strategies as st

from personadesk.ui.library.card_geometry import CardGeometry
from personadesk.ui.library.card_model import Section


def geometry(counts: list[int], width: int, *, rtl: bool = False) -> CardGeometry:
    sections, first = [], 0
    for number, count in enumerate(counts):
        sections.append(Section(f"Section {number}" if number else "", first, count))
        first += count
    return CardGeometry(sections=sections, left=28, inner_width=width, top=200, card_height=220, rtl=rtl)


layouts = st.builds(
    geometry, st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(120, 2600), rtl=st.booleans()
)


@given(layouts)
def test_the_middle_of_every_card_finds_its_own_row(made: CardGeometry) -> None:
    for row in range(made.sections[-1].end_row):
        cell = made.cell(row)
        assert cell is not None
        assert made.row_at(cell.left + cell.width // 2, cell.top + cell.height // 2) == row


@given(layouts)
def test_cards_stay_inside_and_never_overlap(made: CardGeometry) -> None:
    cells = [made.cell(row) for row in range(made.sections[-1].end_row)]
    places = {(cell.left, cell.top) for cell in cells if cell is not None}
    assert len(places) == len(cells)
    assert all(cell is not None and cell.top + cell.height <= made.height for cell in cells)


@given(layouts)
def test_a_step_down_and_up_never_leaves_the_list(made: CardGeometry) -> None:
    last = made.sections[-1].end_row - 1
    for row in range(last + 1):
        assert 0 <= made.above(row) <= row <= made.below(row) <= last


@given(layouts, st.integers(0, 4000), st.integers(0, 1200))
def test_what_is_painted_is_what_touches_the_exposed_part(made: CardGeometry, top: int, height: int) -> None:
    painted = {row for placed in made.sections for row in made.rows_between(placed, top, top + height)}
    for row in range(made.sections[-1].end_row):
        cell = made.cell(row)
        assert cell is not None
        if cell.top + cell.height > top and cell.top < top + height:
            assert row in painted


def test_the_gaps_between_cards_belong_to_nobody() -> None:
    made = geometry([4], 900)
    cell = made.cell(0)
    assert cell is not None
    assert made.row_at(cell.left + cell.width + 2, cell.top + 5) == -1
    assert made.row_at(cell.left + 5, cell.top + cell.height + 2) == -1
    assert made.row_at(0, cell.top + 5) == -1
