"""Small corpora and an encoder of a few weights, to train within a second or two."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from picture_making import COLOURS, picture
from study_making import make_corpus

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.events import JobFailed, JobLogged, JobProgressed, PartialResult
from embedding_lab.jobs.record import create_run
from embedding_lab.jobs.run import run_job
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.training.live import read_reports
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.train_encoder import TrainEncoder
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedding_lab.jobs.cancellation import CancellationToken
    from embedding_lab.jobs.events import Event, TerminalEvent
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

N_WORDS = 40
QUICK = {"steps": 3, "validate_every": 2}


def use_one_thread() -> None:
    """Two compute threads on a busy machine wait for each other most of the time."""
    save_settings(replace(load_settings(), threads=1))


def make_pairs(workspace: Workspace, name: str = "pairs", n: int = 160) -> Corpus:
    """Publish pairs that share a made-up word, which an encoder can learn to look at."""
    drawn = random.Random(0)
    words = ["".join(drawn.choice("abcdefghij") for _ in range(5)) for _ in range(N_WORDS)]
    documents = [
        Document(
            text=f"ask {words[i % N_WORDS]} {i}",
            extra={"answer": f"{words[i % N_WORDS]} is {drawn.choice(words)} {i}"},
        )
        for i in range(n)
    ]
    return make_corpus(workspace, name, documents, roles={"answer": "positive"})


def make_every_form(workspace: Workspace) -> None:
    """Publish one corpus for each form of training rows, and a judged one, named after it."""
    drawn = random.Random(1)
    words = ["".join(drawn.choice("abcdefghij") for _ in range(4)) for _ in range(60)]
    pairs = [(f"ask {word}", f"{word} is {drawn.choice(words)}") for word in words]
    make_corpus(
        workspace,
        "triplets",
        [Document(text=a, extra={"p": p, "n": f"no {drawn.choice(words)}"}) for a, p in pairs],
        roles={"p": "positive", "n": "negative"},
    )
    make_corpus(
        workspace,
        "scored pairs",
        [Document(text=a, extra={"p": p, "s": str(i % 6)}) for i, (a, p) in enumerate(pairs)],
        roles={"p": "positive", "s": "score"},
    )
    make_corpus(
        workspace,
        "labelled texts",
        [Document(text=a, label="ab"[a.count("a") > 1]) for a, _ in pairs],
    )
    splits = ["train"] * 40 + ["test"] * 20
    make_corpus(
        workspace,
        "judged",
        [Document(id=f"d{i}", text=p) for i, (_, p) in enumerate(pairs)],
        {f"q{i}": a for i, (a, _) in enumerate(pairs)},
        [(splits[i], f"q{i}", f"d{i}", 1.0) for i in range(len(pairs))],
    )


def add_tiny(workspace: Workspace, folder: Path, kind: str = "roberta") -> None:
    """Add a random encoder of two layers under the name ``tiny``."""
    from transformer_making import write_text_model

    if not folder.exists():
        write_text_model(folder, kind)
    EncoderStore(workspace).add(folder, "tiny")


def tiny_job(corpus: str = "pairs", **choices: Any) -> TrainEncoder:
    """Return a job of twenty steps with dropout, so that random numbers matter."""
    usual = {
        "steps": 20, "batch_size": 8, "learning_rate": 1e-3, "validate_every": 5,
        "validation_rows": 12, "held_out_rows": 12,
    }  # fmt: skip
    settings = usual | choices.pop("settings", {})
    return TrainEncoder(corpus, "tiny", settings=settings, **choices)


class Watched:
    """One run: its folder and everything it told."""

    def __init__(self, workspace: Workspace, job: TrainEncoder) -> None:
        self.workspace = workspace
        self.job = job
        self.folder = create_run(workspace.runs_folder, job)
        self.events: list[Event] = []
        self.ended: TerminalEvent | None = None

    def run(
        self,
        token: CancellationToken | None = None,
        at_step: dict[int, Callable[[], object]] | None = None,
        *,
        is_continued: bool = False,
    ) -> TerminalEvent:
        """Run or continue it; ``at_step`` says what happens when a step is about to begin."""
        waiting = dict(at_step or {})

        def sink(event: Event) -> None:
            self.events.append(event)
            if isinstance(event, JobProgressed) and event.unit == "steps":
                waiting.pop(event.step, lambda: None)()

        self.ended = run_job(
            self.job,
            self.workspace,
            sink,
            token=token,
            folder=self.folder,
            is_continued=is_continued,
        )
        return self.ended

    @property
    def result(self) -> dict[str, Any]:
        """What the completed run has come to."""
        assert not isinstance(self.ended, JobFailed), self.ended.details
        return self.ended.result  # type: ignore[union-attr]

    @property
    def logged(self) -> str:
        """All lines of the log."""
        return "\n".join(e.message for e in self.events if isinstance(e, JobLogged))

    @property
    def updates(self) -> list[dict[str, Any]]:
        """All partial results."""
        return [event.value for event in self.events if isinstance(event, PartialResult)]

    def reports(self, *kinds: str) -> list[dict[str, Any]]:
        """The reports in the run's file."""
        return list(read_reports(self.folder, *kinds))

    def weights(self) -> dict[str, Any]:
        """The weights of the tuned encoder as they were saved."""
        from safetensors.numpy import load_file

        record = EncoderStore(self.workspace).get(self.result["encoder"])
        (file,) = [name for name, _ in record.files if name.endswith("model.safetensors")]
        return load_file(f"{record.folder}/{file}")


def make_captioned(workspace: Workspace, folder: Path, n_each: int = 3) -> Corpus:
    """Import pictures of squares on colours, each with a caption."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["image,caption"]
    for colour in COLOURS:
        for number in range(n_each):
            picture(colour, mark=number).save(folder / f"{colour}{number}.png")
            lines.append(f"{colour}{number}.png,a {colour} picture with square {number}")
    (folder / "pictures.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = perform(
        ImportCorpus((str(folder / "pictures.csv"),), name="captioned"), workspace, lambda _: None
    )
    return workspace.corpus(done["corpus"])
