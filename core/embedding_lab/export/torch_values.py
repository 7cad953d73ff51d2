"""What every operator of the original computes, to hold an exported graph against. Heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.fx import Interpreter

from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.export.torch_export import GraphExport


class _Recorder(Interpreter):  # type: ignore[misc]
    """Runs an exported program and keeps what each of its operators gave."""

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.values: dict[str, NDArray[Any]] = {}

    def run_node(self, n: Any) -> Any:
        found = super().run_node(n)
        if isinstance(found, torch.Tensor) and n.op == "call_function":
            self.values[n.name] = found.detach().cpu().numpy()
        return found


def reference_values(
    export: GraphExport, feed: dict[str, NDArray[np.generic]]
) -> dict[str, NDArray[Any]]:
    """Return the value of every operator of the original, by the name an exported file gives it.

    Parameters
    ----------
    export : GraphExport
        The original's graph.
    feed : dict
        Inputs by name, as the ONNX file takes them.

    Raises
    ------
    EncoderError
        If the graph takes something the file does not.
    """
    missing = export.inputs.keys() - feed.keys()
    if missing:
        raise EncoderError(f"The file does not take {', '.join(sorted(missing))}.")
    recorder = _Recorder(export.program().exported_program.module())
    with torch.inference_mode():
        recorder.run(*(torch.from_numpy(feed[name]) for name in export.inputs))
    return recorder.values
