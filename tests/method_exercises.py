"""How a member of each family is put to work, so that one contract serves all of them.

A family has one exercise. It is given a method and a function that is called after every step,
and returns something that can be compared with ``==``. Whatever the function raises must come
out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prompt_making import MadeUp, make_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.contracts import PromptOptimizer

    Exercise = Callable[[Any, Callable[[], None]], Any]


def search_prompts(method: PromptOptimizer, on_step: Callable[[], None]) -> Any:
    """Search prompts of a small problem."""
    from embedding_lab.prompt_optimizers.optimize import optimize

    made_up = MadeUp(n_super=2, n_per_super=3, n_templates=8, n_descriptions=4, dimension=24)
    problem, _, _ = make_problem(0, made_up)
    found = optimize(problem, method, lambda _: on_step())
    return found.best, found.history


EXERCISES: dict[str, Exercise] = {"prompt_optimizers": search_prompts}
