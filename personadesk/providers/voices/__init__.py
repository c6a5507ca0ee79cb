"""Engines of speech: the system's voices, the natural voice on this computer, and a service's."""
