"""Mining hard negatives for training rows with the vectors of an encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.contracts import NegativeMiner
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.mining.comparison import compare_miners, n_covered
from embedding_lab.mining.hardness import Judge, chosen, described, frozen_recalls, own_cosines
from embedding_lab.mining.unit_vectors import unit_vectors
from embedding_lab.registry.registry import Registry
from embedding_lab.search.filters import parse_filter, rows_that_fit
from embedding_lab.training.offers import choose_source
from embedding_lab.training.read_rows import RowChoice, read_rows
from embedding_lab.training.requirements import require_takes
from embedding_lab.types import RowForm, counted
from embedding_lab.workflows.pair_vectors import PairEncoder
from embedding_lab.workspace.negatives_store import NegativesStore
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from embedding_lab.contracts import BatchRows, Mined
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.registry.card import Card
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.workflows.pair_vectors import SideVectors
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.negatives import NegativesTable

FAMILY = "batch_samplers"
FORMS = (RowForm.PAIRS, RowForm.TRIPLETS)


def miners() -> list[Card]:
    """Return the cards of all batch samplers that mine."""
    return [card for card in Registry().list(FAMILY) if _mines(card)]


def _mines(card: Card) -> bool:
    return card.family == FAMILY and isinstance(card.create(), NegativeMiner)


@dataclass(frozen=True)
class MiningChoices:
    """Which rows of which corpus are mined, with what.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids.
    sampler : str
        The id of a batch sampler that mines.
    parameters : dict
        Its parameters by name; those left out have the defaults of its card.
    form : str
        What a training row holds: ``pairs`` or ``triplets``.
    source : str
        Where in the corpus the sides come from; the most natural way without it.
    split : str
        Which judgements; ``train`` if there is such a split and none is named.
    filter : str
        Which rows; see :mod:`embedding_lab.search.filters`.
    limit : int
        So many training rows at random; 0 for all.
    seed : int
        Of that draw.
    """

    corpus: str
    encoder: str = "starter"
    sampler: str = "saha"
    parameters: dict[str, Any] = field(default_factory=dict)
    form: str = RowForm.PAIRS.value
    source: str = ""
    split: str = ""
    filter: str = ""
    limit: int = 0
    seed: int = 0

    def card(self) -> Card:
        """Return the miner's card after checking it and its parameters.

        Raises
        ------
        UsageError
            If it mines nothing, or a parameter is not allowed.
        """
        card = Registry().get(self.sampler)
        if not _mines(card):
            names = " or ".join(miner.id for miner in miners())
            raise UsageError(f"{card.title} does not mine negatives.", hint=f"Choose {names}.")
        card.values(**self.parameters)
        return card

    def require_possible(self, workspace: Workspace) -> None:
        """Raise a :class:`LabError` if nothing can be mined with these choices; says why.

        Judged from names, cards and manifests alone: nothing is loaded, no row is read.
        """
        self.card()
        corpus, record = workspace.corpus(self.corpus), EncoderStore(workspace).get(self.encoder)
        self._require_rows_of_a_kind()
        source = choose_source(corpus, RowForm(self.form), self.source)
        require_takes(record, corpus, source)
        parse_filter(self.filter, corpus)

    def _require_rows_of_a_kind(self) -> None:
        if self.form not in FORMS:
            raise UsageError(
                f"Negatives cannot be mined for {self.form}.",
                hint=f"Choose {' or '.join(FORMS)}.",
            )
        if self.limit < 0:
            raise UsageError("The limit cannot be negative.", hint="0 stands for every row.")

    def read(self, corpus: Corpus, check: Callable[[int], None]) -> TrainingRows:
        """Return the training rows.

        Raises
        ------
        UsageError
            If the corpus does not hold such rows.
        """
        self._require_rows_of_a_kind()
        choice = RowChoice(self.source, self.split, self.limit, self.seed)
        allowed = rows_that_fit(corpus, self.filter) if self.filter.strip() else None
        return read_rows(corpus, RowForm(self.form), choice, allowed=allowed, check=check)

    @property
    def row_choice(self) -> dict[str, Any]:
        """Which rows are read, for the record."""
        names = ("source", "split", "filter", "limit", "seed")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class MineNegatives(MiningChoices, Job[Workspace]):
    """Encode both sides of training rows, mine clusters of hard negatives, and save them.

    Attributes
    ----------
    name : str
        What the table of negatives is called; made from corpus and sampler without one.
    """

    name: str = ""
    lane: ClassVar[Lane] = Lane.COMPUTE

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Mining negatives in {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Return what was mined, how hard it is, and the same of other ways on the same vectors."""
        card = self.card()
        corpus = ctx.workspace.corpus(self.corpus)
        record = EncoderStore(ctx.workspace).get(self.encoder)
        store = NegativesStore(ctx.workspace)
        name = self.name.strip() or store.unused_name(f"{corpus.name} {card.id}")
        store.require_unused(name)
        rows = self.read(corpus, lambda n: ctx.progress(n, corpus.n_rows, "Reading…"))
        encoder = PairEncoder(ctx, corpus, record, rows)
        sides = encoder.side(0), encoder.side(1)
        mining = _Mining.of(rows, *sides)
        values = card.values(**self.parameters)
        compared = {card.id: card.create(**values)}
        for other in (it for it in miners() if it.id not in compared):
            compared[other.id] = other.create(negatives=values["negatives"])
        mined = {key: mining.mine(ctx, miner) for key, miner in compared.items()}
        ctx.progress(0, 0, "Comparing…")
        report = mining.report(mined, card.id)
        report["notes"] = [*_left_out(rows), *report["notes"]]
        for note in report["notes"]:
            ctx.log(note, level="warning")
        facts = _facts(corpus, record, rows, *sides)
        found = mining.in_all_rows(mined[card.id])
        facts |= {
            "form": self.form,
            "choice": self.row_choice,
            "sampler": card.id,
            "values": values,
            "n_clusters": len(found.clusters),
            "n_covered": n_covered(found.clusters),
        }
        ids = corpus.ids()
        table = store.save(name, found, report, [ids[row] for row in rows.corpus_rows], facts)
        return described_table(table)


