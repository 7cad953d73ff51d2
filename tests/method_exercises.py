"""How a member of each family is put to work, so that one contract serves all of them.

A family has one exercise. It is given a method and a function that is called after every step,
and returns something that can be compared with ``==``. Whatever the function raises must come
out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from objective_making import loss_of
from prompt_making import MadeUp, make_problem

from embedding_lab.contracts import BatchRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.contracts import BatchSampler, EmbeddingPrompt, Objective, PromptOptimizer

    Exercise = Callable[[Any, Callable[[], None]], Any]


def search_prompts(method: PromptOptimizer, on_step: Callable[[], None]) -> Any:
    """Search prompts of a small problem."""
    from embedding_lab.prompt_optimizers.optimize import optimize

    made_up = MadeUp(n_super=2, n_per_super=3, n_templates=8, n_descriptions=4, dimension=24)
    problem, _, _ = make_problem(0, made_up)
    found = optimize(problem, method, lambda _: on_step())
    return found.best, found.history


def render_prompts(method: EmbeddingPrompt, on_step: Callable[[], None]) -> Any:
    """Put a prompt around an input of either side and every modality."""
    from embedding_lab.embedding_prompts.chat_format import QWEN_VL
    from embedding_lab.types import Modality, Role

    found = []
    for role in Role:
        for modality in Modality:
            turn = method.turn(role, modality)
            found.append(QWEN_VL.render(turn, "cat", has_image=modality is not Modality.TEXT).text)
            on_step()
    return found


def draw_batches(method: BatchSampler, on_step: Callable[[], None]) -> Any:
    """Draw two passes over rows with doubles, classes and clusters."""
    numbers = np.arange(30, dtype=np.int64)
    clusters = tuple(numbers[start : start + 3] for start in range(0, 30, 3))
    rows = BatchRows(numbers, 100 + numbers % 25, numbers % 5, clusters)
    rng, drawn = np.random.default_rng(0), []
    for _ in range(2):
        for batch in method.batches(rows, 8, rng):
            drawn.append(batch.tolist())
            on_step()
    return drawn


def compute_loss(method: Objective, on_step: Callable[[], None]) -> Any:
    """Compute the loss of six rows and its gradient; both are finite, and something is learned."""
    loss, norm = loss_of(method)
    assert np.isfinite(loss)
    assert norm > 0
    on_step()
    return loss, norm


EXERCISES: dict[str, Exercise] = {
    "batch_samplers": draw_batches,
    "objectives": compute_loss,
    "prompt_optimizers": search_prompts,
    "embedding_prompts": render_prompts,
}
