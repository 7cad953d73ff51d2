"""Small words used all over the core."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Which side of a search a text stands on; encoders may use another prompt for each."""

    QUERY = "query"
    DOCUMENT = "document"


class ColumnRole(StrEnum):
    """What a column of an imported file means."""

    TEXT = "text"
    ID = "id"
    TITLE = "title"
    LABEL = "label"
    SCORE = "score"
    IMAGE = "image"
    QUERY = "query"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    OTHER = "other"
    IGNORE = "ignore"


class Modality(StrEnum):
    """What an encoder is given: a text, a picture, or a picture with a text beside it."""

    TEXT = "text"
    IMAGE = "image"
    IMAGE_TEXT = "image+text"


class RowForm(StrEnum):
    """What one row of a training set holds."""

    PAIRS = "pairs"
    TRIPLETS = "triplets"
    SCORED_PAIRS = "scored pairs"
    LABELLED = "labelled texts"


class Engine(StrEnum):
    """What computes an encoder's vectors."""

    TORCH = "torch"
    ONNX = "onnx"


class Precision(StrEnum):
    """Number format the encoder computes in; the vectors are stored as float32 either way."""

    FP32 = "fp32"
    BF16 = "bf16"


def counted(n: int, one: str, many: str = "") -> str:
    """Return a number with its word: ``1 row``, ``5,183 rows``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
