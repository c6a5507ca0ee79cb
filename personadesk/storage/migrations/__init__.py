"""Alembic revisions. Each is frozen: it imports no live model."""
