"""From texts to token ids without the full engine, as an exported encoder's settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.encoders.raw_tokenizer import RawTokenizer, padded
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
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
        bare = RawTokenizer(definition, 0)
        self._tail = bare.tokenize([settings.text_after])[0].ids if settings.text_after else None

    @property
    def has_chat_form(self) -> bool:
        """Whether a chat template stands around every text."""
        return bool(self._settings.text_before or self._settings.text_after)

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
        before = settings.text_before
        if prompt:
            before = f"{settings.prompt_before}{prompt}{settings.prompt_after}"
        harmless = (without_tokens(text, settings.split_tokens) for text in texts)
        whole = [f"{before}{text}{settings.text_after}" for text in harmless]
        found = self._tokenizer.tokenize(whole)
        for item in found:
            # A text that is cut keeps what the template puts behind it, which is what is pooled.
            if item.is_truncated and self._tail is not None and item.ids is not None:
                item.ids[-len(self._tail) :] = self._tail
        return found

    def prompt_length(self, prompt: str) -> int:
        """Return how many leading tokens of a text are its prompt."""
        return self._tokenizer.prompt_length(prompt) if prompt else 0

    def padded(self, batch: Sequence[TokenizedText]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ids and mask of a batch, each of shape (b, t)."""
        settings = self._settings
        is_left = settings.padding_side == "left"
        return padded(batch, settings.pad_id, is_left=is_left, least=settings.padded_to)


def without_tokens(text: str, tokens: Sequence[str]) -> str:
    """Return a text whose tokens of these names are split, so that they are only letters."""
    for token in tokens:
        text = text.replace(token, f"{token[:1]} {token[1:]}")
    return text
