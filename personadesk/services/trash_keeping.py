"""Emptying the trash of what has lain in it long enough."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The window asks only for KEPT, before its first picture.
    from personadesk.services.ports import Store


KEPT = timedelta(days=30)
LAST_SETTING = "trash.last_looked"
LONGEST_AWAY = timedelta(days=60)
"""After a longer break the first look only notes the day: a clock that jumped ahead empties nothing."""


def empty_old(store: "Store", now: datetime) -> int:
    """Delete for good what was put in the trash more than KEPT ago; returns how many. Runs within one `write`."""
    last = store.settings.get(LAST_SETTING)
    store.settings.set(LAST_SETTING, now.isoformat())
    if not isinstance(last, str) or now - datetime.fromisoformat(last) > LONGEST_AWAY:
        return 0
    purged = store.trash.purge_older_than(now - KEPT)
    if purged:
        from personadesk.services.unsaved_edits import drop_gone_edits

        drop_gone_edits(store)
    return purged
