"""What training costs beside the library's own trainer, and that long runs stay lean and quick.

    python tests/benchmarks/bench_training.py [--steps 20] [--repeats 3] [--long 100000]

The trainer needs the library ``datasets``, which the program itself does without. Name a folder it
is installed in (``pip install --target FOLDER datasets``) in EMBEDDING_LAB_DATASETS; without one,
it is installed into a temporary folder. Both train all weights of the starter encoder with the same
loss on the same pairs, as many rows a step, in turns, without checkpoints; ours reports every step.
What a checkpoint takes is told beside it. Then a model of a few numbers is trained for many steps,
and the memory and the steps a second are printed as they go.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import study_making
from bench_encode import docstrings

from embedding_lab.backends import resident_bytes
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.context import JobContext
from embedding_lab.jobs.events import JobProgressed
from embedding_lab.objectives.info_nce import InfoNCE
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.training.contents import ContentReader
from embedding_lab.training.live import LiveFeed
from embedding_lab.training.read_rows import read_rows
from embedding_lab.training.settings import TrainingSettings
from embedding_lab.types import RowForm
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import Workspace, create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.training.torch_loop import TrainingLoop
    from embedding_lab.workspace.corpus import Corpus

BATCH = 16
LETTERS = 70


def make_pairs(workspace: Workspace, n: int) -> Corpus:
    """Publish pairs of the first line of a docstring and the beginning of the rest of it.

    All are about as long, so that it does not matter which of them stand in a batch together.
    """
    pairs = [text.partition("\n") for text in docstrings()]
    stripped = [(first.strip(), rest.strip()) for first, _, rest in pairs]
    whole = [
        (first, rest[:LETTERS])
        for first, rest in stripped
        if LETTERS // 2 <= len(first) <= LETTERS and len(rest) >= LETTERS
    ]
    documents = [Document(text=first, extra={"rest": rest}) for first, rest in whole[:n]]
    return study_making.make_corpus(workspace, "pairs", documents, roles={"rest": "positive"})


def make_loop(
    workspace: Workspace,
    corpus: Corpus,
    encoder: str,
    settings: TrainingSettings,
    sink: Callable[[Any], None],
) -> TrainingLoop:
    """Return a loop ready to run, in a folder of its own."""
    from embedding_lab.batch_samplers.random_batches import RandomBatches
    from embedding_lab.training.torch_loop import LoopPlan, TrainingLoop
    from embedding_lab.training.torch_step import GradientStep
    from embedding_lab.training.torch_trainee import Trainee

    rows = read_rows(corpus, RowForm.PAIRS)
    record = EncoderStore(workspace).get(encoder)
    trainee = Trainee(record, settings, ContentReader(corpus))
    folder = Path(tempfile.mkdtemp(dir=workspace.folder))
    ctx: JobContext[Workspace] = JobContext(workspace, folder, CancellationToken(), sink)
    plan = LoopPlan(settings, RandomBatches(), rows.batch_rows(), "benchmark")
    gradient = GradientStep(trainee, InfoNCE(), rows)
    return TrainingLoop(ctx, trainee, gradient, plan, LiveFeed(folder, ctx.partial))


def seconds_of_ours(workspace: Workspace, corpus: Corpus, n_steps: int) -> tuple[float, float]:
    settings = TrainingSettings(steps=n_steps, batch_size=BATCH, checkpoint_every=n_steps + 1)
    loop = make_loop(workspace, corpus, "starter", settings, lambda event: None)
    return timed(loop.run)


def seconds_of_a_checkpoint(workspace: Workspace, corpus: Corpus) -> tuple[float, float]:
    from embedding_lab.training.torch_checkpoint import Position, RandomState

    settings = TrainingSettings(steps=1, batch_size=BATCH, checkpoint_every=2)
    loop = make_loop(workspace, corpus, "starter", settings, lambda event: None)
    loop.run()
    folder = Path(tempfile.mkdtemp(dir=workspace.folder))
    position = Position(1, "benchmark", settings.learning_rate)
    return timed(lambda: loop.state.save(folder, position, RandomState.now()))


def seconds_of_trainer(
    workspace: Workspace, rows: TrainingRows, n_steps: int
) -> tuple[float, float]:
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )

    record = EncoderStore(workspace).get("starter")
    model = SentenceTransformer(record.folder, device="cpu", local_files_only=True)
    columns = {
        name: [rows.contents[number] for number in rows.sides[:, side]]
        for side, name in enumerate(("anchor", "positive"))
    }
    arguments = SentenceTransformerTrainingArguments(
        output_dir=tempfile.mkdtemp(dir=workspace.folder),
        max_steps=n_steps,
        per_device_train_batch_size=BATCH,
        learning_rate=2e-5,
        warmup_steps=n_steps // 10,
        weight_decay=0.01,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        use_cpu=True,
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(columns),
        loss=InfoNCE().module(model),
    )
    return timed(trainer.train)


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Return the wall-clock and the processor seconds of an action."""
    wall, processor = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - processor


