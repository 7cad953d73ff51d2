"""What the members of each family of methods must be able to do, in NumPy terms.

A family has one protocol here. :data:`PROTOCOLS` names it for the contract tests and for whoever
writes a new member.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.types import Modality, Role


# Prompt optimizers


@dataclass(frozen=True)
class PromptSet:
    """Some prompts of a library; order and repetition do not exist.

    ``templates`` holds numbers of templates, which all classes share, and ``descriptions`` numbers
    of descriptions, each of which belongs to one class.
    """

    templates: frozenset[int]
    descriptions: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Fitness:
    """How well a prompt set classifies the labelled examples.

    ``score`` is what is maximized; ``accuracy`` (from 0 to 1) and ``log_likelihood`` (mean log
    probability of the true class, at most 0) are its parts.
    """

    score: float
    accuracy: float
    log_likelihood: float


@dataclass(frozen=True)
class Proposal:
    """Prompt sets to be evaluated together, and what they are tried for, in a few words."""

    stage: str
    candidates: Sequence[PromptSet]


Proposals = Generator[Proposal, Sequence[Fitness], None]


class PromptProblem(Protocol):
    """What a prompt optimizer may look at; vectors have length 1 and are float32."""

    @property
    def templates(self) -> NDArray[np.float32]:
        """Every template filled with every class name, shape (templates, classes, d)."""

    @property
    def descriptions(self) -> NDArray[np.float32]:
        """Descriptions of single classes, shape (descriptions, d)."""

    @property
    def owners(self) -> NDArray[np.int64]:
        """The class of each description, shape (descriptions,)."""

    @property
    def items(self) -> NDArray[np.float32]:
        """The labelled examples, shape (n, d)."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each example, shape (n,)."""

    def class_weights(self, prompt_set: PromptSet) -> NDArray[np.float32]:
        """Return one unit vector for each class, shape (classes, d)."""


@runtime_checkable
class PromptOptimizer(Protocol):
    """Searches the prompt set with the highest fitness."""

    @property
    def scale(self) -> float:
        """What cosines are multiplied by before the softmax, 1 / temperature."""

    @property
    def log_weight(self) -> float:
        """Weight of the mean log likelihood beside the accuracy."""

    def propose(self, problem: PromptProblem) -> Proposals:
        """Propose candidates; each ``yield`` hands back their fitness, in the same order.

        Whoever drives the search evaluates, counts, remembers the best set seen, and may stop
        between two proposals.
        """

    def n_proposals(self, problem: PromptProblem) -> int:
        """Return how many proposals there are at most."""


# Embedding prompts


@dataclass(frozen=True)
class Turn:
    """What stands around one input: a system text, and what is put behind the user's content."""

    system: str = ""
    suffix: str = ""


@runtime_checkable
class EmbeddingPrompt(Protocol):
    """Says what a language model is told so that its last state stands for an input."""

    def turn(self, role: Role, modality: Modality) -> Turn:
        """Return what stands around an input of this side and modality."""


PROTOCOLS: Mapping[str, type] = {
    "prompt_optimizers": PromptOptimizer,
    "embedding_prompts": EmbeddingPrompt,
}
