"""Cutting texts into tokens with the bare ``tokenizers`` library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders.contract import TokenizedText

if TYPE_CHECKING:
    from collections.abc import Sequence


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
