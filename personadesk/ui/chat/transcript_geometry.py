"""Where the rows of a long transcript lie: heights measured only when seen, and the anchor that keeps them still.

No Qt in here. All figures are whole pixels. A row that was never measured counts with the estimate
of its block, so that the scroll bar is about right from the first moment.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ROWS_PER_BLOCK = 512
_UNKNOWN = -1


class _Block:
    """Neighbouring rows that share one estimate. `heights` is None until one of them is measured."""

    __slots__ = ("characters", "estimate", "heights", "rows", "total")

    def __init__(self, rows: int, characters: float, estimate: int) -> None:
        self.rows = rows
        self.characters = characters
        self.estimate = estimate
        self.heights: list[int] | None = None
        self.total = rows * estimate

    def forget(self, estimate: int) -> None:
        self.estimate = estimate
        self.heights = None
        self.total = self.rows * estimate

    def height(self, at: int) -> int:
        known = self.heights[at] if self.heights else _UNKNOWN
        return self.estimate if known == _UNKNOWN else known

    def top(self, at: int) -> int:
        if self.heights is None:
            return at * self.estimate
        return sum(self.estimate if height == _UNKNOWN else height for height in self.heights[:at])

    def at(self, y: int) -> int:
        if self.heights is None:
            return min(self.rows - 1, y // max(1, self.estimate))
        for at, height in enumerate(self.heights):
            y -= self.estimate if height == _UNKNOWN else height
            if y < 0:
                return at
        return self.rows - 1


class RowHeights:
    """The heights of all rows, as block sums.

    `blocks` gives (rows, mean characters a row); `estimate` turns mean characters into a row's height.
    """

    def __init__(self, blocks: Iterable[tuple[int, float]], estimate: Callable[[float], int]) -> None:
        self._estimate = estimate
        self._blocks = [
            _Block(rows, characters, max(1, estimate(characters))) for rows, characters in blocks if rows > 0
        ]
        self._firsts = [0]
        self._tops = [0]
        self._clean = 0

    @property
    def rows(self) -> int:
        self._refresh()
        return self._firsts[-1]

    @property
    def total(self) -> int:
        self._refresh()
        return self._tops[-1]

    def top(self, row: int) -> int:
        """Where `row` begins; `rows` itself gives the end of the last one."""
        self._refresh()
        if row >= self._firsts[-1]:
            return self._tops[-1]
        index = self._index(row)
        return self._tops[index] + self._blocks[index].top(row - self._firsts[index])

    def height(self, row: int) -> int:
        index = self._index(row)
        return self._blocks[index].height(row - self._firsts[index])

    def is_measured(self, row: int) -> bool:
        index = self._index(row)
        heights = self._blocks[index].heights
        return heights is not None and heights[row - self._firsts[index]] != _UNKNOWN

    def row_at(self, y: int) -> int:
        """The row that covers `y`, the nearest one beyond the ends; -1 when there are no rows."""
        self._refresh()
        if not self._blocks:
            return -1
        y = max(0, min(y, self._tops[-1] - 1))
        index = min(bisect_right(self._tops, y) - 1, len(self._blocks) - 1)
        return self._firsts[index] + self._blocks[index].at(y - self._tops[index])

    def set(self, row: int, height: int) -> None:
        """Store a measured height."""
        index = self._index(row)
        block = self._blocks[index]
        if block.heights is None:
            block.heights = [_UNKNOWN] * block.rows
        at = row - self._firsts[index]
        before = block.height(at)
        block.heights[at] = height
        if height != before:
            block.total += height - before
            self._clean = min(self._clean, index)

    def forget(self, row: int) -> None:
        """Go back to the estimate for one row."""
        if self.is_measured(row):
            index = self._index(row)
            self.set(row, self._blocks[index].estimate)
            heights = self._blocks[index].heights
            if heights is not None:
                heights[row - self._firsts[index]] = _UNKNOWN

    def forget_all(self, estimate: Callable[[float], int]) -> None:
        """Go back to estimates everywhere: the width or the font is another now."""
        self._estimate = estimate
        for block in self._blocks:
            block.forget(max(1, estimate(block.characters)))
        self._clean = 0

    def insert(self, row: int, count: int, characters: float) -> None:
        """Make room for `count` rows before `row`. `characters` is their mean length."""
        if count <= 0:
            return
        if row >= self.rows:
            last = self._blocks[-1] if self._blocks else None
            if last is None or last.rows + count > ROWS_PER_BLOCK:
                self._blocks.append(_Block(count, characters, max(1, self._estimate(characters))))
                self._clean = min(self._clean, len(self._blocks) - 1)
                return
            index, at = len(self._blocks) - 1, last.rows
        else:
            index = self._index(row)
            at = row - self._firsts[index]
        block = self._blocks[index]
        block.rows += count
        block.total += count * block.estimate
        if block.heights is not None:
            block.heights[at:at] = [_UNKNOWN] * count
        self._clean = min(self._clean, index)

    def remove(self, row: int, count: int) -> None:
        """Take `count` rows out, `row` first."""
        while count > 0 and row < self.rows:
            index = self._index(row)
            block = self._blocks[index]
            at = row - self._firsts[index]
            taken = min(count, block.rows - at)
            block.total -= sum(block.height(at + step) for step in range(taken))
            if block.heights is not None:
                del block.heights[at : at + taken]
            block.rows -= taken
            count -= taken
            self._clean = min(self._clean, index)
            if block.rows == 0:
                del self._blocks[index]

    def _index(self, row: int) -> int:
        self._refresh()
        if not 0 <= row < self._firsts[-1]:
            raise IndexError(row)
        return bisect_right(self._firsts, row) - 1

    def _refresh(self) -> None:
        if self._clean >= len(self._blocks) and len(self._firsts) == len(self._blocks) + 1:
            return
        del self._firsts[self._clean + 1 :]
        del self._tops[self._clean + 1 :]
        first, top = self._firsts[-1], self._tops[-1]
        for block in self._blocks[self._clean :]:
            first += block.rows
            top += block.total
            self._firsts.append(first)
            self._tops.append(top)
        self._clean = len(self._blocks)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row on screen. `y` is its top, counted from the top edge of the view."""

    row: int
    y: int
    height: int


