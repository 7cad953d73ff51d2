"""Two saved prompt sets on the same rows: which items change, and whether it is better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.metrics.paired_tests import compare_accuracy
from embedding_lab.metrics.verdict import verdict
from embedding_lab.prompts.experiments import PROMPTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.prompts.experiments import Experiment, Items

MODES = ("mean", "vote", "calibrated", "examples", "mixed")
MOST_CHANGES = 1000


def compare_experiments(
    first: Experiment,
    second: Experiment,
    *,
    mode: str = "mean",
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Compare two saved zero-shot tests of one corpus on the rows that both have.

    Parameters
    ----------
    first, second : Experiment
        The difference is second minus first.
    mode : str, default "mean"
        Which predictions: templates put together by ``mean``, ``vote`` or ``calibrated``; labelled
        ``examples`` alone, or ``mixed`` with the words.
    seed : int, default 0
        For the bootstrap.
    check : callable, optional
        Called now and then; may raise to stop.

    Raises
    ------
    UsageError
        If the two cannot be compared.
    """
    if mode not in MODES:
        raise UsageError(f"There is no mode {mode}.", hint=f"Choose one of {', '.join(MODES)}.")
    _require_comparable(first, second)
    a, b = require_mode(first, mode), require_mode(second, mode)
    labels = [[item["label"] for item in each.result()["classes"]] for each in (first, second)]
    shared, at_a, at_b = np.intersect1d(a["row"], b["row"], return_indices=True)
    # The two may number their classes differently.
    number = {label: i for i, label in enumerate(dict.fromkeys([*labels[0], *labels[1]]))}
    names = list(number)
    maps = [np.array([number[label] for label in part], dtype=np.int64) for part in labels]
    true_a, true_b = maps[0][a["true"][at_a]], maps[1][b["true"][at_b]]
    if not (true_a == true_b).all() or len(shared) == 0:
        raise UsageError(
            "The two experiments have no row in common, or not the same labels for them.",
            hint="Test both prompt sets on the same rows.",
        )
    said_a, said_b = maps[0][a[mode][at_a]], maps[1][b[mode][at_b]]
    right_a, right_b = said_a == true_a, said_b == true_a
    difference = compare_accuracy(right_a, right_b, seed=seed, check=check)
    changed = np.flatnonzero(said_a != said_b)
    return {
        "first": first.manifest.name,
        "second": second.manifest.name,
        "corpus": first.manifest.corpus,
        "mode": mode,
        "n": len(shared),
        "n_only_first": len(a["row"]) - len(shared),
        "n_only_second": len(b["row"]) - len(shared),
        "first_accuracy": float(right_a.mean()),
        "second_accuracy": float(right_b.mean()),
        "difference": difference.value,
        "difference_ci": list(difference.interval),
        "p_value": difference.p_value,
        "verdict": verdict(difference).value,
        "n_gained": int(np.count_nonzero(right_b & ~right_a)),
        "n_lost": int(np.count_nonzero(right_a & ~right_b)),
        "n_changed": len(changed),
        "changes": [
            {
                "row": int(shared[i]),
                "label": names[true_a[i]],
                "first": names[said_a[i]],
                "second": names[said_b[i]],
            }
            for i in changed[:MOST_CHANGES].tolist()
        ],
    }


def require_mode(experiment: Experiment, mode: str) -> Items:
    """Return what was predicted for each row, if it was in this way.

    Raises
    ------
    UsageError
        If the test had no examples.
    """
    items = experiment.items()
    if mode not in items:
        raise UsageError(
            f"{experiment.manifest.name} was tested without examples.",
            hint="Test it again with some examples of each class, or choose another mode.",
        )
    return items


def _require_comparable(first: Experiment, second: Experiment) -> None:
    for item in (first, second):
        if item.manifest.kind != PROMPTS:
            raise UsageError(f"{item.manifest.name} is no zero-shot test.")
    if first.manifest.corpus_id != second.manifest.corpus_id:
        raise UsageError(
            f"{first.manifest.name} was made on {first.manifest.corpus}, {second.manifest.name} on "
            f"{second.manifest.corpus}.",
            hint="Only tests of one corpus can be compared item by item.",
        )
