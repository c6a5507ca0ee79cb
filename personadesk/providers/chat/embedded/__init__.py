"""The model that runs on this computer, in a child process of its own."""
