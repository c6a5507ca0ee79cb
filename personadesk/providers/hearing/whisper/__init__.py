"""Dictation on this computer: Whisper in a process of its own."""
