"""Reading strangers' cards and pictures in child processes that may crash, hang or run out of memory."""
