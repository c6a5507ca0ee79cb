"""Bytes in, domain out, and back: no disk, no network, no Qt."""
