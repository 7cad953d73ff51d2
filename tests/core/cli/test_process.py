"""The command line as a process: signals, pipes, and two at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from study_making import make_corpus

from embedding_lab.workspace.corpus import Document

TESTS = Path(__file__).parents[2]
N_ROWS = 3000  # a dozen batches
needs_signals = pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send on Windows")


@pytest.fixture
def start(workspace):
    """Start ``embedding-lab`` on a workspace that holds the corpus ``words`` of 3,000 rows."""
    make_corpus(workspace, "words", [Document(text=f"word {i}", id=str(i)) for i in range(N_ROWS)])
    workspace.close()
    processes = []

    def run(*words, pause=0.0, **named):
        process = subprocess.Popen(
            [sys.executable, TESTS / "cli_child.py", "--workspace", workspace.folder, *words],
            stdout=named.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"EMBEDDING_LAB_TEST_PAUSE_S": str(pause), "PYTHONUTF8": "1"},
            **named,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def until_embedding(workspace):
    """Wait until some rows, but not all, have a vector."""
    for _ in range(400):
        states = list(workspace.embeddings_folder.glob("*/state.json"))
        if states and 0 < json.loads(states[0].read_text())["n_rows"] < N_ROWS:
            return
        time.sleep(0.05)
    raise AssertionError("the job never began to write")


@needs_signals
def test_an_interrupt_cancels_cleanly_and_the_job_can_be_continued(start, workspace):
    process = start("embed", "words", "--json", pause=0.3)
    until_embedding(workspace)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    error = json.loads(out)["error"]
    assert f"embedding-lab jobs continue {error['job']}" in err
    [vector_set] = workspace.vector_sets()
    assert 0 < vector_set.n_rows < N_ROWS

    out, err = start("jobs", "list", "--json").communicate(timeout=20)
    [job] = json.loads(out)["jobs"]
    assert (job["id"], job["state"], job["can_continue"]) == (error["job"], "cancelled", True)

    process = start("jobs", "continue", error["job"], "--json")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert json.loads(out)["result"]["rows"] == N_ROWS
    assert workspace.vector_sets()[0].n_rows == N_ROWS


@needs_signals
def test_a_second_interrupt_stops_at_once_and_leaves_the_job_to_be_continued(start, workspace):
    process = start("embed", "words", pause=3)
    until_embedding(workspace)
    process.send_signal(signal.SIGINT)
    # The batch that is being computed takes three seconds; the first interrupt waits for it.
    assert process.stderr.readline().startswith("Cancelling")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Stopped at once." in err
    out, _ = start("jobs", "list", "--json").communicate(timeout=20)
    assert json.loads(out)["jobs"][0]["state"] == "interrupted"


def test_a_second_writer_is_refused_while_reading_goes_on(start, workspace):
    writer = start("embed", "words", pause=0.4)
    until_embedding(workspace)
    second = start("embed", "words")
    _, err = second.communicate(timeout=20)
    assert second.returncode == 1
    assert f"open elsewhere (process {writer.pid} " in err
    reader = start("corpus", "list", "--json")
    out, err = reader.communicate(timeout=20)
    assert reader.returncode == 0, err
    assert json.loads(out)["corpora"][0]["rows"] == N_ROWS
    assert writer.poll() is None


@pytest.mark.skipif(os.name == "nt", reason="pipes break in another way on Windows")
def test_a_reader_that_goes_away_is_no_failure(start):
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = start("corpus", "show", "words", "--rows", "3000", stdout=write_end)
    os.close(write_end)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


def test_help_comes_without_loading_numbers_or_engines():
    code = (
        "import sys\n"
        "from embedding_lab.cli.main import build_parser\n"
        "build_parser().format_help()\n"
        "print([name for name in ('numpy', 'torch', 'faiss', 'pyarrow') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert found.stdout.strip() == "[]"
