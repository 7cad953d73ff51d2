"""Files of classes, templates and instructions, whole and broken."""

from __future__ import annotations

import json

import pytest
from study_making import make_corpus

from embedding_lab.errors import InputError, UsageError
from embedding_lab.prompts.choices import classes_named, instructions_in, templates_named
from embedding_lab.prompts.class_list import (
    PromptClass,
    class_of,
    classes_of_labels,
    read_classes,
    require_classes,
)
from embedding_lab.prompts.template_list import fill, read_templates, require_templates
from embedding_lab.workspace.corpus import Document


@pytest.fixture
def write(tmp_path):
    def written(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return written


# Templates


@pytest.mark.parametrize(
    ("template", "name", "text"),
    [
        ("a photo of a {}.", "cat", "a photo of a cat."),
        ("{} {} {}", "cat", "cat cat cat"),
        ("a {red} {}", "{}", "a {red} {}"),
        ("{}", "a {} b", "a {} b"),
        ("{{}}", "cat", "{cat}"),
    ],
)
def test_every_placeholder_is_replaced_once_and_nothing_else(template, name, text):
    assert fill(template, name) == text


def test_templates_are_read_one_a_line(write):
    path = write("t.txt", "\ufeff{}\r\n\r\n  a photo of a {}.  \nüber {}\n")
    assert read_templates(path) == ("{}", "a photo of a {}.", "über {}")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{}\na photo\n", r"Line 2 of .*t\.txt has no \{\} for the name of the class: a photo"),
        ("{}\n\n{}\n", r"Line 3 of .*t\.txt repeats the template of line 1"),
        ("", "is empty"),
        (" \n\t\n", "is empty"),
        (b"{}\ncaf\xe9 {}\n", r"not in UTF-8: line 2 cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_of_templates_is_told_with_its_line(write, content, sentence):
    with pytest.raises(InputError, match=sentence):
        read_templates(write("t.txt", content))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match=r"missing\.txt cannot be read: No such file"):
        read_templates(tmp_path / "missing.txt")


def test_templates_given_by_hand_are_checked_too():
    assert require_templates(["{}"]) == ("{}",)
    for wrong, sentence in (([], "no template"), (["a"], "has no"), (["{}", "{}"], "twice")):
        with pytest.raises(UsageError, match=sentence):
            require_templates(wrong)


# Classes


def test_a_line_is_a_class_and_a_tab_separates_label_and_name(write):
    path = write("c.txt", "Sports\nSci/Tech\tscience and technology\n")
    assert read_classes(path) == (
        PromptClass("Sports", "Sports"),
        PromptClass("Sci/Tech", "science and technology"),
    )


def test_utf_16_with_its_mark_is_read(write):
    path = write("c.txt", "Käse\nBrot\n".encode("utf-16"))
    assert [item.name for item in read_classes(path)] == ["Käse", "Brot"]


def test_tables_bring_descriptions_row_by_row(write):
    path = write(
        "c.csv",
        'label,name,description\na,the letter a,"first, of all"\na,,also a vowel\n'
        "b,the letter b,\n",
    )
    assert read_classes(path) == (
        PromptClass("a", "the letter a", ("first, of all", "also a vowel")),
        PromptClass("b", "the letter b"),
    )
    tabbed = write("c.tsv", "label\tname\nx\tex\ny\twhy\n")
    assert [item.name for item in read_classes(tabbed)] == ["ex", "why"]
    plain = write("plain.tsv", "x\tex\ny\twhy\n")
    assert [item.label for item in read_classes(plain)] == ["x", "y"]


@pytest.mark.parametrize(
    "value",
    [
        [{"label": "a", "name": "A", "descriptions": ["one"]}, {"label": "b"}],
        {"classes": [{"label": "a", "name": "A", "description": "one"}, "b"]},
        {"a": {"name": "A", "descriptions": ["one"]}, "b": "b"},
    ],
)
def test_json_comes_in_several_shapes(write, value):
    path = write("c.json", json.dumps(value))
    assert read_classes(path) == (PromptClass("a", "A", ("one",)), PromptClass("b", "b"))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("c.txt", "a\nb\na\n", "Two classes have the label a"),
        ("c.txt", "a\tone\nb\tone\n", "Two classes have the name one"),
        ("c.txt", "a\n", "at least two classes"),
        ("c.txt", "", "is empty"),
        ("c.txt", "a\n\tb\n", r"Line 2 of .* has a tab but no label"),
        ("c.txt", "a\nb\t\n", r"Line 2 of .* has a tab but no name"),
        ("c.txt", b"a\nb\xff\n", "not in UTF-8: line 2"),
        ("c.csv", "x,y\n1,2\n", "no column label or name; its columns are x, y"),
        ("c.csv", "label,name\na,A\n,\n", "Line 3 of .* neither a label nor a name"),
        ("c.csv", "label,name\na,A\na,B\n", "Line 3 of .* repeats the label a"),
        ("c.csv", "", "is empty"),
        ("c.json", '{"a": ', "is no JSON: line 1"),
        ("c.json", "3", "neither a list of classes nor an object"),
        ("c.json", "[1, 2]", "A class is a label"),
        ("c.json", '[{"label": ""}, "b"]', "neither a label nor a name"),
    ],
)
def test_what_is_wrong_with_a_file_of_classes_is_told(write, name, content, sentence):
    with pytest.raises(InputError, match=sentence):
        read_classes(write(name, content))


def test_a_class_can_be_given_in_short():
    assert class_of("a") == class_of(("a",)) == class_of(["a", "a"]) == PromptClass("a", "a")
    assert class_of(class_of(("a", "b")).to_record()) == PromptClass("a", "b")
    with pytest.raises(UsageError, match="A class is a label"):
        class_of(("a", "b", "c"))
    with pytest.raises(UsageError, match="at least two"):
        require_classes([])


def test_the_labels_of_a_corpus_are_classes(workspace):
    documents = [Document(id=str(i), text="t", label=label) for i, label in enumerate("ba_b")]
    classes = classes_of_labels(make_corpus(workspace, "c", documents))
    assert [item.label for item in classes] == ["_", "a", "b"]
    one = make_corpus(workspace, "one", documents[:1])
    with pytest.raises(UsageError, match="one has 1 label, so"):
        classes_of_labels(one)
    none = make_corpus(workspace, "none", [Document(id="1", text="t")])
    with pytest.raises(UsageError, match="none has no labels"):
        classes_of_labels(none)


# Choices


def test_names_stand_for_files_and_for_what_is_bundled(write):
    assert classes_named("@label") == classes_named("") == ()
    assert classes_named(["a", "b"]) == ("a", "b")
    assert len(classes_named("@digits")) == 10
    assert classes_named(write("c.txt", "a\nb\n"))[1]["label"] == "b"
    assert templates_named("") == ("{}",)
    assert "{}" in templates_named("@news")
    assert templates_named("a photo of a {}") == ("a photo of a {}",)
    assert templates_named(str(write("t.txt", "x {}\n"))) == ("x {}",)
    with pytest.raises(UsageError, match="no set of templates named new") as caught:
        templates_named("@new")
    assert "Did you mean news?" in caught.value.hint
    with pytest.raises(UsageError, match="no bundled list of classes named nothing"):
        classes_named("@nothing")


def test_instructions_keep_the_spaces_at_their_end(write):
    path = write("i.txt", "-\nquery: \nq: \td: \n")
    assert instructions_in(path) == (("", "query: ", "q: "), ("d: ",))
