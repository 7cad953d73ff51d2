"""Text encoders on the full engine. Heavy: imports torch; reached only through ``pool.load``."""

from __future__ import annotations

import contextlib
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sentence_transformer.modules import CLIPModel

from embedding_lab.backends import engine_turns
from embedding_lab.encoders.contract import DEFAULT_OPTIONS, EncodeOptions, TokenizedText
from embedding_lab.encoders.encoder_base import BaseEncoder
from embedding_lab.encoders.plain_rendering import is_plain
from embedding_lab.encoders.raw_tokenizer import RawTokenizer, padded
from embedding_lab.encoders.torch_loading import load_model
from embedding_lab.encoders.torch_rendering import PromptReader
from embedding_lab.errors import EncoderError
from embedding_lab.types import Modality, Precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from embedding_lab.backends import TurnLock
    from embedding_lab.encoders.contract import Input, Prepared, Rendering
    from embedding_lab.encoders.record import EncoderRecord

PROBE_LIMIT = 2048
# The second is the first under the name that old folders of CLIP know it by.
PLAIN_MODULES = (Transformer, CLIPModel)


class TextEncoder(BaseEncoder):
    """A loaded encoder. Its vectors are always normalized to length 1.

    Texts are tokenized with the bare tokenizer wherever that gives what the library itself would
    give, which is tried out once at loading; chat templates, routers, static embeddings and other
    unusual architectures are left to the library.
    """

    def __init__(self, record: EncoderRecord, turns: TurnLock = engine_turns) -> None:
        self.record = record
        self._turns = turns
        # The library's tokenizer cannot be in two threads at once.
        self._library_lock = threading.Lock()
        self._model = load_model(record)
        limit = self._model.max_seq_length
        self.max_length = int(limit) if limit and limit < 1_000_000 else 0
        self.dimension = int(self._model.get_embedding_dimension() or record.dimension)
        self._is_multimodal = list(self._model.modalities) != [Modality.TEXT]
        self._prompt_lengths: dict[str, int] = {}
        self._raw = self._make_raw_tokenizer()
        if self._raw is not None and not self._raw_agrees():
            self._raw = None

    @property
    def model(self) -> SentenceTransformer:
        """The library's own model, for those who export or train it."""
        return self._model

    @property
    def device(self) -> str:
        """Where it computes: ``cpu``, ``cuda``, ``mps``."""
        return str(self._model.device.type)

    @property
    def picture_tokens(self) -> tuple[str, ...]:
        """The tokens that would stand for a picture in a text; none here."""
        return ()

    @property
    def uses_raw_tokenizer(self) -> bool:
        """Whether texts bypass the library's own tokenization."""
        return self._raw is not None

    def tokenize(
        self, texts: Sequence[str], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[TokenizedText]:
        """Cut texts into tokens, at most :attr:`max_length` of them, special ones included."""
        if not texts:
            return []
        if self._raw is not None:
            return self._raw.tokenize(texts, options.prompt)
        counts = _token_counts(self._preprocess(texts, options))
        return [
            TokenizedText(
                n_tokens=count,
                is_truncated=bool(self.max_length)
                and count >= self.max_length
                and self._untruncated_count(text, options) > count,
                text=text,
            )
            for text, count in zip(texts, counts, strict=True)
        ]

    def forward(
        self,
        batch: Sequence[Prepared],
        options: EncodeOptions = DEFAULT_OPTIONS,
        *,
        is_interactive: bool = False,
    ) -> NDArray[np.float32]:
        """Return the vectors of one batch, shape (b, d), float32, each of length 1."""
        reads = options.rendering is not None and not self._is_plain(options.rendering)
        rendering = options.rendering if reads else None
        features = (
            self.features(batch, options)
            if rendering is None
            else self.reader.features(batch, rendering)
        )
        with self._turns.turn(is_interactive=is_interactive), torch.inference_mode():
            on_device = self.on_device(features)
            with _precision(options.precision, self._model.device.type):
                output = (
                    self._model(on_device, task=str(options.role))["sentence_embedding"]
                    if rendering is None
                    else self.reader.vectors(on_device, rendering)
                )
            if self._model.truncate_dim is not None:
                output = output[:, : self._model.truncate_dim]
            vectors = torch.nn.functional.normalize(output.float(), p=2, dim=1)
            return np.ascontiguousarray(vectors.cpu().numpy())

    # What stands around inputs

    @cached_property
    def reader(self) -> PromptReader:
        """Reads inputs with prompts around them.

        Raises
        ------
        EncoderError
            If the encoder is no transformer with a tokenizer of the usual kind.
        """
        if not self._is_readable:
            raise EncoderError(
                f"The encoder {self.record.name} is of a kind that takes no prompts around inputs.",
                hint="Choose a transformer.",
            )
        return PromptReader(self._model, self.record, self.max_length, self.picture_tokens)

    def on_device(self, features: dict[str, Any]) -> dict[str, Any]:
        """Return what a model takes, where it computes."""
        device = self._model.device
        return {
            name: value.to(device) if isinstance(value, torch.Tensor) else value
            for name, value in features.items()
        }

    def prepare_rendered(
        self, inputs: Sequence[Input], options: EncodeOptions
    ) -> Sequence[Prepared]:
        """Make inputs ready with what the options' rendering puts around them."""
        if options.rendering is None or self._is_plain(options.rendering):
            return super().prepare_rendered(inputs, options)
        with self._library_lock:
            return self.reader.prepare(inputs, options.rendering)

    def rendering_note(self) -> str:
        """Return what is unusual about how a system text is told to this encoder."""
        return self.reader.format.note if self._is_readable else super().rendering_note()

    def _is_plain(self, rendering: Rendering) -> bool:
        """Whether the prompt is only text around the text, for an encoder without a chat form."""
        return is_plain(rendering) and not (self._is_readable and self.reader.format.is_chat)

    @property
    def _is_readable(self) -> bool:
        return isinstance(self._model[0], Transformer) and self._has_tokenizer

    @property
    def _has_tokenizer(self) -> bool:
        return getattr(self._model.tokenizer, "backend_tokenizer", None) is not None

    # How tokens become features

    def features(self, batch: Sequence[Prepared], options: EncodeOptions) -> dict[str, Any]:
        """Return what the library's model takes of a prepared batch, by name."""
        texts = [item for item in batch if isinstance(item, TokenizedText)]
        if self._raw is None:
            return self._preprocess([item.text for item in texts], options)
        return self._padded(texts, options)

    def _padded(self, batch: Sequence[TokenizedText], options: EncodeOptions) -> dict[str, Any]:
        tokenizer = self._model.tokenizer
        is_left = tokenizer.padding_side == "left"
        ids, mask = padded(batch, tokenizer.pad_token_id or 0, is_left=is_left)
        features: dict[str, Any] = {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask),
            "modality": "text",
        }
        if "token_type_ids" in tokenizer.model_input_names:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        if options.prompt:
            features["prompt_length"] = self._prompt_length(options.prompt)
        return features

    def _prompt_length(self, prompt: str) -> int:
        """Return how many leading tokens the prompt takes, for pooling that leaves it out."""
        if prompt not in self._prompt_lengths and self._raw is not None:
            ids = self._raw.tokenize([prompt])[0].ids
            assert ids is not None
            special = set(self._model.tokenizer.all_special_ids)
            ends_special = len(ids) > 0 and int(ids[-1]) in special
            self._prompt_lengths[prompt] = len(ids) - ends_special
        return self._prompt_lengths[prompt]

    def _preprocess(
        self, texts: Sequence[str], options: EncodeOptions, **choices: Any
    ) -> dict[str, Any]:
        """Let the library tokenize; a text that looks like a path or URL must stay a text."""
        wrapped = [{"text": text} for text in texts] if self._is_multimodal else list(texts)
        return self._library_features(wrapped, options, **choices)

    def _library_features(
        self, inputs: Sequence[Any], options: EncodeOptions, **choices: Any
    ) -> dict[str, Any]:
        usual = self._library_choices()
        choices = {name: usual.get(name, {}) | choices.get(name, {}) for name in usual | choices}
        with self._library_lock:
            features = self._model.preprocess(
                list(inputs),
                prompt=options.prompt or None,
                task=str(options.role),
                processing_kwargs=choices or None,
            )
        return dict(features)

    def _library_choices(self) -> dict[str, Any]:
        """Return what the library must be told to read inputs as the encoder was trained to."""
        return {}

    def _untruncated_count(self, text: str, options: EncodeOptions) -> int:
        whole = {"truncation": False, "padding": False}
        return _token_counts(self._preprocess([text], options, text=whole))[0]

    # Whether the bare tokenizer gives what the library gives

    def _make_raw_tokenizer(self) -> RawTokenizer | None:
        tokenizer: Any = getattr(self._model, "tokenizer", None)
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if type(self._model[0]) not in PLAIN_MODULES or backend is None:
            return None
        return RawTokenizer(backend.to_str(), self.max_length, tokenizer.truncation_side)

    def _raw_agrees(self) -> bool:
        long = "a longer text " * (min(self.max_length, PROBE_LIMIT) or 8)
        for probe in (["Two texts", ""], ["  Café 東京\n\x00🙂 ", long]):
            for prompt in ("", "query: "):
                options = EncodeOptions(prompt=prompt)
                ours = self.features(self.tokenize(probe, options), options)
                if not _is_same(ours, self._preprocess(probe, options)):
                    return False
        return True


def _is_same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return ours.keys() == theirs.keys() and all(
        torch.equal(value, theirs[name])
        if isinstance(value, torch.Tensor)
        else value == theirs[name]
        for name, value in ours.items()
    )


def _token_counts(features: dict[str, Any]) -> list[int]:
    if "attention_mask" in features:
        return [int(count) for count in features["attention_mask"].sum(dim=1)]
    if "offsets" in features:
        ends = [*features["offsets"][1:].tolist(), len(features["input_ids"])]
        return [end - start for start, end in zip(features["offsets"].tolist(), ends, strict=True)]
    raise EncoderError("The encoder does not tell how many tokens a text has.")


def _precision(precision: Precision, device: str) -> contextlib.AbstractContextManager[Any]:
    if precision is Precision.BF16:
        autocast: contextlib.AbstractContextManager[Any] = torch.autocast(
            device, dtype=torch.bfloat16
        )
        return autocast
    return contextlib.nullcontext()
