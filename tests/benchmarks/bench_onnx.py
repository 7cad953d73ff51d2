"""How fast and how true ONNX files of the starter encoder are, against ``encode`` of the library.

    python tests/benchmarks/bench_onnx.py FILE.onnx [--recipes int8-rows int8-fixed int8 ...]
        [--texts 400] [--repeats 5] [--threads 2] [--agreement 5000]

FILE is the starter encoder exported in full precision, its output pooled. The recipes are applied
to it here, on probes that are not among the texts that are timed. All take turns on the same
texts; medians and their ratios are printed, in wall-clock and in processor time: on a machine that
does other things too, the second is the steadier one. Agreement is with the file's source in torch.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from embedding_lab import backends, resources
from embedding_lab.encoders import pool
from embedding_lab.encoders.agreement import agreement
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.encoders.onnx_session import open_session, read_graph
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.export.probes import probes_of
from embedding_lab.export.shrink import recipe, shrink
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.types import Engine, Precision
from embedding_lab.workspace.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RECIPES = ("int8-rows", "int8-fixed", "int8", "weights8", "weights4", "fp16")
N_PROBES = 300


def docstrings() -> list[str]:
    """Return the texts of the Python library sample in a fixed, mixed order."""
    lines = resources.path("samples/python-library/corpus.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return [texts[i] for i in np.random.default_rng(0).permutation(len(texts))]


def groups(texts: list[str], n: int) -> dict[str, list[str]]:
    """Return a mixed sample, one of short and one of long texts."""
    by_length = sorted(texts, key=len)
    third = len(texts) // 3
    order = np.random.default_rng(1).permutation(third)
    short, long = ([part[i] for i in order] for part in (by_length[:third], by_length[-third:]))
    return {"short": short[:n], "mixed": texts[:n], "long": long[: max(1, n // 3)]}


def ours(encoder: Any, texts: Sequence[str]) -> np.ndarray:
    out = np.zeros((len(texts), encoder.dimension), dtype=np.float32)
    for batch in encode_rows(encoder, enumerate(texts), EncodeOptions()):
        out[batch.rows] = batch.vectors
    return out


def candidates(
    source: Path, names: Sequence[str], folder: Path, starter: Any, texts: list[str]
) -> dict[str, Any]:
    """Write the files and return a loaded encoder for each, the full precision one first."""
    probes = probes_of(starter.tokenize(texts), read_graph(open_session(source), source).inputs)
    made = {}
    for name in ("onnx", *names):
        home = folder / name.replace(":", "-")
        home.mkdir()
        for beside in ("tokenizer.json", "tokenizer_config.json", "config.json"):
            shutil.copy(Path(starter.record.folder) / beside, home / beside)
        (home / "sentence_bert_config.json").write_text(
            json.dumps({"max_seq_length": starter.max_length}), encoding="utf-8"
        )
        if name == "onnx":
            shutil.copy(source, home / "model.onnx")
        else:
            facts = shrink(source, home / "model.onnx", recipe(name), probes=probes)
            print(name, {key: value for key, value in facts.items() if key != "kept"}, flush=True)
        watch = backends.MemoryWatch()
        made[name] = pool._load(describe_folder(home), lambda _: None)
        ours(made[name], texts[:32])
        size = (home / "model.onnx").stat().st_size
        print(f"{name:12} {size / 1e6:6.1f} MB on disk, {watch.increase() / 1e6:6.0f} MB in memory")
        assert made[name].max_length == starter.max_length
    return made


def clock(work: Callable[[], Any]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def compare(
    runs: dict[str, Callable[[list[str]], Any]], name: str, texts: list[str], n: int
) -> None:
    times: dict[str, list[tuple[float, float]]] = {key: [] for key in runs}
    for _ in range(n):
        for key, work in runs.items():
            times[key].append(clock(lambda work=work: work(texts)))  # type: ignore[misc]
    wall, processor = (
        {key: statistics.median(pair[column] for pair in pairs) for key, pairs in times.items()}
        for column in (0, 1)
    )
    for key in runs:
        print(
            f"{name:6} {key:12} {len(texts) / wall[key]:8.1f} rows/s  "
            f"wall {wall['library'] / wall[key]:.2f}  "
            f"processor {processor['library'] / processor[key]:.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--recipes", nargs="*", default=RECIPES)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--agreement", type=int, default=0, help="on how many texts; 0 for none")
    chosen = parser.parse_args()
    home = tempfile.TemporaryDirectory(prefix="embedding-lab-bench-")
    os.environ["EMBEDDING_LAB_HOME"] = home.name
    settings = load_settings()
    settings.threads = chosen.threads
    save_settings(settings)
    has_vnni = any("vnni" in name for name in backends.cpu_features())
    print(
        f"{platform.processor() or platform.machine()}, {chosen.threads} threads, VNNI: {has_vnni}"
    )
    texts = docstrings()
    with tempfile.TemporaryDirectory() as folder:
        with create_workspace(Path(folder, "w")) as workspace:
            record = EncoderStore(workspace).get("starter")
            starter: Any = pool.load(on_engine(record, Engine.TORCH, Precision.FP32))
        encoders = candidates(chosen.file, chosen.recipes, Path(folder), starter, texts[-N_PROBES:])
        library = partial(
            starter.model.encode, batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        runs: dict[str, Any] = {"library": library, "torch": partial(ours, starter)}
        runs |= {name: partial(ours, encoder) for name, encoder in encoders.items()}
        for name, sample in groups(texts[:-N_PROBES], chosen.texts).items():
            compare(runs, name, sample, chosen.repeats)
        if chosen.agreement:
            sample = texts[: chosen.agreement]
            reference = ours(starter, sample)
            for name, encoder in encoders.items():
                print(
                    f"{name:12} {agreement(reference, ours(encoder, sample)).to_record()}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