def compare(workspace: Workspace, n_steps: int, n_repeats: int) -> None:
    corpus = make_pairs(workspace, n_steps * BATCH)
    rows = read_rows(corpus, RowForm.PAIRS)
    print(f"{len(rows):,} pairs, {n_steps} steps of {BATCH} rows, {n_repeats} repeats in turns")
    found: dict[str, list[tuple[float, float]]] = {"trainer": [], "ours": []}
    seconds_of_ours(workspace, corpus, 2)
    for _ in range(n_repeats):
        found["trainer"].append(seconds_of_trainer(workspace, rows, n_steps))
        found["ours"].append(seconds_of_ours(workspace, corpus, n_steps))
    for place, kind in enumerate(("wall", "processor")):
        medians = {
            name: statistics.median(times[place] for times in all_times) / n_steps
            for name, all_times in found.items()
        }
        ratio = medians["ours"] / medians["trainer"]
        print(
            f"{kind:>9}: trainer {medians['trainer'] * 1e3:.1f} ms a step, ours "
            f"{medians['ours'] * 1e3:.1f} ms, ratio {ratio:.3f}"
        )
    wall, processor = seconds_of_a_checkpoint(workspace, corpus)
    print(f"a checkpoint: {wall:.2f} s, of the processor {processor:.2f} s")


def run_long(workspace: Workspace, n_steps: int) -> None:
    """Train a model of a few numbers and print memory and speed ten times on the way."""
    from transformer_making import write_router

    EncoderStore(workspace).add(write_router(Path(tempfile.mkdtemp()) / "static"), "static")
    documents = [Document(text=f"a {i}", extra={"b": f"b {i}"}) for i in range(64)]
    corpus = study_making.make_corpus(workspace, "tiny", documents, roles={"b": "positive"})
    settings = TrainingSettings(steps=n_steps, batch_size=4, checkpoint_every=n_steps // 10)
    state = {"at": time.perf_counter(), "step": 0, "updates": 0}

    def watch(event: Any) -> None:
        if not isinstance(event, JobProgressed):
            state["updates"] += type(event).__name__ == "PartialResult"
            return
        if event.step and event.step % (n_steps // 10) == 0 and event.step != state["step"]:
            now = time.perf_counter()
            rate = (event.step - state["step"]) / (now - state["at"])
            print(
                f"step {event.step:>7,}: {resident_bytes() / 1e6:7.1f} MB, {rate:6.0f} steps/s, "
                f"{state['updates'] / (now - state['at']):.1f} updates/s",
                flush=True,
            )
            state.update(at=now, step=event.step, updates=0)

    make_loop(workspace, corpus, "static", settings, watch).run()
    print(f"at the end:   {resident_bytes() / 1e6:7.1f} MB")


def find_datasets(folder: Path) -> None:
    """Put the library ``datasets`` on the path, installing it into ``folder`` if need be."""
    named = os.environ.get("EMBEDDING_LAB_DATASETS")
    if not named:
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder)]
        subprocess.run([*command, "datasets"], check=True)
    # Behind everything else, so that only what is missing comes from there.
    sys.path.append(named or str(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--long", type=int, default=100_000)
    # On a machine that does other things too, threads wait for each other most of the time.
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["EMBEDDING_LAB_HOME"] = str(home / "home")
        save_settings(replace(load_settings(), threads=arguments.threads))
        with create_workspace(home / "Study.embedlab") as workspace:
            if arguments.repeats:
                find_datasets(home / "datasets")
                compare(workspace, arguments.steps, arguments.repeats)
            if arguments.long:
                run_long(workspace, arguments.long)


if __name__ == "__main__":
    main()
