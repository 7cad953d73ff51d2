"""The mixed recipe keeps in full precision what hurts most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from shrink_making import operators, vectors_of

from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.export.shrink import mixed, shrink

if TYPE_CHECKING:
    from pathlib import Path

    from shrink_making import Probes


def test_mixed_keeps_the_fewest_that_reach_the_limit(
    exported: Path, probes: Probes, tmp_path: Path
) -> None:
    told: list[str] = []
    plain = shrink(exported, tmp_path / "a.onnx", mixed(mean_cosine=0.5), probes=probes)
    assert plain["n_kept"] == 0
    limit = (1 + plain["mean_cosine"]) / 2
    facts = shrink(
        exported, tmp_path / "b.onnx", mixed(mean_cosine=limit), probes=probes, say=told.append
    )
    assert 0 < facts["n_kept"] < 12
    assert facts["n_kept"] == len(facts["kept"])
    assert facts["n_quantized"] + facts["n_kept"] == 12
    cosines = np.sum(vectors_of(tmp_path / "b.onnx", probes) * vectors_of(exported, probes), axis=1)
    assert cosines.mean() >= limit
    # The search knows nothing yet of the tables that are halved behind it.
    assert facts["mean_cosine"] == pytest.approx(cosines.mean(), abs=1e-4)
    assert facts["min_cosine"] == pytest.approx(cosines.min(), abs=1e-3)
    assert told[0] == "Measuring product 1 of 12…"
    assert operators(tmp_path / "b.onnx")["MatMul"] == 4 + facts["n_kept"]


def test_mixed_can_start_from_fixed_scales(exported: Path, probes: Probes, tmp_path: Path) -> None:
    chosen = mixed(min_cosine=0.999, mean_cosine=0.0, base="int8-fixed")
    facts = shrink(exported, tmp_path / "small.onnx", chosen, probes=probes)
    assert facts["base"] == "int8-fixed"
    assert facts["min_cosine"] >= 0.999


def test_the_product_that_hurts_most_is_the_one_that_is_kept(
    exported: Path, probes: Probes, tmp_path: Path
) -> None:
    from embedding_lab.export.shrink_mixed import MixedSearch
    from embedding_lab.export.shrink_rows import quantize_rowwise
    from embedding_lab.export.weight_matmuls import weight_matmuls

    model = onnx.load(exported)
    products = weight_matmuls(model, exported)
    # One weight with a number so large that all others of its column are rounded to zero.
    spoiled = next(t for t in model.graph.initializer if t.name == products[5].weight_name)
    values = onnx.numpy_helper.to_array(spoiled).copy()
    values[0] *= 1e4
    spoiled.CopyFrom(onnx.numpy_helper.from_array(values, spoiled.name))
    search = MixedSearch(model, quantize_rowwise, probes, tmp_path / "tried.onnx")
    ranked = search.rank(products)
    assert ranked[0].name == products[5].name
    assert [loss.mean_cosine for loss in ranked] == sorted(loss.mean_cosine for loss in ranked)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_limit_beyond_reach_is_said(exported: Path, probes: Probes, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="not reached, whatever is kept"):
        shrink(exported, tmp_path / "small.onnx", mixed(mean_cosine=1.1), probes=probes)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_mixed_starts_from_int8_only() -> None:
    with pytest.raises(UsageError, match="cannot start from fp16"):
        mixed(base="fp16")
