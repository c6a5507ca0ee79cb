"""What a reading process may not do. Windows has no such limits; there the parent's clock alone holds."""

import contextlib
import math
import signal
import sys
import time

if sys.platform != "win32":
    import resource

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_S = 10
OPEN_FILES = 32

KEPT_BYTES = 64 * 1024 * 1024
"""What a reading process keeps for its next file of the memory that it is done with."""

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def confine() -> None:
    """Take from this process, for good, large memory, writing to files, and outliving its parent."""
    if sys.platform == "win32":
        return
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        # macOS refuses some of them.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_DUMPABLE, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if hasattr(libc, "mallopt"):  # glibc gives memory back at once, and a page that comes anew costs its time
            libc.mallopt(_M_MMAP_THRESHOLD, KEPT_BYTES // 4)
            libc.mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)
            libc.mallopt(_M_TOP_PAD, KEPT_BYTES // 8)


def start_clock() -> None:
    """Give the next file CPU_S of the processor; beyond it the kernel ends this process."""
    if sys.platform != "win32":
        soft = math.ceil(time.process_time()) + CPU_S
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
