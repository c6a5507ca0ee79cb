"""Reading strangers' documents in a child process that may crash, hang or run out of memory."""