class Viewport:
    """The window onto the rows. What it holds on to is a row and a shift, never a scroll value.

    `measure(row)` returns a row's height, or None where it can't be known yet. `lead` and `trail` are
    the empty pixels before the first and after the last row. While `stuck`, the end stays in view.
    """

    def __init__(self, measure: Callable[[int], int | None], *, lead: int = 0, trail: int = 0) -> None:
        self.heights = RowHeights((), lambda _characters: 1)
        self.height = 0
        self.stuck = True
        self.visible: list[Placed] = []
        self._measure = measure
        self._lead = lead
        self._trail = trail
        self._row = 0
        self._shift = -lead

    @property
    def anchor(self) -> tuple[int, int]:
        """The row that is held on to, and how many of its pixels are above the top edge."""
        return self._row, self._shift

    @property
    def offset(self) -> int:
        """The scroll value: how far the top edge is from the start of everything."""
        if not self.heights.rows:
            return 0
        return max(0, min(self.limit, self._lead + self.heights.top(self._row) + self._shift))

    @property
    def limit(self) -> int:
        """The largest scroll value."""
        return max(0, self._lead + self.heights.total + self._trail - self.height)

    def open(self, heights: RowHeights) -> None:
        """Show other rows, from their end."""
        self.heights = heights
        self.stuck = True
        self._row, self._shift = max(0, heights.rows - 1), 0

    def placed(self, row: int) -> Placed | None:
        """Where a row is, if it is in view."""
        return next((item for item in self.visible if item.row == row), None)

    def row_at(self, y: int) -> int:
        """The row that covers a height of the view; -1 where there is none."""
        return next((item.row for item in self.visible if item.y <= y < item.y + item.height), -1)

    def rescale(self, estimate: Callable[[float], int]) -> None:
        """All heights changed: keep the same fraction of the anchor row above the edge."""
        before = self.heights.height(self._row) if self._row < self.heights.rows else 0
        self.heights.forget_all(estimate)
        if before > 0 and self._shift > 0:
            self._shift = self._shift * self._height(self._row) // before

    def scroll_by(self, pixels: int) -> None:
        """Move the content up by exactly `pixels`, whatever the heights of the rows that come into view."""
        self.stuck = False
        self._shift += pixels
        self.settle()
        self.stuck = self.offset >= self.limit

    def jump(self, offset: int) -> None:
        """Go to a scroll value, as a dragged scroll bar does."""
        self.stuck = offset >= self.limit
        y = offset - self._lead
        self._row = max(0, self.heights.row_at(y))
        self._shift = y - self.heights.top(self._row) if self.heights.rows else 0
        self.settle()

    def stick(self) -> None:
        """Go to the end and stay there."""
        self.stuck = True
        self.settle()

    def show(self, row: int, *, centred: bool = False, margin: int = 8) -> None:
        """Bring a row into view with as little movement as can be, or to the middle."""
        if not 0 <= row < self.heights.rows:
            return
        if row == 0:
            margin = max(margin, self._lead)
        height = self._height(row)
        room = self.height - 2 * margin
        placed = self.placed(row)
        if height > room:
            if placed is not None and not centred and placed.y <= margin and placed.y + height >= self.height - margin:
                return
            self._hold(row, -margin)
        elif centred:
            self._hold(row, (height - self.height) // 2)
        elif placed is not None and placed.y >= margin and placed.y + height <= self.height - margin:
            return
        elif row <= self._row:
            self._hold(row, -margin)
        else:
            self._hold(row, height - self.height + margin)

    def rows_inserted(self, row: int, count: int, characters: float) -> None:
        """Rows came in; what is in view stays where it is."""
        was_empty = self.heights.rows == 0
        self.heights.insert(row, count, characters)
        if not was_empty and row <= self._row:
            self._row += count

    def rows_removed(self, row: int, count: int) -> None:
        """Rows went; the rows after them move up into their place."""
        self.heights.remove(row, count)
        if row + count <= self._row:
            self._row -= count
        elif row <= self._row:
            self._row, self._shift = row, 0

    def settle(self) -> None:
        """Measure what is in view and place it. Nothing else moves."""
        rows = self.heights.rows
        self.visible = []
        if rows == 0:
            self._row, self._shift = 0, -self._lead
            return
        if self._row >= rows:
            self._row, self._shift = rows - 1, 0
        if self.stuck:
            self._settle_from_end()
        else:
            self._settle_from_anchor()
        y, row = -self._shift, self._row
        while row < rows and y < self.height:
            height = self._height(row)
            self.visible.append(Placed(row, y, height))
            y += height
            row += 1
        # Hold on to a row whose height is known: an estimate that comes true must not push the rest about.
        sure = next((item for item in self.visible if self.heights.is_measured(item.row)), None)
        if sure is not None:
            self._row, self._shift = sure.row, -sure.y

    def _hold(self, row: int, shift: int) -> None:
        self.stuck = False
        self._row, self._shift = row, shift
        self.settle()
        self.stuck = self.offset >= self.limit

    def _height(self, row: int) -> int:
        measured = self._measure(row)
        if measured is None:
            return self.heights.height(row)
        self.heights.set(row, max(1, measured))
        return max(1, measured)

    def _settle_from_anchor(self) -> None:
        rows = self.heights.rows
        while self._shift < 0 and self._row > 0:
            self._row -= 1
            self._shift += self._height(self._row)
        while self._row < rows - 1 and self._shift >= (height := self._height(self._row)):
            self._shift -= height
            self._row += 1
        if self._row == 0:
            self._shift = max(self._shift, -self._lead)
        y, row = -self._shift, self._row
        while row < rows and y < self.height:
            y += self._height(row)
            row += 1
        if row == rows and y + self._trail < self.height:
            self._settle_from_end()

    def _settle_from_end(self) -> None:
        y, row = self.height - self._trail, self.heights.rows
        while row > 0 and y > 0:
            row -= 1
            y -= self._height(row)
        # When all rows fit, they begin at the top and the room is left at the bottom.
        self._row, self._shift = row, -min(y, self._lead)
        if row == 0 and y > self._lead:
            self._shift = -self._lead
