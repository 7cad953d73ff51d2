"""The command line's grammar; each group of commands adds its own part."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from embedding_lab.cli.session import WrongUseError
from embedding_lab.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.cli.answer import Answer
    from embedding_lab.cli.session import Session

    Command = Callable[[argparse.Namespace, Session], Answer | int]


class Parser(argparse.ArgumentParser):
    """An argument parser that raises a sentence instead of leaving the program."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong with the command line."""
        sentence = message[:1].upper() + message[1:]
        raise WrongUseError(
            sentence.rstrip(".") + ".", hint=f"`{self.prog} --help` shows how it is used."
        )


class Group:
    """Commands under one word, such as ``corpus list`` and ``corpus show``."""

    def __init__(self, subparsers: Any) -> None:
        self._subparsers = subparsers

    def group(self, name: str, help_text: str) -> Group:
        """Add a word that further commands stand under."""
        parser = self._subparsers.add_parser(
            name, help=help_text, description=help_text, allow_abbrev=False
        )
        return Group(parser.add_subparsers(required=True, metavar="COMMAND", dest="command"))

    def command(self, name: str, help_text: str, run: Command) -> Parser:
        """Add a command; the caller adds its arguments to the parser that is returned."""
        parser: Parser = self._subparsers.add_parser(
            name, help=help_text, description=help_text, allow_abbrev=False
        )
        add_global_options(parser, default=argparse.SUPPRESS)
        parser.set_defaults(run=run)
        return parser


def new_parser() -> tuple[Parser, Group]:
    """Return the parser of the whole command line and the group its commands go into."""
    parser = Parser(
        prog="embedding-lab",
        description="A workbench for embedding models: import, embed, search, evaluate.",
        epilog="Without a command, the window opens.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"Embedding Lab {__version__}")
    add_global_options(parser, default=None)
    return parser, Group(parser.add_subparsers(metavar="COMMAND", dest="group"))


def add_global_options(parser: argparse.ArgumentParser, default: Any) -> None:
    """Add the options that may stand before or behind the command."""
    parser.add_argument(
        "--workspace",
        metavar="DIR",
        default=default,
        help="the workspace to work in; the last used without it",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=default,
        help="print one JSON object on standard output",
    )


def share(text: str) -> float:
    """Read a number between 0 and 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, found {text}")
    return number


def positive(text: str) -> float:
    """Read a number of at least 0, not infinite."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number of at least 0, found {text}")
    return number


def at_least(smallest: int) -> Callable[[str], int]:
    """Return a type for arguments: a whole number of at least ``smallest``."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = smallest - 1
        if number < smallest:
            raise argparse.ArgumentTypeError(
                f"expected a whole number of at least {smallest}, found {text}"
            )
        return number

    return read


def add_values(command: Parser, help_text: str, metavar: str = "NAME=VALUE") -> None:
    """Add ``--set NAME=VALUE`` to a command; the pairs given are its ``values``."""
    command.add_argument(
        "--set",
        type=_assignment,
        action="append",
        default=[],
        metavar=metavar,
        dest="values",
        help=f"{help_text}; may be repeated",
    )


def _assignment(text: str) -> tuple[str, str]:
    """Read ``NAME=VALUE``; the value is kept as it stands."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, found {text}")
    return name.strip(), value
