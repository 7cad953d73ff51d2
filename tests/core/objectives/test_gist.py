"""Guided negatives."""

from __future__ import annotations

import numpy as np
import pytest
from objective_making import columns_of, tiny_encoder

from embedding_lab.objectives.gist import GIST
from embedding_lab.types import RowForm


def vectors(form: RowForm) -> list[np.ndarray]:
    return [tiny_encoder().encode(column, normalize_embeddings=True) for column in columns_of(form)]


@pytest.mark.parametrize("form", [RowForm.PAIRS, RowForm.TRIPLETS])
def test_remembered_vectors_guide_as_the_teacher_itself_would(form):
    import torch
    from sentence_transformers.sentence_transformer.losses import GISTEmbedLoss

    encoder, method = tiny_encoder(), GIST(temperature=0.1, margin=0.01)
    columns = columns_of(form)
    labels = torch.tensor(method.teach(vectors(form)))
    ours = method.module(encoder)([encoder.preprocess(column) for column in columns], labels)
    reference = GISTEmbedLoss(encoder, encoder, temperature=0.1, margin=0.01)
    expected = reference([encoder.preprocess(column) for column in columns], None)
    assert float(ours.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)


def test_a_teacher_that_finds_all_alike_leaves_no_negative():
    import torch

    encoder, method = tiny_encoder(), GIST(margin=0.5)
    columns = columns_of(RowForm.PAIRS)
    alike = np.tile(np.eye(4, dtype=np.float32)[0], (len(columns[0]), 1))
    labels = torch.tensor(method.teach([alike, alike]))
    loss = method.module(encoder)([encoder.preprocess(column) for column in columns], labels)
    assert float(loss.detach()) == pytest.approx(0.0, abs=1e-6)
