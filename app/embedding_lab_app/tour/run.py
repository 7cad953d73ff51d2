"""Starting the tour on a workspace of its own and telling how it went."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError
from embedding_lab.paths import HOME_VARIABLE
from embedding_lab_app.application import make_application, make_window
from embedding_lab_app.tour.album import FILE, Album
from embedding_lab_app.tour.walk import Walk
from embedding_lab_app.waiting import wait_until

if TYPE_CHECKING:
    from embedding_lab_app.main_window import MainWindow

SIZE = (1280, 800)
FAILED = 1
THEMES = {"both": ("light", "dark"), "light": ("light",), "dark": ("dark",)}


def run_tour(out: Path, *, theme: str, n_rows: int, as_json: bool) -> int:
    """Walk through every page, leave pictures and ``tour.json`` in ``out``, return the exit status.

    Settings and workspaces of the user stay untouched: the tour keeps its own in a folder that is
    gone afterwards.
    """
    themes = THEMES[theme]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="embedding-lab-tour-") as home:
            os.environ[HOME_VARIABLE] = home
            result = take_tour(out, Path(home), themes, n_rows)
    except (LabError, OSError) as error:
        sys.stderr.write(f"The tour could not be taken: {error}\n")
        return FAILED
    text = json.dumps(result) if as_json else _as_text(result, out)
    sys.stdout.write(f"{text}\n")
    return 0 if result["passed"] else FAILED


def take_tour(
    out: Path,
    home: Path,
    themes: tuple[str, ...],
    n_rows: int = 0,
    walk: type[Walk] = Walk,
) -> dict[str, Any]:
    """Walk with a window of its own and return what ``tour.json`` says.

    ``n_rows`` says how many rows of the sample are embedded, 0 for all.
    """
    _, theme = make_application(themes[0])
    window = make_window(theme)
    window.context.create_workspace(home / "Tour.embedlab", "Tour")
    window.resize(*SIZE)
    window.show()
    album = Album(out, theme, themes)
    problem = ""
    try:
        walk(window, album, n_rows).go()
    except LabError as error:
        problem = f"{error} {error.hint}".strip()
    finally:
        _close(window)
    return album.close(problem)


def _close(window: MainWindow) -> None:
    runner = window.context.runner
    runner.cancel_all()
    wait_until(lambda: not runner.has_live_jobs, "The end of the last job", 60)
    window.close()


def _as_text(result: dict[str, Any], out: Path) -> str:
    lines = []
    for page in result["pages"]:
        figures = ", ".join(f"{name} {value}" for name, value in page["figures"].items())
        lines.append(f"{page['page']:<10}{len(page['screenshots'])} pictures   {figures}")
    end = "passed" if result["passed"] else f"failed: {result['problem']}"
    return "\n".join([*lines, f"The tour {end}. Pictures and {FILE}: {out}"])
