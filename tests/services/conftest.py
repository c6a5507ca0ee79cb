import functools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from personadesk.paths import Paths, find_resources
from personadesk.storage.database import open_database
from personadesk.storage.places import DATABASE_NAME
from tests.fakes import FakeClock
from tests.services.chat_desk import OpenDesk, open_desk

if TYPE_CHECKING:
    from personadesk.assembly import Backend


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that was just created: copying it is quicker than running the migrations."""
    data_dir = tmp_path_factory.mktemp("empty-store")
    open_database(data_dir, clock=FakeClock()).close()
    return data_dir / DATABASE_NAME


@pytest.fixture
def open_chat(data_dir: Path, empty_store: Path) -> OpenDesk:
    """Call it to `async with` a ChatDesk over the test's data directory."""
    shutil.copyfile(empty_store, data_dir / DATABASE_NAME)
    return functools.partial(open_desk, data_dir)


@pytest.fixture
def backend(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Backend]":
    """Everything below the window over an empty store."""
    from personadesk.assembly import Backend

    backend = Backend(Paths(data_dir=tmp_path_factory.mktemp("backend"), resources=find_resources()))
    backend.engine.submit(backend.prepare()).result()
    yield backend
    backend.close()
