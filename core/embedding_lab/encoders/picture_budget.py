"""Batches of pictures: how many share one is found by measuring, encoder by encoder.

A text costs what its tokens cost, so one budget of tokens serves every text encoder. A picture
costs a hundred times more on one encoder than on another, and a graphics card is idle with a batch
that fills a processor; no number fits all of them.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from embedding_lab.backends import available_memory_bytes, resident_bytes
from embedding_lab.encoders.token_budget import TokenBudget
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedding_lab.encoders.contract import Prepared

FIRST_PICTURES = 8
# Pictures that are ready take half a megabyte each and wait for their batch in memory.
MOST_PICTURES = 64
# Batches timed at each of two sizes.
TRIES = 3
# A larger batch costs memory, and a query waits for it to end: it must earn that.
NOTICEABLE = 1.05
# Batches until a size that brought nothing is tried again; something may have been in its way.
REST = 50
SPARE_BYTES = 500_000_000


class PictureBudget(TokenBudget):
    """What a batch of pictures may hold: it grows as long as growing makes encoding faster.

    The first batches are small. Batches of the present size and of twice that size take turns, so
    that whatever else the machine does slows both down; if the larger ones encode noticeably more
    patches in a second, their size becomes the present one. Nothing grows while the memory is
    short, nor after a batch did not fit.

    Parameters
    ----------
    n_tokens : int
        Patches the first batch may hold, unless a single picture has more.
    say : callable
        Told when it shrinks.
    has_room : callable, optional
        Whether the memory suffices for batches twice as large.
    first, most : int
        How many pictures the first batch holds at most, and how many any batch does.
    """

    def __init__(
        self,
        n_tokens: int,
        say: Callable[[str], None],
        has_room: Callable[[], bool] | None = None,
        *,
        first: int = FIRST_PICTURES,
        most: int = MOST_PICTURES,
    ) -> None:
        super().__init__(n_tokens, say)
        self._first, self._most = first, most
        self._has_room = has_room or MemoryRoom()
        self._may_grow = True
        self._rest = 0
        # Patches a second, of the present size and of twice that size.
        self._rates: tuple[list[float], list[float]] = ([], [])

    def n_rows(self, width: int) -> int:
        """Return how many pictures of ``width`` patches a batch may hold; at least one."""
        # A budget in patches, so that large pictures share a batch with fewer others.
        if self._first:
            self._n_tokens = max(width, min(self._n_tokens, self._first * max(1, width)))
            self._first = 0
        n_rows = super().n_rows(width)
        return min(self._most, 2 * n_rows if self._is_trying else n_rows)

    @property
    def _is_trying(self) -> bool:
        """Whether the next batch is one of twice the size."""
        return len(self._rates[0]) > len(self._rates[1])

    def learn(self, batch: Sequence[Prepared], seconds: float) -> None:
        """Take note of how long a batch took, and decide about the size of the next ones."""
        width = max(1, *(item.n_tokens for item in batch))
        if len(batch) < self.n_rows(width) or not self._may_try(width):
            return
        self._rates[self._is_trying].append(len(batch) * width / max(seconds, 1e-9))
        if len(self._rates[1]) == TRIES:
            present, larger = map(median, self._rates)
            self._rates = ([], [])
            if larger >= present * NOTICEABLE:
                self._n_tokens *= 2
            else:
                self._rest = REST

    def _may_try(self, width: int) -> bool:
        if self._is_trying:
            return True
        self._rest = max(0, self._rest - 1)
        if self._rest or not self._may_grow or 2 * self.n_rows(width) > self._most:
            return False
        return self._has_room()

    def halve(self, batch: Sequence[Prepared], error: Exception) -> None:
        """Make room after a batch has failed, and grow no more."""
        super().halve(batch, error)
        self._rates, self._may_grow = ([], []), False

    def _single_row_error(self, width: int) -> EncoderError:
        return EncoderError(
            "The memory does not suffice to encode a single picture.",
            hint="Close other programs, or choose a smaller encoder.",
        )


class MemoryRoom:
    """Tells whether batches may become twice as large, by what they have taken up to now.

    Most systems promise more memory than they have and end the program that takes too much of it,
    so waiting for a failed batch is not enough. Where the system does not tell, there is room.
    """

    def __init__(self) -> None:
        self._before = resident_bytes()

    def __call__(self) -> bool:
        """Return whether what was taken can be taken twice again, with something to spare."""
        available = available_memory_bytes()
        taken = max(0, resident_bytes() - self._before)
        return not available or available > 2 * taken + SPARE_BYTES
