"""Picture encoders on the fast engine: an ONNX file and its picture settings, no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.backends import engine_turns
from embedding_lab.encoders.contract import (
    DEFAULT_OPTIONS,
    EncodeOptions,
    PreparedPicture,
    TokenizedText,
)
from embedding_lab.encoders.encoder_base import BaseEncoder
from embedding_lab.encoders.onnx_session import (
    PICTURE_INPUT,
    is_batch_sensitive,
    normalized,
    open_session,
    read_graph,
)
from embedding_lab.encoders.pixels import PixelSettings, pixels_of
from embedding_lab.errors import EncoderError
from embedding_lab.storage import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedding_lab.backends import TurnLock
    from embedding_lab.encoders.contract import Encoder, Picture, Prepared
    from embedding_lab.encoders.record import EncoderRecord

SETTINGS_FILE = "preprocessor_config.json"


class OnnxImageEncoder(BaseEncoder):
    """A picture encoder from an ONNX file, with an encoder for texts of the same space if any.

    Parameters
    ----------
    record : EncoderRecord
        The picture encoder.
    texts : Encoder, optional
        The encoder of texts whose vectors can be compared with those of the pictures.
    """

    def __init__(
        self, record: EncoderRecord, texts: Encoder | None, turns: TurnLock = engine_turns
    ) -> None:
        self.record = record
        self.dimension = record.dimension
        self.max_length = record.max_length
        self._texts = texts
        self._turns = turns
        folder = Path(record.folder)
        file = folder / record.model_file
        self._session = open_session(file)
        self._graph = read_graph(self._session, file)
        self._is_alone = is_batch_sensitive(file)
        self._settings = PixelSettings.from_json(
            read_json(folder / SETTINGS_FILE), self._graph.picture_size
        )

    def tokenize(
        self, texts: Sequence[str], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[TokenizedText]:
        """Cut texts into tokens for the encoder of texts.

        Raises
        ------
        EncoderError
            If there is none.
        """
        return self._text_encoder().tokenize(texts, options)

    def prepare_pictures(
        self, pictures: Sequence[Picture], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[PreparedPicture]:
        """Return pictures as the pixels the encoder reads."""
        return [
            PreparedPicture(1, pixels=pixels_of(picture.image, self._settings))
            for picture in pictures
        ]

    def forward(
        self,
        batch: Sequence[Prepared],
        options: EncodeOptions = DEFAULT_OPTIONS,
        *,
        is_interactive: bool = False,
    ) -> NDArray[np.float32]:
        """Return the vectors of one batch, shape (b, d), float32, each of length 1."""
        if isinstance(batch[0], TokenizedText):
            return self._text_encoder().forward(batch, options, is_interactive=is_interactive)
        prepared = [item.pixels for item in batch if isinstance(item, PreparedPicture)]
        pixels = np.stack([item for item in prepared if item is not None])
        found = []
        for part in np.split(pixels, len(pixels)) if self._is_alone else [pixels]:
            with self._turns.turn(is_interactive=is_interactive):
                (output,) = self._session.run([self._graph.output], {PICTURE_INPUT: part})
            found.append(np.asarray(output, dtype=np.float32).reshape(len(part), -1))
        return normalized(np.concatenate(found))

    def _text_encoder(self) -> Encoder:
        if self._texts is None:
            raise EncoderError(
                f"The encoder {self.record.name} takes pictures only.",
                hint="Add it again together with the encoder of texts it was made for.",
            )
        return self._texts
