"""Whether fine-tuning makes the starter encoder better, and which negatives teach it most.

    python tests/research/trial_finetuning.py snli|banking77|trec6 --data FOLDER [--keep FOLDER]

``snli``: pairs of a sentence and what follows from it. Judged by finding what follows from each of
1,000 other sentences among all of theirs (nDCG@10, one right answer). ``banking77``: pairs of
questions of the same class, judged by whether the nearest of 2,310 labelled questions has the class
of each of 1,000 others (accuracy). ``trec6``: the same with the six kinds of questions, 2,310
labelled ones and the 500 of the test. Random batches, the nearest negatives and SaHa take the same
number of steps on the same pairs with batches of the same size: one pass over the data.

An item's score is its mean over the seeds; intervals and tests draw items, so they say nothing of
how much yet another seed would differ. What stands on the cards is printed at the end.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import embedding_lab as lab
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.metrics.paired_tests import compare_means
from embedding_lab.metrics.verdict import verdict
from embedding_lab.prompts.text_vectors import TextVectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from embedding_lab.study import Study

    Scores = NDArray[np.float64]

BASE = "before training"
ARMS: dict[str, dict[str, object]] = {
    "random batches": {"sampler": "random_batches"},
    "the nearest negatives": {"sampler": "top_k_negatives", "sampler_values": {"negatives": 7}},
    "SaHa": {"sampler": "saha", "sampler_values": {"negatives": 7, "multiplier": 3}},
}
BATCH, RATE, TEMPERATURE, LENGTH = 32, 5e-5, 0.05, 48
N_TEST, N_LABELLED = 1000, 2310


@dataclass(frozen=True)
class Task:
    """What is trained on, and how an encoder is judged."""

    file: Path
    roles: dict[str, str]
    source: str
    metric: str
    steps: int
    judge: Callable[[Callable[[Sequence[str]], NDArray[np.float32]]], Scores]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def snli(data: Path) -> Task:
    """Return the task of finding what follows from a sentence."""
    rng = np.random.default_rng(0)
    known = {row["anchor"]: row["positive"] for row in rows_of(data / "snli" / "triplets-test.tsv")}
    anchors = [str(text) for text in rng.permutation(sorted(known))[:N_TEST]]
    answers = [known[anchor] for anchor in anchors]

    def judge(encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> Scores:
        scores = encode(anchors) @ encode(answers).T
        own = np.diag(scores)[:, None]
        ranks = 1 + (scores > own).sum(axis=1)
        return np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0.0)

    roles = {"anchor": "text", "positive": "positive", "negative": "ignore"}
    return Task(data / "snli" / "triplets-dev.tsv", roles, "columns", "ndcg@10", 92, judge)


def classes(folder: Path, steps: int) -> Task:
    """Return the task of finding a question's class."""
    rng = np.random.default_rng(0)
    test = rows_of(folder / "test.csv")
    asked = [test[i] for i in rng.permutation(len(test))[:N_TEST]]
    by_class: dict[str, list[str]] = {}
    for row in rows_of(folder / "train.csv"):
        by_class.setdefault(row["label"], []).append(row["text"])
    labelled = [
        (str(text), label)
        for label, texts in sorted(by_class.items())
        for text in rng.permutation(texts)[: N_LABELLED // len(by_class)]
    ]
    known_classes = np.array([label for _, label in labelled])
    wanted = np.array([row["label"] for row in asked])

    def judge(encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> Scores:
        known = encode([text for text, _ in labelled])
        nearest = (encode([row["text"] for row in asked]) @ known.T).argmax(axis=1)
        return (known_classes[nearest] == wanted).astype(np.float64)

    roles = {"text": "text", "label": "label"}
    return Task(folder / "train.csv", roles, "classes", "accuracy", steps, judge)


TASKS: dict[str, Callable[[Path], Task]] = {
    "snli": snli,
    "banking77": lambda data: classes(data / "banking77", steps=312),
    "trec6": lambda data: classes(data / "trec6", steps=170),
}


def judged(study: Study, task: Task, encoder: str) -> Scores:
    """Return the score of every test item under an encoder."""
    record = EncoderStore(study.workspace).get(encoder)
    vectors = TextVectors(study.workspace, record, EncodeOptions())
    return task.judge(lambda texts: vectors.get(list(texts)))


def trained(study: Study, task: Task, arm: str, seed: int) -> str:
    """Train one arm with one seed, unless an earlier attempt did, and return the encoder's name."""
    name = f"{arm} {seed}"
    known = {record.name for record in EncoderStore(study.workspace).list()}
    if name not in known:
        study.train(
            "pairs",
            "starter",
            name=name,
            source=task.source,
            temperature=TEMPERATURE,
            steps=task.steps,
            batch_size=BATCH,
            learning_rate=RATE,
            max_length=LENGTH,
            validation_rows=0,
            held_out_rows=0,
            settings={"seed": seed},
            **ARMS[arm],
        )
    return name


def main() -> None:
    """Train every arm with every seed and print the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=list(TASKS))
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data sets")
    parser.add_argument("--keep", type=Path, help="keep the workspace here, and go on with it")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    task = TASKS[chosen.task](chosen.data)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary) / "trial.embedlab"
        open_or_create = lab.open_workspace if folder.exists() else lab.create_workspace
        with open_or_create(folder) as study:
            if not study.workspace.corpora():
                study.import_corpus(task.file, name="pairs", roles=task.roles)
            scores = {BASE: judged(study, task, "starter")}
            print(f"{BASE}: {task.metric} {scores[BASE].mean():.4f}", flush=True)
            found: dict[str, list[Scores]] = {arm: [] for arm in ARMS}
            for seed, arm in product(range(chosen.seeds), ARMS):
                found[arm].append(judged(study, task, trained(study, task, arm, seed)))
                print(f"{arm}, seed {seed}: {found[arm][-1].mean():.4f}", flush=True)
            scores |= {arm: np.mean(each, axis=0) for arm, each in found.items()}
    tell(scores)


def tell(scores: dict[str, Scores]) -> None:
    """Print every arm against the base, and SaHa against every arm."""
    pairs = [(arm, BASE) for arm in ARMS] + [("SaHa", arm) for arm in ARMS if arm != "SaHa"]
    for arm, against in pairs:
        ours, theirs = scores[arm], scores[against]
        found = compare_means(theirs, ours)
        low, high = found.interval
        print(
            f"{arm} against {against}: baseline = {100 * theirs.mean():.1f}, "
            f"method = {100 * ours.mean():.1f}, difference = {100 * found.value:.1f}, "
            f"interval = [{100 * low:.2f}, {100 * high:.2f}], p_value = {found.p_value:.4f}, "
            f'n = {len(ours)}, verdict = "{verdict(found)}"'
        )


if __name__ == "__main__":
    main()
