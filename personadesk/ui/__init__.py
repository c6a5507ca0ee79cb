"""The Qt window and everything in it."""
