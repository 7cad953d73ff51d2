"""Prompts in a model's own chat form, and vectors from its hidden states. Heavy: imports torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from embedding_lab.embedding_prompts.chat_format import IMAGE, chat_format
from embedding_lab.encoders.contract import EOS, MEAN, PreparedPicture, TokenizedText
from embedding_lab.encoders.prompt_tokens import PromptTokenizer, pooling_of
from embedding_lab.encoders.raw_tokenizer import padded
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import SentenceTransformer

    from embedding_lab.embedding_prompts.chat_format import ChatFormat
    from embedding_lab.encoders.contract import Input, Picture, Prepared, Rendering
    from embedding_lab.encoders.prompt_tokens import PromptTokens
    from embedding_lab.encoders.record import EncoderRecord

# What may follow the language model without being left out.
HARMLESS_MODULES = {"Pooling", "Normalize"}


class PromptReader:
    """Reads inputs with what a rendering puts around them.

    Parameters
    ----------
    model : SentenceTransformer
        The loaded model; its first module is the language model.
    record : EncoderRecord
        What is known of it.
    max_length : int
        Tokens it takes; 0 for no limit.
    picture_tokens : sequence of str
        Tokens that would stand for a picture in a text.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        record: EncoderRecord,
        max_length: int,
        picture_tokens: Sequence[str] = (),
    ) -> None:
        self._model = model
        self._record = record
        self._library: Any = model.tokenizer
        self.format = self._chat_format()
        self.tokenizer = PromptTokenizer(
            self._library.backend_tokenizer.to_str(),
            self.format,
            [*self._special_tokens(), *picture_tokens],
            self._library.eos_token_id,
            max_length,
            record.name,
        )

    def _chat_format(self) -> ChatFormat:
        def render(messages: Sequence[dict[str, str]]) -> str:
            return str(
                self._library.apply_chat_template(
                    messages, tokenize=False, add_generation_prompt=True
                )
            )

        template = self._library.chat_template or ""
        if isinstance(template, dict):
            template = template.get("default") or next(iter(template.values()), "")
        return chat_format(self._model[0].model.config.model_type, template, render)

    def _special_tokens(self) -> list[str]:
        """Return the tokens that no text of a user may hold, such as the ends of turns."""
        added = self._library.added_tokens_decoder.values()
        return [token.content for token in added if token.special]

    # From inputs to tokens

    def prepare(self, inputs: Sequence[Input], rendering: Rendering) -> list[Prepared]:
        """Return inputs as tokens, or pictures with a text that fits beside them."""
        return [
            self._tokenized(item, rendering)
            if isinstance(item, str)
            else self._picture(item, rendering)
            for item in inputs
        ]

    def _tokenized(self, text: str, rendering: Rendering) -> TokenizedText:
        fitted = self.tokenizer.fitted(text, rendering)
        ids = np.array(fitted.ids, dtype=np.int32)
        return TokenizedText(len(ids), fitted.n_cut > 0, ids=ids, text=fitted.text)

    def _picture(self, picture: Picture, rendering: Rendering) -> PreparedPicture:
        fitted, n_more = self._fitted_picture(picture, rendering)
        whole = replace(picture, text=fitted.text)
        return PreparedPicture(len(fitted.ids) + n_more, fitted.n_cut > 0, picture=whole)

    def _fitted_picture(self, picture: Picture, rendering: Rendering) -> tuple[PromptTokens, int]:
        """Return the prompt around a picture, and how many tokens more the picture takes.

        The place of the picture is one token until the picture is there.
        """
        bare = self.tokenizer.fitted("", rendering, has_image=True)
        n_seen = int(self._read([bare.text], [picture])["attention_mask"].sum())
        n_more = n_seen - len(bare.ids)
        return self.tokenizer.fitted(picture.text, rendering, has_image=True, room=n_more), n_more

    def parts(self, item: Input, rendering: Rendering) -> list[str]:
        """Return which part of the prompt each token of an input belongs to, in the order read."""
        if isinstance(item, str):
            return self.tokenizer.fitted(item, rendering).parts
        fitted, n_more = self._fitted_picture(item, rendering)
        at = fitted.parts.index(IMAGE)
        return [*fitted.parts[:at], *[IMAGE] * n_more, *fitted.parts[at:]]

    def _read(self, texts: Sequence[str], pictures: Sequence[Picture]) -> dict[str, Any]:
        processor: Any = self._model[0].processor
        return dict(
            processor(
                text=list(texts),
                images=[[picture.image] for picture in pictures],
                padding=True,
                return_tensors="pt",
            )
        )

    # From tokens to vectors

    def features(self, batch: Sequence[Prepared], rendering: Rendering) -> dict[str, Any]:
        """Return what the language model takes of a batch; rows are filled up on the right."""
        pictures = [item.picture for item in batch if isinstance(item, PreparedPicture)]
        if pictures:
            seen = [picture for picture in pictures if picture is not None]
            features = self._read([picture.text for picture in seen], seen)
            if pooling_of(rendering) == EOS:
                raise EncoderError(
                    "An end-of-text token cannot be pooled behind a picture.",
                    hint="Choose last or mean.",
                )
            return features
        texts = [item for item in batch if isinstance(item, TokenizedText)]
        ids, mask = padded(texts, self._library.pad_token_id or 0)
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    def vectors(self, features: dict[str, Any], rendering: Rendering) -> torch.Tensor:
        """Return the pooled hidden state of every row, shape (b, d).

        Raises
        ------
        EncoderError
            If something follows the language model that would be left out, or it has no such layer.
        """
        self.require_bare()
        wants_all = rendering.layer != -1
        output = self._model[0].model(
            **features, output_hidden_states=wants_all, use_cache=False, return_dict=True
        )
        hidden = output.last_hidden_state
        if wants_all:
            n_layers = len(output.hidden_states)
            if not -n_layers <= rendering.layer < n_layers:
                raise EncoderError(
                    f"The encoder {self._record.name} has no layer {rendering.layer}.",
                    hint=f"Choose from 0 to {n_layers - 1}, or count from the end with -1.",
                )
            hidden = output.hidden_states[rendering.layer]
        return pooled(hidden, features["attention_mask"], pooling_of(rendering))

    def require_bare(self) -> None:
        """Raise an :class:`EncoderError` if something behind the model would be left out."""
        for module in list(self._model)[1:]:
            if type(module).__name__ not in HARMLESS_MODULES:
                raise EncoderError(
                    f"The encoder {self._record.name} has a layer behind its language model, so "
                    "its hidden states are not its vectors.",
                    hint="Leave layer and pooling out.",
                )


def pooled(hidden: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """Return one state for each row, wherever the row is filled up.

    Parameters
    ----------
    hidden : Tensor of float, shape (b, t, d)
        Hidden states.
    mask : Tensor of int, shape (b, t)
        1 for tokens that count.
    pooling : str
        ``mean`` for the mean of all of them; otherwise the last.
    """
    if pooling == MEAN:
        weights = mask[:, :, None].to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
    places = torch.arange(mask.shape[1], device=mask.device)
    last = (mask * places).argmax(dim=1)
    return hidden[torch.arange(len(hidden), device=hidden.device), last]
