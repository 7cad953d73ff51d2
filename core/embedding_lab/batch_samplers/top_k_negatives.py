"""The nearest wrong answers as they are."""

from __future__ import annotations

from embedding_lab.batch_samplers.mined_clusters import FILE_ORDER, SHUFFLED, MinedClusters
from embedding_lab.mining.coupling import CouplingOptions


class TopKNegatives(MinedClusters):
    """Clusters of the rows whose positives are nearest to the anchor; nothing is filtered.

    Labels are not looked at. Contents are: no positive of the anchor's query is a negative.

    Parameters
    ----------
    negatives : int
        K, the negatives of an anchor.
    visit_order : str
        ``file order`` or ``shuffled``.
    seed : int
        Of the shuffled order.

    References
    ----------
    Xiong et al. 2020, "Approximate Nearest Neighbor Negative Contrastive Learning for Dense Text
    Retrieval", arXiv 2007.00808: the nearest documents of the encoder that is trained are the
    negatives. Here they are coupled into clusters as in arXiv 2508.00955, and mined once.
    """

    def __init__(self, *, negatives: int = 7, visit_order: str = FILE_ORDER, seed: int = 0) -> None:
        super().__init__(
            CouplingOptions(
                n_negatives=negatives,
                multiplier=1,
                has_filter=False,
                is_class_exempt=False,
                is_shuffled=visit_order == SHUFFLED,
                seed=seed,
            )
        )
