"""Letting the program find an installed engine: called once, before anything loads one."""

from __future__ import annotations

import os
import sys

from embedding_lab import paths

CURRENT_FILE = "current.json"
REMOVE_HINT = "Install it again, or remove it, under Settings or with `embedding-lab engine`."

_problem = ""


def use_installed_engine() -> str:
    """Put the installed engine before the program's own on the path of modules.

    One that is damaged, or was made for another version of the program, is left alone, and the
    program's own serves.

    Returns
    -------
    str
        Why an installed engine is not used, as sentences; empty if it is, or if there is none.
    """
    global _problem  # noqa: PLW0603 - the window asks for it long after the start
    _problem = _use()
    return _problem


def problem_at_start() -> str:
    """Return what :func:`use_installed_engine` returned when the program started."""
    return _problem


def _use() -> str:
    # Nearly every start ends here.
    if not os.path.exists(paths.engines_folder() / CURRENT_FILE):  # noqa: PTH110 - never raises
        return ""
    from embedding_lab.engine.folders import current_engine
    from embedding_lab.engine.present import why_unfit
    from embedding_lab.errors import LabError

    try:
        engine = current_engine()
        if engine is None or str(engine.folder) in sys.path:
            return ""
        reason = why_unfit(engine)
    except LabError as error:
        return f"The installed engine is not used: {error.message} {REMOVE_HINT}"
    except OSError as error:
        return f"The installed engine is not used: {error.strerror}. {REMOVE_HINT}"
    if reason:
        return f"The installed engine {engine.name} is not used: {reason} {REMOVE_HINT}"
    sys.path.insert(0, str(engine.folder))
    return ""
