"""Loaded encoders are shared, and a query goes before the batches of a job."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from encoder_making import write_bert

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.jobs.cancellation import Cancelled
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedding_lab.encoders.record import EncoderRecord


@pytest.fixture(autouse=True)
def empty_pool() -> Iterator[None]:
    pool.unload_all()
    yield
    pool.unload_all()


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> EncoderRecord:
    return describe_folder(write_bert(tmp_path_factory.mktemp("pool") / "bert"))


def test_an_encoder_is_loaded_once_even_by_threads_at_once(record: EncoderRecord) -> None:
    assert not pool.is_loaded(record)
    found: list[object] = []
    messages: list[str] = []

    def load() -> None:
        found.append(pool.load(record, messages.append))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert all(encoder is found[0] for encoder in found)
    assert messages.count(f"Loading {record.name}…") == 1
    assert pool.is_loaded(record)


def test_only_the_two_encoders_used_last_stay(record: EncoderRecord) -> None:
    records = [replace(record, max_length=length) for length in (16, 24, 32)]
    pool.load(records[0])
    pool.load(records[1])
    pool.load(records[0])
    pool.load(records[2])
    assert [pool.is_loaded(item) for item in records] == [True, False, True]


def test_an_encoder_can_be_unloaded_and_is_gone_then(record: EncoderRecord) -> None:
    encoder = pool.load(record)
    encoder.encode(["a text"], role=Role.DOCUMENT)
    model = weakref.ref(encoder._model)  # type: ignore[attr-defined]
    del encoder
    assert pool.unload(record)
    # The collector leaves the engine's objects alone, so nothing may be left for it to find.
    assert model() is None
    assert not pool.is_loaded(record)
    assert not pool.unload(record)


def test_what_is_loaded_is_told_with_its_weights(record: EncoderRecord) -> None:
    assert pool.loaded() == []
    assert pool.facts_of(record) is None
    short = replace(record, name="short", max_length=16)
    pool.load(record)
    pool.load(short)
    pool.load(record)
    names = [(item.name, item.n_bytes) for item in pool.loaded()]
    n_bytes = 4 * record.n_parameters
    assert names == [("short", n_bytes), (record.name, n_bytes)]
    facts = pool.facts_of(record)
    assert facts is not None
    assert facts.seconds > 0


def test_above_the_memory_limit_those_not_used_for_longest_go_first(
    record: EncoderRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MOST_LOADED", 10)
    settings = load_settings()
    settings.memory_limit_mb = 500
    save_settings(settings)
    records = [replace(record, max_length=length) for length in (16, 24, 32, 40, 48)]
    monkeypatch.setattr(pool, "resident_bytes", lambda: 400_000_000)
    for item in records[:4]:
        pool.load(item)
    pool.load(records[0])
    assert all(pool.is_loaded(item) for item in records[:4])

    # Each holds 60 MB here, beside 340 MB of the program: two have to go.
    monkeypatch.setattr(
        pool, "resident_bytes", lambda: 340_000_000 + 60_000_000 * len(pool.loaded())
    )
    pool.load(records[4])
    assert [pool.is_loaded(item) for item in records] == [True, False, False, True, True]
    pool.load(records[3])
    assert [pool.is_loaded(item) for item in records] == [True, False, False, True, True]


def test_without_a_limit_nothing_is_unloaded_for_memory(
    record: EncoderRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "resident_bytes", lambda: 10**12)
    pool.load(record)
    pool.load(replace(record, max_length=16))
    assert pool.is_loaded(record)


def test_other_choices_make_another_encoder(record: EncoderRecord) -> None:
    first = pool.load(record)
    assert pool.load(replace(record, pooling="cls")) is not first
    assert pool.load(record) is first


def test_loading_can_be_stopped_between_its_steps(record: EncoderRecord) -> None:
    def stop(_: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        pool.load(record, stop)
    assert not pool.is_loaded(record)
    assert gc.isenabled()
    assert pool.load(record).dimension == record.dimension


def test_the_collector_runs_again_after_loading_but_leaves_the_engine_alone(
    record: EncoderRecord,
) -> None:
    pool.load(record)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000


def test_a_query_waits_for_the_current_batch_at_most(record: EncoderRecord) -> None:
    encoder = pool.load(record)
    first_batch, stop = threading.Event(), threading.Event()
    ends: list[float] = []

    def job() -> None:
        texts = ((row, "word " * 12) for row in range(1_000_000))
        for _ in encode_rows(encoder, texts, settings=LoopSettings(token_budget=4096, window=512)):
            ends.append(time.perf_counter())
            first_batch.set()
            if stop.is_set():
                return

    thread = threading.Thread(target=job)
    thread.start()
    assert first_batch.wait(30)
    alone = encoder.encode(["a query"], role=Role.QUERY)
    passed = []
    for _ in range(10):
        before = len(ends)
        np.testing.assert_allclose(encoder.encode(["a query"], role=Role.QUERY), alone, atol=1e-5)
        passed.append(len(ends) - before)
    stop.set()
    thread.join(30)
    # The batch in progress ends; its successor may just have taken its turn before the query asked.
    assert sorted(passed)[len(passed) // 2] <= 2
