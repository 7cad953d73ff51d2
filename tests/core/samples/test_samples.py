"""The built text samples are whole, and their authored parts are rebuilt byte for byte."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from packaging_making import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Load = Callable[[str], ModuleType]

SAMPLES = ROOT / "resources" / "samples"
LIBRARY = SAMPLES / "python-library"
METHODS = SAMPLES / "methods"

for_each_sample = pytest.mark.parametrize("folder", [LIBRARY, METHODS], ids=lambda path: path.name)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def judgements(folder: Path) -> list[tuple[str, str, int]]:
    header, *lines = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
    assert header == "query-id\tcorpus-id\tscore"
    split = [line.split("\t") for line in lines]
    return [(query, document, int(grade)) for query, document, grade in split]


@for_each_sample
def test_every_document_has_its_own_id_and_no_empty_field(folder: Path) -> None:
    documents = rows(folder / "corpus.jsonl")
    assert len({document["_id"] for document in documents}) == len(documents)
    for document in documents:
        assert all(str(value).strip() for value in document.values()), document["_id"]


@for_each_sample
def test_every_judgement_refers_to_a_question_and_a_document(folder: Path) -> None:
    questions = {question["_id"] for question in rows(folder / "queries.jsonl")}
    documents = {document["_id"] for document in rows(folder / "corpus.jsonl")}
    judged = judgements(folder)
    assert {query for query, _, _ in judged} <= questions
    assert {document for _, document, _ in judged} <= documents
    assert {grade for _, _, grade in judged} == {1, 2}
    assert len({(query, document) for query, document, _ in judged}) == len(judged)


@for_each_sample
def test_every_question_is_asked_once_and_has_a_direct_answer(folder: Path) -> None:
    questions = rows(folder / "queries.jsonl")
    assert len({question["_id"] for question in questions}) == len(questions)
    assert len({question["text"] for question in questions}) == len(questions)
    answered = {query for query, _, grade in judgements(folder) if grade == 2}
    assert answered == {question["_id"] for question in questions}


def test_the_samples_have_the_size_they_promise() -> None:
    assert 4500 <= len(rows(LIBRARY / "corpus.jsonl")) <= 5500
    assert len(rows(LIBRARY / "queries.jsonl")) >= 100
    assert 40 <= len(rows(METHODS / "corpus.jsonl")) <= 60
    assert len(rows(METHODS / "queries.jsonl")) >= 20


def test_no_file_of_a_sample_is_larger_than_three_megabytes() -> None:
    built = [path for folder in (LIBRARY, METHODS) for path in folder.rglob("*") if path.is_file()]
    assert built
    assert all(path.stat().st_size < 3_000_000 for path in built)


def test_topics_are_few_and_none_is_small() -> None:
    counts = Counter(document["topic"] for document in rows(LIBRARY / "corpus.jsonl"))
    assert 12 <= len(counts) <= 16
    assert min(counts.values()) >= 30


def test_the_questions_reach_every_topic() -> None:
    topics = {document["_id"]: document["topic"] for document in rows(LIBRARY / "corpus.jsonl")}
    reached = Counter(topics[document] for _, document, grade in judgements(LIBRARY) if grade == 2)
    assert set(reached) == set(topics.values())
    assert min(reached.values()) >= 4


def test_docstrings_are_short_enough_and_appear_once() -> None:
    texts = [document["text"] for document in rows(LIBRARY / "corpus.jsonl")]
    assert len(set(texts)) == len(texts)
    assert max(map(len, texts)) <= 1500


def test_every_family_is_known_and_every_paper_has_its_year(load: Load) -> None:
    families = load("build_methods").FAMILIES
    for method in rows(METHODS / "corpus.jsonl"):
        assert method["family"] in families
        assert method["paper"].endswith(f"({method['year']})")


def test_notices_name_the_source_and_the_licence() -> None:
    licence = (LIBRARY / "LICENSE").read_text(encoding="utf-8")
    assert "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2" in licence
    page = (LIBRARY / "README.md").read_text(encoding="utf-8")
    assert "Python Software Foundation" in page
    assert "Changes made to them" in page
    assert "build_python_library.py" in page
    assert "Apache-2.0" in (METHODS / "README.md").read_text(encoding="utf-8")


def test_rebuilding_the_questions_gives_the_same_bytes(load: Load, tmp_path: Path) -> None:
    corpus = (LIBRARY / "corpus.jsonl").read_bytes()
    (tmp_path / "corpus.jsonl").write_bytes(corpus)
    load("build_python_library").judge_corpus(tmp_path)
    for name in ("queries.jsonl", "qrels/test.tsv"):
        assert (tmp_path / name).read_bytes() == (LIBRARY / name).read_bytes()


def test_rebuilding_the_methods_gives_the_same_bytes(load: Load, tmp_path: Path) -> None:
    load("build_methods").build(tmp_path)
    built = sorted(path.relative_to(METHODS) for path in METHODS.rglob("*") if path.is_file())
    assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()) == built
    for name in built:
        assert (tmp_path / name).read_bytes() == (METHODS / name).read_bytes()


@pytest.fixture
def described(load: Load) -> dict[str, dict[str, str]]:
    """A corpus of three modules."""
    topics = {"textwrap": "text", "heapq": "data", "builtins": "data", "builtins.str": "text"}
    collected = load("build_python_library").collect(["textwrap", "heapq", "builtins"], topics)
    assert [row["_id"] for row in collected] == sorted(row["_id"] for row in collected)
    return {row["_id"]: row for row in collected}


def test_functions_classes_and_methods_are_described(described: dict[str, dict[str, str]]) -> None:
    wrap = described["textwrap.wrap"]
    assert wrap["title"] == "textwrap.wrap(text, width=70, **kwargs)"
    assert wrap["text"].startswith("Wrap a single paragraph of text, returning a list of wrapped")
    assert wrap["kind"] == "function"
    assert wrap["module"] == "textwrap"
    assert described["textwrap.TextWrapper"]["kind"] == "class"
    assert described["textwrap.TextWrapper.fill"]["kind"] == "method"


def test_builtins_go_without_module_and_may_have_a_topic_of_their_own(
    described: dict[str, dict[str, str]],
) -> None:
    assert described["str.upper"]["topic"] == "text"
    assert described["dict.get"]["topic"] == "data"


def test_the_call_in_an_old_docstring_moves_to_the_title(
    described: dict[str, dict[str, str]],
) -> None:
    find = described["str.find"]
    assert find["title"] == "str.find(sub[, start[, end]])"
    assert find["text"].startswith("Return the lowest index")


def test_collecting_twice_gives_the_same_rows(load: Load) -> None:
    collect = load("build_python_library").collect
    topics = {"heapq": "data", "json": "formats"}
    assert collect(["heapq", "json"], topics) == collect(["json", "heapq"], topics)


def test_a_long_text_ends_with_a_sentence(load: Load) -> None:
    capped = load("docstrings").capped
    assert capped("One. Two three. Four five six.", 20) == "One. Two three."
    assert capped("no sentence ends anywhere here", 12) == "no sentence"


def test_wrapped_prose_is_joined_and_a_list_is_not(load: Load) -> None:
    prose = load("docstrings").prose
    assert prose("One\ntwo.\n\n- a\n- b") == "One two.\n- a\n- b"


def test_a_question_that_names_an_unknown_function_is_refused(load: Load, tmp_path: Path) -> None:
    beir = load("beir")
    asked = {"lost": {"question": "Where?", "direct": ["os.nowhere"], "helps": []}}
    with pytest.raises(
        beir.SampleError, match=r"Question lost names os.nowhere, which the corpus does not have\."
    ):
        beir.write_questions(tmp_path, asked, {"os.walk"})


@pytest.mark.parametrize(
    ("direct", "helps", "message"),
    [([], ["a"], "has no direct answer"), (["a"], ["a"], "names a twice")],
)
def test_a_question_with_faulty_judgements_is_refused(
    load: Load, direct: list[str], helps: list[str], message: str
) -> None:
    beir = load("beir")
    with pytest.raises(beir.SampleError, match=message):
        beir.check_question("lost", {"direct": direct, "helps": helps}, {"a"})


def test_a_method_of_an_unknown_family_is_refused(load: Load) -> None:
    methods = load("build_methods")
    method = {"title": "T", "text": "t", "family": "cooks", "paper": "p"}
    with pytest.raises(Exception, match="Method m has the unknown family cooks"):
        methods.make_row("m", method, {"p": {"title": "P", "year": 2020}})
