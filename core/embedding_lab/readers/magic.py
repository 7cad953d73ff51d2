"""What a file is, whatever its name says: known binary kinds, and text that is none."""

from __future__ import annotations

import re

from embedding_lab.readers.encoding import BAD_MARK

PARQUET_MAGIC = b"PAR1"
BINARY_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"ARROW1", "an Arrow file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a file compressed twice"),
)
UNPACK = "Unpack it, and take what is in it."
EXPORT = "Export what it holds as CSV, JSON Lines or Parquet."
# What to do with files that hold texts in a form that is not read here.
ADVICE = {
    "a PDF document": "Save its text as a .txt or .md file.",
    "a ZIP archive or an Office document": "Unpack an archive; save the text of a document as "
    ".txt, or a table as .csv.",
    "an old Office document": "Save its text as .txt, or its table as .csv.",
    "an SQLite database": EXPORT,
    "an HDF5 file": EXPORT,
    "an Arrow file": EXPORT,
    "a 7-Zip archive": UNPACK,
    "a bzip2 file": UNPACK,
    "an xz file": UNPACK,
    "a Zstandard file": UNPACK,
    "a file compressed twice": UNPACK,
}
# Two letters may begin a text as well; they count only where bytes no text holds follow.
SHORT_MAGIC = 3
CONTROL = re.compile(rf"[\x00-\x08\x0e-\x1a\x1c-\x1f{BAD_MARK}]")
MOST_CONTROLS = 0.05


def binary_kind(head: bytes) -> str:
    """Return what kind of binary file begins with ``head``, in words; ``""`` if none known."""
    for magic, kind in BINARY_KINDS:
        if head.startswith(magic) and (len(magic) >= SHORT_MAGIC or b"\0" in head[:64]):
            return kind
    return ""


def looks_like_text(text: str) -> bool:
    """Return whether decoded text is free enough of control characters to be one."""
    return len(CONTROL.findall(text)) <= MOST_CONTROLS * len(text) + 2
