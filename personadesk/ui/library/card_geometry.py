"""Where cards are: uniform rectangles in sections, computed and never stored one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from personadesk.ui.library.card_model import Section

GAP_PX = 18
LEAST_CARD_PX = 280
HEADING_PX = 44
NO_HEADING_PX = 14
END_PX = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """A card's place in the content, from its top left corner, in pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A section and the top of its first card."""

    section: Section
    top: int

    @property
    def end_row(self) -> int:
        return self.section.first_row + self.section.rows


class CardGeometry:
    """The layout of one list at one width. `rtl` counts columns from the right."""

    def __init__(
        self,
        *,
        sections: Sequence[Section] = (),
        left: int = 0,
        inner_width: int = LEAST_CARD_PX,
        top: int = 0,
        card_height: int = 100,
        rtl: bool = False,
    ) -> None:
        self._left = left
        self._rtl = rtl
        self._height = card_height
        self.columns = max(1, (inner_width + GAP_PX) // (LEAST_CARD_PX + GAP_PX))
        self._width = (inner_width - GAP_PX * (self.columns - 1)) // self.columns
        self.step = card_height + GAP_PX
        placed = []
        for section in sections:
            top += HEADING_PX if section.title else NO_HEADING_PX
            placed.append(Placed(section, top))
            top += -(-section.rows // self.columns) * self.step
        self.sections: tuple[Placed, ...] = tuple(placed)
        self.height = top + END_PX

    def cell(self, row: int) -> Cell | None:
        """Where a row's card is; None for a row that is not there."""
        placed = self._section_of(row)
        if placed is None:
            return None
        line, column = divmod(row - placed.section.first_row, self.columns)
        shown = self.columns - 1 - column if self._rtl else column
        left = self._left + shown * (self._width + GAP_PX)
        return Cell(left, placed.top + line * self.step, self._width, self._height)

    def row_at(self, x: int, y: int) -> int:
        """The row whose card holds a point of the content; -1 for the gaps."""
        shown, within = divmod(x - self._left, self._width + GAP_PX)
        if not 0 <= shown < self.columns or within >= self._width:
            return -1
        column = self.columns - 1 - shown if self._rtl else shown
        for placed in self.sections:
            line, below = divmod(y - placed.top, self.step)
            row = placed.section.first_row + line * self.columns + column
            if y >= placed.top and row < placed.end_row:
                return row if below < self._height else -1
        return -1

    def rows_between(self, placed: Placed, top: int, bottom: int) -> range:
        """The rows of a section whose cards touch the content from `top` to `bottom`."""
        first = max(0, (top - placed.top) // self.step) * self.columns
        last = max(0, (bottom - placed.top) // self.step + 1) * self.columns
        start = placed.section.first_row
        return range(start + min(first, placed.section.rows), start + min(last, placed.section.rows))

    def rows_in(self, left: int, top: int, right: int, bottom: int) -> list[int]:
        """The rows whose cards touch a rectangle of the content, its right and bottom edge included."""
        columns = []
        for column in range(self.columns):
            shown = self.columns - 1 - column if self._rtl else column
            start = self._left + shown * (self._width + GAP_PX)
            if start <= right and start + self._width > left:
                columns.append(column)
        found: list[int] = []
        for placed in self.sections:
            first = max(0, -(-(top - placed.top - self._height + 1) // self.step))
            last = (bottom - placed.top) // self.step
            for line in range(first, min(last, (placed.section.rows - 1) // self.columns) + 1):
                rows = (placed.section.first_row + line * self.columns + column for column in columns)
                found.extend(row for row in rows if row < placed.end_row)
        return found

    def above(self, row: int) -> int:
        """The row a step up leads to, across sections; the same row at the top."""
        placed = self._section_of(row)
        if placed is None:
            return row
        start = placed.section.first_row
        if row - self.columns >= start:
            return row - self.columns
        before = self._section_of(start - 1)
        if before is None:
            return row
        last_line = (before.section.rows - 1) // self.columns
        wanted = before.section.first_row + last_line * self.columns + (row - start) % self.columns
        return min(wanted, start - 1)

    def below(self, row: int) -> int:
        """The row a step down leads to, across sections; the same row at the bottom."""
        placed = self._section_of(row)
        if placed is None:
            return row
        start, end = placed.section.first_row, placed.end_row
        if row + self.columns < end:
            return row + self.columns
        if (row - start) // self.columns < (end - 1 - start) // self.columns:
            return end - 1
        after = self._section_of(end)
        if after is None:
            return row
        return end + min((row - start) % self.columns, after.section.rows - 1)

    def _section_of(self, row: int) -> Placed | None:
        return next((item for item in self.sections if item.section.first_row <= row < item.end_row), None)
