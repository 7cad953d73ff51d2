"""What the exporter must know of an encoder, asked of the loaded encoder itself.

Heavy: imports torch; reached only from the process that exports.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sentence_transformers.base.modules import Router
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding
from tokenizers import Tokenizer, processors

from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.onnx_settings import OnnxSettings
from embedding_lab.encoders.raw_texts import RawTexts
from embedding_lab.encoders.torch_image_text import FULL_LENGTH_TEXTS, ImageTextEncoder
from embedding_lab.encoders.torch_text import TextEncoder
from embedding_lab.errors import EncoderError
from embedding_lab.export.torch_graphs import PictureGraph, StaticGraph, TextGraph, VectorGraph
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.contract import Picture
    from embedding_lab.encoders.record import EncoderRecord

# Texts whose tokens must come out as the library's: short, empty, odd, and too long.
PROBES = ("Two words", "", "  Café 東京\n🙂 <s> [CLS] ", "a longer text " * 2048)
PROBE_PROMPT = "query: "
# Stands for the text when a chat template is read off; no vocabulary holds it as one word.
MARK, PROMPT_MARK = "Xq7Zv", "Wj9Kp"


class ExportSource:
    """One encoder, loaded anew so that nobody else uses it.

    Parameters
    ----------
    record : EncoderRecord
        An encoder of the full engine.

    Raises
    ------
    EncoderError
        If it cannot be one graph a modality; the sentence says why.
    """

    def __init__(self, record: EncoderRecord) -> None:
        self.record = record
        kind = ImageTextEncoder if Modality.IMAGE in record.modalities else TextEncoder
        self.encoder = kind(record)
        self.model = self.encoder.model
        if any(isinstance(module, Router) for module in self.model):
            raise EncoderError(
                f"The encoder {record.name} sends queries and documents through different modules, "
                "so it is no single ONNX graph.",
                hint="Export the encoder of each route from a folder of its own.",
            )

    @property
    def modalities(self) -> list[Modality]:
        """Those that become a graph each; of a language model that sees, its texts only."""
        sees = Modality.IMAGE_TEXT in self.record.modalities
        wanted = [Modality.TEXT] if sees else [Modality.TEXT, Modality.IMAGE]
        return [modality for modality in wanted if modality in self.record.modalities]

    @property
    def is_static(self) -> bool:
        """Whether a text is the mean of one stored vector a token."""
        return isinstance(self.model[0], StaticEmbedding)

    @property
    def leaves_prompt_out(self) -> bool:
        """Whether its pooling skips the tokens of the prompt."""
        return any(
            isinstance(module, Pooling) and not module.include_prompt for module in self.model
        )

    @property
    def takes_mask(self) -> bool:
        """Whether it looks at which tokens are only filling."""
        return self.is_static or "attention_mask" in self._library_features((MARK,))

    def text_graph(self) -> VectorGraph:
        """Return the graph of its texts."""
        return StaticGraph(self.model) if self.is_static else TextGraph(self.model)

    def picture_graph(self) -> VectorGraph:
        """Return the graph of its pictures."""
        return PictureGraph(self.model)

    # Texts

    @cached_property
    def settings(self) -> OnnxSettings:
        """How its texts are read and what else is known of it; files and opset are not yet."""
        record, model = self.record, self.model
        tokenizer = None if self.is_static else model.tokenizer
        surroundings = self._surroundings()
        kind = getattr(getattr(model[0], "config", None), "model_type", "")
        length = self.encoder.max_length
        return OnnxSettings(
            name=record.name,
            source_fingerprint=record.fingerprint,
            dimension=self.encoder.dimension,
            max_length=length,
            padded_to=length if kind in FULL_LENGTH_TEXTS else 0,
            truncation_side=getattr(tokenizer, "truncation_side", "right"),
            padding_side=getattr(tokenizer, "padding_side", "right"),
            pad_id=int(getattr(tokenizer, "pad_token_id", None) or 0),
            **surroundings,
            pooling=record.pooling,
            similarity=record.similarity,
            prompts=record.prompts,
            default_prompt_name=record.default_prompt_name,
            licence=record.licence,
            languages=record.languages,
        )

    @cached_property
    def tokenizer_json(self) -> str:
        """Its tokenizer as the content of one file."""
        if self.is_static:
            return _without_specials(self.model[0].tokenizer.to_str())
        backend = getattr(self.model.tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise self._no_tokenizer()
        return str(backend.to_str())

    def raw_texts(self) -> tuple[RawTexts, OnnxSettings]:
        """Return what reads its texts without the library, after trying it against the library.

        Raises
        ------
        EncoderError
            If the tokens differ.
        """
        settings = self.settings
        if not self._agrees(settings, ""):
            raise self._no_tokenizer()
        takes_prompts = self._agrees(settings, PROBE_PROMPT)
        settings = replace(settings, takes_prompts=takes_prompts)
        return RawTexts(self.tokenizer_json, settings), settings

    def _agrees(self, settings: OnnxSettings, prompt: str) -> bool:
        raw = RawTexts(self.tokenizer_json, settings)
        for probe in PROBES:
            (item,) = raw.tokenize([probe], prompt)
            # A text without any token stays one here; a row of a batch would get a filling token.
            ours = raw.padded([item])[0] if settings.padded_to else np.asarray(item.ids)
            theirs = self._library_features((probe,), prompt)["input_ids"].cpu().numpy()
            if not np.array_equal(ours.reshape(-1), theirs.reshape(-1)):
                return False
        return True

    def _surroundings(self) -> dict[str, Any]:
        """Return what its chat template puts around a text and a prompt; nothing without one."""
        if Modality.IMAGE_TEXT not in self.record.modalities:
            return {}
        before, _, after = self._rendered(MARK).partition(MARK)
        prompted, _, rest = self._rendered(MARK, PROMPT_MARK).partition(PROMPT_MARK)
        return {
            "text_before": before,
            "text_after": after,
            "prompt_before": prompted,
            "prompt_after": rest.partition(MARK)[0],
            "split_tokens": self.encoder.picture_tokens,
        }

    def _rendered(self, text: str, prompt: str = "") -> str:
        ids = self._library_features((text,), prompt)["input_ids"].reshape(-1)
        return str(self.model.tokenizer.decode(ids, skip_special_tokens=False))

    def _library_features(self, texts: tuple[str, ...], prompt: str = "") -> dict[str, Any]:
        options = EncodeOptions(prompt=prompt)
        return self.encoder.features(self.encoder.tokenize(texts, options), options)

    def _no_tokenizer(self) -> EncoderError:
        return EncoderError(
            f"The tokenizer of {self.record.name} cannot be taken along: without its library it "
            "would cut texts into other tokens.",
            hint="Keep using the encoder on the full engine.",
        )

    # Pictures

    def picture_features(self, pictures: list[Picture]) -> dict[str, torch.Tensor]:
        """Return what the library makes of pictures."""
        options = EncodeOptions(modality=Modality.IMAGE)
        features = self.encoder.features(self.encoder.prepare_pictures(pictures, options), options)
        return {name: item for name, item in features.items() if isinstance(item, torch.Tensor)}

    def picture_settings(self) -> str:
        """Return the content of its ``preprocessor_config.json``."""
        processor: Any = self.model[0].processor
        return str(getattr(processor, "image_processor", processor).to_json_string())


def _without_specials(definition: str) -> str:
    """Return a tokenizer that adds no tokens of its own, as static embeddings want it."""
    copy = Tokenizer.from_str(definition)
    if copy.post_processor is not None:
        copy.post_processor = processors.TemplateProcessing(
            single="$A", pair="$A $B", special_tokens=[]
        )
    return str(copy.to_str())
