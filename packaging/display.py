"""Exit with 0 if a display answers. Qt would abort on one that is named and not there."""

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

ANSWER_S = 5


def wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    if not name or not hasattr(socket, "AF_UNIX"):
        return False
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(ANSWER_S)
            client.connect(str(Path(os.environ.get("XDG_RUNTIME_DIR", "")) / name))
    except OSError:
        return False
    return True


def x11_answers() -> bool:
    if not os.environ.get("DISPLAY"):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    answers: bool = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers


if __name__ == "__main__":
    # libxcb has no deadline of its own; the signal ends the process, which counts as no answer.
    signal.alarm(ANSWER_S)
    sys.exit(0 if wayland_answers() or x11_answers() else 1)
