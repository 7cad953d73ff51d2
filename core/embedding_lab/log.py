"""The program's log file; nothing in it leaves the machine."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from embedding_lab import paths


def start_logging() -> None:
    """Write warnings and worse to a rotating file in the log folder."""
    handler = RotatingFileHandler(
        paths.log_folder() / "embedding-lab.log",
        maxBytes=2_000_000,
        backupCount=3,
        encoding="utf-8",
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
