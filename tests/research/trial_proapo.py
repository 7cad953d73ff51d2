"""ProAPO against its baselines on AG News and Banking77, over several draws of the examples.

Run ``python tests/research/trial_proapo.py`` with ``EMBEDDING_LAB_TEST_DATA`` set to the folder of
real data sets and encoders. It prints what stands on the method's card.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import proapo_prompts as prompts

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.metrics.paired_tests import Difference
from embedding_lab.metrics.verdict import verdict
from embedding_lab.prompt_optimizers import baselines
from embedding_lab.prompt_optimizers.optimize import optimize
from embedding_lab.prompt_optimizers.problem import LabelledPrompts
from embedding_lab.registry.registry import Registry
from embedding_lab.types import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from embedding_lab.encoders.contract import Encoder

ENCODER = "models/all-minilm-l6-v2-onnx-int8"
MAX_LENGTH = 64
GREEDY, PROAPO = "greedy selection", "ProAPO"
N_TEST = 250
N_RESAMPLES = 4000


@dataclass(frozen=True)
class Data:
    """Vectors of one data set: a pool to draw examples from, a test set, and the prompts."""

    name: str
    shots: tuple[int, ...]
    pool: NDArray[np.float32]
    pool_labels: NDArray[np.int64]
    test: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    templates: NDArray[np.float32]
    descriptions: NDArray[np.float32]
    owners: NDArray[np.int64]

    def problem(self, n_shots: int, seed: int) -> LabelledPrompts:
        """Return the problem with this many examples a class, drawn anew for each seed."""
        rng = np.random.default_rng(seed)
        rows = np.concatenate(
            [
                rng.choice(np.flatnonzero(self.pool_labels == number), n_shots, replace=False)
                for number in range(self.templates.shape[1])
            ]
        )
        return LabelledPrompts(
            self.templates,
            self.pool[rows],
            self.pool_labels[rows],
            self.descriptions,
            self.owners,
        )


def load_encoder(folder: Path) -> Encoder:
    record = describe_folder(folder / ENCODER)
    return pool.load(replace(record, max_length=MAX_LENGTH))


def read_rows(file: Path, classes: Sequence[str], most: int) -> tuple[list[str], list[int]]:
    """Return at most so many texts of each class, drawn with a fixed seed, and their classes."""
    with file.open(newline="", encoding="utf-8") as handle:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(handle)]
    rng = np.random.default_rng(0)
    texts: list[str] = []
    labels: list[int] = []
    for number, name in enumerate(classes):
        own = [text for text, label in rows if label == name]
        chosen = rng.permutation(len(own))[:most]
        texts += [own[row] for row in chosen]
        labels += [number] * len(chosen)
    return texts, labels


def encode_data(
    encoder: Encoder,
    folder: Path,
    names: Mapping[str, str],
    templates: Sequence[str],
    descriptions: Mapping[str, Sequence[str]],
    train: tuple[str, int],
    shots: tuple[int, ...],
) -> Data:
    def vectors(texts: Iterable[str]) -> NDArray[np.float32]:
        return encoder.encode(list(texts), role=Role.DOCUMENT)

    classes, (train_file, n_pool) = list(names), train
    pool_texts, pool_labels = read_rows(folder / train_file, classes, n_pool)
    test_texts, test_labels = read_rows(folder / "test.csv", classes, N_TEST)
    filled = [template.replace("{}", name) for template in templates for name in names.values()]
    flat = [text for name in classes for text in descriptions.get(name, ())]
    owners = [n for n, name in enumerate(classes) for _ in descriptions.get(name, ())]
    return Data(
        folder.name,
        shots,
        vectors(pool_texts),
        np.array(pool_labels),
        vectors(test_texts),
        np.array(test_labels),
        vectors(filled).reshape(len(templates), len(classes), -1),
        vectors(flat),
        np.array(owners, dtype=np.int64),
    )


def load_ag_news(encoder: Encoder, data: Path) -> Data:
    templates = prompts.AG_NEWS_SOUND + prompts.AG_NEWS_POOR
    return encode_data(
        encoder,
        data / "data" / "ag-news",
        prompts.AG_NEWS_CLASSES,
        templates,
        prompts.AG_NEWS_DESCRIPTIONS,
        ("train-sample.csv", 200),
        (1, 4, 16),
    )


def load_banking77(encoder: Encoder, data: Path) -> Data:
    folder = data / "data" / "banking77"
    with (folder / "test.csv").open(newline="", encoding="utf-8") as handle:
        labels = sorted({row["label"] for row in csv.DictReader(handle)})
    names = {label: label.replace("_", " ") for label in labels}
    templates = prompts.BANKING_SOUND + prompts.BANKING_POOR
    return encode_data(encoder, folder, names, templates, {}, ("train.csv", 32), (1, 4))


DATA = {"ag-news": load_ag_news, "banking77": load_banking77}


# Trying


def methods(
    seed: int, *, with_descriptions: bool
) -> dict[str, Callable[[LabelledPrompts], NDArray[np.float32]]]:
    """Return everything that is compared, as functions from a problem to class vectors."""

    def found_by(method: str, **chosen: object) -> Callable[..., NDArray[np.float32]]:
        optimizer = Registry().create(method, **chosen)
        return lambda problem: problem.class_weights(optimize(problem, optimizer).best)

    found = {
        "first template": baselines.first_template,
        "all templates": baselines.template_ensemble,
        "nearest prototype": baselines.nearest_prototype,
        GREEDY: found_by("greedy_selection"),
        PROAPO: found_by("proapo", seed=seed),
    }
    if with_descriptions:
        found["all templates and descriptions"] = baselines.all_prompts
        found["ProAPO, templates only"] = found_by("proapo", seed=seed, rounds=0)
    return found


def correct(data: Data, n_shots: int, n_seeds: int) -> dict[str, NDArray[np.float64]]:
    """Return for every method which test items were right, shape (seeds, items)."""
    found: dict[str, list[NDArray[np.bool_]]] = {}
    for seed in range(n_seeds):
        problem = data.problem(n_shots, seed)
        for name, class_vectors in methods(seed, with_descriptions=len(data.owners) > 0).items():
            answers = baselines.classify(data.test, class_vectors(problem))
            found.setdefault(name, []).append(answers == data.test_labels)
    return {name: np.array(rows, dtype=np.float64) for name, rows in found.items()}


def crossed_interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval of the mean when seeds and items are both drawn again."""
    rng = np.random.default_rng(0)
    n_seeds, n_items = differences.shape
    means = [
        (
            rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds))
            / n_seeds
            @ differences
            @ (rng.multinomial(n_items, np.full(n_items, 1 / n_items)) / n_items)
        )
        for _ in range(N_RESAMPLES)
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def sign_flip_p(values: NDArray[np.float64]) -> float:
    """Return the p-value of a mean of zero when the sign of every value is drawn."""
    rng = np.random.default_rng(0)
    n = len(values)
    if n <= 12:
        signs = 1 - 2 * ((np.arange(2**n)[:, np.newaxis] >> np.arange(n)) & 1)
    else:
        signs = rng.choice([-1, 1], size=(N_RESAMPLES, n))
    extreme = np.abs(signs @ values) >= abs(values.sum()) - 1e-9
    return float(extreme.mean() if n <= 12 else (extreme.sum() + 1) / (N_RESAMPLES + 1))


