"""The outside world: chat models now, speech and secrets later."""
