"""ONNX files: opening them, and what their inputs and outputs tell."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.backends import n_threads
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

# How many leading tokens are the prompt, for pooling that leaves it out.
PROMPT_LENGTH = "prompt_length"
TEXT_INPUTS = {"input_ids", "attention_mask", "token_type_ids", "position_ids", PROMPT_LENGTH}
PICTURE_INPUT = "pixel_values"
# Best first: one vector a text or picture, as the usual exporters name it.
VECTOR_OUTPUTS = (
    "sentence_embedding", "image_embeds", "text_embeds", "embedding", "embeddings", "pooled_output",
    "pooler_output",
)  # fmt: skip
TOKEN_OUTPUTS = ("last_hidden_state", "token_embeddings", "hidden_states")
# These choose their scale by the largest number of the whole batch.
BATCH_SENSITIVE = (b"DynamicQuantizeLinear", b"DynamicQuantizeMatMul")
NUMBER_FORMATS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


@dataclass(frozen=True)
class OnnxGraph:
    """What an ONNX encoder takes and gives.

    Attributes
    ----------
    inputs : dict
        Input name to its number format, such as ``tensor(int64)``.
    output : str
        The output that is used.
    has_token_vectors : bool
        Whether that output holds one vector a token, which must be pooled.
    dimension : int
        Length of a vector; 0 where the file does not say.
    picture_size : tuple of int
        Height and width of the pictures it takes; zeros where it takes any or none.
    """

    inputs: dict[str, str]
    output: str
    has_token_vectors: bool
    dimension: int
    picture_size: tuple[int, int] = (0, 0)

    @property
    def takes_pictures(self) -> bool:
        """Whether it encodes pictures rather than texts."""
        return PICTURE_INPUT in self.inputs


def open_session(file: Path) -> Any:
    """Load an ONNX file into the fast engine.

    Raises
    ------
    EncoderError
        If it is damaged or uses what the engine does not know.
    """
    try:
        return open_session_of(str(file))
    except Exception as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EncoderError(
            f"The ONNX file {file} cannot be loaded: {first_line}",
            hint="It may be damaged, or its external data file may be missing beside it.",
        ) from error


def open_session_of(file_or_content: str | bytes, *, optimizes: bool = True) -> Any:
    """Load an ONNX file or its content; without optimizing, every node is computed as it stands."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads()
    # Its warnings about graph optimizations are of no use to anybody here.
    options.log_severity_level = 3
    if not optimizes:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(
        file_or_content, sess_options=options, providers=["CPUExecutionProvider"]
    )


def read_graph(session: Any, file: Path) -> OnnxGraph:
    """Return what a loaded ONNX file takes and gives.

    Raises
    ------
    EncoderError
        If it is no encoder of texts or of pictures.
    """
    inputs = {item.name: item.type for item in session.get_inputs()}
    takes_texts = "input_ids" in inputs and inputs.keys() <= TEXT_INPUTS
    takes_pictures = set(inputs) == {PICTURE_INPUT}
    if not (takes_texts or takes_pictures):
        raise EncoderError(
            f"The ONNX file {file} is no encoder that can be used: it takes {', '.join(inputs)}.",
            hint=f"A text encoder takes input_ids and attention_mask, a picture encoder "
            f"{PICTURE_INPUT}.",
        )
    outputs = {item.name: item.shape for item in session.get_outputs()}
    name = _best_output(outputs)
    if name is None:
        raise EncoderError(
            f"The ONNX file {file} gives no vectors that can be used: it gives "
            f"{', '.join(outputs)}.",
            hint=f"Export it with an output named {VECTOR_OUTPUTS[0]} or {TOKEN_OUTPUTS[0]}.",
        )
    shape = outputs[name]
    width = shape[-1] if isinstance(shape[-1], int) else 0
    return OnnxGraph(inputs, name, len(shape) == 3, width, _picture_size(session))


def _best_output(outputs: dict[str, list[Any]]) -> str | None:
    for names, rank in ((VECTOR_OUTPUTS, 2), (TOKEN_OUTPUTS, 3)):
        for name in names:
            if name in outputs and len(outputs[name]) == rank:
                return name
    # Named otherwise, but alone.
    (only, *others) = outputs
    return only if not others and len(outputs[only]) in {2, 3} else None


def _picture_size(session: Any) -> tuple[int, int]:
    shape = session.get_inputs()[0].shape
    if len(shape) != 4:
        return 0, 0
    height, width = (size if isinstance(size, int) else 0 for size in shape[2:])
    return height, width


def text_inputs(
    inputs: Mapping[str, str],
    ids: NDArray[np.int64],
    mask: NDArray[np.int64],
    prompt_length: int = 0,
) -> dict[str, NDArray[Any]]:
    """Return what a text encoder's file is given for one batch.

    Parameters
    ----------
    inputs : mapping of str to str
        The file's inputs and their number formats.
    ids, mask : array, shape (b, t)
        Tokens, and 1 for those that count.
    prompt_length : int
        How many leading tokens of each text are its prompt.
    """
    values = {
        "input_ids": ids,
        "attention_mask": mask,
        "token_type_ids": np.zeros_like(ids),
        "position_ids": np.maximum(mask.cumsum(axis=1) - 1, 0),
        PROMPT_LENGTH: np.array([prompt_length]),
    }
    return {
        name: values[name].astype(NUMBER_FORMATS.get(kind, np.int64), copy=False)
        for name, kind in inputs.items()
    }


def is_batch_sensitive(file: Path) -> bool:
    """Whether a file's numbers depend on what else is in the batch (dynamic quantization)."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as seen:
        return any(seen.find(name) >= 0 for name in BATCH_SENSITIVE)


def pooled(
    vectors: NDArray[np.float32], mask: NDArray[np.int64], pooling: str
) -> NDArray[np.float32]:
    """Return one vector a text out of one a token.

    Parameters
    ----------
    vectors : array, shape (b, t, d)
        Token vectors.
    mask : array, shape (b, t)
        1 for tokens that count; each row has at least one.
    pooling : str
        ``mean``, ``cls``, ``lasttoken``, ``max``, ``weightedmean`` or ``mean_sqrt_len_tokens``.
    """
    n_texts, width = mask.shape
    if pooling in {"cls", "lasttoken"}:
        is_first = pooling == "cls"
        place = mask.argmax(axis=1) if is_first else width - 1 - mask[:, ::-1].argmax(axis=1)
        return np.asarray(vectors[np.arange(n_texts), place], dtype=np.float32)
    weights = mask.astype(np.float32)[:, :, None]
    if pooling == "max":
        return np.asarray(np.where(weights > 0, vectors, -np.inf).max(axis=1), dtype=np.float32)
    if pooling == "weightedmean":
        weights = weights * np.arange(1, width + 1, dtype=np.float32)[None, :, None]
    total = (vectors * weights).sum(axis=1)
    n_tokens = np.maximum(weights.sum(axis=1), 1e-9)
    return np.asarray(
        total / (np.sqrt(n_tokens) if pooling == "mean_sqrt_len_tokens" else n_tokens),
        dtype=np.float32,
    )


def normalized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors scaled to length 1, shape (b, d), float32; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
