"""The gradient of a batch is the same in parts, under adapters and after they are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from training_making import make_captioned

from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError
from embedding_lab.objectives import torch_guided, torch_nested
from embedding_lab.objectives.cached_info_nce import CachedInfoNCE
from embedding_lab.objectives.gist import GIST
from embedding_lab.objectives.info_nce import InfoNCE
from embedding_lab.objectives.matryoshka import Matryoshka
from embedding_lab.training.contents import ContentReader
from embedding_lab.training.read_rows import read_rows
from embedding_lab.training.settings import TrainingSettings
from embedding_lab.training.teacher import ask_teacher
from embedding_lab.types import Role, RowForm

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.contracts import Objective
    from embedding_lab.training.teacher import TeacherVectors
    from embedding_lab.workspace.workspace import Workspace

BATCH = np.arange(10)


def gradient_of(
    workspace: Workspace,
    micro_batch: int,
    corpus: str = "pairs",
    encoder: str = "tiny",
    *,
    is_training: bool = False,
    objective: Objective | None = None,
    teacher: TeacherVectors | None = None,
    **settings: Any,
) -> tuple[float, dict[str, Any]]:
    """Return the loss of a batch and the gradient of every weight."""
    import torch

    from embedding_lab.training.torch_step import GradientStep
    from embedding_lab.training.torch_trainee import Trainee

    found = workspace.corpus(corpus)
    torch.manual_seed(0)
    trainee = Trainee(
        EncoderStore(workspace).get(encoder), TrainingSettings(**settings), ContentReader(found)
    )
    trainee.model.train(is_training)
    step = GradientStep(trainee, objective or InfoNCE(), read_rows(found, RowForm.PAIRS), teacher)
    torch.manual_seed(1)
    done = step.add_gradient(BATCH, micro_batch, 1.0, lambda: None)
    return done.loss, {
        name: weight.grad
        for name, weight in trainee.model.named_parameters()
        if weight.grad is not None
    }


def assert_same_gradient(first: tuple[float, Any], second: tuple[float, Any]) -> None:
    import torch

    assert first[0] == pytest.approx(second[0], abs=1e-5)
    assert first[1].keys() == second[1].keys()
    for name, gradient in first[1].items():
        torch.testing.assert_close(gradient, second[1][name], atol=1e-5, rtol=0, msg=name)
    assert any(float(gradient.abs().max()) > 1e-3 for gradient in first[1].values())


@pytest.mark.parametrize("micro_batch", [1, 3, 9])
def test_a_batch_in_parts_has_the_loss_and_all_gradients_of_the_whole(ready, micro_batch):
    assert_same_gradient(gradient_of(ready, 10), gradient_of(ready, micro_batch))


def test_several_lengths_in_parts_have_the_gradients_of_the_library_s_own_loss(ready, monkeypatch):
    from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss

    objective = Matryoshka(dimensions="16, 8")
    parts = gradient_of(ready, 3, objective=objective)
    monkeypatch.setattr(torch_nested, "NestedLoss", MatryoshkaLoss)
    assert_same_gradient(gradient_of(ready, 10, objective=objective), parts)


def taught_by_itself(workspace: Workspace, folder: Path) -> TeacherVectors:
    corpus = workspace.corpus("pairs")
    return ask_teacher(
        folder,
        EncoderStore(workspace).get("tiny"),
        read_rows(corpus, RowForm.PAIRS),
        ContentReader(corpus),
        lambda _done, _total, _said: None,
    )


def library_s_own(encoder: Any, **choices: float) -> Any:
    """Return the library's loss that asks a guide with every batch: a copy of the encoder."""
    from copy import deepcopy

    from sentence_transformers.sentence_transformer.losses import GISTEmbedLoss
    from torch import nn

    class AskedLoss(nn.Module):
        def __init__(self):
            super().__init__()
            self.loss = GISTEmbedLoss(encoder, deepcopy(encoder), **choices)

        def forward(self, features, _labels):
            return self.loss(features, None)

    return AskedLoss()


def test_guided_negatives_in_parts_have_the_gradients_of_the_library_s_own_loss(
    ready, tmp_path, monkeypatch
):
    objective, teacher = GIST(margin=0.02), taught_by_itself(ready, tmp_path)
    parts = gradient_of(ready, 3, objective=objective, teacher=teacher)
    at_once = gradient_of(ready, 10, objective=objective, teacher=teacher)
    monkeypatch.setattr(torch_guided, "GuidedLoss", library_s_own)
    own = gradient_of(ready, 10, objective=objective, teacher=teacher)
    assert_same_gradient(own, parts)
    assert_same_gradient(own, at_once)
    # The teacher has something to say here: without it the loss is another.
    assert own[0] != pytest.approx(gradient_of(ready, 10)[0], rel=0.01)


