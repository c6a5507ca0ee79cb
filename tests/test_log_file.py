"""The log where it can't be written."""

import subprocess
import sys

import pytest

from tests.program import unmeasured

_PROGRAM = """
import logging
from personadesk.log_file import LogFile
logging.getLogger().addHandler(LogFile("/dev/full"))
logging.warning("what happened")
logging.warning("and what came then")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a file that is always full")
def test_a_full_disk_costs_the_line_and_says_nothing_in_the_terminal() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], check=False, capture_output=True, text=True, env=unmeasured(), timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
