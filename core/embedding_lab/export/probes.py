"""Sample texts as the inputs of an ONNX file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.calibration import batches_of
from embedding_lab.encoders.contract import TokenizedText
from embedding_lab.encoders.onnx_session import text_inputs
from embedding_lab.encoders.raw_tokenizer import padded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TOKENS_A_PROBE = 1024


def probes_of(
    texts: Sequence[TokenizedText], inputs: Mapping[str, str], pad_id: int = 0
) -> list[dict[str, NDArray[Any]]]:
    """Return batches of texts as an ONNX file takes them, the longest texts first.

    Parameters
    ----------
    texts : sequence of TokenizedText
        Texts with their tokens.
    inputs : mapping of str to str
        The file's inputs and their number formats, as
        :func:`~embedding_lab.encoders.onnx_session.read_graph` tells them.
    pad_id : int
        The token rows are filled up with.
    """
    return [
        text_inputs(inputs, *padded([t for t in batch if isinstance(t, TokenizedText)], pad_id))
        for batch in batches_of(texts, TOKENS_A_PROBE)
    ]
