"""Training rows: what a corpus offers, what is read of it, and what is held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from study_making import make_corpus
from training_making import make_captioned

from embedding_lab.errors import UsageError
from embedding_lab.training.offers import choose_source, offers
from embedding_lab.training.read_rows import RowChoice, read_rows
from embedding_lab.training.rows import PictureContent, RowSource
from embedding_lab.training.split import split_rows, without_leaks
from embedding_lab.types import RowForm
from embedding_lab.workspace.corpus import Document

if TYPE_CHECKING:
    from embedding_lab.training.rows import TrainingRows
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace


def sides(rows: TrainingRows) -> list[tuple[object, ...]]:
    return [tuple(rows.contents[number] for number in row) for row in rows.sides]


def pairs_corpus(workspace: Workspace, *extras: dict[str, str], **roles: str) -> Corpus:
    documents = [Document(text=f"anchor {i}", extra=extra) for i, extra in enumerate(extras)]
    return make_corpus(workspace, "pairs", documents, roles=roles)


def test_pairs_are_the_text_and_the_column_of_the_role_positive(workspace):
    corpus = pairs_corpus(workspace, {"p": "x"}, {"p": " "}, {}, {"p": "y"}, p="positive")
    rows = read_rows(corpus, RowForm.PAIRS)
    assert sides(rows) == [("anchor 0", "x"), ("anchor 3", "y")]
    assert rows.corpus_rows.tolist() == [0, 3]
    assert rows.n_left_out == 2
    assert offers(corpus) == {RowForm.PAIRS: (RowSource.COLUMNS,)}


def test_a_column_of_the_role_query_is_the_anchor_of_the_text_or_of_the_positive(workspace):
    corpus = pairs_corpus(workspace, {"q": "what"}, q="query")
    assert sides(read_rows(corpus, RowForm.PAIRS)) == [("what", "anchor 0")]
    both = pairs_corpus(workspace, {"q": "what", "p": "that"}, q="query", p="positive")
    assert sides(read_rows(both, RowForm.PAIRS)) == [("what", "that")]


def test_triplets_hold_every_negative(workspace):
    corpus = pairs_corpus(
        workspace, {"p": "x", "n1": "a", "n2": "b"}, {"p": "x", "n1": "a"},
        p="positive", n1="negative", n2="negative",
    )  # fmt: skip
    assert sides(read_rows(corpus, RowForm.TRIPLETS)) == [("anchor 0", "x", "a", "b")]
    assert set(offers(corpus)) == {RowForm.PAIRS, RowForm.TRIPLETS}


def test_scores_come_on_a_scale_from_zero_to_one_and_rows_without_are_left_out(workspace):
    extras = [{"p": "x", "s": text} for text in ("0", "2,5", "5.0", "none")]
    corpus = pairs_corpus(workspace, *extras, p="positive", s="score")
    rows = read_rows(corpus, RowForm.SCORED_PAIRS)
    assert rows.scores.tolist() == [0, 0.5, 1]
    assert rows.n_left_out == 1
    # Texts that were graded 0 are no pair that belongs together.
    assert offers(corpus) == {RowForm.SCORED_PAIRS: (RowSource.COLUMNS,)}
    extras = [{"p": "x", "s": text} for text in ("-1", "0", "1")]
    signed = pairs_corpus(workspace, *extras, p="positive", s="score")
    assert read_rows(signed, RowForm.SCORED_PAIRS).scores.tolist() == [0, 0.5, 1]


def labelled(workspace: Workspace, n: int = 12) -> Corpus:
    return make_corpus(
        workspace,
        "labelled",
        [Document(text=f"text {i}", label="ab"[i % 2]) for i in range(n)] + [Document(text="bare")],
    )


def test_labelled_texts_carry_their_class(workspace):
    rows = read_rows(labelled(workspace), RowForm.LABELLED)
    assert sides(rows)[:2] == [("text 0",), ("text 1",)]
    assert [rows.label_names[label] for label in rows.labels[:3]] == ["a", "b", "a"]
    assert rows.n_left_out == 1
    one = make_corpus(workspace, "one", [Document(text="t", label="a")])
    with pytest.raises(UsageError, match="single class"):
        read_rows(one, RowForm.LABELLED)


def test_classes_make_pairs_in_which_each_text_is_anchor_and_positive_once(workspace):
    corpus = labelled(workspace, 26)
    rows = read_rows(corpus, RowForm.PAIRS)
    assert rows.source is RowSource.CLASSES
    for anchors in (rows.anchors, rows.positives):
        assert sorted(anchors) == list(range(26))
    assert (rows.anchors % 2 == rows.positives % 2).all()
    assert (rows.anchors != rows.positives).all()
    # Rings are small, so that a few rows can be held out.
    assert len(split_rows(rows, 4, 4).held_out) >= 3


def test_titles_make_pairs(workspace):
    corpus = make_corpus(workspace, "titled", [Document(text="body", title="head")])
    assert sides(read_rows(corpus, RowForm.PAIRS)) == [("head", "body")]


def judged(workspace: Workspace) -> Corpus:
    documents = [Document(id=f"d{i}", text=f"text {i}", title="T") for i in range(6)]
    queries = {f"q{i}": f"question {i}" for i in range(4)}
    train = [("q0", "d0", 2.0), ("q0", "d1", 1.0), ("q1", "d2", 0.0), ("q1", "d3", 1.0)]
    judgements = [("train", *judged) for judged in [*train, ("q2", "gone", 1.0)]]
    judgements.append(("test", "q3", "d0", 1.0))
    return make_corpus(workspace, "judged", documents, queries, judgements)


def test_judged_queries_make_a_pair_with_every_relevant_document_of_the_split(workspace):
    corpus = judged(workspace)
    rows = read_rows(corpus, RowForm.PAIRS)
    assert sides(rows) == [
        ("question 0", "T text 0"), ("question 0", "T text 1"), ("question 1", "T text 3"),
    ]  # fmt: skip
    assert rows.scores.tolist() == [2, 1, 1]
    test = read_rows(corpus, RowForm.PAIRS, RowChoice(split="test"))
    assert sides(test) == [("question 3", "T text 0")]
    with pytest.raises(UsageError, match="no judgements named dev"):
        read_rows(corpus, RowForm.PAIRS, RowChoice(split="dev"))


def test_what_a_corpus_lacks_is_said_with_the_way_to_get_it(workspace):
    corpus = pairs_corpus(workspace, {"p": "x"}, p="positive")
    with pytest.raises(UsageError, match="The corpus pairs holds no triplets") as lack:
        choose_source(corpus, RowForm.TRIPLETS)
    assert "mines hard negatives" in lack.value.hint
    assert choose_source(corpus, RowForm.PAIRS) is RowSource.COLUMNS
    with pytest.raises(UsageError, match="no texts with labels"):
        read_rows(corpus, RowForm.LABELLED)
    with pytest.raises(UsageError, match="offers no pairs from titles"):
        read_rows(corpus, RowForm.PAIRS, RowChoice(source="titles"))


def test_a_subset_and_a_limit_choose_rows(workspace):
    corpus = pairs_corpus(workspace, *[{"p": f"x{i}"} for i in range(30)], p="positive")
    allowed = np.arange(30) % 2 == 0
    rows = read_rows(corpus, RowForm.PAIRS, allowed=allowed)
    assert rows.corpus_rows.tolist() == list(range(0, 30, 2))
    few = read_rows(corpus, RowForm.PAIRS, RowChoice(limit=5, seed=1), allowed=allowed)
    assert len(few) == 5
    assert set(few.corpus_rows) < set(rows.corpus_rows)
    with pytest.raises(UsageError, match="No row of pairs can be used"):
        read_rows(corpus, RowForm.PAIRS, allowed=np.zeros(30, np.bool_))


def test_equal_contents_have_equal_numbers_whatever_side_they_stand_on(workspace):
    documents = [Document(text="One  two", extra={"p": "three"}),
                 Document(text="three ", extra={"p": "one TWO"})]  # fmt: skip
    corpus = make_corpus(workspace, "pairs", documents, roles={"p": "positive"})
    rows = read_rows(corpus, RowForm.PAIRS).batch_rows()
    assert rows.anchors.tolist() == rows.positives[::-1].tolist() == [0, 1]


def test_rows_are_told_apart_by_their_digest(workspace):
    corpus = pairs_corpus(workspace, {"p": "x"}, {"p": "y"}, p="positive")
    rows = read_rows(corpus, RowForm.PAIRS)
    assert rows.digest() == read_rows(corpus, RowForm.PAIRS).digest()
    assert rows.digest() != rows.take(np.array([1, 0])).digest()


def test_held_out_rows_share_nothing_with_the_others(workspace):
    rng = np.random.default_rng(3)
    documents = [
        Document(text=f"a{rng.integers(300)}", extra={"p": f"P{rng.integers(300)} "})
        for _ in range(240)
    ]
    documents += [Document(text=f"p{i}", extra={"p": f"z{i}"}) for i in range(60)]
    corpus = make_corpus(workspace, "pairs", documents, roles={"p": "positive"})
    rows = read_rows(corpus, RowForm.PAIRS)
    split = split_rows(rows, 30, 20, seed=1)
    assert (len(split.validation), len(split.held_out)) == (30, 20)
    parts = [split.train, split.validation, split.held_out]
    assert sorted(np.concatenate(parts)) == list(range(len(rows)))
    contents = [set(rows.identities[rows.sides[part]].ravel().tolist()) for part in parts]
    assert not contents[0] & contents[1]
    assert not contents[0] & contents[2]
    assert not contents[1] & contents[2]
    assert not split.notes
    again = split_rows(rows, 30, 20, seed=1)
    assert again.held_out.tolist() == split.held_out.tolist()
    assert split_rows(rows, 30, 20, seed=2).held_out.tolist() != split.held_out.tolist()


def test_rows_that_cannot_be_parted_are_held_out_by_their_anchors_with_a_note(workspace):
    extras = [{"p": f"class {i % 3}"} for i in range(60)]
    rows = read_rows(pairs_corpus(workspace, *extras, p="positive"), RowForm.PAIRS)
    split = split_rows(rows, 6, 6)
    assert len(split.validation) == len(split.held_out) == 6
    assert "share so many contents" in split.notes[0]


def test_judged_queries_are_parted_by_query(workspace):
    queries = {f"q{i}": f"question {i}" for i in range(20)}
    judgements = [("train", f"q{i}", f"d{j}", 1.0) for i in range(20) for j in range(3)]
    documents = [Document(id=f"d{i}", text=f"text {i}") for i in range(3)]
    corpus = make_corpus(workspace, "judged", documents, queries, judgements)
    rows = read_rows(corpus, RowForm.PAIRS)
    split = split_rows(rows, 9, 6)
    assert len(split.validation) == 9
    assert not set(rows.anchors[split.train]) & set(rows.anchors[split.held_out])
    others = read_rows(corpus, RowForm.PAIRS)
    assert without_leaks(rows, others.take(split.held_out)).tolist() == sorted(
        {*range(60)} - {*split.held_out.tolist()}
    )


def test_pictures_are_contents_like_texts(workspace, tmp_path):
    rows = read_rows(make_captioned(workspace, tmp_path / "pictures"), RowForm.PAIRS)
    assert rows.source is RowSource.CAPTIONS
    caption, picture = sides(rows)[0]
    assert isinstance(caption, str)
    assert isinstance(picture, PictureContent)
    assert len(rows.digest()) == 64
