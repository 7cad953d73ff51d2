"""The factor an encoder multiplies its cosines with before a softmax."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

# What encoders of texts are mostly trained with; a temperature of 0.05.
USUAL_SCALE = 20.0
NAME = "logit_scale"


def own_scale(record: EncoderRecord) -> tuple[float, str]:
    """Return an encoder's logit scale and where it is from.

    Image-text encoders such as CLIP and SigLIP learn its logarithm and keep it among their
    weights; others have none, and the usual scale of text encoders stands in.
    """
    from safetensors import SafetensorError, safe_open

    for file, _ in record.files:
        if not file.endswith(".safetensors"):
            continue
        with (
            suppress(OSError, SafetensorError, TypeError),
            safe_open(Path(record.folder) / file, framework="numpy") as weights,
        ):
            name = next((key for key in weights.keys() if key.split(".")[-1] == NAME), None)  # noqa: SIM118
            if name is not None:
                value = float(
                    np.exp(np.asarray(weights.get_tensor(name), dtype=np.float64)).flat[0]
                )
                if np.isfinite(value) and value > 0:
                    return value, "the encoder's own"
    return USUAL_SCALE, "usual for encoders of texts"
