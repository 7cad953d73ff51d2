"""What the machine offers, and who goes next."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import types
from typing import TYPE_CHECKING

import pytest

from embedding_lab import backends
from embedding_lab.backends import TurnLock
from embedding_lab.errors import LabError
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.types import Precision

if TYPE_CHECKING:
    from pathlib import Path


def test_a_person_waits_for_one_turn_only_however_many_a_job_still_wants() -> None:
    lock = TurnLock()
    order: list[str] = []
    has_turn, may_end = threading.Event(), threading.Event()

    def job() -> None:
        for number in range(50):
            with lock.turn():
                order.append(f"batch {number}")
                if number == 0:
                    has_turn.set()
                    assert may_end.wait(10)

    def person() -> None:
        with lock.turn(is_interactive=True):
            order.append("query")

    job_thread = threading.Thread(target=job)
    job_thread.start()
    assert has_turn.wait(10)
    people = [threading.Thread(target=person) for _ in range(3)]
    for thread in people:
        thread.start()
    while lock._n_interactive < 3:
        pass
    may_end.set()
    for thread in (*people, job_thread):
        thread.join(10)
    assert order[:4] == ["batch 0", "query", "query", "query"]
    assert order[4:] == [f"batch {number}" for number in range(1, 50)]


def test_turns_never_overlap() -> None:
    lock = TurnLock()
    inside = 0
    overlaps = 0

    def work(*, is_interactive: bool) -> None:
        nonlocal inside, overlaps
        for _ in range(300):
            with lock.turn(is_interactive=is_interactive):
                inside += 1
                overlaps += inside > 1
                inside -= 1

    threads = [
        threading.Thread(target=work, kwargs={"is_interactive": number % 2 == 0})
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert overlaps == 0


def test_a_failure_inside_a_turn_lets_the_next_one_go() -> None:
    lock = TurnLock()
    with pytest.raises(RuntimeError), lock.turn():
        raise RuntimeError
    with lock.turn(is_interactive=True):
        pass


def test_bf16_is_refused_where_the_processor_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "cpu_features", lambda: frozenset({"avx2"}))
    backends.require_precision(Precision.FP32)
    with pytest.raises(LabError, match="no bfloat16 instructions"):
        backends.require_precision(Precision.BF16)
    monkeypatch.setattr(backends, "cpu_features", lambda: frozenset({"avx512_bf16"}))
    backends.require_precision(Precision.BF16)


def test_the_thread_setting_is_followed() -> None:
    assert backends.n_threads() >= 1
    settings = load_settings()
    settings.threads = 3
    save_settings(settings)
    assert backends.n_threads() == 3


def test_the_engine_is_described_without_loading_it() -> None:
    code = (
        "import sys\n"
        "from embedding_lab.backends import describe_engine\n"
        "print(describe_engine())\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("engine not loaded · ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system does not tell")
def test_memory_is_told() -> None:
    assert 0 < backends.resident_bytes() <= backends.peak_resident_bytes()


def test_an_engine_that_another_thread_is_still_importing_counts_as_not_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    assert backends.describe_engine().startswith("engine not loaded")


def test_both_engines_are_named_once_both_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", types.ModuleType("onnxruntime"))
    assert backends.describe_engine().startswith("onnx fp32 · ")
    torch = types.ModuleType("torch")
    torch.get_num_threads = lambda: 2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert backends.describe_engine().startswith("onnx and torch fp32 · 2 threads")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system does not tell")
def test_the_growth_of_the_memory_is_watched_and_the_peak_not_forgotten() -> None:
    block = bytearray(b"x") * 150_000_000
    peak = backends.peak_resident_bytes()
    del block
    watch = backends.MemoryWatch()
    again = bytearray(b"x") * 60_000_000
    del again
    assert 40_000_000 < watch.increase() < 140_000_000
    # The system counts in steps of some pages.
    assert backends.peak_resident_bytes() > peak - 5_000_000


def test_memory_that_may_be_taken_ends_at_the_limit_of_the_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "CONTROL_GROUP", tmp_path)
    whole = backends.available_memory_bytes()
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert backends.available_memory_bytes() == pytest.approx(whole, rel=0.2)
    if whole:
        (tmp_path / "memory.max").write_text("5000\n")
        assert backends.available_memory_bytes() == 4000


def test_a_thread_is_told_how_long_it_waited_for_its_turns() -> None:
    lock = TurnLock()
    assert lock.seconds_waited == 0
    waited: list[float] = []

    def wait() -> None:
        with lock.turn():
            waited.append(lock.seconds_waited)

    thread = threading.Thread(target=wait)
    with lock.turn():
        thread.start()
        time.sleep(0.1)
    thread.join(10)
    assert waited[0] >= 0.09
    assert lock.seconds_waited < 0.05
