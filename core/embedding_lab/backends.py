"""What the machine offers and what the engine takes of it; asks without loading the engine."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.errors import LabError
from embedding_lab.settings import load_settings
from embedding_lab.types import Precision

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where a container's memory limit stands, and what it has used of that.
CONTROL_GROUP = Path("/sys/fs/cgroup")
CONTROL_FILES = ("memory.max", "memory.current")
BF16_FEATURES = {"avx512_bf16", "amx_bf16"}


@cache
def cpu_features() -> frozenset[str]:
    """Return the processor's feature flags as Linux names them; empty on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


def has_fast_bf16() -> bool:
    """Whether bfloat16 is faster than float32 here; without the instructions it is slower."""
    return bool(BF16_FEATURES & cpu_features())


def require_precision(precision: Precision) -> None:
    """Raise a :class:`LabError` if this processor gains nothing from ``precision``."""
    if precision is Precision.BF16 and not has_fast_bf16():
        raise LabError(
            "This processor has no bfloat16 instructions, so bf16 would be slower than fp32.",
            hint="Use the precision fp32.",
        )


def n_threads() -> int:
    """Return how many compute threads an engine may use: the setting, or every core."""
    available = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    wanted = load_settings().threads
    return wanted if wanted > 0 else available


def resident_bytes() -> int:
    """Return the memory this process holds now; 0 where the system does not tell."""
    return _status_bytes("VmRSS")


def peak_resident_bytes() -> int:
    """Return the most memory this process has held; 0 where the system does not tell."""
    return max(_status_bytes("VmHWM"), MemoryWatch.highest())


def _status_bytes(field: str) -> int:
    return _number_in("/proc/self/status", field) * 1024


def _number_in(file: str, field: str) -> int:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    for line in lines:
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    return 0


class MemoryWatch:
    """Tells by how much the process has grown at most since this was made."""

    _highest = 0

    def __init__(self) -> None:
        self.before = resident_bytes()
        MemoryWatch._highest = max(MemoryWatch._highest, _status_bytes("VmHWM"))
        try:
            # Makes the system count the peak from here on.
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
            self._counts_anew = True
        except OSError:
            self._counts_anew = False

    def increase(self) -> int:
        """Return the growth in bytes; 0 where the system does not tell."""
        now = _status_bytes("VmHWM") if self._counts_anew else resident_bytes()
        return max(0, now - self.before)

    @classmethod
    def highest(cls) -> int:
        """Return the peak of the process before counting began anew."""
        return cls._highest


def available_memory_bytes() -> int:
    """Return the memory programs may still take; 0 where the system does not tell."""
    found = _number_in("/proc/meminfo", "MemAvailable") * 1024
    limit, used = (_first_number(CONTROL_GROUP / name) for name in CONTROL_FILES)
    return min(found, max(0, limit - used)) if found and limit else found


def _first_number(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def describe_engine(precision: Precision = Precision.FP32) -> str:
    """Return a line such as ``onnx fp32 · 2 threads · 0.6 GB`` for the status bar.

    Both engines are named once both are loaded.
    """
    # While another thread imports it, the module is there but has nothing in it yet.
    ask_threads = getattr(sys.modules.get("torch"), "get_num_threads", None)
    threads = n_threads() if ask_threads is None else ask_threads()
    is_loaded = {"onnx": "onnxruntime" in sys.modules, "torch": ask_threads is not None}
    engines = " and ".join(name for name, is_there in is_loaded.items() if is_there)
    parts = [
        f"{engines} {precision}" if engines else "engine not loaded",
        f"{threads} {'thread' if threads == 1 else 'threads'}",
    ]
    memory = resident_bytes()
    if memory:
        parts.append(f"{memory / 1e9:.1f} GB")
    return " · ".join(parts)


class TurnLock:
    """A lock whose interactive callers go before all others.

    A job takes a turn for every batch; a query that a person waits for gets the next turn, so it
    waits for one batch at most, whatever the job still has to do.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._is_taken = False
        self._n_interactive = 0
        self._waited = threading.local()

    @property
    def seconds_waited(self) -> float:
        """How long this thread has waited for its turns so far."""
        return float(getattr(self._waited, "seconds", 0.0))

    @contextmanager
    def turn(self, *, is_interactive: bool = False) -> Iterator[None]:
        """Hold the lock for the length of a ``with`` block."""
        asked = time.perf_counter()
        with self._condition:
            self._n_interactive += is_interactive
            try:
                self._condition.wait_for(lambda: self._may_go(is_interactive=is_interactive))
            finally:
                self._n_interactive -= is_interactive
            self._is_taken = True
        self._waited.seconds = self.seconds_waited + time.perf_counter() - asked
        try:
            yield
        finally:
            with self._condition:
                self._is_taken = False
                self._condition.notify_all()

    def _may_go(self, *, is_interactive: bool) -> bool:
        return not self._is_taken and (is_interactive or self._n_interactive == 0)


# One engine per process, and it uses every thread: two batches at once would only slow each other.
engine_turns = TurnLock()
