"""The options of `personadesk migrate`."""

import argparse


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    migrate = commands.add_parser("migrate", help="bring in a profiles folder, with a backup, a dry run and an undo")
    migrate.add_argument("--profiles-dir", metavar="DIR", help="the folder, file or database; else the usual places")
    migrate.add_argument("--persona", metavar="ID", help="the persona that profiles without a folder go to")
    migrate.add_argument("--you", metavar="USER_ID", help="which of the users in the profiles is you")
    migrate.add_argument("--backup-dir", metavar="DIR", help="where the backup goes; else beside the folder")
    migrate.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
    migrate.add_argument(
        "--rollback", metavar="RUN", nargs="?", const="", help="undo an import, the newest if none is named"
    )
    migrate.add_argument(
        "--restore-folder", action="store_true", help="with --rollback: give every backed-up file its content back"
    )
    migrate.add_argument("--list", action="store_true", help="list the imports there were")
    migrate.add_argument("--reorganize", action="store_true", help="also put the files into per-persona folders")
    migrate.add_argument("--verbose", action="store_true", help="a line for every file")
    migrate.add_argument("--json", action="store_true", help="print JSON")
