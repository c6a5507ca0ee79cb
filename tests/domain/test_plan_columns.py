from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.migration import Part, PlanPerson, PlanRow, Verdict
from personadesk.domain.plan_columns import PlanPeople, PlanRows

# A file's name may hold what is no text.
NAMES = st.text(st.characters(codec=None), max_size=12)
NUMBERS = st.integers(-1, 2**53)
ROWS = st.builds(
    PlanRow,
    NAMES,
    st.sampled_from(Part),
    st.sampled_from(Verdict),
    NAMES,
    NAMES,
    NUMBERS,
    NUMBERS,
    st.sampled_from((b"", bytes(range(32)))),
    NAMES,
)
PEOPLE = st.builds(PlanPerson, NAMES, NAMES, st.integers(1, 10**6), NUMBERS)


@given(st.lists(ROWS, max_size=8))
def test_rows_come_out_as_they_went_in(rows: list[PlanRow]) -> None:
    kept = PlanRows(rows)

    assert list(kept) == rows
    assert kept[-2:] == rows[-2:]
    assert [(kept.path(number), kept.part(number)) for number in range(len(kept))] == [
        (row.path, row.part) for row in rows
    ]
    assert not rows or kept[-1] == rows[-1]
    assert kept.count_of(Verdict.IMPORT, Verdict.HERE) == sum(
        row.verdict in (Verdict.IMPORT, Verdict.HERE) for row in rows
    )


@given(st.lists(ROWS, max_size=8))
def test_rows_are_sorted_by_their_paths_as_a_list_is(rows: list[PlanRow]) -> None:
    kept = PlanRows(rows)

    kept.sort()

    assert list(kept) == sorted(rows, key=lambda row: row.path)


@given(st.lists(ROWS, min_size=2, max_size=8), ROWS)
def test_a_verdict_changes_one_row_and_a_change_leaves_the_rows_it_was_made_of(
    rows: list[PlanRow], other: PlanRow
) -> None:
    kept = PlanRows(rows)
    kept.judge(1, Verdict.MERGE, "Joined.")
    judged = [rows[0], replace(rows[1], verdict=Verdict.MERGE, reason="Joined."), *rows[2:]]

    changed = kept.with_changes({0: other})

    assert list(kept) == judged
    assert list(changed) == [other, *judged[1:]]
    assert changed.count_of(other.verdict) == sum(row.verdict is other.verdict for row in changed)
    assert changed == PlanRows([other, *judged[1:]])
    assert (changed.path(0), changed.part(0), changed.verdict(0)) == (other.path, other.part, other.verdict)
    assert [changed.group(number) for number in range(len(rows))] == [row.group for row in changed]
    assert changed.tally() == Counter((row.part, row.verdict, row.group) for row in changed)


@given(st.lists(PEOPLE, max_size=8))
def test_people_come_out_as_they_went_in(people: Sequence[PlanPerson]) -> None:
    assert list(PlanPeople(people)) == people
    assert PlanPeople(people)[:3] == people[:3]
    assert not people or PlanPeople(people)[-1] == people[-1]
