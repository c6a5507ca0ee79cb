"""Profiles are read in a process of their own, while this one reads the disk and writes the store."""
