import functools
import shutil
from pathlib import Path

import pytest

from personadesk.storage.database import open_database
from personadesk.storage.places import DATABASE_NAME
from tests.fakes import FakeClock
from tests.services.chat_desk import OpenDesk, open_desk


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
