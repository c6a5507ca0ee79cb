"""A plan's rows and people, 100,000 of them and more, in a quarter of the space that objects take."""

import struct
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

from personadesk.domain.migration import Part, PlanPerson, PlanRow, Rows, Verdict

_PARTS, _VERDICTS = tuple(Part), tuple(Verdict)
_PART_CODES = {part: code for code, part in enumerate(_PARTS)}
_VERDICT_CODES = {verdict: code for code, verdict in enumerate(_VERDICTS)}


def in_columns(rows: Sequence[PlanRow]) -> "PlanRows":
    return rows if isinstance(rows, PlanRows) else PlanRows(rows)


def _bytes(text: str) -> bytes:
    # A file's name need not be text.
    return text.encode("utf-8", "surrogatepass")


def _text(stored: bytes | bytearray) -> str:
    return stored.decode("utf-8", "surrogatepass")


class PlanRows(Rows):
    """Rows, each made when it is asked for. `add`, `judge` and `sort` are for who makes them."""

    _record = struct.Struct("<qqBI")

    def __init__(self, rows: Iterable[PlanRow] = ()) -> None:
        self._records = bytearray()
        self._starts = array("Q")
        self._parts = bytearray()
        self._verdicts = bytearray()
        self._groups = array("I")
        self._reasons = array("I")
        self._texts: list[str] = []
        self._numbers: dict[str, int] = {}
        self._changed: Mapping[int, PlanRow] = {}
        for row in rows:
            self.add(row)

    def add(self, row: PlanRow) -> None:
        key, path = _bytes(row.person_key), _bytes(row.path)
        self._starts.append(len(self._records))
        self._records += self._record.pack(row.count, row.size, len(row.sha256), len(key))
        self._records += row.sha256 + key + path
        self._parts.append(_PART_CODES[row.part])
        self._verdicts.append(_VERDICT_CODES[row.verdict])
        self._groups.append(self._number(row.group))
        self._reasons.append(self._number(row.reason))

    def judge(self, number: int, verdict: Verdict, reason: str) -> None:
        self._verdicts[number] = _VERDICT_CODES[verdict]
        self._reasons[number] = self._number(reason)

    def sort(self) -> None:
        """Put them in the order of their paths; those of one path stay in theirs."""
        paths = list(map(self.path, range(len(self))))
        order = sorted(range(len(paths)), key=paths.__getitem__)
        if any(number != place for place, number in enumerate(order)):
            ends = [*self._starts[1:], len(self._records)]
            records, starts = bytearray(), array("Q")
            for number in order:
                starts.append(len(records))
                records += self._records[self._starts[number] : ends[number]]
            self._records, self._starts = records, starts
            self._parts = bytearray(self._parts[number] for number in order)
            self._verdicts = bytearray(self._verdicts[number] for number in order)
            self._groups = array("I", (self._groups[number] for number in order))
            self._reasons = array("I", (self._reasons[number] for number in order))

    def with_changes(self, changed: Mapping[int, PlanRow]) -> "PlanRows":
        """The same rows, but for some by their numbers. None of these may be changed afterwards."""
        other = PlanRows()
        other.__dict__.update(self.__dict__, _changed={**self._changed, **changed})
        return other

    def path(self, number: int) -> str:
        if self._changed and number in self._changed:
            return self._changed[number].path
        start = self._starts[number]
        _, _, digest, key = self._record.unpack_from(self._records, start)
        return _text(self._records[start + self._record.size + digest + key : self._end(number)])

    def part(self, number: int) -> Part:
        changed = self._changed.get(number)
        return changed.part if changed else _PARTS[self._parts[number]]

    def verdict(self, number: int) -> Verdict:
        changed = self._changed.get(number)
        return changed.verdict if changed else _VERDICTS[self._verdicts[number]]

    def group(self, number: int) -> str:
        changed = self._changed.get(number)
        return changed.group if changed else self._texts[self._groups[number]]

    def tally(self) -> Counter[tuple[Part, Verdict, str]]:
        """How many there are of each part, verdict and group."""
        codes = Counter(zip(self._parts, self._verdicts, self._groups, strict=True))
        found = Counter(
            {
                (_PARTS[part], _VERDICTS[verdict], self._texts[group]): count
                for (part, verdict, group), count in codes.items()
            }
        )
        for number, row in self._changed.items():
            part, verdict = _PARTS[self._parts[number]], _VERDICTS[self._verdicts[number]]
            found[part, verdict, self._texts[self._groups[number]]] -= 1
            found[row.part, row.verdict, row.group] += 1
        return +found

    def count_of(self, *verdicts: Verdict) -> int:
        return sum(count for (_, verdict, _), count in self.tally().items() if verdict in verdicts)

    def count_of_part(self, wanted: Part) -> int:
        return sum(count for (part, _, _), count in self.tally().items() if part is wanted)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, number: int) -> PlanRow: ...
    @overload
    def __getitem__(self, number: slice) -> list[PlanRow]: ...
    def __getitem__(self, number: int | slice) -> PlanRow | list[PlanRow]:
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(len(self)))]
        if number < 0:
            number += len(self)
        if self._changed and number in self._changed:
            return self._changed[number]
        start = self._starts[number]
        count, size, digest, key = self._record.unpack_from(self._records, start)
        digest_end = start + self._record.size + digest
        key_end = digest_end + key
        return PlanRow(
            _text(self._records[key_end : self._end(number)]),
            _PARTS[self._parts[number]],
            _VERDICTS[self._verdicts[number]],
            self._texts[self._groups[number]],
            _text(self._records[digest_end:key_end]),
            count,
            size,
            bytes(self._records[digest_end - digest : digest_end]),
            self._texts[self._reasons[number]],
        )

    def __iter__(self) -> Iterator[PlanRow]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlanRows) and len(self) == len(other) and all(map(PlanRow.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def _end(self, number: int) -> int:
        return self._starts[number + 1] if number + 1 < len(self._starts) else len(self._records)

    def _number(self, text: str) -> int:
        """Of a text that many rows may share."""
        number = self._numbers.setdefault(text, len(self._texts))
        if number == len(self._texts):
            self._texts.append(text)
        return number


class PlanPeople(Sequence[PlanPerson]):
    """People, each made when they are asked for."""

    _record = struct.Struct("<IqI")

    def __init__(self, people: Iterable[PlanPerson] = ()) -> None:
        self._records = bytearray()
        self._starts = array("Q")
        for person in people:
            key = _bytes(person.key)
            self._starts.append(len(self._records))
            self._records += self._record.pack(person.profiles, person.interactions, len(key)) + key
            self._records += _bytes(person.name)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, number: int) -> PlanPerson: ...
    @overload
    def __getitem__(self, number: slice) -> list[PlanPerson]: ...
    def __getitem__(self, number: int | slice) -> PlanPerson | list[PlanPerson]:
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(len(self)))]
        if number < 0:
            number += len(self)
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._records)
        profiles, interactions, key = self._record.unpack_from(self._records, start)
        key_end = start + self._record.size + key
        return PlanPerson(
            _text(self._records[key_end - key : key_end]), _text(self._records[key_end:end]), profiles, interactions
        )

    def __iter__(self) -> Iterator[PlanPerson]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlanPeople) and (self._records, self._starts) == (other._records, other._starts)

    __hash__ = None  # type: ignore[assignment]
