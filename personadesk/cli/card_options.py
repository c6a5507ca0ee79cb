"""The options of `personadesk import` and `personadesk export`, without what carries them out."""

import argparse

ON_KNOWN = ("update", "keep-both", "skip")
FORMATS = ("png", "json", "json_v2", "charx", "lorebook", "archive", "as_received")
"""services/card_exports.py: CardFormat"""


def add_import_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("import", help="bring character cards in: files and folders of them")
    parser.add_argument("paths", nargs="+", metavar="FILE", help="a card (PNG, JSON, CHARX …) or a folder of cards")
    parser.add_argument(
        "--known",
        choices=ON_KNOWN,
        help="what becomes of a card whose persona is here already; by default the same file is skipped,"
        " a new version updates, and another one of that name is kept beside it",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and do nothing")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def add_export_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("export", help="give the files of your imports back, or write personas as cards")
    parser.add_argument("folder", metavar="DIR", help="where to; without --persona a new or an empty folder")
    parser.add_argument(
        "--persona", action="append", metavar="NAME", help="write this persona; may be said more than once"
    )
    parser.add_argument("--format", choices=FORMATS, default="png", help="what to write a persona as, png by default")
    parser.add_argument("--memories", action="store_true", help="with --format archive: what it remembers, too")
    parser.add_argument("--chats", action="store_true", help="with --format archive: its conversations, too")
