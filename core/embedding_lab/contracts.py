"""What the members of each family of methods must be able to do, in NumPy terms.

A family has one protocol here. :data:`PROTOCOLS` names it for the contract tests and for whoever
writes a new member.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from embedding_lab.types import Modality, Role, RowForm


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


# Training


@runtime_checkable
class Objective(Protocol):
    """A trainable loss."""

    @property
    def form(self) -> RowForm:
        """What a training row must hold."""

    @property
    def needs_teacher(self) -> bool:
        """Whether the labels come from another encoder, whose vectors or scores are learned."""

    def module(self, encoder: Any) -> Any:
        """Return the loss of an encoder as a module.

        Parameters
        ----------
        encoder : SentenceTransformer
            The encoder to be trained.

        Returns
        -------
        torch.nn.Module
            Called with the features of each column of a batch (as the encoder's ``preprocess``
            returns them) and the labels (a tensor of shape (batch,) or (batch, k), or ``None``),
            it returns the loss as a scalar tensor.
        """


@runtime_checkable
class TaughtObjective(Objective, Protocol):
    """An objective whose labels are made from the vectors of a teacher."""

    def teach(self, columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the labels of some rows.

        Parameters
        ----------
        columns : sequence of ndarray of float32, each of shape (batch, d)
            The teacher's unit vectors of each column of the rows.

        Returns
        -------
        ndarray of float32, shape (batch, ...)
            What the module is given as labels.
        """


@dataclass(frozen=True)
class BatchRows:
    """What a batch sampler may look at.

    ``anchors`` and ``positives`` number the contents of a row's two sides: equal contents have the
    same number, on either side. ``labels`` numbers the classes, and is -1 where a row has none.
    All have shape (n,). ``clusters`` holds groups of rows that are hard negatives of each other,
    where some were mined.
    """

    anchors: NDArray[np.int64]
    positives: NDArray[np.int64]
    labels: NDArray[np.int64]
    clusters: Sequence[NDArray[np.int64]] = ()

    def __len__(self) -> int:
        return len(self.anchors)


@runtime_checkable
class BatchSampler(Protocol):
    """Decides which rows stand in a batch together."""

    def batches(
        self, rows: BatchRows, size: int, rng: np.random.Generator
    ) -> Iterator[NDArray[np.int64]]:
        """Yield the batches of one pass over the rows, each as row numbers, at most ``size``.

        The same state of ``rng`` yields the same batches.
        """


@dataclass(frozen=True)
class MinedPairs:
    """Every anchor and row that were weighed against each other; all arrays have shape (m,).

    ``anchors`` and ``rows`` are numbers of rows; ``candidate_cosines`` compares the anchor with
    the row's positive (how hard it is), ``owner_cosines`` with the row's own anchor (how likely
    it is a false negative); ``is_chosen`` says which came into the anchor's cluster.
    """

    anchors: NDArray[np.int64]
    rows: NDArray[np.int64]
    candidate_cosines: NDArray[np.float32]
    owner_cosines: NDArray[np.float32]
    is_chosen: NDArray[np.bool_]


@dataclass(frozen=True)
class Mined:
    """What a miner found.

    Attributes
    ----------
    clusters : tuple of ndarray of int64
        Rows that are hard negatives of each other; the first of each is the anchor.
    phases : ndarray of int64, shape (clusters,)
        The pass in which each was found, 1 or 2.
    pairs : MinedPairs
        What was weighed.
    true_ranks : ndarray of int64, shape (n,)
        The rank, from 1, of every row's own positive among all positives before training, its
        query's other positives aside; 0 where a row was left out.
    notes : tuple of str
        Whatever the user should know, in sentences.
    """

    clusters: tuple[NDArray[np.int64], ...]
    phases: NDArray[np.int64]
    pairs: MinedPairs
    true_ranks: NDArray[np.int64]
    notes: tuple[str, ...] = ()


@runtime_checkable
class NegativeMiner(BatchSampler, Protocol):
    """A batch sampler whose clusters are mined from vectors of the encoder before training."""

    def mine(
        self,
        anchors: NDArray[np.float32],
        positives: NDArray[np.float32],
        rows: BatchRows,
        check: Callable[[int], None],
    ) -> Mined:
        """Group rows into clusters of mutually hard negatives.

        Parameters
        ----------
        anchors, positives : ndarray of float32, shape (n, d)
            Unit vectors of the two sides of every row.
        rows : BatchRows
            The same rows; their ``clusters`` are not read.
        check : callable
            Called with the number of rows done, at least once a second; what it raises must come
            out.
        """


PROTOCOLS: Mapping[str, type] = {
    "batch_samplers": BatchSampler,
    "objectives": Objective,
    "prompt_optimizers": PromptOptimizer,
    "embedding_prompts": EmbeddingPrompt,
}
