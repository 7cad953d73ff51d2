"""What share of the machine's matrix-product peak encoding reaches, and what a smaller file brings.

    python tests/benchmarks/bench_measure.py [--texts 300] [--repeats 3]

Short, long and mixed texts are measured with the starter in single precision. The int8 ONNX file
of the same model is compared with it and with the library's own ``encode``, interleaved; it lies in
``models/all-minilm-l6-v2-onnx-int8`` of the folder that EMBEDDING_LAB_TEST_DATA names, or of
``shared`` beside the checkout, and is left out where it is not there.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import study_making
from bench_encode import docstrings, groups, texts_of

import embedding_lab as lab
from embedding_lab.encoders import pool
from embedding_lab.encoders.agreement import agreement
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.ways import encode_sorted, ways_of
from embedding_lab.types import Modality, Precision
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

INT8 = "all-minilm-l6-v2-onnx-int8"


def int8_folder() -> Path | None:
    named = os.environ.get("EMBEDDING_LAB_TEST_DATA")
    shared = Path(named) if named else Path(__file__).parents[3] / "shared"
    folder = shared / "models" / INT8
    return folder if folder.is_dir() else None


def share(study: lab.Study, name: str, texts: list[str], n_repeats: int) -> None:
    study_making.make_corpus(study.workspace, name, [Document(text=text) for text in texts])
    for way in study.measure(name, n_rows=len(texts), repeats=n_repeats)["ways"]:
        print(
            f"{name:6} {way['encoder']} {way['precision']}  {way['rows_per_second']:7.1f} rows/s  "
            f"{way['tokens_per_second']:8.1f} tokens/s  {way['peak_share']:.0%} of "
            f"{way['peak_gflops']:.0f} GFLOP/s",
            flush=True,
        )


def against_library(study: lab.Study, name: str, texts: list[str], n_repeats: int) -> None:
    """Print how much faster each of our ways is than the library, and how well it agrees."""
    store = EncoderStore(study.workspace)
    full = on_engine(store.get("starter"), "torch", Precision.FP32)
    model = pool.load(full).model  # type: ignore[attr-defined]
    options = ways_of(store.get("starter"), Modality.TEXT)[0].options
    runs: dict[str, Callable[[], np.ndarray]] = {
        "library": lambda: model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    }
    for record in study.encoders():
        encoder = pool.load(record)
        runs[record.name] = lambda encoder=encoder: (
            encode_sorted(encoder, enumerate(texts), options).vectors
        )
    times: dict[str, list[float]] = {key: [] for key in runs}
    vectors: dict[str, Any] = {}
    for number in range(n_repeats + 1):
        for key, work in runs.items():
            started = time.perf_counter()
            vectors[key] = work()
            # The first round warms everything up.
            if number:
                times[key].append(time.perf_counter() - started)
    usual = statistics.median(times["library"])
    for key in runs:
        same = agreement(vectors["library"], vectors[key])
        print(
            f"{name:6} {key:28} ratio {usual / statistics.median(times[key]):.2f}  "
            f"cosine smallest {same.min_cosine:.6f} mean {same.mean_cosine:.6f}  "
            f"10 nearest {same.neighbour_overlap:.3f}  nearest {same.top1_agreement:.3f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--file", type=Path)
    chosen = parser.parse_args()
    samples = groups(texts_of(chosen.file) if chosen.file else docstrings(), chosen.texts)
    with tempfile.TemporaryDirectory() as folder, lab.create_workspace(Path(folder, "w")) as study:
        for name, texts in samples.items():
            share(study, name, texts, chosen.repeats)
        smaller = int8_folder()
        if smaller:
            # Its files name another maximum length; cut elsewhere, texts are not the same texts.
            study.add_encoder(smaller, "int8", max_length=study.encoders()[0].max_length)
        for name, texts in samples.items():
            against_library(study, name, texts, chosen.repeats)


if __name__ == "__main__":
    main()
