"""What the Search page is asked to look for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """What to search for. ``like_row`` -1 and no ``image`` mean that the query counts.

    ``modality`` says whether vectors of texts or of pictures are searched, and ``embedding_prompt``
    those of which embedding prompt, where the encoder has made several; ``prompt`` is put before
    the query, ``None`` leaves that to the encoder.
    """

    corpus_id: str = ""
    encoder_id: str = ""
    query: str = ""
    like_row: int = -1
    filter: str = ""
    k: int = 10
    image: str = ""
    modality: str = ""
    embedding_prompt: str | None = None
    prompt: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for yet."""
        has_question = bool(self.query.strip()) or self.like_row >= 0 or bool(self.image)
        return not self.corpus_id or not has_question


def named_example(like_row: int, image: str) -> str:
    """Return what the results are like; empty when a query in words counts."""
    if image:
        return image.replace("\\", "/").rpartition("/")[2]
    return f"row {like_row:,}" if like_row >= 0 else ""
