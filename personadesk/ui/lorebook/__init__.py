"""Lorebooks in the window: the shelf, the editor of one book, and the box that tries it."""
