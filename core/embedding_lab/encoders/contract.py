"""What every encoder can do, in NumPy terms; nothing here loads an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from embedding_lab.types import Modality, Precision, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from embedding_lab.encoders.record import EncoderRecord


@dataclass(frozen=True)
class EncodeOptions:
    """How inputs are encoded: the literal prompt before each text, the role, the precision."""

    prompt: str = ""
    role: Role = Role.DOCUMENT
    precision: Precision = Precision.FP32
    modality: Modality = Modality.TEXT


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """One text, cut into tokens.

    ``ids`` are the tokens, or ``None`` for encoders that must read the ``text`` themselves.
    """

    n_tokens: int
    is_truncated: bool
    ids: NDArray[np.int32] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, upright and in RGB, and the text beside it where an encoder takes both."""

    image: Image
    text: str = ""


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """One picture on its way into an encoder.

    ``n_tokens`` is what it costs beside others: the patches an encoder cuts it into, or 1 where
    every picture is brought to the same size. ``pixels`` are what
    the encoder reads, or ``None`` for encoders that must read the ``picture`` themselves.
    """

    n_tokens: int
    is_truncated: bool = False
    pixels: NDArray[np.float32] | None = None
    picture: Picture | None = None


Input = str | Picture
Prepared = TokenizedText | PreparedPicture
DEFAULT_OPTIONS = EncodeOptions()


class Encoder(Protocol):
    """A loaded encoder. All methods may be called from several threads."""

    @property
    def record(self) -> EncoderRecord:
        """What is known of the encoder."""

    @property
    def dimension(self) -> int:
        """Length of its vectors."""

    @property
    def max_length(self) -> int:
        """Tokens it takes of a text; 0 for no limit."""

    @property
    def device(self) -> str:
        """Where it computes: ``cpu``, ``cuda``, ``mps``."""

    def tokenize(
        self, texts: Sequence[str], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[TokenizedText]:
        """Cut texts into tokens, at most :attr:`max_length` of them, special ones included."""

    def prepare_pictures(
        self, pictures: Sequence[Picture], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[PreparedPicture]:
        """Make pictures ready; only encoders whose record names the modality can."""

    def forward(
        self,
        batch: Sequence[Prepared],
        options: EncodeOptions = DEFAULT_OPTIONS,
        *,
        is_interactive: bool = False,
    ) -> NDArray[np.float32]:
        """Return the vectors of one batch, shape (b, d), float32, each of length 1."""

    def encode(
        self,
        texts: Sequence[str],
        *,
        role: Role,
        prompt: str | None = None,
        prompt_name: str | None = None,
    ) -> NDArray[np.float32]:
        """Return the vectors of a few texts somebody waits for, shape (n, d), float32."""

    def encode_pictures(
        self, pictures: Sequence[Picture], *, role: Role, prompt: str = ""
    ) -> NDArray[np.float32]:
        """Return the vectors of a few pictures somebody waits for, shape (n, d), float32."""