def described_table(table: NegativesTable) -> dict[str, Any]:
    """Return what a table of negatives is and every figure of it, as a JSON object."""
    meta = asdict(table.meta)
    return {"negatives": meta.pop("id")} | meta | {"coverage": table.meta.coverage} | table.report()


def _left_out(rows: TrainingRows) -> list[str]:
    if not rows.n_left_out:
        return []
    return [f"{counted(rows.n_left_out, 'row')} of the corpus left out: a side is missing."]


def _facts(
    corpus: Corpus,
    record: EncoderRecord,
    rows: TrainingRows,
    anchors: SideVectors,
    positives: SideVectors,
) -> dict[str, Any]:
    return {
        "corpus_id": corpus.id,
        "corpus": corpus.name,
        "rows_digest": rows.digest(),
        "source": rows.source.value,
        "encoder_id": record.id,
        "encoder": record.name,
        "anchor_fingerprint": anchors.fingerprint,
        "positive_fingerprint": positives.fingerprint,
        "anchor_prompt": anchors.prompt,
        "positive_prompt": positives.prompt,
        "n_rows": len(rows),
    }


@dataclass(frozen=True)
class _Mining:
    """The rows that have both vectors; their numbers in all rows are ``numbers``, shape (m,)."""

    n_all: int
    numbers: NDArray[np.int64]
    anchors: NDArray[np.float32]
    positives: NDArray[np.float32]
    rows: BatchRows
    notes: tuple[str, ...]

    @classmethod
    def of(cls, rows: TrainingRows, anchors: SideVectors, positives: SideVectors) -> _Mining:
        numbers = np.flatnonzero(anchors.has_vector & positives.has_vector)
        n_without = len(rows) - len(numbers)
        notes: tuple[str, ...] = ()
        if n_without:
            notes = (f"{counted(n_without, 'row')} left out: a picture could not be read.",)
        first, said = unit_vectors(anchors.vectors[numbers], "anchor")
        second, said_too = unit_vectors(positives.vectors[numbers], "positive")
        batch_rows = rows.take(numbers).batch_rows()
        return cls(len(rows), numbers, first, second, batch_rows, (*notes, *said, *said_too))

    def mine(self, ctx: JobContext[Workspace], miner: NegativeMiner) -> Mined:
        n_told = -1

        def check(n_done: int) -> None:
            nonlocal n_told
            if n_done == n_told:
                ctx.check()
            else:
                ctx.progress(n_done, len(self.numbers), "Mining…")
            n_told = n_done

        return miner.mine(self.anchors, self.positives, self.rows, check)

    def report(self, mined: dict[str, Mined], name: str) -> dict[str, Any]:
        """Return every figure of what one miner found, and the comparison with the others."""
        found = mined[name]
        judge = Judge(own_cosines(self.anchors, self.positives), self.rows.labels)
        in_clusters = n_covered(found.clusters)
        return {
            **described(chosen(found.pairs), judge),
            "suspected_from": judge.threshold,
            "recall": frozen_recalls(found.true_ranks),
            "n_weighed": len(found.pairs.rows),
            "n_phase_2": int((found.phases == 2).sum()),
            "n_unassigned": self.n_all - in_clusters,
            "comparison": compare_miners(mined, self.anchors, self.positives, self.rows, judge),
            "notes": [*self.notes, *found.notes],
        }

    def in_all_rows(self, mined: Mined) -> Mined:
        """Return what was mined with the numbers that the rows have among all rows."""
        ranks = np.zeros(self.n_all, dtype=np.int64)
        ranks[self.numbers] = mined.true_ranks
        pairs = mined.pairs
        return replace(
            mined,
            clusters=tuple(self.numbers[cluster] for cluster in mined.clusters),
            pairs=replace(
                pairs, anchors=self.numbers[pairs.anchors], rows=self.numbers[pairs.rows]
            ),
            true_ranks=ranks,
        )
