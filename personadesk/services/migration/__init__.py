"""Bringing in what other programs left: look, plan, back up, import, verify, undo."""
