"""A small corpus of animals whose rows are labelled and judged, for tests of the Prompts page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from study_making import make_corpus

from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

CLASSES = [("sea", "whale", ""), ("land", "lion", ""), ("air", "eagle", "")]
# With the words above and the template {} each text is taken for the class of its animal.
TEXTS = [
    *[("whale", "sea")] * 6, *[("lion", "land")] * 5, *[("eagle", "air")] * 5,
    ("lion", "sea"), ("eagle", "land"), ("whale", "land"), ("lion", "sea"),
]  # fmt: skip
SEA, LAND, AIR = 0, 1, 2
# The classes without descriptions, and rows for tests of a test of prompts itself.
WORDS = tuple((label, word) for label, word, _ in CLASSES)
JUDGED = [
    *[("whale", "sea")] * 6, *[("lion", "land")] * 5, *[("eagle", "air")] * 4,
    ("lion", "sea"), ("eagle", "land"), ("whale", "land"), ("lion", "sea"),
]  # fmt: skip


def make_animals(workspace: Workspace) -> Corpus:
    """Publish the corpus, with a row without a label and one of another label."""
    documents = [
        Document(id=f"d{i}", text=text, label=label) for i, (text, label) in enumerate(TEXTS)
    ]
    documents += [
        Document(id="n1", text="whale"),
        Document(id="o1", text="mole", label="under ground"),
    ]
    queries = {f"q{i}": text for i, text in enumerate(("whale", "lion", "eagle"))}
    judgements = [("test", "q0", "d0", 1.0), ("test", "q1", "d6", 1.0), ("test", "q2", "d11", 1.0)]
    return make_corpus(workspace, "animals", documents, queries, judgements)


def make_judged_animals(workspace: Workspace) -> Corpus:
    """Publish a corpus with years; at its end rows without a label and with one of no class."""
    documents = [
        Document(id=f"d{i}", text=text, label=label, extra={"year": i})
        for i, (text, label) in enumerate(JUDGED)
    ]
    documents += [
        Document(id="n1", text="whale"),
        Document(id="o1", text="mole", label="under ground"),
        Document(id="o2", text="worm", label="under ground"),
        Document(id="e1", text="eagle", label="air"),
    ]
    return make_corpus(workspace, "animals", documents)
