"""The sidebar part of the window."""
