"""Cutting texts into tokens with the bare ``tokenizers`` library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders.contract import TokenizedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class RawTokenizer:
    """A private copy of an encoder's tokenizer, set up once and never changed.

    The library's own tokenizer object changes its truncation and padding at every call, which
    fails when two threads meet in it; this one may be shared.

    Parameters
    ----------
    definition : str
        The tokenizer as JSON.
    max_length : int
        Tokens to keep of a text, special ones included; 0 for all.
    truncation_side : str
        ``right`` or ``left``: the end that is cut off.
    """

    def __init__(self, definition: str, max_length: int, truncation_side: str = "right") -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_str(definition)
        #: The token its file says rows are filled up with; 0 where it does not say.
        self.padding_id = int((self._tokenizer.padding or {}).get("pad_id", 0))
        self._tokenizer.no_padding()
        if max_length:
            self._tokenizer.enable_truncation(max_length, direction=truncation_side)
        else:
            self._tokenizer.no_truncation()

    def tokenize(self, texts: Sequence[str], prompt: str = "") -> list[TokenizedText]:
        """Cut each text, with the prompt before it, into tokens."""
        return [
            TokenizedText(
                n_tokens=len(encoding),
                is_truncated=bool(encoding.overflowing),
                ids=np.array(encoding.ids, dtype=np.int32),
            )
            for encoding in self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        ]

    def prompt_length(self, prompt: str) -> int:
        """Return how many leading tokens a prompt takes, a special one before it included."""
        encoding = self._tokenizer.encode(prompt)
        ends_special = bool(encoding.special_tokens_mask[-1:] == [1])
        return len(encoding) - ends_special


def padded(
    batch: Sequence[TokenizedText], pad_id: int, *, is_left: bool = False, least: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the tokens of a batch filled up to the longest, and which of them count.

    Parameters
    ----------
    batch : sequence of TokenizedText
        Texts with their tokens.
    pad_id : int
        The token rows are filled up with.
    is_left : bool, default False
        Fill up before the text instead of behind it.
    least : int, default 1
        Tokens every row has at least.

    Returns
    -------
    tuple of arrays
        Ids and mask, each of shape (b, t).
    """
    width = max(1, least, *(item.n_tokens for item in batch))
    ids = np.full((len(batch), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(batch), width), dtype=np.int64)
    for row, item in enumerate(batch):
        place = slice(width - item.n_tokens, width) if is_left else slice(0, item.n_tokens)
        assert item.ids is not None
        ids[row, place] = item.ids
        mask[row, place] = 1
    return ids, mask
