"""One token cancels or pauses a job; one exception unwinds it."""

from __future__ import annotations

import threading


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """Raised inside a job, at its next check, after somebody cancelled it."""


class CancellationToken:
    """Shared between whoever may stop a job and the job itself. All methods are thread-safe."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._may_run = threading.Event()
        self._may_run.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was asked to stop."""
        return self._cancelled.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether the job was asked to wait."""
        return not self._may_run.is_set()

    def cancel(self) -> None:
        """Ask the job to stop; a paused job wakes up to do so."""
        self._cancelled.set()
        self._may_run.set()

    def pause(self) -> None:
        """Ask the job to wait at its next check."""
        if not self.is_cancelled:
            self._may_run.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._may_run.set()

    def check(self) -> None:
        """Wait while paused, then return; raise :class:`Cancelled` if the job was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled
        if not self._may_run.is_set():
            self._may_run.wait()
            if self._cancelled.is_set():
                raise Cancelled
