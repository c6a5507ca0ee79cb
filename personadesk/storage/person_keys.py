"""Who is known by which key, for a run that asks for 100,000 of them, most of whom are new."""

from sqlalchemy import Connection

from personadesk.storage.file_names import name_bytes, name_text

_MARKS = 1 << 23


class PersonKeys:
    """Part of one run, which alone writes keys meanwhile. A key is looked for in the table only where a mark says
    that it may be there; who was noted is remembered until `settle`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, int] = {}
        self._marks = bytearray(_MARKS // 8)
        for (key,) in connection.exec_driver_sql("SELECT key FROM person_keys"):
            self._mark(name_text(key))

    def find(self, key: str) -> int | None:
        """The person's id."""
        if key in self._waiting:
            return self._waiting[key]
        place, bit = divmod(hash(key) % _MARKS, 8)
        if not self._marks[place] >> bit & 1:
            return None
        found = self._connection.exec_driver_sql(
            "SELECT person_id FROM person_keys WHERE key = ?", (name_bytes(key),)
        ).scalar()
        return None if found is None else int(found)

    def note(self, key: str, person_id: int) -> None:
        """Remember a key that is about to be written."""
        self._waiting[key] = person_id
        self._mark(key)

    def settle(self) -> None:
        """All that was noted is in the table, and no savepoint can take it back."""
        self._waiting.clear()

    def _mark(self, key: str) -> None:
        place, bit = divmod(hash(key) % _MARKS, 8)
        self._marks[place] |= 1 << bit
