"""The preview shows what will be read, quickly, and guesses roles with a reason."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedding_lab.errors import InputError, UsageError
from embedding_lab.jobs.run import run_job
from embedding_lab.readers.encoding import guess_encoding
from embedding_lab.readers.options import ReadOptions
from embedding_lab.readers.preview import preview_paths
from embedding_lab.readers.roles import guess_roles
from embedding_lab.types import ColumnRole
from embedding_lab.workflows.import_corpus import ImportCorpus

if TYPE_CHECKING:
    from embedding_lab.workspace.workspace import Workspace


def roles(samples: dict[str, list[str]], **decided: str) -> dict[str, str]:
    return {name: guess.role.value for name, guess in guess_roles(samples, decided).items()}


def test_a_table_is_shown_with_roles_reasons_and_rows(tmp_path: Path) -> None:
    path = tmp_path / "birds.csv"
    path.write_text(
        "doc_id;headline;body;topic\n1;Robin;It sings, 0,5 km away;bird\n2;Wren;Small;bird\n"
    )
    preview = preview_paths([path])
    assert (preview.kind, preview.name, preview.n_files) == ("table", "birds", 1)
    file = preview.files[0]
    assert (file.format, file.encoding, file.delimiter, file.has_header) == (
        "CSV",
        "utf-8",
        ";",
        True,
    )
    assert [(column.name, column.role.value) for column in preview.columns] == [
        ("doc_id", "id"), ("headline", "title"), ("body", "text"), ("topic", "label"),
    ]  # fmt: skip
    assert all(column.reason for column in preview.columns)
    assert preview.rows[0] == ("1", "Robin", "It sings, 0,5 km away", "bird")
    assert preview.document_preview[0] == "Robin It sings, 0,5 km away"


def test_options_change_what_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one,two\nthree,four\n")
    preview = preview_paths([path], ReadOptions(has_header=False, delimiter=";"))
    assert [column.name for column in preview.columns] == ["column_1"]
    assert len(preview.rows) == 2


def test_a_large_file_is_previewed_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    line = "1,some text of ordinary length that goes on for a while,label\n"
    with path.open("w") as file:
        file.write("id,text,label\n")
        for _ in range(60):
            file.write(line * 20_000)
    start = time.process_time()
    preview = preview_paths([path])
    assert time.process_time() - start < 1
    assert len(preview.rows) == 20
    assert preview.n_bytes > 70_000_000


def test_files_that_are_in_a_corpus_already_are_named(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n")
    run_job(ImportCorpus((str(path),), name="Texts"), workspace, lambda _: None)
    same = tmp_path / "b.txt"
    same.write_text("one\ntwo\n")
    other = tmp_path / "c.txt"
    other.write_text("one\nsix\n")
    preview = preview_paths([same, other], workspace=workspace)
    assert preview.already_imported == ((str(same), "Texts"),)


def test_nothing_chosen_is_an_error_and_nothing_readable_a_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        preview_paths([])
    preview = preview_paths([tmp_path / "missing.csv"])
    assert not preview.can_import
    assert "is not there" in preview.problems[0]


def test_a_locked_file_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.csv"
    path.write_text("text\none\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    assert preview_paths([path]).problems == (f"{path} cannot be read: Permission denied.",)


def test_options_survive_as_json_and_bad_ones_are_explained() -> None:
    options = ReadOptions(encoding="cp1252", roles={"a": "text"}, has_header=True)
    assert ReadOptions.from_record(options.to_record()) == options
    with pytest.raises(UsageError, match="cannot separate fields"):
        ReadOptions(delimiter="ab")
    with pytest.raises(UsageError, match="no text encoding named rot13"):
        ReadOptions(encoding="rot13")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Plain words only.\n", "utf-8"),
        ("Größe, Übermut und Äpfel.\nNoch eine schöne Zeile.\n" * 3, "cp1252"),
        ("Съешь же ещё этих мягких французских булок.\n" * 5, "cp1251"),
        ("これは日本語の文章です。よろしくお願いします。\n" * 5, "cp932"),
    ],
)
def test_encodings_are_recognised(text: str, encoding: str) -> None:
    guess, _ = guess_encoding(text.encode(encoding))
    assert text.encode(encoding).decode(guess) == text


def test_roles_by_name_beat_roles_by_content() -> None:
    samples = {"id": ["1", "2"], "text": ["a", "b"], "abstract": ["much longer text", "and more"]}
    assert roles(samples) == {"id": "id", "text": "text", "abstract": "other"}


def test_roles_by_content_where_names_say_nothing() -> None:
    samples = {
        "x": [f"k{number}" for number in range(40)],
        "y": ["a text of some length"] * 39 + ["another one"],
        "z": ["red", "blue"] * 20,
        "w": ["0.5", "4,2"] * 20,
        "row_id_of": [str(number) for number in range(40)],
    }
    assert roles(samples) | {"x": "", "row_id_of": ""} == {
        "x": "", "y": "text", "z": "label", "w": "score", "row_id_of": "",
    }  # fmt: skip


def test_pairs_and_triplets_keep_exactly_one_text() -> None:
    long = ["a text of some length"] * 3
    assert roles({"anchor": long, "positive": long, "negative_1": long}) == {
        "anchor": "text", "positive": "positive", "negative_1": "negative",
    }  # fmt: skip
    assert roles({"query": long, "passage": long}) == {"query": "query", "passage": "text"}
    assert roles({"word": ["able"], "pos": ["adj"]})["pos"] == "other"


def test_a_column_the_user_decided_is_not_guessed() -> None:
    samples = {"a": ["x"], "text": ["y"]}
    assert roles(samples, a="text") == {"a": "text", "text": "other"}
    assert guess_roles(samples, {"a": "text"})["a"].reason == "as you chose"


def test_the_second_sentence_of_scored_pairs_is_their_positive() -> None:
    samples = {"sentence1": ["one text"] * 12, "sentence2": ["another text"] * 12}
    scores = {"score": ["1.5", "2"] * 6}
    assert roles(samples | scores) == {
        "sentence1": "text", "sentence2": "positive", "score": "score",
    }  # fmt: skip
    # Without a score, nothing says that they belong together.
    assert roles(samples)["sentence2"] != "positive"


def test_a_folder_is_previewed_with_the_columns_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\none,x\n")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"body": "two", "year": 1990}\n'))
    preview = preview_paths([tmp_path])
    assert {column.name: column.role for column in preview.columns} == {
        "text": ColumnRole.TEXT,
        "label": ColumnRole.LABEL,
        "body": ColumnRole.TEXT,
        "year": ColumnRole.OTHER,
    }
    assert preview.document_preview == ("one", "two")
