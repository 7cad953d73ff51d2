"""Vectors of the two sides of training rows, each distinct content encoded once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.fingerprint import fingerprint
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.errors import EncoderError
from embedding_lab.prompts.text_vectors import TextVectors
from embedding_lab.training.rows import RowSource
from embedding_lab.types import Modality, Role
from embedding_lab.workflows.prompt_items import Wanted, vectors_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace

# So many texts are sorted by length together, and told as done together.
AT_ONCE = 2048
PICTURES = Wanted(Modality.IMAGE.value, embedding_prompt="")
# Which sides of a row are what is encoded of the corpus row it stands in.
OWN_SIDES = {RowSource.JUDGEMENTS: (1,), RowSource.CLASSES: (0,), RowSource.CAPTIONS: (0, 1)}


@dataclass(frozen=True)
class SideVectors:
    """The vectors of one side of all rows.

    Attributes
    ----------
    vectors : ndarray of float32, shape (n, d)
        Unit vectors; zero where a row has none.
    has_vector : ndarray of bool, shape (n,)
        False for pictures that could not be read.
    fingerprint, prompt : str
        What decided them.
    """

    vectors: NDArray[np.float32]
    has_vector: NDArray[np.bool_]
    fingerprint: str
    prompt: str


class PairEncoder:
    """Encodes anchors as queries and positives as documents.

    Rows paired by their class are documents on both sides. Documents that the corpus is embedded
    with already are taken from there; other texts are kept in the workspace's cache, so that a
    cancelled job goes on where it stopped. Pictures are embedded first.

    Parameters
    ----------
    ctx : JobContext
        Of the job.
    corpus : Corpus
        Where the rows are from.
    record : EncoderRecord
        The encoder.
    rows : TrainingRows
        What to encode.
    """

    def __init__(
        self,
        ctx: JobContext[Workspace],
        corpus: Corpus,
        record: EncoderRecord,
        rows: TrainingRows,
    ) -> None:
        self._ctx = ctx
        self._corpus = corpus
        self._record = record
        self._rows = rows
        self._n_done = 0
        self._n_all = sum(len(distinct_texts(rows, side)) for side in (0, 1))

    def side(self, side: int) -> SideVectors:
        """Return the vectors of the anchors (0) or the positives (1)."""
        numbers = self._rows.anchors if side == 0 else self._rows.positives
        role = self._role(side)
        prompt = resolve_prompt(self._record, role=role)
        vectors = np.zeros((len(self._rows.contents), self._record.dimension), dtype=np.float32)
        has_vector = np.zeros(len(vectors), dtype=np.bool_)
        texts = distinct_texts(self._rows, side)
        pictures = np.setdiff1d(numbers, texts)
        mark = fingerprint(self._record, prompt=prompt)
        if len(texts):
            self._encode_texts(texts, vectors, prompt, role)
            has_vector[texts] = True
        if len(pictures):
            found = vectors_of(self._ctx, self._corpus, self._record, PICTURES)
            has_vector[self._take(found, pictures, vectors)] = True
            mark, prompt = found.meta.fingerprint, prompt if len(texts) else ""
        return SideVectors(vectors[numbers], has_vector[numbers], mark, prompt)

    def _role(self, side: int) -> Role:
        is_query = side == 0 and self._rows.source is not RowSource.CLASSES
        return Role.QUERY if is_query else Role.DOCUMENT

    def _encode_texts(
        self, texts: NDArray[np.int64], vectors: NDArray[np.float32], prompt: str, role: Role
    ) -> None:
        """Fill in the vectors of texts: those the corpus has, and new ones."""
        if Modality.TEXT not in self._record.modalities:
            raise EncoderError(
                f"The encoder {self._record.name} reads no texts, which the rows hold.",
                hint="Add it together with its encoder of texts, or choose another.",
            )
        mark = fingerprint(self._record, prompt=prompt)
        sets = self._ctx.workspace.vector_sets(self._corpus) if role is Role.DOCUMENT else []
        for found in (item for item in sets if item.meta.fingerprint == mark):
            known = self._take(found, texts, vectors)
            self._n_done += len(known)
            texts = np.setdiff1d(texts, known)
        options = EncodeOptions(prompt=prompt, role=role)
        encoder = TextVectors(self._ctx.workspace, self._record, options)
        for start in range(0, len(texts), AT_ONCE):
            part = texts[start : start + AT_ONCE]
            self._ctx.progress(self._n_done, self._n_all, "Encoding…", unit="texts")
            contents = [str(self._rows.contents[number]) for number in part]
            vectors[part] = encoder.get(contents, check=self._ctx.check, say=self._ctx.log)
            self._n_done += len(part)
        self._ctx.progress(self._n_done, self._n_all, "Encoding…", unit="texts")

    def _take(
        self, found: VectorSet, contents: NDArray[np.int64], vectors: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        """Fill in vectors that the corpus has; return the numbers of their contents."""
        row_of = self._corpus_rows
        numbers = np.array([n for n in contents.tolist() if n in row_of], dtype=np.int64)
        rows, slots = found.in_row_order()
        if not len(numbers) or not len(rows):
            return np.zeros(0, dtype=np.int64)
        wanted = np.array([row_of[int(number)] for number in numbers], dtype=np.int64)
        places = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
        is_there = rows[places] == wanted
        vectors[numbers[is_there]] = found.vectors()[slots[places[is_there]]]
        taken: NDArray[np.int64] = numbers[is_there]
        return taken

    @cached_property
    def _corpus_rows(self) -> dict[int, int]:
        """The corpus row of every content that is all that is encoded of one."""
        found: dict[int, int] = {}
        sides = (self._rows.anchors, self._rows.positives)
        for side in OWN_SIDES.get(self._rows.source, ()):
            found |= zip(sides[side].tolist(), self._rows.corpus_rows.tolist(), strict=True)
        return found


def distinct_texts(rows: TrainingRows, side: int) -> NDArray[np.int64]:
    """Return the numbers of the distinct contents of one side that are texts, ascending."""
    numbers = np.unique(rows.anchors if side == 0 else rows.positives)
    is_text = np.array([isinstance(rows.contents[n], str) for n in numbers], dtype=np.bool_)
    found: NDArray[np.int64] = numbers[is_text]
    return found
