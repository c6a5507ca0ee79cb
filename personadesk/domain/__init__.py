"""What things are: personas, conversations, messages, errors. Standard library only."""
