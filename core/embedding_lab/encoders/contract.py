"""What every encoder can do, in NumPy terms; nothing here loads an engine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from embedding_lab.types import Modality, Precision, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from embedding_lab.contracts import Turn
    from embedding_lab.encoders.record import EncoderRecord


LAST, MEAN, EOS = "last", "mean", "eos"
POOLINGS = (LAST, MEAN, EOS)


@dataclass(frozen=True)
class Rendering:
    """What stands around each input, and which hidden state becomes its vector.

    Attributes
    ----------
    turn : Turn
        The system text, and what is put behind the input.
    pooling : str
        ``last`` (the last token of the prompt), ``mean`` (of all tokens) or ``eos`` (an end-of-text
        token put behind the prompt); without one, ``last`` for encoders with a chat form and the
        encoder's own way for others.
    layer : int
        Which hidden state: 0 is what goes into the first layer, -1 what comes out of the last.
    """

    turn: Turn
    pooling: str = ""
    layer: int = -1

    def to_record(self) -> dict[str, Any]:
        """Return all of it as a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class EncodeOptions:
    """How inputs are encoded: the literal prompt before each text, the role, the precision.

    With a ``rendering``, it says what stands around each input, and the ``prompt`` is left out.
    """

    prompt: str = ""
    role: Role = Role.DOCUMENT
    precision: Precision = Precision.FP32
    modality: Modality = Modality.TEXT
    rendering: Rendering | None = None

    def __post_init__(self) -> None:
        if self.rendering is not None and self.prompt:
            raise ValueError("a rendering says all that stands around an input; leave prompt empty")


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

    def prepare_rendered(
        self, inputs: Sequence[Input], options: EncodeOptions
    ) -> Sequence[Prepared]:
        """Make inputs ready with what the options' rendering puts around them."""

    def rendering_note(self) -> str:
        """Return what is unusual about how a system text is told to it; mostly nothing."""

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
