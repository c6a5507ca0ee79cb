"""Voices in the window: sound as it comes, and what can be heard."""
