"""Int8 with the products that hurt most kept in full precision, found by measuring each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders.onnx_session import normalized, open_session, pooled, read_graph
from embedding_lab.errors import EncoderError
from embedding_lab.export.onnx_file import remove_model, write_model

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from embedding_lab.export.activations import Probe
    from embedding_lab.export.weight_matmuls import WeightMatMul

    # Turns the named products of a graph into integer ones, in place.
    Quantize = Callable[[Any, Collection[str]], None]


@dataclass(frozen=True)
class Loss:
    """What quantizing one product alone does: mean and smallest cosine with full precision."""

    name: str
    mean_cosine: float
    min_cosine: float


class MixedSearch:
    """Finds the fewest products to keep in full precision.

    Parameters
    ----------
    model : onnx.ModelProto
        The graph in full precision; it is not changed.
    quantize : callable
        Turns the named products of a graph into integer ones, in place.
    probes : sequence of mappings
        Inputs of the graph by name: what vectors are compared on.
    scratch : Path
        A file to write for each measurement; it is removed again.
    check, say : callable
        Called between measurements and batches, may raise to stop; told what is being done.
    """

    def __init__(
        self,
        model: Any,
        quantize: Quantize,
        probes: Sequence[Probe],
        scratch: Path,
        check: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        if not probes:
            raise EncoderError(
                "What quantizing costs needs sample texts to be measured on.",
                hint="Give some texts of your own.",
            )
        self._model = model
        self._quantize = quantize
        self._probes = probes
        self._scratch = scratch
        self._check = check
        self._say = say
        self._exact = self._vectors(model)

    def rank(self, products: Sequence[WeightMatMul]) -> list[Loss]:
        """Quantize each product alone; return what that costs, the worst first."""
        losses = []
        for number, product in enumerate(products, start=1):
            self._say(f"Measuring product {number:,} of {len(products):,}…")
            mean, smallest = self.measure({product.name})
            losses.append(Loss(product.name, mean, smallest))
        return sorted(losses, key=lambda loss: loss.mean_cosine)

    def measure(self, quantized: Collection[str]) -> tuple[float, float]:
        """Return the mean and the smallest cosine after quantizing the named products."""
        import onnx

        self._check()
        tried = onnx.ModelProto()
        tried.CopyFrom(self._model)
        if quantized:
            self._quantize(tried, quantized)
        self._check()
        cosines = np.sum(self._vectors(tried) * self._exact, axis=1)
        return float(cosines.mean()), float(cosines.min())

    def fewest(
        self, ranked: Sequence[Loss], *, mean_cosine: float = 0.0, min_cosine: float = 0.0
    ) -> tuple[list[str], tuple[float, float]]:
        """Return the names to keep, the worst first, and the cosines reached with them.

        How many is found by halving, each time with all the others quantized together.

        Raises
        ------
        EncoderError
            If the limits are not reached with a single product quantized.
        """
        names = [loss.name for loss in ranked]
        low, high = 0, len(names)
        reached: tuple[float, float] | None = None
        while low < high:
            middle = (low + high) // 2
            self._say(f"Measuring with {middle:,} of {len(names):,} products kept…")
            found = self.measure(names[middle:])
            if found[0] >= mean_cosine and found[1] >= min_cosine:
                high, reached = middle, found
            else:
                low = middle + 1
        if reached is None:
            raise EncoderError(
                "The limit is not reached, whatever is kept in full precision.",
                hint="Choose a lower limit, or another recipe.",
            )
        return names[:high], reached

    def _vectors(self, model: Any) -> NDArray[np.float32]:
        try:
            write_model(model, self._scratch)
            session = open_session(self._scratch)
            graph = read_graph(session, self._scratch)
        finally:
            remove_model(self._scratch)
        found = []
        for probe in self._probes:
            self._check()
            (values,) = session.run([graph.output], dict(probe))
            if graph.has_token_vectors:
                values = pooled(values, probe["attention_mask"], "mean")
            found.append(normalized(values))
        return np.concatenate(found)
