"""Write pictures with their texts into one Parquet file that any reader of data sets opens."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from PIL import Image

PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
SCHEMA = pa.schema(
    [("id", pa.string()), ("image", PICTURE), ("text", pa.string()), ("label", pa.string())]
)
FEATURES = {
    "id": {"dtype": "string", "_type": "Value"},
    "image": {"_type": "Image"},
    "text": {"dtype": "string", "_type": "Value"},
    "label": {"dtype": "string", "_type": "Value"},
}

Row = dict[str, Any]


def make_row(name: str, picture: Image.Image, text: str, label: str) -> Row:
    """Return one row of the table, the picture as PNG."""
    return {
        "id": name,
        "image": {"bytes": as_png(picture), "path": f"{name}.png"},
        "text": text,
        "label": label,
    }


def as_png(picture: Image.Image) -> bytes:
    """Return the bytes of an optimised PNG without any date or program name."""
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def write_pictures(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows as Parquet, marked so that Hugging Face datasets shows the pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    marked = SCHEMA.with_metadata({"huggingface": json.dumps({"info": {"features": FEATURES}})})
    table = pa.Table.from_pylist(list(rows), schema=marked)
    pq.write_table(table, path, compression="zstd", compression_level=19)
