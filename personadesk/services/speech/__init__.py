"""Saying things aloud: what of a text is said, in which voice, and what was said before."""
