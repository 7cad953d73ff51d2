"""``embedding-lab app``, ``tour`` and ``self-check``: what needs the window.

The core knows nothing of the window; it is started as a program of its own.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.cli.parser import at_least
from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session

WINDOW = "embedding_lab_app"


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    app = commands.command("app", "Open the window.", _app)
    app.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="a workspace, or files and folders to look at, as if they were dropped",
    )
    app.add_argument("--sample", action="store_true", help="open the sample workspace")
    app.add_argument(
        "--new-window", action="store_true", help="open a window even where one is open already"
    )
    tour = commands.command("tour", "Walk through every page and save pictures of it.", _tour)
    tour.add_argument("--out", required=True, metavar="DIR")
    tour.add_argument("--theme", choices=["light", "dark"])
    tour.add_argument("--rows", type=at_least(1), metavar="N", help="embed only so many: quicker")
    commands.command("self-check", "Check that this installation works.", _self_check)


def _app(arguments: Namespace, session: Session) -> int:
    words = ["--sample"] if arguments.sample else []
    words += ["--new-window"] if arguments.new_window else []
    # The workspace named before the command comes first, what is opened in it behind.
    paths = [arguments.workspace] if arguments.workspace else []
    paths += arguments.paths
    return start_window([*words, *(str(Path(path).expanduser().absolute()) for path in paths)])


def _tour(arguments: Namespace, session: Session) -> int:
    words = ["--tour", str(Path(arguments.out).expanduser().absolute())]
    words += ["--theme", arguments.theme] if arguments.theme else []
    words += ["--rows", str(arguments.rows)] if arguments.rows else []
    return start_window(words + _json(arguments))


def _self_check(arguments: Namespace, session: Session) -> int:
    return start_window(["--self-check", *_json(arguments)])


def _json(arguments: Namespace) -> list[str]:
    """Hand ``--json`` on: the window's program prints the answer itself."""
    return ["--json"] if arguments.json else []


def start_window(words: list[str]) -> int:
    """Run the window's program and return its exit status.

    Raises
    ------
    LabError
        If the window is not installed.
    """
    return subprocess.run([*window_program(), *words], check=False).returncode


def window_program() -> list[str]:
    """Return the command that starts the window's program, to which words may be added.

    An installed program starts itself: its first word says that the window is wanted.

    Raises
    ------
    LabError
        If the window is not installed.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "--window"]
    if importlib.util.find_spec(WINDOW) is None:
        raise LabError(
            "The window is not installed here.", hint="Install `embedding-lab[app]` to get it."
        )
    return [sys.executable, "-m", WINDOW]
