"""The people whom a plan's files know."""

from array import array
from collections import Counter

from personadesk.domain.migration import PlanPerson
from personadesk.domain.plan_columns import PlanPeople


class MetPeople:
    """Most people are in one file alone, and there may be 100,000 of them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._profiles = array("I")
        self._talks = array("q")
        self._names = bytearray()
        self._name_ends = array("Q")
        self._called: dict[str, Counter[str]] = {}

    def meet(self, key: str, name: str, talks: int) -> None:
        number = self._numbers.setdefault(key, len(self._profiles))
        if number == len(self._profiles):
            self._profiles.append(1)
            self._talks.append(talks)
            self._names += (name or key.rpartition(":")[2]).encode("utf-8", "surrogatepass")
            self._name_ends.append(len(self._names))
            return
        self._profiles[number] += 1
        self._talks[number] = max(self._talks[number], talks)
        if key not in self._called:
            self._called[key] = Counter([self._name(number)])
        if name:
            self._called[key][name] += 1

    def are_several(self, key: str) -> bool:
        """Whether more than one file knows them."""
        return key in self._called

    @property
    def all_once(self) -> bool:
        return not self._called

    def ranked(self) -> PlanPeople:
        """Those in most files first, then those who talked most."""
        numbers = self._numbers
        # Three times rather than by three things at once, which would be as many tuples as people.
        keys = sorted(numbers)
        keys.sort(key=lambda key: self._talks[numbers[key]], reverse=True)
        keys.sort(key=lambda key: self._profiles[numbers[key]], reverse=True)
        return PlanPeople(self._person(key, numbers[key]) for key in keys)

    def _person(self, key: str, number: int) -> PlanPerson:
        called = self._called.get(key)
        name = called.most_common(1)[0][0] if called else self._name(number)
        return PlanPerson(key, name, self._profiles[number], self._talks[number])

    def _name(self, number: int) -> str:
        start = self._name_ends[number - 1] if number else 0
        return self._names[start : self._name_ends[number]].decode("utf-8", "surrogatepass")
