"""SQLAlchemy Core over one connection of the driver that is already open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, create_engine, event
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from personadesk.storage.driver import RawConnection


def open_core(connection: RawConnection, *, begin: str = "") -> Connection:
    """Return a Core connection whose transactions start with the statement `begin`; "" leaves them to the caller.

    Closing it leaves the driver's connection open.
    """
    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=lambda: connection,
        poolclass=StaticPool,
        # An error's text must not carry what a person wrote.
        hide_parameters=True,
    )

    # The driver would begin a transaction only before the first change, and none before a DDL
    # statement: a migration could stop half-way, and two reads could see two states.
    if begin:
        event.listen(engine, "begin", lambda core: core.exec_driver_sql(begin))

    return engine.connect()


def driver_of(connection: Connection) -> RawConnection:
    """The driver's connection under a Core one, in the same transaction: for the few statements that must be quick."""
    found: RawConnection = connection.connection.dbapi_connection  # type: ignore[assignment]
    return found


def inserted_id(result: CursorResult[Any]) -> int:
    """Return the id that an INSERT of one row was given."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


@contextmanager
def core_connection(connection: RawConnection, *, begin: str) -> Iterator[Connection]:
    """Lend a Core connection over a driver's connection that goes on afterwards."""
    core = open_core(connection, begin=begin)
    try:
        yield core
    finally:
        core.close()
