"""The batches of a run, pass after pass, and where in them it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows, BatchSampler


class BatchStream:
    """Asks a batch sampler for one pass after the other.

    Parameters
    ----------
    sampler : BatchSampler
        Decides who stands in a batch together.
    rows : BatchRows
        What it looks at.
    size : int
        Rows in a batch, at most.
    seed : int
        Of the sampler's random numbers.
    """

    def __init__(self, sampler: BatchSampler, rows: BatchRows, size: int, seed: int) -> None:
        self._sampler = sampler
        self._rows = rows
        self._size = size
        self._rng = np.random.default_rng(seed)
        self._pass: Iterator[NDArray[np.int64]] = iter(())
        self._pass_began: dict[str, Any] = {}
        self._n_taken = 0

    def n_in_a_pass(self) -> int:
        """Return how many batches the first pass has; takes none of them."""
        rng = np.random.default_rng()
        rng.bit_generator.state = self._rng.bit_generator.state
        return sum(1 for _ in self._sampler.batches(self._rows, self._size, rng))

    def take(self) -> NDArray[np.int64]:
        """Return the next batch as row numbers.

        Raises
        ------
        UsageError
            If the sampler makes no batch of these rows.
        """
        found = next(self._pass, None)
        if found is None:
            self._begin_pass()
            found = next(self._pass, None)
        if found is None:
            raise UsageError(
                "The batch sampler makes no batch of these rows.",
                hint="Choose another sampler, more rows, or a smaller batch.",
            )
        self._n_taken += 1
        return found

    def _begin_pass(self) -> None:
        self._pass_began = dict(self._rng.bit_generator.state)
        self._n_taken = 0
        self._pass = iter(self._sampler.batches(self._rows, self._size, self._rng))

    def state(self) -> dict[str, Any]:
        """Return where the stream stands, as a JSON object."""
        return {"pass_began": self._pass_began, "n_taken": self._n_taken}

    def go_to(self, state: dict[str, Any]) -> None:
        """Stand where an earlier stream stood."""
        if not state["pass_began"]:
            return
        self._rng.bit_generator.state = state["pass_began"]
        self._begin_pass()
        for _ in range(state["n_taken"]):
            self.take()
