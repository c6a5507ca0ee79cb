"""`personadesk`: the window, and the same personas in the terminal."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from types import FrameType

from personadesk import __version__
from personadesk.domain.errors import UserFacingError
from personadesk.paths import Paths, find_paths


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="personadesk", description="A desktop home for AI personas, each with a memory of its own."
    )
    parser.add_argument("--version", action="version", version=f"PersonaDesk {__version__}")
    parser.add_argument("--data-dir", metavar="DIR", help="keep personas and conversations in DIR")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    chat = commands.add_parser("chat", help="talk in the terminal; with a text, one answer")
    chat.add_argument("persona", nargs="?", help="whom to talk to; without it you choose from a list")
    chat.add_argument("text", nargs="?", help="what to say; without it you are asked")
    commands.add_parser("doctor", help="print versions, paths and the state of database, model and sound")
    fetch = commands.add_parser("fetch-model", help="bring the chat model's file to this computer and check it")
    fetch.add_argument("--model", metavar="ID", help="which model of the catalogue; by default the one in use")
    fetch.add_argument("--file", metavar="FILE", help="take this file instead of fetching one")
    from personadesk.cli.card_options import add_export_parser, add_import_parser
    from personadesk.cli.migrate_options import add_parser

    opened = commands.add_parser("open", help="show the window, and bring these files in there")
    opened.add_argument("files", nargs="*", metavar="FILE", help="cards, archives or a bot's files")
    add_import_parser(commands)
    add_export_parser(commands)
    add_parser(commands)
    tour = commands.add_parser("tour", help="drive the real window through its screens and save pictures of them")
    tour.add_argument("--out", metavar="DIR", required=True, help="where the pictures go")
    tour.add_argument("--theme", choices=("dark", "light"), default="dark")
    tour.add_argument("--size", metavar="WxH", default="1280x800", help="the window's size, 1280x800 by default")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the process's exit code: 0 done, 1 not done (one sentence says why), 2 usage."""
    _take_any_text()
    parser = build_parser()
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "tour":
            return _tour(parser, chosen)
        if chosen.command is None:
            return _window(chosen.data_dir)
        if chosen.command == "open":
            return _window(chosen.data_dir, chosen.files)
        from personadesk.log_file import start_log

        paths = find_paths(chosen.data_dir)
        if not getattr(chosen, "dry_run", False):
            start_log(paths)
        _leave_in_order()
        if chosen.command == "chat":
            from personadesk.cli.chat import chat

            return chat(paths, chosen.persona, chosen.text)
        if chosen.command == "import":
            from personadesk.cli.cards import import_cards

            return import_cards(paths, chosen)
        if chosen.command == "export":
            return _export(paths, chosen)
        if chosen.command == "migrate":
            from personadesk.cli.migrate import migrate

            return migrate(paths, chosen)
        if chosen.command == "doctor":
            from personadesk.cli.doctor import doctor

            return doctor(paths)
        from personadesk.cli.fetch_model import fetch_model

        return fetch_model(paths, chosen.model, Path(chosen.file) if chosen.file else None)
    except UserFacingError as problem:
        print(f"{problem.sentence} {problem.next_step}".strip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output went away; Python would fail once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _take_any_text() -> None:
    """Let no character that the terminal's encoding lacks, and no byte it does not know, end the program."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _leave_in_order() -> None:
    """On SIGTERM, and when the terminal is closed, leave as on any other way out: with everything saved."""

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def leave(number: int, _frame: FrameType | None) -> None:
        # A closed terminal says so twice: the second time must not break into the saving.
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in numbers:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, leave)


def _export(paths: Paths, chosen: argparse.Namespace) -> int:
    if chosen.persona:
        from personadesk.cli.cards import export_cards

        return export_cards(
            paths, Path(chosen.folder), chosen.persona, chosen.format, memories=chosen.memories, chats=chosen.chats
        )
    from personadesk.cli.export import export

    return export(paths, Path(chosen.folder))


def _window(data_dir: str | None, files: Sequence[str] = ()) -> int:
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        print("There is no display here to show a window on.", file=sys.stderr)
        print("Talk in the terminal instead: personadesk chat", file=sys.stderr)
        return 1
    try:
        from personadesk.app import main as window
    except ImportError as error:
        print(f"The window can't be shown: {error}.", file=sys.stderr)
        print("Install the system's Qt libraries with: bash packaging/run.sh", file=sys.stderr)
        return 1
    return window(data_dir, [Path(file).absolute() for file in files])


def _tour(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> int:
    width, _, height = str(chosen.size).partition("x")
    if not (width.isdigit() and height.isdigit() and 400 <= int(width) <= 7680 and 300 <= int(height) <= 4320):
        parser.error("--size is a width and a height in pixels, such as 1280x800")
    from personadesk.cli.tour import tour

    return tour(data_dir=chosen.data_dir, out=Path(chosen.out), theme=chosen.theme, size=(int(width), int(height)))


if __name__ == "__main__":
    sys.exit(main())
