"""The outside world: chat models, voices, and the process that reads strangers' files."""
