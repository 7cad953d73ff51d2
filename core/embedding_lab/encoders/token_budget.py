"""How much one batch may hold, and giving way when the memory does not suffice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedding_lab.encoders.contract import Prepared

# How engines word it; each has an exception class of its own.
SIGNS = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "failed to allocate memory",
    "bad allocation",
    "bad_alloc",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an engine failed for want of memory rather than for another reason."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return any(sign in str(error).lower() for sign in SIGNS)


class TokenBudget:
    """The number of tokens a batch may hold, padding included; it only ever shrinks.

    Parameters
    ----------
    n_tokens : int
        The budget to begin with.
    say : callable
        Told when it shrinks.
    """

    def __init__(self, n_tokens: int, say: Callable[[str], None]) -> None:
        self._n_tokens = n_tokens
        self._say = say

    def n_rows(self, width: int) -> int:
        """Return how many rows of ``width`` tokens a batch may hold; at least one."""
        return max(1, self._n_tokens // max(1, width))

    def learn(self, batch: Sequence[Prepared], seconds: float) -> None:
        """Take note of how long a batch took to encode; a budget of tokens has no use for it."""

    def halve(self, batch: Sequence[Prepared], error: Exception) -> None:
        """Make room after a batch has failed; raise what went wrong if that cannot help.

        Raises
        ------
        EncoderError
            If the batch was a single row already.
        Exception
            The error itself, if it is not about memory.
        """
        if not is_out_of_memory(error):
            raise error
        width = max(item.n_tokens for item in batch)
        if len(batch) == 1:
            raise self._single_row_error(width) from error
        self._n_tokens = len(batch) // 2 * width
        self._say(
            f"The memory did not suffice for a batch of {len(batch):,} rows; going on with "
            f"{len(batch) // 2:,} at a time."
        )

    def _single_row_error(self, width: int) -> EncoderError:
        return EncoderError(
            f"The memory does not suffice to encode a single row of {width:,} tokens.",
            hint="Close other programs, set a smaller maximum length for the encoder, or "
            "choose a smaller encoder.",
        )
