"""The ``prompts`` commands: their fields, their words, their exit status."""

from __future__ import annotations

import json

import pytest
from transformer_making import write_chat_model

from embedding_lab.encoders import pool

LOAD = pool.load
NAMES = {"sea": "whale", "land": "lion", "air": "blackbird"}


@pytest.fixture
def files(tmp_path):
    """A file of classes and one of templates."""
    classes, templates = tmp_path / "classes.txt", tmp_path / "templates.txt"
    classes.write_text("".join(f"{label}\t{name}\n" for label, name in NAMES.items()))
    templates.write_text("{}\nall about {}\n")
    return ["--classes", classes, "--templates", templates]


@pytest.fixture
def ready(lab, animals):
    assert lab("corpus", "import", animals).status == 0
    return lab


def test_a_test_answers_with_the_fields_that_stay(ready, files):
    value = ready("prompts", "test", "animals", "--encoder", "starter", *files, "--json").value
    assert {"n", "accuracy", "accuracy_ci", "macro_f1", "confusion", "templates"} <= set(value)
    assert (value["n"], value["accuracy"]) == (5, 0.8)
    assert sum(map(sum, value["confusion"])) == 5
    assert sum(value["confusion"][i][i] for i in range(3)) == 4
    assert value["accuracy_ci"] == [
        pytest.approx(0.3755, abs=1e-3),
        pytest.approx(0.9638, abs=1e-3),
    ]
    assert [item["template"] for item in value["templates"]] == ["{}", "all about {}"]
    assert all(0 <= item["accuracy"] <= 1 for item in value["templates"])


def test_a_person_reads_the_same_figures(ready, files):
    shown = ready("prompts", "test", "animals", *files, "--search", "--save", "first").out
    assert "starter on animals: 5 items, 3 classes, 2 templates" in shown
    assert "accuracy  0.8000" in shown
    assert "Chosen on one half of the labelled items, reported on the other half." in shown
    assert "Saved as first-" in shown
    words = ("--shots", 1, "--scale", 10, "--synonym-cosine", 0.5, "--sample", 4)
    shown = ready("prompts", "test", "animals", *files, *words, "--save", "few").out
    assert "3 of 5 labelled rows" in shown
    assert "1 example, at most 1 of each class. They were drawn with the seed" in shown
    words = ("experiments", "show", "few", "--cell", "sea", "sea", "--mode", "mixed")
    assert ready("prompts", *words).status == 0
    words = ("experiments", "show", "first", "--cell", "sea", "sea", "--mode", "mixed")
    assert "first was tested without examples" in ready("prompts", *words).err


def test_classes_come_from_the_label_column_too(ready):
    value = ready("prompts", "test", "animals", "--classes", "@label", "--json").value
    assert [item["label"] for item in value["classes"]] == ["air", "land", "sea"]
    assert [item["template"] for item in value["templates"]] == ["{}"]
    news = ready("prompts", "test", "animals", "--templates", "@news", "--json").value
    assert len(news["templates"]) > 3


def test_files_that_cannot_be_used_end_with_status_1(ready, files, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_text("no mark\n")
    outcome = ready("prompts", "test", "animals", "--templates", bad)
    assert outcome.status == 1
    assert "Line 1 of" in outcome.err
    assert "has no {} for the name of the class" in outcome.err
    assert ready("prompts", "test", "animals", "--classes", tmp_path / "gone").status == 1
    assert ready("prompts", "test", "nothing").status == 1
    assert ready("prompts", "test").status == 2
    assert ready("prompts", "test", "animals", "--top-k", "0").status == 2
    assert ready("prompts", "test", "animals", "--scale", "inf").status == 2


def test_saved_tests_are_listed_shown_compared_and_deleted(ready, files, tmp_path):
    swapped = tmp_path / "swapped.txt"
    swapped.write_text("sea\tlion\nland\twhale\nair\tblackbird\n")
    assert ready("prompts", "experiments", "list").out == (
        "Nothing is saved yet; test with --save NAME.\n"
    )
    assert ready("prompts", "test", "animals", *files, "--save", "first").status == 0
    second = ("--classes", swapped, *files[2:], "--save", "second")
    assert ready("prompts", "test", "animals", *second).status == 0
    again = ready("prompts", "test", "animals", *files, "--save", "first")
    assert again.status == 1
    assert "an experiment named first already" in again.err

    listed = ready("prompts", "experiments", "list", "--json").value["experiments"]
    assert [(item["name"], item["n"]) for item in listed] == [("first", 5), ("second", 5)]
    shown = ready("prompts", "experiments", "show", "first", "--json").value
    assert shown["result"]["accuracy"] == shown["score"] == 0.8
    cell = ("--cell", "sea", "sea", "--json")
    rows = ready("prompts", "experiments", "show", "first", *cell).value["rows"]
    assert len(rows) == shown["result"]["confusion"][0][0]
    missing = ready("prompts", "experiments", "show", "first", "--cell", "sea", "moon")
    assert "no class moon" in missing.err

    compared = ready("prompts", "compare", "second", "first", "--json").value
    assert compared["n"] == 5
    assert compared["difference"] == pytest.approx(
        compared["second_accuracy"] - compared["first_accuracy"]
    )
    assert compared["verdict"] == "no difference shown"
    told = ready("prompts", "compare", "second", "first").out
    assert f"{compared['n_changed']} changed" in told

    table = ready("prompts", "experiments", "table", "first", "second").out
    assert table.startswith(r"\begin{tabular}")
    table = ready("prompts", "experiments", "table", "first", "--form", "markdown", "--json").value
    assert table["markdown"].startswith("| Experiment | Corpus |")
    deleted = ready("prompts", "experiments", "delete", "first", "--json").value
    assert deleted == {"deleted": "first"}
    assert ready("prompts", "experiments", "show", "first").status == 1
    assert ready("workspace", "trash", "list", "--json").value["items"][0]["kind"] == "experiment"


def test_instructions_are_compared_from_a_file(lab, tmp_path):
    folder = tmp_path / "judged"
    (folder / "qrels").mkdir(parents=True)
    lines = [{"_id": f"d{i}", "text": f"text {i}"} for i in range(20)]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)))
    queries = [{"_id": f"q{i}", "text": f"text {i}"} for i in range(8)]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    judged = "".join(f"q{i}\td{i}\t1\n" for i in range(8))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    assert lab("corpus", "import", folder).status == 0
    path = tmp_path / "instructions.txt"
    path.write_text("-\nspoil: \n")
    command = ("prompts", "instructions", "judged", "--instructions", path)
    value = lab(*command, "--json").value
    assert [item["query"] for item in value["instructions"]] == ["", "spoil: "]
    assert value["instructions"][0]["score"] == 1.0
    assert value["instructions"][1]["verdict"] == "worse"
    assert "worse" in lab(*command).out
    path.write_text("-\na\tb\n")
    assert lab(*command).status == 2


