"""An encoder's forward pass as one graph: tokens or pixels in, normalized vectors out.

Heavy: imports torch; reached only from the process that exports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers.sentence_transformer.modules import StaticEmbedding

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class VectorGraph(torch.nn.Module):  # type: ignore[misc]
    """What all graphs share: the encoder's own modules, then length 1.

    Parameters
    ----------
    model : SentenceTransformer
        The loaded encoder, in a copy of its own: its attention is set to the plain kind, whose
        operators every ONNX runtime has.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model
        self.dimension = model.truncate_dim
        inner: Any = getattr(model[0], "model", None)
        if hasattr(inner, "set_attn_implementation"):
            inner.set_attn_implementation("eager")
        self.eval()

    def _finish(self, features: dict[str, Any], first: int) -> torch.Tensor:
        for module in list(self.model)[first:]:
            features = module(features)
        vectors = features["sentence_embedding"]
        if self.dimension is not None:
            vectors = vectors[:, : self.dimension]
        return torch.nn.functional.normalize(vectors.float(), p=2, dim=1)


class TextGraph(VectorGraph):
    """Token ids, shape (b, t), and their mask to vectors, shape (b, d).

    ``prompt_length``, shape (1,), is how many leading tokens of each text are its prompt, for
    encoders whose pooling leaves the prompt out.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__(model)
        names = getattr(model.tokenizer, "model_input_names", ())
        self.has_types = "token_type_ids" in names

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        prompt_length: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the vectors, shape (b, d), float32, each of length 1."""
        features: dict[str, Any] = {"input_ids": input_ids, "modality": "text"}
        if attention_mask is not None:
            features["attention_mask"] = attention_mask
        if self.has_types:
            features["token_type_ids"] = torch.zeros_like(input_ids)
        features = self.model[0](features)
        if prompt_length is not None and attention_mask is not None:
            is_behind = attention_mask.cumsum(dim=1) > prompt_length
            features["attention_mask"] = attention_mask * is_behind
        return self._finish(features, first=1)


class StaticGraph(VectorGraph):
    """Token ids and their mask to the mean of one stored vector a token."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__(model)
        static = model[0]
        assert isinstance(static, StaticEmbedding)
        self.weights = torch.nn.Parameter(static.embedding.weight.detach().float())

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return the vectors, shape (b, d), float32; a text without tokens gives zeros."""
        mask = attention_mask[:, :, None].float()
        total = (torch.nn.functional.embedding(input_ids, self.weights) * mask).sum(dim=1)
        mean = total / mask.sum(dim=1).clamp(min=1.0)
        return self._finish({"sentence_embedding": mean, "modality": "text"}, first=1)


class PictureGraph(VectorGraph):
    """Pixels, shape (b, 3, h, w), to vectors, shape (b, d)."""

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """Return the vectors, shape (b, d), float32, each of length 1."""
        features = self.model[0]({"pixel_values": pixel_values, "modality": "image"})
        return self._finish(features, first=1)
