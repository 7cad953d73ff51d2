"""Embedding: only what is new, nothing twice, and nothing lost whatever happens."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import study_making
from encoder_making import HashEncoder, write_sentence_bert

from embedding_lab import backends
from embedding_lab.encoders import pool
from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import (
    JobCancelled,
    JobCompleted,
    JobFailed,
    JobLogged,
    JobProgressed,
)
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.types import Precision, Role
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.vector_set import (
    ROWS_FILE,
    STATE_FILE,
    VECTORS_FILE,
    VectorSet,
    VectorWriter,
)

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

CHILD = Path(__file__).parents[2] / "embedding_child.py"


def documents(n: int, seed: int = 0) -> list[Document]:
    lengths = np.random.default_rng(seed).integers(0, 60, n)
    return [
        Document(text=f"row {row} " + "word " * length, title="Title" if row % 5 == 0 else None)
        for row, length in enumerate(lengths)
    ]


@pytest.fixture
def hash_encoder(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> HashEncoder:
    """The encoder in NumPy, taking the starter's place."""
    encoder = HashEncoder(EncoderStore(workspace).get("starter"))

    def load(record: Any, log: Any = None) -> HashEncoder:
        if log is not None:
            log("Loading engine…")
        return encoder

    monkeypatch.setattr(pool, "load", load)
    return encoder


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    return study_making.make_corpus(workspace, "study", documents(400))


def embed(workspace: Workspace, **inputs: Any) -> dict[str, Any]:
    result, _ = embed_and_watch(workspace, **inputs)
    return result


def embed_and_watch(workspace: Workspace, **inputs: Any) -> tuple[dict[str, Any], list[Event]]:
    events: list[Event] = []
    terminal = run_job(EmbedCorpus(**{"corpus": "study"} | inputs), workspace, events.append)
    assert isinstance(terminal, JobCompleted), terminal
    return terminal.result, events


def failure(workspace: Workspace, **inputs: Any) -> JobFailed:
    terminal = run_job(EmbedCorpus(**{"corpus": "study"} | inputs), workspace, lambda _: None)
    assert isinstance(terminal, JobFailed), terminal
    return terminal


def warnings_of(events: list[Event]) -> list[str]:
    return [e.message for e in events if isinstance(e, JobLogged) and e.level == "warning"]


def vectors_by_row(workspace: Workspace, key: str) -> np.ndarray:
    vector_set = VectorSet(workspace.embeddings_folder / key)
    rows, slots = vector_set.in_row_order()
    assert len(np.unique(rows)) == len(rows)
    return np.asarray(vector_set.vectors())[slots]


def expected(encoder: HashEncoder, corpus: Corpus, prompt: str = "") -> np.ndarray:
    texts = [prompt + document.full_text for document in corpus.documents()]
    return encoder.encode(texts, role=Role.DOCUMENT, prompt="")


def grow(workspace: Workspace, corpus: Corpus, more: list[Document]) -> Corpus:
    """Put a longer corpus of the same id in place, as importing more rows does."""
    longer = study_making.make_corpus(workspace, "longer", [*corpus.documents(), *more])
    shutil.rmtree(corpus.folder)
    record = (longer.folder / "corpus.json").read_text(encoding="utf-8")
    record = record.replace(longer.id, corpus.id).replace('"longer"', '"study"')
    (longer.folder / "corpus.json").write_text(record, encoding="utf-8")
    longer.folder.rename(corpus.folder)
    return workspace.corpus("study")


