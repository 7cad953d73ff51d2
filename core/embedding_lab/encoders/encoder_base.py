"""What encoders of every engine share: the short way for the few inputs somebody waits for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from embedding_lab.embedding_prompts.chat_format import NO_CHAT
from embedding_lab.encoders.contract import DEFAULT_OPTIONS, EncodeOptions
from embedding_lab.encoders.plain_rendering import prepare_plain
from embedding_lab.encoders.prepare import encode_now
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.errors import EncoderError
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import (
        Input,
        Picture,
        Prepared,
        PreparedPicture,
        TokenizedText,
    )
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.types import Role


class BaseEncoder(ABC):
    """A loaded encoder. Its vectors are always normalized to length 1.

    Attributes
    ----------
    record : EncoderRecord
        What is known of it.
    dimension : int
        Length of its vectors.
    max_length : int
        Tokens it takes of a text; 0 for no limit.
    """

    record: EncoderRecord
    dimension: int
    max_length: int

    @property
    def device(self) -> str:
        """Where it computes: ``cpu``, ``cuda``, ``mps``."""
        return "cpu"

    @abstractmethod
    def tokenize(
        self, texts: Sequence[str], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[TokenizedText]:
        """Cut texts into tokens, at most :attr:`max_length` of them, special ones included."""

    def prepare_pictures(
        self, pictures: Sequence[Picture], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[PreparedPicture]:
        """Make pictures ready for :meth:`forward`.

        Raises
        ------
        EncoderError
            If the encoder takes no pictures.
        """
        raise EncoderError(
            f"The encoder {self.record.name} takes no pictures.",
            hint="Choose an image-text encoder such as CLIP or SigLIP.",
        )

    def prepare_rendered(
        self, inputs: Sequence[Input], options: EncodeOptions
    ) -> Sequence[Prepared]:
        """Make inputs ready with what the options' rendering puts around them.

        Raises
        ------
        EncoderError
            If this encoder cannot do what the rendering asks for.
        """
        return prepare_plain(self, inputs, options)

    def rendering_note(self) -> str:
        """Return what is unusual about how a system text is told to this encoder."""
        return NO_CHAT

    @abstractmethod
    def forward(
        self,
        batch: Sequence[Prepared],
        options: EncodeOptions = DEFAULT_OPTIONS,
        *,
        is_interactive: bool = False,
    ) -> NDArray[np.float32]:
        """Return the vectors of one batch, shape (b, d), float32, each of length 1.

        Parameters
        ----------
        batch : sequence of TokenizedText or of PreparedPicture
            What :meth:`tokenize` or :meth:`prepare_pictures` returned under the same options.
        options : EncodeOptions
            Prompt, role, precision and modality.
        is_interactive : bool
            Whether a person waits: the batch then goes before any batch of a job.
        """

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Role,
        prompt: str | None = None,
        prompt_name: str | None = None,
    ) -> NDArray[np.float32]:
        """Return the vectors of a few texts somebody waits for, shape (n, d), float32."""
        literal = resolve_prompt(self.record, prompt=prompt, prompt_name=prompt_name, role=role)
        return encode_now(self, texts, EncodeOptions(prompt=literal, role=role))

    def encode_pictures(
        self, pictures: Sequence[Picture], *, role: Role, prompt: str = ""
    ) -> NDArray[np.float32]:
        """Return the vectors of a few pictures somebody waits for, shape (n, d), float32.

        The prompt is for encoders that read a text beside each picture.
        """
        has_texts = any(picture.text for picture in pictures)
        modality = Modality.IMAGE_TEXT if has_texts else Modality.IMAGE
        options = EncodeOptions(prompt=prompt, role=role, modality=modality)
        return encode_now(self, pictures, options)
