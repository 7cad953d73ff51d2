"""A tiny encoder with rows of every form, to try objectives on."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.types import RowForm

if TYPE_CHECKING:
    from embedding_lab.contracts import Objective

ANCHORS = ["red fox", "old oak", "cold sea", "tall hill", "warm sand", "grey wolf"]
POSITIVES = ["a fox", "an oak tree", "the sea", "a hill", "dry sand", "a wolf"]
NEGATIVES = ["a tree", "a fox", "a dune", "a lake", "the wind", "a sheep"]
SCORES = [0.9, 0.2, 0.7, 0.1, 0.5, 0.4]
CLASSES = [0, 1, 0, 1, 0, 1]


@functools.cache
def tiny_encoder() -> Any:
    """Return a two-layer encoder without dropout, the same for all; leave its weights alone."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformer_making import write_text_model

    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        encoder = SentenceTransformer(str(write_text_model(Path(folder), "roberta")), device="cpu")
    return encoder.eval()


def columns_of(form: RowForm) -> list[list[str]]:
    """Return the texts of six rows, one list a column."""
    return {
        RowForm.PAIRS: [ANCHORS, POSITIVES],
        RowForm.TRIPLETS: [ANCHORS, POSITIVES, NEGATIVES],
        RowForm.SCORED_PAIRS: [ANCHORS, POSITIVES],
        RowForm.LABELLED: [ANCHORS],
    }[form]


def labels_of(method: Objective) -> Any:
    """Return the labels of the six rows, or ``None`` where the form has none."""
    import torch

    if method.needs_teacher:
        said = [
            tiny_encoder().encode(column, normalize_embeddings=True)
            for column in reversed(columns_of(method.form))
        ]
        return torch.tensor(method.teach(said))  # type: ignore[attr-defined]
    known = {RowForm.SCORED_PAIRS: SCORES, RowForm.LABELLED: CLASSES}
    return torch.tensor(known[method.form]) if method.form in known else None


def loss_of(method: Objective, order: list[int] | None = None) -> tuple[float, float]:
    """Return the loss of the six rows in this order, and the norm of its gradient."""
    import torch

    encoder, rows = tiny_encoder(), order or list(range(len(ANCHORS)))
    columns = [[column[row] for row in rows] for column in columns_of(method.form)]
    labels = labels_of(method)
    features = [encoder.preprocess(column) for column in columns]
    encoder.zero_grad()
    torch.manual_seed(0)
    module = method.module(encoder)
    loss = module(features, None if labels is None else labels[rows])
    loss.backward()
    squares = [float(p.grad.pow(2).sum()) for p in encoder.parameters() if p.grad is not None]
    encoder.zero_grad()
    return float(loss.detach()), sum(squares) ** 0.5
