"""How far estimates of embedding lie from what it then takes.

    python tests/benchmarks/bench_estimate.py [--rows 2000] [--file FILE] [--encoder PATH …]

The texts are the bundled sample "Python library", or any file of texts (``--file``). Each encoder
(the starter, and the folders given) estimates and then embeds the same rows, in this process.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import embedding_lab as lab
from embedding_lab import resources


def compare(study: lab.Study, encoder: str, rows: int) -> None:
    estimate = study.estimate("texts", encoder, limit=rows)
    real = study.embed("texts", encoder, limit=rows)
    error = estimate["seconds"] / real["seconds"] - 1
    print(
        f"{encoder:24} {real['new_rows']:6,} rows  estimated {estimate['seconds']:7.2f} s from "
        f"{estimate['measured_rows']:4} rows  took {real['seconds']:7.2f} s  error {error:+.0%}  "
        f"memory estimated {estimate['peak_memory_bytes'] / 1e6:,.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--encoder", type=Path, nargs="*", default=[])
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    for _ in range(chosen.repeats):
        with (
            tempfile.TemporaryDirectory() as folder,
            lab.create_workspace(Path(folder, "w")) as study,
        ):
            source = chosen.file or resources.path("samples/python-library")
            study.import_corpus(source, name="texts")
            names = ["starter", *(study.add_encoder(path).name for path in chosen.encoder)]
            for name in names:
                compare(study, name, chosen.rows)


if __name__ == "__main__":
    main()
