"""How fast and how lean encoding is, against the library's own ``encode`` in the same process.

    python tests/benchmarks/bench_encode.py [--texts 1000] [--repeats 5] [--rss-rows 20000 200000]

Prints medians of interleaved repeats and their ratio, in wall-clock time and in processor time: on
a machine that does other things too, the second is the steadier one. The texts are the docstrings
of the standard library, or the ``text`` fields of a JSON Lines file (``--file``, ``.gz`` too).
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import study_making

from embedding_lab import backends
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.run import run_job
from embedding_lab.types import Precision
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def docstrings() -> list[str]:
    """Return the distinct docstrings of the standard library, in a fixed order."""
    found: dict[str, None] = {}
    for file in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" in file.parts or "test" in file.parts:
            continue
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
                found[ast.get_docstring(node) or ""] = None
    return [text for text in found if text]


def texts_of(file: Path) -> list[str]:
    opener: Any = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def groups(texts: list[str], n: int) -> dict[str, list[str]]:
    """Return a mixed sample, one of short and one of long texts, each of ``n`` texts at most."""
    numbers = np.random.default_rng(0)
    mixed = [texts[i] for i in numbers.permutation(len(texts))]
    by_length = sorted(texts, key=len)
    third = len(texts) // 3
    short, long = by_length[:third], by_length[-third:]
    return {
        "mixed": mixed[:n],
        "short": [short[i] for i in numbers.permutation(third)][:n],
        "long": [long[i] for i in numbers.permutation(third)][: max(1, n // 3)],
    }


def clock(work: Callable[[], np.ndarray]) -> tuple[float, float, np.ndarray]:
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - processor, result


def ours(encoder: Any, texts: Sequence[str], precision: Precision) -> np.ndarray:
    out = np.zeros((len(texts), encoder.dimension), dtype=np.float32)
    for batch in encode_rows(encoder, enumerate(texts), EncodeOptions(precision=precision)):
        out[batch.rows] = batch.vectors
    return out


def compare(encoder: Any, name: str, texts: list[str], n_repeats: int) -> None:
    model = encoder.model
    runs: dict[str, Callable[[], np.ndarray]] = {
        "library": lambda: model.encode(texts, normalize_embeddings=True, show_progress_bar=False),
        "fp32": lambda: ours(encoder, texts, Precision.FP32),
    }
    if backends.has_fast_bf16():
        runs["bf16"] = lambda: ours(encoder, texts, Precision.BF16)
    times: dict[str, list[tuple[float, float]]] = {key: [] for key in runs}
    vectors = {}
    for _ in range(n_repeats):
        for key, work in runs.items():
            wall, processor, vectors[key] = clock(work)
            times[key].append((wall, processor))
    wall_of, processor_of = (
        {key: statistics.median(pair[column] for pair in pairs) for key, pairs in times.items()}
        for column in (0, 1)
    )
    for key in runs:
        cosine = float(np.min(np.sum(vectors[key] * vectors["library"], axis=1)))
        print(
            f"{name:6} {key:8} {len(texts) / wall_of[key]:8.1f} rows/s  "
            f"ratio wall {wall_of['library'] / wall_of[key]:.2f}  "
            f"processor {processor_of['library'] / processor_of[key]:.2f}  "
            f"smallest cosine {cosine:.7f}",
            flush=True,
        )


def embed_synthetic(n_rows: int) -> None:
    """Embed made-up rows in this process and print its peak memory."""
    words = [f"word{number}" for number in range(500)]
    numbers = np.random.default_rng(0)
    documents = [
        Document(text=" ".join(words[i] for i in numbers.integers(0, 500, 3)))
        for _ in range(n_rows)
    ]
    with tempfile.TemporaryDirectory() as folder, create_workspace(Path(folder, "w")) as workspace:
        study_making.make_corpus(workspace, "synthetic", documents)
        del documents
        terminal = run_job(EmbedCorpus(corpus="synthetic"), workspace, lambda _: None)
    print(f"{n_rows:,} rows: peak RSS {backends.peak_resident_bytes() / 1e6:,.0f} MB, {terminal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--rss-rows", type=int, nargs="*", default=[20_000])
    parser.add_argument("--embed-synthetic", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.embed_synthetic:
        embed_synthetic(chosen.embed_synthetic)
        return
    texts = texts_of(chosen.file) if chosen.file else docstrings()
    with tempfile.TemporaryDirectory() as folder, create_workspace(Path(folder, "w")) as workspace:
        record = on_engine(EncoderStore(workspace).get("starter"), "torch", Precision.FP32)
        encoder = pool.load(record)
    print(f"{backends.describe_engine()}; {len(texts):,} texts to choose from", flush=True)
    ours(encoder, texts[:50], Precision.FP32)
    for name, sample in groups(texts, chosen.texts).items():
        compare(encoder, name, sample, chosen.repeats)
    for n_rows in chosen.rss_rows:
        command = [sys.executable, __file__, "--embed-synthetic", str(n_rows)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
