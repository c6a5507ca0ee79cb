"""What writes down speech: a model on this computer, and services."""