def test_dropout_leaves_out_the_same_numbers_both_times(ready):
    """Were the parts embedded twice with different dropout, the gradients would not belong."""
    import torch

    first = gradient_of(ready, 3, is_training=True)
    again = gradient_of(ready, 3, is_training=True)
    assert first[0] == again[0]
    assert all(torch.equal(value, again[1][name]) for name, value in first[1].items())
    # In one part the dropout is drawn in the same order, so the results can be compared.
    assert_same_gradient(gradient_of(ready, 10, is_training=True),
                         gradient_of_one_part(ready))  # fmt: skip


def gradient_of_one_part(workspace):
    """Return the gradient by way of the cache, with the whole batch as its only part."""
    from embedding_lab.training.torch_step import GradientStep

    with pytest.MonkeyPatch.context() as patch:
        at_once = GradientStep._in_parts
        patch.setattr(
            GradientStep,
            "_at_once",
            lambda self, columns, labels, weight: at_once(
                self, columns, labels, len(BATCH), weight, lambda: None
            ),
        )
        return gradient_of(workspace, 10, is_training=True)


@pytest.mark.parametrize("adapter", ["lora", "dora"])
def test_an_adapter_trains_its_own_matrices_only_and_is_merged_without_a_difference(
    ready, adapter, tmp_path
):
    import torch

    from embedding_lab.training.torch_trainee import Trainee

    loss, gradients = gradient_of(ready, 10, adapter=adapter)
    assert loss == pytest.approx(gradient_of(ready, 10)[0], abs=1e-4)
    assert all("lora" in name for name in gradients)
    store = EncoderStore(ready)
    settings = TrainingSettings(adapter=adapter)
    trainee = Trainee(store.get("tiny"), settings, ContentReader(ready.corpus("pairs")))
    with torch.no_grad():
        for name, weight in trainee.model.named_parameters():
            if weight.requires_grad and "lora_A" not in name:
                weight.add_(0.1 * torch.randn_like(weight))
    texts = ["one text", "another, longer text", ""]
    adapted = trainee.encode_texts(texts)
    record = store.make("merged", trainee.save, store.get("tiny"), origin="a test")
    merged = pool.load_alone(record).encode(texts, role=Role.QUERY)
    np.testing.assert_allclose(merged, adapted, atol=2e-6)
    base = pool.load_alone(store.get("tiny")).encode(texts, role=Role.QUERY)
    assert np.abs(merged - base).max() > 0.01
    assert record.max_length == store.get("tiny").max_length


def test_frozen_layers_and_embeddings_get_no_gradient(ready):
    _, everything = gradient_of(ready, 10)
    _, rest = gradient_of(ready, 10, frozen_layers=1)
    assert any(".layer.0." in name for name in everything)
    assert not any(".layer.0." in name or "embeddings" in name for name in rest)
    assert any(".layer.1." in name for name in rest)
    _, kept = gradient_of(ready, 10, freezes_embeddings=True)
    assert any(".layer.0." in name for name in kept)
    assert not any("embeddings" in name for name in kept)


def test_what_cannot_be_trained_is_told(ready, tmp_path):
    from transformer_making import write_router

    store = EncoderStore(ready)
    store.add(write_router(tmp_path / "static"), "static")
    with pytest.raises(EncoderError, match="no linear maps an adapter could be added to"):
        gradient_of(ready, 10, encoder="static", adapter="lora")
    with pytest.raises(EncoderError, match="no layers to freeze"):
        gradient_of(ready, 10, encoder="static", frozen_layers=1)
    with pytest.raises(EncoderError, match="All weights that the vectors depend on are frozen"):
        gradient_of(ready, 10, frozen_layers=2)
    with pytest.raises(EncoderError, match=r"cannot train the encoder static: .+StaticEmb"):
        gradient_of(ready, 10, encoder="static", objective=CachedInfoNCE())
    loss, gradients = gradient_of(ready, 10, encoder="static")
    assert loss > 0
    # Queries and documents each have a route of their own.
    assert len(gradients) == 2


@pytest.mark.parametrize("micro_batch", [10, 4])
def test_two_towers_learn_from_pictures_with_captions(ready, tmp_path, micro_batch):
    from transformer_making import write_two_towers

    make_captioned(ready, tmp_path / "pictures")
    EncoderStore(ready).add(write_two_towers(tmp_path / "clip", "clip"), "clip")
    loss, gradients = gradient_of(ready, micro_batch, "captioned", "clip", adapter="lora")
    assert loss > 0
    for tower in ("text_model", "vision_model"):
        assert any(tower in name and float(g.abs().max()) > 0 for name, g in gradients.items())


def test_a_language_model_that_sees_learns_in_parts_as_at_once(ready, tmp_path):
    from transformer_making import write_seeing_model

    make_captioned(ready, tmp_path / "pictures")
    EncoderStore(ready).add(write_seeing_model(tmp_path / "qwen", "qwen2_vl"), "qwen")
    at_once = gradient_of(ready, 10, "captioned", "qwen", adapter="lora")
    assert any("visual" in name for name in at_once[1])
    assert_same_gradient(at_once, gradient_of(ready, 4, "captioned", "qwen", adapter="lora"))
