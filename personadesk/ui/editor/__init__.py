"""The editor of personas."""
