"""Running the program under strace: what it writes, and what becomes of it when a system call fails or kills it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import environment

MUTATING = ",".join(
    (
        "write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2",
        "link,linkat,unlink,unlinkat,mkdir,mkdirat,ftruncate",
    )
)
WRITES = f"open,openat,creat,{MUTATING},chmod,fchmod,fchmodat,utimensat,symlink,symlinkat,truncate,rmdir"
_OPENED_TO_WRITE = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC)")
_CHANGES = re.compile(
    r"(write|pwrite64|writev|ftruncate|fsync|fdatasync)\(\d+<(/[^>]*)>"
    r"|(rename|link|unlink|mkdir|rmdir|chmod|fchmod|utimensat|symlink|truncate)"
)

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed here")


def traced(data_dir: Path, *arguments: str, options: tuple[str, ...], log: Path) -> "subprocess.CompletedProcess[str]":
    """Run `personadesk` under strace with the given options; its log goes to a file.

    Coverage would write files of its own there, and be broken by the same faults.
    """
    variables = {name: value for name, value in environment().items() if not name.startswith("COVERAGE_")}
    return subprocess.run(
        ["strace", "-f", "-qq", "-y", "-s", "4096", "-o", str(log), *options,
         sys.executable, "-B", "-m", "personadesk", "--data-dir", str(data_dir), *arguments],
        capture_output=True, text=True, env=variables, timeout=110, check=False,
    )  # fmt: skip


def changed_files(log: Path) -> list[str]:
    """The lines of a log in which a file is made, written or removed below a path that matters."""
    lines = []
    for line in log.read_text(errors="replace").splitlines():
        call = line.split(" ", 1)[-1].lstrip()
        opened = re.match(r"open(at)?\(|creat\(", call)
        if opened and (not _OPENED_TO_WRITE.search(call) or " = -1 " in call):
            continue
        if opened or _CHANGES.match(call):
            lines.append(call)
    return [line for line in lines if not re.search("/dev/|/proc/|pipe:|socket:", line)]
