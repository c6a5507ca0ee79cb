"""The chat part of the window."""
