"""Running the program under strace: what it writes, and what becomes of it when a system call fails or kills it."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.program import unmeasured

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


@cache
def _why_not() -> str:
    if shutil.which("strace") is None:
        return "strace is not installed here"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return f"strace may not be used here: {tried.stderr.strip()}" if tried.returncode else ""


needs_strace = pytest.mark.skipif(bool(_why_not()), reason=_why_not())


def traced(data_dir: Path, *arguments: str, options: tuple[str, ...], log: Path) -> "subprocess.CompletedProcess[str]":
    """Run `personadesk` under strace with the given options; its log goes to a file."""
    # strace 6.1 is many times faster with it, and forgets to send its signals.
    fast = () if any(":signal=" in option for option in options) else ("--seccomp-bpf",)
    return subprocess.run(
        ["strace", "-f", *fast, "-qq", "-y", "-s", "4096", "-o", str(log), *options,
         sys.executable, "-B", "-m", "personadesk", "--data-dir", str(data_dir), *arguments],
        capture_output=True, text=True, env=unmeasured(), timeout=110, check=False,
    )  # fmt: skip


def calls(log: Path) -> Counter[str]:
    """How often each system call was made, by the thread that made it most often: strace counts for each."""
    counted = Counter(re.findall(r"^(\d+) +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))
    most: Counter[str] = Counter()
    for (_, name), number in counted.items():
        most[name] = max(most[name], number)
    return most


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
