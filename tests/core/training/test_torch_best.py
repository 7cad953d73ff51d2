"""The best weights are kept whole, and only they."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def test_only_the_best_weights_stay_and_nothing_that_a_kill_left(tmp_path: Path) -> None:
    import torch

    from embedding_lab.training.torch_best import best_weights, keep_best, read_best

    keep_best(tmp_path, {"w": torch.zeros(3)}, step=5, value=0.5)
    left = tmp_path / "best" / "step-000000007.safetensors.1-2.tmp"
    left.write_bytes(b"half")
    keep_best(tmp_path, {"w": torch.ones(3)}, step=10, value=0.7)
    names = {path.name for path in (tmp_path / "best").iterdir()}
    assert names == {"best.json", "step-000000010.safetensors"}
    best, weights = read_best(tmp_path), best_weights(tmp_path)
    assert best is not None
    assert weights is not None
    assert (best.step, best.value) == (10, 0.7)
    assert torch.equal(weights["w"], torch.ones(3))


def test_weights_that_are_not_what_was_written_are_not_taken(tmp_path: Path) -> None:
    import torch

    from embedding_lab.training.torch_best import best_weights, keep_best
    from embedding_lab.training.torch_checkpoint import DamagedCheckpointError

    (tmp_path / "other").mkdir()
    best = keep_best(tmp_path, {"w": torch.zeros(3)}, step=5, value=0.5)
    keep_best(tmp_path / "other", {"w": torch.ones(3)}, step=5, value=0.5)
    (tmp_path / "other" / "best" / best.file).replace(tmp_path / "best" / best.file)
    with pytest.raises(DamagedCheckpointError, match="of step 5, is damaged"):
        best_weights(tmp_path)
