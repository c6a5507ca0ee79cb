"""SQLite: engine, tables, repositories, search index, assets by content hash."""
