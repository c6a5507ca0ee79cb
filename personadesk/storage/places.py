"""The names of what is in a data directory."""

DATABASE_NAME = "personadesk.sqlite3"
ASSETS_NAME = "assets"
BACKUPS_NAME = "backups"
