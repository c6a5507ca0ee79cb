"""The palette part of the window."""
