"""Text encoders on the fast engine: an ONNX file and the bare tokenizer, no torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.backends import engine_turns
from embedding_lab.encoders.contract import DEFAULT_OPTIONS, EncodeOptions, TokenizedText
from embedding_lab.encoders.encoder_base import BaseEncoder
from embedding_lab.encoders.onnx_session import (
    is_batch_sensitive,
    normalized,
    open_session,
    pooled,
    read_graph,
    text_inputs,
)
from embedding_lab.encoders.onnx_settings import OnnxSettings, read_onnx_settings
from embedding_lab.encoders.raw_texts import RawTexts
from embedding_lab.encoders.raw_tokenizer import RawTokenizer
from embedding_lab.errors import EncoderError
from embedding_lab.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.backends import TurnLock
    from embedding_lab.encoders.contract import Input, Prepared
    from embedding_lab.encoders.record import EncoderRecord


class OnnxTextEncoder(BaseEncoder):
    """A text encoder from an ONNX file.

    Where the file's numbers depend on what else is in a batch, as those of dynamically quantized
    files do, every text is computed alone, so that its vector is always the same.
    """

    def __init__(self, record: EncoderRecord, turns: TurnLock = engine_turns) -> None:
        self.record = record
        self.dimension = record.dimension
        self.max_length = record.max_length
        self._turns = turns
        folder = Path(record.folder)
        file = folder / record.model_file
        self._session = open_session(file)
        self._graph = read_graph(self._session, file)
        self._is_alone = is_batch_sensitive(file)
        definition = (folder / "tokenizer.json").read_text(encoding="utf-8")
        settings = read_onnx_settings(folder) or _usual_settings(record, folder, definition)
        self._texts = RawTexts(definition, replace(settings, max_length=record.max_length))

    def tokenize(
        self, texts: Sequence[str], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[TokenizedText]:
        """Cut texts into tokens, at most :attr:`max_length` of them, special ones included."""
        return self._texts.tokenize(texts, options.prompt) if texts else []

    def prepare_rendered(
        self, inputs: Sequence[Input], options: EncodeOptions
    ) -> Sequence[Prepared]:
        """Make inputs ready with what the options' rendering puts around them.

        Raises
        ------
        EncoderError
            If the encoder has a chat form, which was fixed when it was exported.
        """
        if self._texts.has_chat_form:
            raise EncoderError(
                f"The chat form of {self.record.name} was fixed when it was exported.",
                hint="Use the encoder it was exported from.",
            )
        return super().prepare_rendered(inputs, options)

    def forward(
        self,
        batch: Sequence[Prepared],
        options: EncodeOptions = DEFAULT_OPTIONS,
        *,
        is_interactive: bool = False,
    ) -> NDArray[np.float32]:
        """Return the vectors of one batch, shape (b, d), float32, each of length 1."""
        texts = [item for item in batch if isinstance(item, TokenizedText)]
        parts = [[text] for text in texts] if self._is_alone else [texts]
        found = []
        for part in parts:
            ids, mask = self._texts.padded(part)
            n_prompt = self._texts.prompt_length(options.prompt)
            feed = text_inputs(self._graph.inputs, ids, mask, n_prompt)
            with self._turns.turn(is_interactive=is_interactive):
                output = self._session.run([self._graph.output], feed)[0]
            output = np.asarray(output, dtype=np.float32)
            if self._graph.has_token_vectors:
                output = pooled(output, mask, self.record.pooling)
            found.append(normalized(output))
        return np.concatenate(found)


def _usual_settings(record: EncoderRecord, folder: Path, definition: str) -> OnnxSettings:
    """Return how texts are read where no settings file says.

    Rows are filled up with a masked token, so any would do where none is named.
    """
    path = folder / "config.json"
    said = read_json(path).get("pad_token_id") if path.exists() else None
    pad_id = said if isinstance(said, int) else RawTokenizer(definition, 0).padding_id
    return OnnxSettings(record.name, record.fingerprint, record.dimension, pad_id=pad_id)
