"""Runs that are killed, starved of room and hurried: the short forms. The long ones: bash tests/faults/run.sh."""
