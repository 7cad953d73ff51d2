"""What of a workspace is left out of every list because its record is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.encoders.store import EncoderStore

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.workspace import Workspace


def damaged_folders(workspace: Workspace) -> list[Path]:
    """Return the folders of corpora, embeddings, negatives and encoders with damaged records.

    Every record is read, so in a window this is a question for a worker thread.
    """
    return [*workspace.damaged(), *EncoderStore(workspace).damaged()]
