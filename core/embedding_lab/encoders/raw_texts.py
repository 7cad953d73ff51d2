"""From texts to token ids without the full engine, as an exported encoder's settings say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders.raw_tokenizer import RawTokenizer, padded
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import TokenizedText
    from embedding_lab.encoders.onnx_settings import OnnxSettings


class RawTexts:
    """Cuts texts into tokens and fills up batches.

    Parameters
    ----------
    definition : str
        The tokenizer as JSON.
    settings : OnnxSettings
        Maximum length, what stands around every text, and how rows are filled up.
    """

    def __init__(self, definition: str, settings: OnnxSettings) -> None:
        self._settings = settings
        self._tokenizer = RawTokenizer(definition, settings.max_length, settings.truncation_side)

    def tokenize(self, texts: Sequence[str], prompt: str = "") -> list[TokenizedText]:
        """Cut each text, with the prompt before it, into tokens.

        Raises
        ------
        EncoderError
            If the encoder's chat template has a place of its own for prompts.
        """
        settings = self._settings
        if prompt and not settings.takes_prompts:
            raise EncoderError(
                f"The exported encoder {settings.name} takes no prompt: its chat template treats "
                "prompts in a way only the full engine knows.",
                hint="Leave the prompt out, or use the encoder it was exported from.",
            )
        whole = [f"{settings.text_before}{prompt}{text}{settings.text_after}" for text in texts]
        return [self._filled(item) for item in self._tokenizer.tokenize(whole)]

    def prompt_length(self, prompt: str) -> int:
        """Return how many leading tokens of a text are its prompt."""
        return self._tokenizer.prompt_length(prompt) if prompt else 0

    def padded(self, batch: Sequence[TokenizedText]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids and mask of a batch, each of shape (b, t)."""
        return padded(batch, self._settings.pad_id, is_left=self._settings.padding_side == "left")

    def _filled(self, item: TokenizedText) -> TokenizedText:
        width = self._settings.padded_to
        if item.n_tokens >= width:
            return item
        assert item.ids is not None
        ids = np.full(width, self._settings.pad_id, dtype=np.int32)
        ids[: item.n_tokens] = item.ids
        return replace(item, ids=ids, n_tokens=width)
