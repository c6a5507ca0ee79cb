"""Colours for code, by Pygments. Imported when the first code block with a known language is shown."""

from collections.abc import Iterator
from functools import cache

from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType

HIGHLIGHT_CHARACTERS = 6_000

LANGUAGES = frozenset(
    [
        "bash",
        "c",
        "c#",
        "c++",
        "cpp",
        "cs",
        "csharp",
        "css",
        "diff",
        "docker",
        "dockerfile",
        "go",
        "haskell",
        "html",
        "ini",
        "java",
        "javascript",
        "js",
        "json",
        "jsx",
        "kotlin",
        "latex",
        "lua",
        "make",
        "makefile",
        "markdown",
        "md",
        "perl",
        "php",
        "powershell",
        "ps1",
        "py",
        "python",
        "python3",
        "r",
        "rb",
        "ruby",
        "rs",
        "rust",
        "scala",
        "sh",
        "shell",
        "sql",
        "swift",
        "tex",
        "toml",
        "ts",
        "tsx",
        "typescript",
        "xml",
        "yaml",
        "yml",
        "zsh",
    ]
)
"""What is highlighted. A lexer not named here is never run on a stranger's text."""

_KINDS = (
    (Token.Comment, "comment"),
    (Token.Keyword, "keyword"),
    (Token.Operator.Word, "keyword"),
    (Token.Literal.String, "string"),
    (Token.Literal.Number, "number"),
    (Token.Name.Function, "name"),
    (Token.Name.Class, "name"),
    (Token.Name.Tag, "keyword"),
    (Token.Name.Attribute, "name"),
    (Token.Name.Builtin, "name"),
    (Token.Name.Decorator, "name"),
    (Token.Generic.Inserted, "string"),
    (Token.Generic.Deleted, "removed"),
    (Token.Generic.Heading, "keyword"),
)


def highlighted(language: str, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, length, kind) of what is coloured; kinds are comment, keyword, string, number, name, removed."""
    name = language.lower()
    if name not in LANGUAGES or len(text) > HIGHLIGHT_CHARACTERS:
        return
    at = 0
    for token, value in lex(text, _lexer(name)):
        kind = _kind(token)
        if kind and value.strip():
            yield at, len(value), kind
        at += len(value)


def prepare(language: str) -> None:
    """Import and compile what `highlighted` needs for a language. Safe from any thread; raises nothing."""
    name = language.lower()
    if name in LANGUAGES:
        # The rules are compiled when the first text is read.
        any(lex(" ", _lexer(name)))


@cache
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)


@cache
def _kind(token: _TokenType) -> str:
    return next((kind for parent, kind in _KINDS if token in parent), "")
