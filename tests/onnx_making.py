"""Tiny encoders as ONNX files."""

from __future__ import annotations

import shutil
import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch
import transformers
from encoder_making import WIDTH, write_json

if TYPE_CHECKING:
    from pathlib import Path


def write_onnx(source: Path, target: Path, *, is_pooled: bool = False) -> Path:
    """Export a plain text model to an ONNX file with its tokenizer beside it."""
    model = transformers.AutoModel.from_pretrained(source, attn_implementation="eager").eval()

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)
            vectors: torch.Tensor = hidden.last_hidden_state
            if not is_pooled:
                return vectors
            mask = attention_mask[:, :, None].float()
            return (vectors * mask).sum(1) / mask.sum(1)

    target.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(source / name, target / name)
    ids = torch.randint(5, 60, (2, 8))
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    output = "sentence_embedding" if is_pooled else "last_hidden_state"
    moving = {0: "batch", 1: "tokens"}
    axes = {"input_ids": moving, "attention_mask": moving}
    axes[output] = {0: "batch"} if is_pooled else moving
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Wrapped().eval(),
            (ids, mask),
            str(target / "model.onnx"),
            dynamo=False,
            input_names=["input_ids", "attention_mask"],
            output_names=[output],
            dynamic_axes=axes,
        )
    return target


def write_onnx_pictures(folder: Path, side: int = 16, *, is_quantized: bool = False) -> Path:
    """Write a random linear picture encoder; quantized, its numbers depend on the whole batch."""
    import onnx
    from onnx import helper, numpy_helper

    kind = onnx.TensorProto.FLOAT
    drawn = np.random.default_rng(0).normal(size=(3 * side * side, WIDTH)).astype(np.float32)
    nodes = [helper.make_node("Flatten", ["pixel_values"], ["flat"])]
    weights = {"weights": drawn}
    if is_quantized:
        weights = {"weights": np.clip(drawn * 40, -127, 127).astype(np.int8)}
        nodes += [
            helper.make_node("DynamicQuantizeLinear", ["flat"], ["small", "scale", "zero"]),
            helper.make_node("MatMulInteger", ["small", "weights", "zero"], ["whole"]),
            helper.make_node("Cast", ["whole"], ["rough"], to=kind),
            helper.make_node("Mul", ["rough", "scale"], ["image_embeds"]),
        ]
    else:
        nodes.append(helper.make_node("MatMul", ["flat", "weights"], ["image_embeds"]))
    graph = helper.make_graph(
        nodes,
        "pictures",
        [helper.make_tensor_value_info("pixel_values", kind, ["batch", 3, side, side])],
        [helper.make_tensor_value_info("image_embeds", kind, ["batch", WIDTH])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    folder.mkdir(parents=True, exist_ok=True)
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, ir_version=9, opset_imports=opsets), folder / "model.onnx")
    settings = {"size": {"height": side, "width": side}, "image_mean": 0.5, "image_std": 0.5}
    write_json(folder / "preprocessor_config.json", settings)
    return folder
