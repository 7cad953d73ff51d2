"""The encoder that is trained: loaded for one run alone. Heavy: imports torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from sentence_transformers.base.modules import Router

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.encoders.prepare import prepare
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.training.contents import modality_of
from embedding_lab.training.requirements import require_trainable
from embedding_lab.training.torch_adapters import choose_weights, merge_adapters
from embedding_lab.types import Engine, Modality, Precision, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from embedding_lab.encoders.contract import Input
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.encoders.torch_text import TextEncoder
    from embedding_lab.training.contents import ContentReader
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.training.settings import TrainingSettings


class Trainee:
    """One encoder with the weights that are trained.

    Parameters
    ----------
    record : EncoderRecord
        The base encoder.
    settings : TrainingSettings
        Adapter, frozen layers, maximum length, precision.
    reader : ContentReader
        Opens pictures.
    say : callable
        Told before each long step; may raise to stop.
    """

    def __init__(
        self,
        record: EncoderRecord,
        settings: TrainingSettings,
        reader: ContentReader,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        require_trainable(record)
        longest = record.max_length
        length = settings.max_length if 0 < settings.max_length < (longest or np.inf) else longest
        self.record = record
        # Never the pooled one: others search with that.
        self.encoder = cast(
            "TextEncoder",
            pool.load_alone(replace(record, engine=Engine.TORCH.value, max_length=length), say),
        )
        self.model: SentenceTransformer = self.encoder.model
        self._full_length = longest
        self._precision = Precision(settings.precision)
        self._reader = reader
        self._is_routed = any(isinstance(module, Router) for module in self.model)
        choose_weights(self.model, settings, record.name)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.model.device

    @property
    def n_trained(self) -> int:
        """How many numbers are trained."""
        return sum(weight.numel() for weight in self.model.parameters() if weight.requires_grad)

    # Training

    def prepared(self, rows: TrainingRows, numbers: NDArray[np.int64], side: int) -> list[Any]:
        """Return one side of some rows, each cut into tokens or opened."""
        contents = [rows.content(int(number), side) for number in numbers]
        options = self._options(modality_of(contents), _role(side))
        return list(prepare(self.encoder, [self._reader(item) for item in contents], options))

    def features(self, prepared: Sequence[Any], side: int) -> dict[str, Any]:
        """Return what the model takes of a part of :meth:`prepared`, on its device."""
        is_text = not hasattr(prepared[0], "picture")
        options = self._options(Modality.TEXT if is_text else Modality.IMAGE, _role(side))
        features = {
            name: value.to(self.device) if isinstance(value, torch.Tensor) else value
            for name, value in self.encoder.features(prepared, options).items()
        }
        # Losses call the model without a role; routed models read it here.
        return features | ({"task": str(_role(side))} if self._is_routed else {})

    def autocast(self) -> Any:
        """Return a context in which the model computes in the chosen precision."""
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self._precision is Precision.BF16
        )

    # Measuring

    def encode(
        self,
        rows: TrainingRows,
        contents: NDArray[np.int64],
        role: Role,
        check: Callable[[], None] = lambda: None,
    ) -> NDArray[np.float32]:
        """Return the vectors of contents, shape (n, d), with the weights as they are now.

        Parameters
        ----------
        rows : TrainingRows
            Whose contents.
        contents : ndarray of int64, shape (n,)
            Their numbers.
        role : Role
            Which prompt goes before them.
        check : callable
            Called between batches; may raise to stop.
        """
        chosen = [rows.contents[number] for number in contents.tolist()]
        options = self._options(modality_of(chosen), role)
        return self._encoded((self._reader(item) for item in chosen), len(chosen), options, check)

    def encode_texts(
        self, texts: Sequence[str], check: Callable[[], None] = lambda: None
    ) -> NDArray[np.float32]:
        """Return the vectors of texts that stand on no particular side, shape (n, d)."""
        return self._encoded(texts, len(texts), self._options(Modality.TEXT, Role.QUERY), check)

    def _encoded(
        self,
        inputs: Iterable[Input],
        n_inputs: int,
        options: EncodeOptions,
        check: Callable[[], None],
    ) -> NDArray[np.float32]:
        vectors = np.empty((n_inputs, self.encoder.dimension), dtype=np.float32)
        was_training = self.model.training
        self.model.eval()
        try:
            for batch in encode_rows(self.encoder, enumerate(inputs), options, check=check):
                vectors[batch.rows] = batch.vectors
        finally:
            self.model.train(was_training)
        return vectors

    def _options(self, modality: Modality, role: Role) -> EncodeOptions:
        prompt = resolve_prompt(self.record, role=role) if modality is Modality.TEXT else ""
        return EncodeOptions(prompt, role, Precision.FP32, modality)

    # Weights

    def save(self, folder: Path) -> None:
        """Write the encoder as an ordinary folder, adapters merged; nothing is trained after."""
        merge_adapters(self.model)
        self.model.eval()
        if self._full_length and self.model.max_seq_length:
            self.model.max_seq_length = self._full_length
        self.model.save_pretrained(str(folder), create_model_card=False, safe_serialization=True)


def _role(side: int) -> Role:
    return Role.QUERY if side == 0 else Role.DOCUMENT