def test_every_row_gets_the_vector_of_title_and_text(
    workspace: Workspace, corpus: Corpus, hash_encoder: HashEncoder
) -> None:
    result, events = embed_and_watch(workspace)
    assert set(result) == {
        "corpus", "encoder", "rows", "new_rows", "truncated", "empty",
        "unreadable",
        "modality", "embedding_prompt", "dim",
        "rows_per_second", "tokens_per_second", "fingerprint", "key", "seconds",
    }  # fmt: skip
    assert (result["rows"], result["new_rows"], result["dim"]) == (400, 400, 384)
    assert result["rows_per_second"] > 0
    found = vectors_by_row(workspace, result["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, corpus), atol=1e-6)
    progress = [event for event in events if isinstance(event, JobProgressed)]
    assert [event.step for event in progress] == sorted(event.step for event in progress)
    assert (progress[-1].step, progress[-1].total, progress[-1].unit) == (400, 400, "rows")
    assert progress[-1].metrics["rows_per_second"] > 0
    meta = VectorSet(workspace.embeddings_folder / result["key"]).meta
    assert (meta.corpus_id, meta.encoder_id, meta.precision) == (corpus.id, "starter", "fp32")
    assert meta.fingerprint == result["fingerprint"]


@pytest.mark.usefixtures("corpus")
def test_a_corpus_is_not_embedded_twice_and_no_engine_is_loaded_for_that(
    workspace: Workspace, hash_encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = embed(workspace)
    monkeypatch.setattr(pool, "load", None)
    second = embed(workspace)
    assert (second["rows"], second["new_rows"], second["rows_per_second"]) == (400, 0, 0.0)
    assert (second["key"], second["truncated"]) == (first["key"], first["truncated"])


def test_only_the_rows_of_a_later_import_are_encoded(
    workspace: Workspace, corpus: Corpus, hash_encoder: HashEncoder
) -> None:
    first = embed(workspace)
    hash_encoder.batches.clear()
    corpus = grow(workspace, corpus, documents(50, seed=1))
    second = embed(workspace)
    assert (second["rows"], second["new_rows"], second["key"]) == (450, 50, first["key"])
    assert sum(hash_encoder.batches) == 50
    found = vectors_by_row(workspace, second["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, corpus), atol=1e-6)


@pytest.mark.usefixtures("corpus")
def test_the_limit_counts_rows_from_the_start(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    assert embed(workspace, limit=100)["rows"] == 100
    assert embed(workspace, limit=100)["new_rows"] == 0
    result, events = embed_and_watch(workspace, limit=150)
    assert (result["rows"], result["new_rows"]) == (150, 50)
    assert next(e for e in events if isinstance(e, JobProgressed)).step >= 100
    (vector_set,) = workspace.vector_sets()
    assert sorted(vector_set.rows()) == list(range(150))
    assert embed(workspace)["new_rows"] == 250
    assert embed(workspace, limit=10_000)["new_rows"] == 0


def test_empty_rows_are_left_out_counted_and_told(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    texts = ["one", "", "two", "  \n", ""]
    study_making.make_corpus(workspace, "study", [Document(text=text) for text in texts])
    result, events = embed_and_watch(workspace)
    assert (result["rows"], result["empty"]) == (2, 3)
    assert "3 empty rows got no vector." in warnings_of(events)
    last = [event for event in events if isinstance(event, JobProgressed)][-1]
    assert last.step == last.total == 5
    hash_encoder.batches.clear()
    again = embed(workspace)
    assert (again["new_rows"], again["empty"], hash_encoder.batches) == (0, 3, [])
    asked = embed(workspace, encodes_empty=True)
    assert (asked["rows"], asked["new_rows"]) == (5, 3)


def test_truncated_rows_are_counted_and_told(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    texts = ["short", "long " * 300, "longer " * 400]
    study_making.make_corpus(workspace, "study", [Document(text=text) for text in texts])
    result, events = embed_and_watch(workspace)
    assert result["truncated"] == 2
    assert "2 of 3 rows are longer than the 256 tokens starter takes" in warnings_of(events)[0]
    assert embed(workspace)["truncated"] == 2


def test_another_prompt_makes_other_vectors(
    workspace: Workspace, corpus: Corpus, hash_encoder: HashEncoder
) -> None:
    bare = embed(workspace)
    prompted = embed(workspace, prompt="passage: ")
    assert bare["key"] != prompted["key"]
    found = vectors_by_row(workspace, prompted["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, corpus, "passage: "), atol=1e-6)
    record = EncoderStore(workspace).get("starter")
    found_set = find_vector_set(workspace, corpus, record, prompt="passage: ")
    assert found_set is not None
    assert found_set.key == prompted["key"]


def test_a_missing_prompt_is_told(
    workspace: Workspace, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = {"query": "query: ", "passage": "passage: "}
    record = EncoderStore(workspace).add(
        write_sentence_bert(tmp_path / "e5", prompts=prompts), "e5"
    )
    monkeypatch.setattr(pool, "load", lambda record, log=None: HashEncoder(record))
    _, events = embed_and_watch(workspace, encoder="e5")
    assert "asks for prompts (query, passage), but none is set" in warnings_of(events)[0]
    result, events = embed_and_watch(workspace, encoder="e5", prompt_name="passage")
    assert not [message for message in warnings_of(events) if "prompt" in message]
    found = vectors_by_row(workspace, result["key"])
    np.testing.assert_allclose(found, expected(HashEncoder(record), corpus, "passage: "), atol=1e-6)


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"corpus": "studi"}, "There is no corpus named studi."),
        ({"encoder": "starte"}, "There is no encoder named starte."),
        ({"prompt_name": "query"}, "The encoder starter has no prompt named query."),
        ({"precision": "fp8"}, "There is no precision fp8."),
        ({"limit": -1}, "The limit cannot be negative."),
    ],
)
def test_a_request_that_makes_no_sense_gets_a_sentence(
    workspace: Workspace, inputs: dict[str, Any], sentence: str
) -> None:
    failed = failure(workspace, **inputs)
    assert failed.message == sentence
    assert failed.hint
    assert workspace.vector_sets() == []


@pytest.mark.usefixtures("corpus")
def test_bf16_needs_a_processor_that_has_it(
    workspace: Workspace, hash_encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "cpu_features", frozenset)
    assert "no bfloat16 instructions" in failure(workspace, precision="bf16").message
    monkeypatch.setattr(backends, "cpu_features", lambda: frozenset({"avx512_bf16"}))
    result = embed(workspace, precision="bf16")
    assert result["key"] != embed(workspace)["key"]


@pytest.mark.usefixtures("corpus", "hash_encoder")
def test_a_disk_without_room_is_told_before_anything_is_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(workspace.folder)._replace(free=10_400_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert "Embedding study needs about 11 MB" in failure(workspace).message
    assert workspace.vector_sets() == []


@pytest.mark.usefixtures("corpus")
def test_a_disk_that_fills_up_keeps_what_was_committed(
    workspace: Workspace, hash_encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = expected(hash_encoder, workspace.corpus("study"))
    with monkeypatch.context() as patch:
        real_open = VectorWriter._open
        patch.setattr(
            VectorWriter, "_open", lambda self, *rest: FillingFile(real_open(self, *rest), 5)
        )
        failed = failure(workspace)
    assert failed.message == "The disk is full."
    (vector_set,) = workspace.vector_sets()
    assert 0 < vector_set.n_rows < 400
    np.testing.assert_allclose(vector_set.vectors(), uninterrupted[vector_set.rows()], atol=1e-6)
    result = embed(workspace)
    assert result["rows"] == 400
    np.testing.assert_allclose(vectors_by_row(workspace, result["key"]), uninterrupted, atol=1e-6)


class FillingFile:
    """A file whose disk is full after a number of writes; half of the last one still fits."""

    def __init__(self, file: Any, n_writes: int) -> None:
        self._file = file
        self._left = n_writes

    def write(self, data: bytes) -> int:
        self._left -= 1
        if self._left < 0:
            self._file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Any:
        return self._file.__enter__()

    def __exit__(self, *rest: object) -> None:
        self._file.__exit__(*rest)


@pytest.mark.usefixtures("corpus")
def test_bytes_behind_the_committed_rows_are_never_trusted(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    result = embed(workspace, limit=200)
    folder = workspace.embeddings_folder / result["key"]
    for name in (VECTORS_FILE, ROWS_FILE):
        with (folder / name).open("ab") as file:
            file.write(os.urandom(1234))
    assert VectorSet(folder).vectors().shape == (200, 384)
    result = embed(workspace)
    assert result["rows"] == 400
    found = vectors_by_row(workspace, result["key"])
    np.testing.assert_allclose(found, expected(hash_encoder, workspace.corpus("study")), atol=1e-6)


@pytest.mark.usefixtures("corpus")
def test_cancelling_at_any_event_keeps_what_is_done_and_continues(
    workspace: Workspace, hash_encoder: HashEncoder
) -> None:
    uninterrupted = expected(hash_encoder, workspace.corpus("study"))
    _, events = embed_and_watch(workspace)
    n_events = len(events) - 1
    stages = sorted({0, 1, 2, 3, 4, n_events // 2, n_events - 2})
    for stage in stages:
        for vector_set in workspace.vector_sets():
            shutil.rmtree(vector_set.folder)
        hash_encoder.batches.clear()
        folder = create_run(workspace.runs_folder, EmbedCorpus(corpus="study"))
        token = CancellationToken()
        seen: list[Event] = []

        def cancel_at_stage(
            event: Event,
            seen: list[Event] = seen,
            token: CancellationToken = token,
            stage: int = stage,
        ) -> None:
            seen.append(event)
            if len(seen) == stage + 1:
                token.cancel()

        job = EmbedCorpus(corpus="study")
        terminal = run_job(job, workspace, cancel_at_stage, token=token, folder=folder)
        assert isinstance(terminal, JobCancelled), stage
        # The loading message comes as a log line and as progress, and only progress checks.
        assert len(seen) <= stage + 3
        terminal = run_job(job, workspace, lambda _: None, folder=folder, is_continued=True)
        assert isinstance(terminal, JobCompleted)
        assert sum(hash_encoder.batches) == 400
        found = vectors_by_row(workspace, terminal.result["key"])
        np.testing.assert_allclose(found, uninterrupted, atol=1e-6)


def test_an_empty_corpus_is_done_at_once(workspace: Workspace, hash_encoder: HashEncoder) -> None:
    study_making.make_corpus(workspace, "study", [])
    result = embed(workspace)
    assert (result["rows"], result["new_rows"], result["dim"]) == (0, 0, 384)
    assert hash_encoder.batches == []


# A coarser number format


class CoarseEncoder(HashEncoder):
    """Loses a little in bf16, and counts what it computes in each precision."""

    error = 0.001

    def __init__(self, record: Any) -> None:
        super().__init__(record)
        self.n_rows = dict.fromkeys(Precision, 0)

    def forward(self, batch: Any, options: Any = None, *, is_interactive: bool = False) -> Any:
        vectors = super().forward(batch, options)
        self.n_rows[options.precision] += len(batch)
        if options.precision is Precision.BF16:
            vectors = vectors + self.error * np.cos(np.arange(self.dimension))
            vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return vectors


@pytest.fixture
def coarse(workspace: Workspace, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> CoarseEncoder:
    monkeypatch.setattr(backends, "has_fast_bf16", lambda: True)
    encoder = CoarseEncoder(EncoderStore(workspace).get("starter"))
    monkeypatch.setattr(pool, "load", lambda record, log=None: encoder)
    return encoder


def test_bf16_is_compared_with_fp32_once_and_the_agreement_kept(
    workspace: Workspace, coarse: CoarseEncoder
) -> None:
    assert "agreement" not in embed(workspace, limit=50)
    coarse.n_rows = dict.fromkeys(Precision, 0)
    result = embed(workspace, limit=100, precision="bf16")
    assert coarse.n_rows == {Precision.FP32: 32, Precision.BF16: 132}
    measured = result["agreement"]
    assert measured["n_rows"] == 32
    assert 0.9999 <= measured["min_cosine"] < 0.99999
    again = embed(workspace, precision="bf16")
    assert coarse.n_rows == {Precision.FP32: 32, Precision.BF16: 432}
    assert again["agreement"] == measured
    # Another prompt makes other vectors, which have not been compared yet.
    embed(workspace, precision="bf16", prompt="query: ", limit=10)
    assert coarse.n_rows[Precision.FP32] == 64


def test_bf16_is_refused_where_it_changes_the_vectors_too_much(
    workspace: Workspace, coarse: CoarseEncoder
) -> None:
    coarse.error = 0.01
    for _ in range(2):
        failed = failure(workspace, precision="bf16")
        assert "the smallest cosine between the two on 32 rows is 0.99" in failed.message
        assert failed.hint == "Use the precision fp32."
    assert coarse.n_rows == {Precision.FP32: 32, Precision.BF16: 32}
    assert workspace.vector_sets() == []
    accepted = embed(workspace, precision="bf16", least_agreement=0.9)
    assert accepted["rows"] == 400
    assert accepted["agreement"]["min_cosine"] < 0.999


def test_a_damaged_record_of_the_agreement_is_measured_anew(
    workspace: Workspace, coarse: CoarseEncoder
) -> None:
    embed(workspace, precision="bf16", limit=10)
    (file,) = workspace.cache_folder.glob("agreement-*.json")
    file.write_text("{broken")
    embed(workspace, precision="bf16", limit=20)
    assert coarse.n_rows[Precision.FP32] == 64


# Killed processes


def run_child(workspace: Path, run: Path, marker: Path, encoder: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(workspace), str(run), str(marker), encoder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def computed(marker: Path) -> list[int]:
    """Return the sizes of the batches computed so far."""
    text = marker.read_text(encoding="ascii") if marker.exists() else ""
    return [int(line) for line in text.splitlines()]


def kill_after_batches(child: subprocess.Popen[str], marker: Path, n: int, pause: float) -> None:
    before = len(computed(marker))
    while len(computed(marker)) - before < n and child.poll() is None:
        time.sleep(0.002)
    time.sleep(pause)
    child.send_signal(signal.SIGKILL)
    child.communicate()


def survive(workspace: Workspace, encoder: str, n_kills: int, seed: int) -> dict[str, Any]:
    """Kill an embedding process again and again, then let it finish; return its result."""
    moments = random.Random(seed)
    folder, job = workspace.folder, EmbedCorpus(corpus="study")
    run = create_run(workspace.runs_folder, job)
    marker = folder / "computed.txt"
    workspace.close()
    committed, n_lost = 0, 0
    for number in range(n_kills):
        child = run_child(folder, run, marker, encoder)
        n_batches = len(computed(marker))
        # The first is killed while it still loads, the others after some batches.
        n_wanted = moments.randint(1, 6) if number else 0
        kill_after_batches(child, marker, n_wanted, moments.uniform(0, 0.05))
        assert child.returncode == -signal.SIGKILL
        batches = computed(marker)[n_batches:]
        states = list(workspace.embeddings_folder.glob(f"*/{STATE_FILE}"))
        now = VectorSet(states[0].parent).n_rows if states else 0
        lost = sum(batches) - (now - committed)
        assert 0 <= lost <= (batches[-1] if batches else 0), "more than one batch was lost"
        committed, n_lost = now, n_lost + lost
    child = run_child(folder, run, marker, encoder)
    output, _ = child.communicate(timeout=300)
    assert "JobCompleted" in output, output
    assert sum(computed(marker)) == workspace.corpus("study").n_rows + n_lost
    (state,) = workspace.embeddings_folder.glob(f"*/{STATE_FILE}")
    return {"key": state.parent.name, "n_lost": n_lost}


def test_a_killed_process_loses_one_batch_at_most(workspace: Workspace) -> None:
    study_making.make_corpus(workspace, "study", documents(1500))
    encoder = HashEncoder(EncoderStore(workspace).get("starter"))
    survived = survive(workspace, "hash", n_kills=3, seed=random.randrange(1000))
    found = vectors_by_row(workspace, survived["key"])
    assert found.shape[0] == 1500
    np.testing.assert_allclose(found, expected(encoder, workspace.corpus("study")), atol=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_real_engine_killed_ten_times_makes_the_same_vectors(
    workspace: Workspace, test_data: Path
) -> None:
    lines = (test_data / "data" / "scifact" / "queries.jsonl").read_text(encoding="utf-8")
    texts = [line[:400] for line in lines.splitlines()][:900]
    study_making.make_corpus(workspace, "study", [Document(text=text) for text in texts])
    uninterrupted = embed(workspace)
    reference = vectors_by_row(workspace, uninterrupted["key"])
    shutil.rmtree(workspace.embeddings_folder / uninterrupted["key"])
    survived = survive(workspace, "starter", n_kills=10, seed=random.randrange(1000))
    found = vectors_by_row(workspace, survived["key"])
    np.testing.assert_allclose(found, reference, atol=1e-5)


def test_the_real_engine_embeds_like_the_library(workspace: Workspace, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = write_sentence_bert(tmp_path / "bert")
    EncoderStore(workspace).add(folder, "tiny")
    corpus = study_making.make_corpus(workspace, "study", documents(60))
    settings = load_settings()
    settings.token_budget = 256
    save_settings(settings)
    pool.unload_all()
    result, events = embed_and_watch(workspace, encoder="tiny")
    oracle = SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(
        [document.full_text for document in corpus.documents()], normalize_embeddings=True
    )
    np.testing.assert_allclose(vectors_by_row(workspace, result["key"]), oracle, atol=1e-5)
    assert "Loading tiny…" in [e.message for e in events if isinstance(e, JobLogged)]