def compare(right: Mapping[str, NDArray[np.float64]], name: str, against: str) -> str:
    """Return the comparison of a method with a baseline as it stands on the method's card."""
    ours, theirs = 100 * right[name], 100 * right[against]
    differences = ours - theirs
    low, high = crossed_interval(differences)
    # Examples and test items are both samples: the less sure of the two tests counts.
    p_value = max(sign_flip_p(differences.mean(axis=1)), sign_flip_p(differences.mean(axis=0)))
    return (
        f"  {name} against {against}: baseline = {theirs.mean():.1f}, method = {ours.mean():.1f}, "
        f"difference = {differences.mean():.1f}, interval = [{low:.1f}, {high:.1f}], "
        f"p_value = {p_value:.4f}, n = {differences.shape[1]}, "
        f'verdict = "{verdict(Difference(differences.mean(), (low, high), p_value))}"'
    )


def report(data: Data, n_shots: int, n_seeds: int) -> None:
    started = time.perf_counter()
    right = correct(data, n_shots, n_seeds)
    print(f"\n{data.name}, {n_shots} shots a class, {n_seeds} seeds, accuracy in %")
    print(f"  {'':34}{'mean':>6}{'worst':>7}")
    for name, rows in right.items():
        scores = 100 * rows.mean(axis=1)
        print(f"  {name:34}{scores.mean():6.1f}{scores.min():7.1f}")
    fixed = [name for name in right if name.startswith(("first", "all"))]
    best_prompts = max(fixed, key=lambda name: right[name].mean())
    for name in (PROAPO, GREEDY):
        for against in dict.fromkeys((best_prompts, "all templates", "nearest prototype")):
            print(compare(right, name, against))
    print(f"  {time.perf_counter() - started:.1f} s")


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="DATA", help=", ".join(DATA))
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--data", type=Path, default=os.environ.get("EMBEDDING_LAB_TEST_DATA"))
    arguments = parser.parse_args(words)
    if arguments.data is None:
        parser.error("set EMBEDDING_LAB_TEST_DATA, or give --data")
    encoder = load_encoder(Path(arguments.data))
    for name in arguments.names or DATA:
        started = time.perf_counter()
        data = DATA[name](encoder, Path(arguments.data))
        print(f"{name} encoded in {time.perf_counter() - started:.0f} s")
        for n_shots in data.shots:
            report(data, n_shots, arguments.seeds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
