"""The sound library and its devices, looked for where nobody waits. On any thread."""

import importlib
import sys


def load_multimedia() -> None:
    """Where the library is missing nothing happens: there is no device then, which is told later."""
    try:
        importlib.import_module("PySide6.QtMultimedia")
    except ImportError:
        return


def find_devices() -> None:
    """Load it, and let it find what there is: what it finds is kept for the window's thread."""
    try:
        from PySide6.QtMultimedia import QMediaDevices
    except ImportError:
        return
    if sys.platform == "linux":
        # The first look connects to the sound server, which takes 50 to 100 ms.
        QMediaDevices.defaultAudioOutput()
        QMediaDevices.defaultAudioInput()
