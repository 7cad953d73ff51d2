"""Where the program keeps its own files, outside any workspace."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

APP_NAME = "embedding-lab"


HOME_VARIABLE = "EMBEDDING_LAB_HOME"
FIRST_WORKSPACE = "First steps.embedlab"


def settings_folder() -> Path:
    """Return the folder of the user's settings; ``EMBEDDING_LAB_HOME`` moves it (tests do)."""
    home = os.environ.get(HOME_VARIABLE)
    folder = Path(home) if home else Path(platformdirs.user_config_dir(APP_NAME, appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_folder() -> Path:
    """Return the folder of the program's log files."""
    home = os.environ.get(HOME_VARIABLE)
    folder = (
        Path(home) / "log" if home else Path(platformdirs.user_log_dir(APP_NAME, appauthor=False))
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_file() -> Path:
    """Return the file the window writes its log to."""
    return log_folder() / "embedding-lab.log"


def socket_folder() -> Path:
    """Return the folder of local sockets, which nobody but this user may look into."""
    folder = _cache_folder() / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def hub_folder() -> Path:
    """Return the folder of encoders downloaded from a hub; it is made when the first comes."""
    return _cache_folder() / "hub"


def modules_folder() -> Path:
    """Return where the engine puts copies of encoders' own program code before it runs them."""
    return _cache_folder() / "modules"


def engines_folder() -> Path:
    """Return where engines that were installed beside the program's own lie."""
    return _data_folder() / "engines"


def prepared_folders() -> list[Path]:
    """Return where encoders prepared for the fast engine lie: the user's own place first.

    The others came with the program: from an installer, or from setting up a checkout.
    """
    bundle = getattr(sys, "_MEIPASS", None)
    shipped = Path(bundle) if bundle else Path(sys.prefix, "share", APP_NAME)
    return [_data_folder() / "prepared", shipped / "prepared"]


def _data_folder() -> Path:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) if home else Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def _cache_folder() -> Path:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) if home else Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False))


def default_workspace_folder() -> Path:
    """Return where the user's first workspace is made: in the documents."""
    home = os.environ.get(HOME_VARIABLE)
    documents = Path(home) if home else Path(platformdirs.user_documents_dir())
    return documents / "Embedding Lab" / FIRST_WORKSPACE


def other_workspace_folder() -> Path:
    """Return where the first workspace is made when the documents cannot be written."""
    home = os.environ.get(HOME_VARIABLE)
    own = Path(home) if home else Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
    return own / "workspaces" / FIRST_WORKSPACE
