"""Dynamic int8: weights stored as int8, activations rounded to the largest of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.export.onnx_file import read_model, replacing
from embedding_lab.export.weight_matmuls import weight_matmuls

if TYPE_CHECKING:
    from pathlib import Path


def to_dynamic_int8(source: Path, target: Path) -> dict[str, Any]:
    """Write a file whose fixed weights are int8, one scale an output column.

    The scale of the activations is found while encoding, one for the whole batch; so a text's
    vector depends on the texts beside it.

    Parameters
    ----------
    source, target : Path
        The file in full precision and the one to write.

    Returns
    -------
    dict
        ``n_quantized`` and ``n_kept``.

    Raises
    ------
    EncoderError
        If the file has no products to quantize or is quantized already.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = read_model(source)
    products = [item.name for item in weight_matmuls(model, source)]
    with replacing(target) as temporary:
        quantize_dynamic(
            model,
            str(temporary),
            per_channel=True,
            # Without it, sums overflow on processors without VNNI instructions.
            reduce_range=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
            nodes_to_quantize=products,
            extra_options={"MatMulConstBOnly": True},
        )
    return {"n_quantized": len(products), "n_kept": 0}
