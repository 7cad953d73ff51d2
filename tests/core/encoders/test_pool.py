"""Loaded encoders are shared, and a query goes before the batches of a job."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from encoder_making import write_bert

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.jobs.cancellation import Cancelled
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
