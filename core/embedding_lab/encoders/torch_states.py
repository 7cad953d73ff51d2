"""What goes on inside a language model: the vectors of every layer, and what is looked at.

Heavy: imports torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from embedding_lab.backends import engine_turns
from embedding_lab.encoders.contract import LAST, MEAN, POOLINGS
from embedding_lab.encoders.prompt_tokens import pooling_of
from embedding_lab.encoders.torch_rendering import pooled
from embedding_lab.encoders.torch_text import TextEncoder
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import EncodeOptions, Encoder, Input, Prepared
    from embedding_lab.encoders.record import EncoderRecord

POOLING_NAMES = {MEAN: MEAN, LAST: LAST, "lasttoken": LAST}


class InnerStates:
    """Looks into a transformer on the full engine. Its renderings must name their pooling.

    It encodes like an encoder, and returns the vectors of all layers, one after another, as one.

    Parameters
    ----------
    encoder : Encoder
        The loaded encoder.

    Attributes
    ----------
    record : EncoderRecord
        What is known of it.
    n_states : int
        How many hidden states there are: before the first layer, and behind each.

    Raises
    ------
    EncoderError
        If it is no transformer on the full engine, or something follows its transformer.
    """

    def __init__(self, encoder: Encoder) -> None:
        if not isinstance(encoder, TextEncoder):
            raise EncoderError(
                f"The encoder {encoder.record.name} does not tell what goes on inside it.",
                hint="Choose a transformer on the full engine.",
            )
        encoder.reader.require_bare()
        self._encoder = encoder
        self._model: Any = encoder.model[0].model
        self.record: EncoderRecord = encoder.record
        config = self._model.config.get_text_config()
        self.n_states = int(config.num_hidden_layers) + 1
        self.dimension = self.n_states * int(config.hidden_size)

    @property
    def usual_pooling(self) -> str:
        """Which tokens become the vector unless a rendering says otherwise.

        Raises
        ------
        EncoderError
            If it is none of the ways that a rendering can name.
        """
        pooling = LAST if self._encoder.reader.format.is_chat else self.record.pooling
        if pooling not in POOLING_NAMES:
            raise EncoderError(
                f"The encoder {self.record.name} pools in a way of its own: {pooling}.",
                hint=f"Choose a pooling: {', '.join(POOLINGS)}.",
            )
        return POOLING_NAMES[pooling]

    def prepare_rendered(
        self, inputs: Sequence[Input], options: EncodeOptions
    ) -> Sequence[Prepared]:
        """Make inputs ready, as the encoder does."""
        return self._encoder.prepare_rendered(inputs, options)

    def forward(self, batch: Sequence[Prepared], options: EncodeOptions) -> NDArray[np.float32]:
        """Return the vectors of every layer, each of length 1, shape (b, n_states · d)."""
        output = self._run(batch, options, output_hidden_states=True)
        mask, pooling = output["mask"], output["pooling"]
        states = [pooled(hidden, mask, pooling) for hidden in output["model"].hidden_states]
        units = [torch.nn.functional.normalize(state.float(), p=2, dim=1) for state in states]
        return np.ascontiguousarray(torch.cat(units, dim=1).cpu().numpy())

    def parts(self, item: Input, options: EncodeOptions) -> list[str]:
        """Return which part of the prompt each token of an input belongs to."""
        assert options.rendering is not None
        return self._encoder.reader.parts(item, options.rendering)

    def attention(
        self, batch: Sequence[Prepared], options: EncodeOptions, layer: int
    ) -> list[NDArray[np.float32]]:
        """Return how much each token is looked at by what becomes the vector, mean of all heads.

        With mean pooling, that is the mean over all tokens.

        Parameters
        ----------
        batch : sequence
            What :meth:`prepare_rendered` returned.
        options : EncodeOptions
            Its rendering says what is pooled.
        layer : int
            0 for the first layer, -1 for the last.

        Returns
        -------
        list of ndarray of float32, shape (t,)
            For each row the weights of its own tokens, which sum to 1.

        Raises
        ------
        EncoderError
            If the model tells no attention, or has no such layer.
        """
        usual = self._model.config._attn_implementation
        try:
            # Only this way of computing it keeps the weights.
            self._model.set_attn_implementation("eager")
            output = self._run(batch, options, output_attentions=True)
        finally:
            self._model.set_attn_implementation(usual)
        weights = getattr(output["model"], "attentions", None)
        if not weights or any(item is None for item in weights):
            raise EncoderError(f"The encoder {self.record.name} does not tell its attention.")
        if not -len(weights) <= layer < len(weights):
            raise EncoderError(
                f"The encoder {self.record.name} has no layer {layer}.",
                hint=f"Choose from 0 to {len(weights) - 1}, or count from the end with -1.",
            )
        mask = output["mask"]
        looks = pooled(weights[layer].float().mean(dim=1), mask, output["pooling"])
        return [
            row[is_there.bool()].cpu().numpy() for row, is_there in zip(looks, mask, strict=True)
        ]

    def _run(
        self, batch: Sequence[Prepared], options: EncodeOptions, **wanted: bool
    ) -> dict[str, Any]:
        rendering = options.rendering
        assert rendering is not None
        features = self._encoder.reader.features(batch, rendering)
        with engine_turns.turn(is_interactive=False), torch.inference_mode():
            features = self._encoder.on_device(features)
            output = self._model(**features, **wanted, use_cache=False, return_dict=True)
        return {
            "model": output,
            "mask": features["attention_mask"],
            "pooling": pooling_of(rendering),
        }
