"""Self-aware hard negatives: near the anchor's target, but asked by another question."""

from __future__ import annotations

from embedding_lab.batch_samplers.mined_clusters import FILE_ORDER, SHUFFLED, MinedClusters
from embedding_lab.mining.coupling import CouplingOptions


class Saha(MinedClusters):
    """Clusters of mutually hard negatives from which probable false negatives are filtered.

    For every anchor, the owners of the ``negatives`` x ``multiplier`` nearest positives are
    collected, and those are kept whose own queries are least like the anchor's. A cluster brings
    the queries and the positives of all its rows into a batch.

    Parameters
    ----------
    negatives : int
        K, the negatives of an anchor.
    multiplier : int
        m; with 1 the nearest are taken as they are.
    labels_are_classes : bool
        Whether labels are classes, among which nothing is filtered.
    visit_order : str
        ``file order`` or ``shuffled``.
    seed : int
        Of the shuffled order.

    References
    ----------
    Ju and Lee (Ju et al. 2025), "From Generator to Embedder", arXiv 2508.00955, and its published
    program, whose steps this follows.
    """

    def __init__(
        self,
        *,
        negatives: int = 7,
        multiplier: int = 3,
        labels_are_classes: bool = True,
        visit_order: str = FILE_ORDER,
        seed: int = 0,
    ) -> None:
        super().__init__(
            CouplingOptions(
                n_negatives=negatives,
                multiplier=multiplier,
                is_class_exempt=labels_are_classes,
                is_shuffled=visit_order == SHUFFLED,
                seed=seed,
            )
        )