def test_patterns_are_listed_shown_and_filled_in(lab):
    value = lab("prompts", "patterns", "list", "--json").value
    assert len(value["patterns"]) == 29
    assert {"name", "title", "summary", "templates"} == set(value["template_sets"][0])
    assert "few-shot" in lab("prompts", "patterns", "list").out
    shown = lab("prompts", "patterns", "show", "zero-shot")
    assert "{kind} about {class}." in shown.out
    command = ("prompts", "patterns", "render", "zero-shot", "--set", "class={x} = y")
    assert lab(*command).out == "A text about {x} = y.\n"
    assert lab(*command, "--json").value["steps"][0]["text"] == "A text about {x} = y."
    missing = lab("prompts", "patterns", "render", "zero-shot")
    assert missing.status == 1
    assert "The slot class of the pattern zero-shot is not filled." in missing.err
    assert lab("prompts", "patterns", "render", "zero-shot", "--set", "class").status == 2
    assert lab("prompts", "patterns", "show", "zero").status == 1


def test_own_patterns_are_kept_exported_imported_and_deleted(lab, tmp_path):
    templates, file = tmp_path / "templates.txt", tmp_path / "patterns.json"
    templates.write_text("{}\na {curly} {}\n")
    command = ("prompts", "patterns")
    assert lab(*command, "export", "--to", file).status == 1
    kept = lab(*command, "keep", "Two of mine", "--templates", templates, "--json").value
    assert kept["id"] == "two-of-mine"
    text = lab(*command, "render", "two-of-mine", "--set", "class=x").out
    assert text == "x\n\n---\n\na {curly} x\n"
    exported = lab(*command, "export", "two-of-mine", "zero-shot", "--to", file, "--json").value
    assert exported["exported"] == ["two-of-mine", "zero-shot"]
    assert "cannot be named two-of-mine" in lab(*command, "import", file).err
    assert lab(*command, "delete", "two-of-mine").status == 0
    assert "comes with the program" in lab(*command, "delete", "zero-shot").err
    assert lab(*command, "export", "rag", "--to", file).status == 0
    file.write_text(file.read_text().replace('"rag"', '"my-rag"'))
    assert lab(*command, "import", file).out == "Imported 1 pattern.\n"
    assert lab(*command, "list", "--json").value["patterns"][0]["id"] == "my-rag"
    file.write_text("[]")
    assert "holds no pattern" in lab(*command, "import", file).err


def test_a_search_answers_with_the_fields_that_stay(ready, files, tmp_path):
    words = ["prompts", "optimize", "animals", *files, "--shots", 1, "--set", "epochs=2"]
    saved = ("--to", tmp_path / "found", "--save", "My set")
    value = ready(*words, *saved, "--json").value
    assert {"accuracy", "train_accuracy", "baselines", "best_baseline", "prompt_set"} <= set(value)
    assert (value["method"], value["parameters"]["epochs"]) == ("proapo", 2)
    assert value["n_examples"] + value["n_held_out"] == 5
    found = ["--classes", tmp_path / "found/classes.json"]
    found += ["--templates", tmp_path / "found/templates.txt"]
    by_files = ready("prompts", "test", "animals", *found, "--json").value
    by_name = ready("prompts", "test", "animals", "--prompt-set", "my-set", "--json").value
    assert by_files["n"] == 5
    assert by_files["confusion"] == by_name["confusion"]
    assert ready("prompts", "sets", "list").out == "my-set\n"
    assert "whale" in ready("prompts", "sets", "show", "my-set").out
    assert ready("prompts", "sets", "export", "my-set", "--to", tmp_path / "out").status == 0
    assert (tmp_path / "out/templates.txt").exists()
    assert "a prompt set named my-set already" in ready(*words, "--save", "my set").err
    assert ready("prompts", "sets", "delete", "my-set").status == 0
    assert "no prompt set named my-set" in ready("prompts", "sets", "show", "my-set").err
    shown = ready(*words).out
    assert "ProAPO with starter on animals: " in shown
    assert "the nearest prototype" in shown


