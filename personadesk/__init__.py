"""PersonaDesk: a desktop home for AI personas, each with a memory of its own."""

__version__ = "0.1.0"
