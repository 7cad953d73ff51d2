"""Where the installed program starts, by either of its two doors.

Both executables share one archive of code, so the name of the running one tells which it is:
``embedding-lab-app`` opens the window, ``embedding-lab`` is the command line. The command line
starts its window with ``--window`` as the first word, in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

WINDOW_NAME = "embedding-lab-app"
WINDOW_WORD = "--window"


def main() -> int:
    """Run the door that was opened and return its exit status."""
    # A child process of a job starts here too, and goes no further than this line.
    multiprocessing.freeze_support()
    words = sys.argv[1:]
    is_window = words[:1] == [WINDOW_WORD]
    if is_window or Path(sys.executable).stem == WINDOW_NAME:
        from embedding_lab_app.__main__ import main as open_window

        return open_window(words[1:] if is_window else words)
    from embedding_lab.cli.main import main as run_command

    return run_command(words)


if __name__ == "__main__":
    sys.exit(main())
