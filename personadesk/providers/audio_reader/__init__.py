"""Reading strangers' recordings in a child process that may crash, hang or run out of memory."""
