"""Corpora on disk: what is written is what is read, and staging survives a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from embedding_lab.errors import UsageError, WorkspaceError
from embedding_lab.workspace.corpus import Corpus, Document
from embedding_lab.workspace.corpus_report import ReportLine
from embedding_lab.workspace.corpus_writer import CorpusWriter, content_key

if TYPE_CHECKING:
    from pathlib import Path


def publish(writer: CorpusWriter, target: Path, extra: tuple[str, ...] = ()) -> Corpus:
    return writer.publish(target, corpus_id="c", name="C", extra_columns=extra, sources=[])


def test_documents_come_back_as_they_went_in(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    texts = [f"text {number} — é 😀\n\tx" for number in range(1203)]
    for text in texts:
        writer.add_document(Document(text=text))
    corpus = publish(writer, tmp_path / "corpus")
    assert [document.text for document in corpus.documents()] == texts
    assert [document.row for document in corpus.documents(1200, 9999)] == [1200, 1201, 1202]
    assert corpus.ids()[:3] == ["0", "1", "2"]


def test_the_manifest_counts_what_is_there(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    writer.add_document(Document(text="sings", title="Robin", label="bird", id="r"))
    writer.add_document(Document(text="", id="e"))
    writer.add_query("q1", "what sings")
    writer.add_judgement("test", "q1", "r", 2)
    writer.report(ReportLine(file="b.csv", line=7, reason="empty text"))
    writer.report(ReportLine(file="b.csv", line=9, reason="id changed", is_rejected=False))
    corpus = publish(writer, tmp_path / "corpus", ("year",))
    assert (corpus.n_rows, corpus.n_empty, corpus.n_queries, corpus.n_judgements) == (2, 1, 1, 1)
    assert (corpus.n_rejected, corpus.splits) == (1, ("test",))
    assert corpus.columns == ("id", "title", "text", "label", "year")
    assert [line.line for line in corpus.report()] == [7, 9]
    assert [line.line for line in corpus.report(limit=1, offset=1)] == [9]
    assert [query.text for query in corpus.queries("test")] == ["what sings"]
    assert corpus.queries("train") == []
    assert corpus.judgements("test") == {"q1": {"r": 2.0}}


def test_a_taken_id_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    assert writer.add_document(Document(text="one", id="a"))
    assert not writer.add_document(Document(text="two", id="a"))
    assert writer.add_document(Document(text="three", id="b"))
    corpus = publish(writer, tmp_path / "corpus")
    assert [(d.row, d.text) for d in corpus.documents()] == [(0, "one"), (1, "three")]


def test_staging_forgets_what_was_not_committed_and_keeps_the_position(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    writer.add_document(Document(text="kept"))
    writer.commit({"file": 0, "records": 1})
    writer.add_document(Document(text="lost"))
    writer.close()
    again = CorpusWriter(tmp_path / "staging")
    assert again.position() == {"file": 0, "records": 1}
    assert again.n_rows == 1
    again.add_document(Document(text="second"))
    corpus = publish(again, tmp_path / "corpus")
    assert [document.text for document in corpus.documents()] == ["kept", "second"]


def test_a_writer_knows_what_it_holds_before_it_is_published(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    writer.add_document(Document(text="x", id="d"))
    writer.add_query("q", "x?")
    assert writer.has_document("d")
    assert writer.has_query("q")
    assert not writer.has_document("q")
    assert not writer.has_query("d")
    writer.close()


def test_rows_added_together_get_numbered_ids_where_theirs_are_taken(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    ids = ["a", "b", "a", "a#2", "a"]
    rows = [(Document(text=str(line), id=name), line) for line, name in enumerate(ids, start=1)]
    assert writer.add_documents(rows) == [(3, "a", "a#2"), (4, "a#2", "a#2#2"), (5, "a", "a#3")]
    assert writer.add_documents([(Document(text="six"), 6)], numbers_rows=True) == []
    assert publish(writer, tmp_path / "corpus").ids() == ["a", "b", "a#2", "a#2#2", "a#3", "5"]


def test_rows_come_in_the_order_asked_for_and_absent_ones_are_named(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    for number in range(700):
        writer.add_document(Document(text=str(number), label="even" if number % 2 == 0 else None))
    corpus = publish(writer, tmp_path / "corpus")
    wanted = list(range(699, -1, -1))
    assert [int(document.text) for document in corpus.documents_at(wanted)] == wanted
    with pytest.raises(UsageError, match="no row 700; its rows are 0 to 699"):
        corpus.documents_at([3, 700])
    assert corpus.labels() == {"even": 350}
    assert corpus.select("label = ?", ("even",), order_by="row DESC")[:2].tolist() == [698, 696]
    assert corpus.row_of_id("5") == 5
    with pytest.raises(UsageError, match="no document with the id x"):
        corpus.row_of_id("x")


@pytest.mark.parametrize("content", [None, b"", bytes(40_000), b"no database" * 4000, "half"])
def test_a_damaged_database_is_told_with_a_way_out(
    tmp_path: Path, content: bytes | str | None
) -> None:
    writer = CorpusWriter(tmp_path / "staging")
    for number in range(500):
        writer.add_document(Document(text=f"text {number} " * 20, label="x"))
    corpus = publish(writer, tmp_path / "corpus")
    database = corpus.folder / "corpus.sqlite"
    whole = database.read_bytes()
    database.unlink()
    if content is not None:
        database.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    for read in (lambda: list(corpus.documents()), corpus.report_counts, corpus.ids):
        with pytest.raises(WorkspaceError, match="database of the corpus C is missing or damaged"):
            read()


def test_the_full_text_is_title_space_text() -> None:
    assert Document(text="sings", title="Robin").full_text == "Robin sings"
    assert Document(text="sings").full_text == "sings"
    document = Document(text="sings", extra={"year": 3})
    assert (document.value("text"), document.value("year"), document.value("x")) == (
        "sings",
        3,
        None,
    )


def test_equal_content_has_an_equal_key_whatever_the_id() -> None:
    assert content_key(Document(text="a", id="1")) == content_key(Document(text="a", id="2"))
    assert content_key(Document(text="a b")) != content_key(Document(text="b", title="a"))
