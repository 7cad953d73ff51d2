"""``python -m embedding_lab_app``: the window, the tour, or the self-check."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from pathlib import Path

import embedding_lab
from embedding_lab.engine import use_installed_engine
from embedding_lab_app import startup


def main(argv: list[str] | None = None) -> int:
    """Start the program and return its exit status."""
    multiprocessing.freeze_support()
    # Set before the engine is ever loaded: neither may open a connection or fork.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # The window tells what keeps an installed engine from being used.
    use_installed_engine()
    options = _parser().parse_args(argv)
    is_walk = options.tour is not None or options.self_check
    run = _walk if is_walk else _open
    return startup.run_guarded(lambda: run(options), needs_screen=not is_walk)


def _open(options: argparse.Namespace) -> int:
    from embedding_lab_app.application import run_window

    return run_window(options.paths, with_sample=options.sample, is_new=options.new_window)


def _walk(options: argparse.Namespace) -> int:
    _draw_off_screen_without_display()
    if options.self_check:
        from embedding_lab_app.self_check import run_self_check

        return run_self_check(as_json=options.json)
    from embedding_lab_app.tour.run import run_tour

    return run_tour(options.tour, theme=options.theme, n_rows=options.rows, as_json=options.json)


def _draw_off_screen_without_display() -> None:
    """Need no screen, and say nothing of what an invisible window cannot do."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not has_display:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import qInstallMessageHandler

    qInstallMessageHandler(_write_message)


def _write_message(_kind: object, _context: object, message: str) -> None:
    if not message.startswith(("This plugin does not support", "Detected locale")):
        sys.stderr.write(f"{message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="embedding-lab-app", description="Embedding Lab's window."
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="a workspace, or files and folders to look at, as if they were dropped",
    )
    parser.add_argument(
        "--new-window", action="store_true", help="open a window even where one is open already"
    )
    parser.add_argument(
        "--sample", action="store_true", help="open the sample workspace with the bundled sample"
    )
    parser.add_argument("--tour", type=Path, metavar="DIR", help="walk the main job, with pictures")
    parser.add_argument(
        "--rows", type=int, default=0, metavar="N", help="embed only so many on the tour"
    )
    parser.add_argument("--theme", choices=("light", "dark", "both"), default="both")
    parser.add_argument("--self-check", action="store_true", help="try every part and end")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--version", action="version", version=embedding_lab.__version__)
    return parser


if __name__ == "__main__":
    sys.exit(main())
