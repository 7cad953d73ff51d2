"""The little script that is written beside an exported encoder and shows how to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedding_lab.encoders.onnx_settings import OnnxSettings

EXAMPLE_NAME = "example.py"

TEXTS = '''\
"""Encode texts: python example.py "first text" "second text" (needs onnxruntime, tokenizers)."""
import json, os, sys
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else it reports its use to its makers
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

here = Path(__file__).parent
settings = json.loads((here / "encoder.json").read_text(encoding="utf-8"))
tokenizer = Tokenizer.from_file(str(here / "tokenizer.json"))
if settings["max_length"]:
    tokenizer.enable_truncation(settings["max_length"], direction=settings["truncation_side"])
side, length = settings["padding_side"], settings["padded_to"] or None
tokenizer.enable_padding(direction=side, pad_id=settings["pad_id"], length=length)
session = onnxruntime.InferenceSession(str(here / settings["text_file"]))


def encode(texts, prompt=""):
    before = settings["prompt_before"] + prompt + settings["prompt_after"]
    before = before if prompt else settings["text_before"]
    whole = [before + text + settings["text_after"] for text in texts]
    rows = tokenizer.encode_batch(whole)
    ids, mask = ([getattr(row, name) for row in rows] for name in ("ids", "attention_mask"))
    values = {"input_ids": np.array(ids), "attention_mask": np.array(mask)}
    return session.run(None, {i.name: values[i.name] for i in session.get_inputs()})[0]


print(json.dumps(encode(sys.argv[1:]).tolist()))
'''

PICTURES = '''\
"""Encode pictures: python example.py photo.jpg (needs onnxruntime, numpy, pillow)."""
import json, os, sys
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else it reports its use to its makers
import numpy as np
import onnxruntime
from PIL import Image

here = Path(__file__).parent
settings = json.loads((here / "encoder.json").read_text(encoding="utf-8"))
look = json.loads((here / "preprocessor_config.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession(str(here / settings["picture_file"]))
height, width = session.get_inputs()[0].shape[2:]


def pixels(path):
    image = Image.open(path).convert("RGB")
    edge = look["size"].get("shortest_edge")
    size = [edge * side // min(image.size) for side in image.size] if edge else (width, height)
    image = image.resize(size, look.get("resample", 3))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    numbers = np.asarray(image.crop((left, top, left + width, top + height)), np.float32)
    numbers = numbers * look.get("rescale_factor", 1 / 255) - look["image_mean"]
    return (numbers / look["image_std"]).transpose(2, 0, 1).astype(np.float32)


batch = np.stack([pixels(path) for path in sys.argv[1:]])
print(json.dumps(session.run(None, {"pixel_values": batch})[0].tolist()))
'''


def example_script(settings: OnnxSettings) -> str:
    """Return the script for an encoder: for its texts, or its pictures where it reads no texts."""
    return TEXTS if settings.text_file else PICTURES