def test_a_search_with_a_wrong_parameter_ends_with_its_rule(ready):
    outcome = ready("prompts", "optimize", "animals", "--set", "epochs=none")
    assert outcome.status == 1
    assert "Epochs must be a whole number from 1 to 100" in outcome.err
    outcome = ready("prompts", "optimize", "animals", "--set", "epochs")
    assert outcome.status == 2
    assert "expected NAME=VALUE, found epochs" in outcome.err


@pytest.fixture
def fish(ready, tmp_path):
    """The command line, with a corpus of two labels of two rows each."""
    table = tmp_path / "fish.csv"
    table.write_text("text,label\nwhale,sea\ntuna,sea\nlion,land\ncow,land\n")
    assert ready("corpus", "import", table).status == 0
    return ready


def test_embedding_prompts_are_compared_and_shown(fish):
    ready = fish
    words = ["prompts", "bench", "fish", "--presets", "none", "hierarchical"]
    value = ready(*words, "--json").value
    assert [item["name"] for item in value["prompts"]] == ["none", "hierarchical"]
    assert {"knn", "knn_ci", "mean_cosine", "separation"} <= set(value["prompts"][0])
    shown = ready(*words).out
    assert "right where the nearest rows have the label" in shown
    assert "Against none" in shown
    outcome = ready("prompts", "render", "--text", "cat")
    assert outcome.status == 1
    assert "does not tell the tokens of its prompts" in outcome.err


def test_a_corpus_is_embedded_and_searched_with_an_embedding_prompt(ready):
    words = [
        "embed",
        "animals",
        "--embedding-prompt",
        "hierarchical",
        "--set",
        "query_text= in one",
    ]
    embedded = ready(*words)
    assert "read with the embedding prompt hierarchical, changed" in embedded.out
    assert ready(*words, "--json").value["new_rows"] == 0
    value = ready("search", "animals", "whale", "--json").value
    assert value["embedding_prompt"] == "hierarchical, changed"
    assert ready("search", "animals", "whale", "--no-embedding-prompt").status == 1
    outcome = ready("search", "animals", "whale", "--embedding-prompt", "none")
    assert "--embedding-prompt none" in outcome.err
    assert ready("embed", "animals").status == 0
    value = ready("search", "animals", "whale", "--no-embedding-prompt", "--json").value
    assert value["embedding_prompt"] == ""
    shown = ready("corpus", "show", "animals", "--json").value["embedded"]
    assert {item["embedding_prompt"] for item in shown} == {"", "hierarchical, changed"}


def test_embedding_prompts_of_ones_own_are_kept_listed_and_deleted(ready):
    words = ["presets", "save", "topics", "--set", "query_system=Topic."]
    assert ready("prompts", *words).out.strip() == "Saved the embedding prompt topics."
    found = ready("prompts", "presets", "list", "--json").value["prompts"]
    assert [item["name"] for item in found if item["is_own"]] == ["topics"]
    assert found[-1]["texts"]["query_system"] == "Topic."
    assert "Represent the given text" in ready("prompts", "presets", "list").out
    assert ready("embed", "animals", "--embedding-prompt", "topics").status == 0
    assert ready("prompts", "presets", "delete", "topics", "--json").value == {"deleted": "topics"}
    assert ready("prompts", "presets", "delete", "topics").status == 1
    assert ready("prompts", "presets", "save", "none").status == 1


def test_what_goes_on_inside_is_asked_of_encoders_that_can_tell(fish):
    for words in (("layers", "fish"), ("attention", "fish", "--layer", "0")):
        outcome = fish("prompts", *words)
        assert outcome.status == 1
        assert "does not tell what goes on inside it" in outcome.err


@pytest.mark.usefixtures("unloaded")
def test_layers_and_attention_are_told_in_a_table(fish, tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "load", LOAD)
    folder = write_chat_model(tmp_path / "chat")
    assert fish("encoder", "add", folder, "--name", "chat").status == 0
    words = ("--encoder", "chat", "--preset", "none")
    value = fish("prompts", "layers", "fish", *words, "--json").value
    assert [item["layer"] for item in value["layers"]] == [0, 1, 2]
    assert "Separation" in fish("prompts", "layers", "fish", *words).out
    value = fish("prompts", "attention", "fish", *words, "--json").value
    assert [item["part"] for item in value["parts"]] == ["user", "form"]
    shown = fish("prompts", "attention", "fish", *words).out
    assert "Share per token" in shown
    assert "layer -1" in shown
