"""Small corpora to train with: pairs whose sides share a topic, and captioned pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picture_making import COLOURS, picture

from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workflows.perform import perform

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


def make_captioned(workspace: Workspace, folder: Path, n_each: int = 3) -> Corpus:
    """Import pictures of squares on colours, each with a caption."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["image,caption"]
    for colour in COLOURS:
        for number in range(n_each):
            picture(colour, mark=number).save(folder / f"{colour}{number}.png")
            lines.append(f"{colour}{number}.png,a {colour} picture with square {number}")
    (folder / "pictures.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = perform(
        ImportCorpus((str(folder / "pictures.csv"),), name="captioned"), workspace, lambda _: None
    )
    return workspace.corpus(done["corpus"])
