"""Every command: its ``--json`` fields, its words for a person, and its exit status."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from code_making import write_own_architecture
from encoder_making import write_sentence_bert
from study_making import make_corpus

from embedding_lab.cli import window_commands
from embedding_lab.cli.main import build_parser
from embedding_lab.settings import load_settings
from embedding_lab.workspace.corpus import Document
from embedding_lab.workspace.workspace import open_workspace


@pytest.fixture
def embedded(lab, animals):
    assert lab("corpus", "import", animals).status == 0
    assert lab("embed", "animals").status == 0
    return lab


def fields(value):
    return set(value)


# Workspace


def test_a_new_workspace_becomes_the_last_used(lab, tmp_path):
    made = lab("workspace", "new", tmp_path / "Other.embedlab", "--name", "Mine", "--json")
    assert made.value["name"] == "Mine"
    assert load_settings().recent_workspaces[0] == str(tmp_path / "Other.embedlab")
    assert lab("workspace", "info", "--json").value["name"] == "Mine"
    named = lab("--workspace", tmp_path / "Study.embedlab", "workspace", "info", "--json")
    assert named.value["name"] == "Study"
    assert lab("workspace", "info", "--json").value["name"] == "Study"


def test_workspace_info_counts_what_is_there(embedded):
    value = embedded("workspace", "info", "--json").value
    assert fields(value) == {
        "workspace", "name", "id", "format", "corpora", "encoders", "embeddings", "jobs", "n_bytes"
    }  # fmt: skip
    assert (value["corpora"], value["embeddings"], value["jobs"]) == (1, 1, 2)
    assert "corpora     1" in embedded("workspace", "info").out


def test_deleted_things_come_back_from_the_trash(embedded):
    assert embedded("corpus", "delete", "animals", "--json").value == {"deleted": "animals"}
    items = embedded("workspace", "trash", "list", "--json").value["items"]
    assert {item["kind"] for item in items} == {"corpus", "embeddings"}
    assert fields(items[0]) == {"id", "kind", "name", "deleted", "n_bytes"}
    assert "animals" in embedded("workspace", "trash", "list").out
    for item in items:
        restored = embedded("workspace", "trash", "restore", item["id"], "--json").value
        assert fields(restored) == {"id", "restored"}
    assert embedded("search", "animals", "whale", "--json").value["results"][0]["id"] == "w1"
    embedded("corpus", "delete", "animals")
    emptied = embedded("workspace", "trash", "empty", "--json").value
    assert emptied["n_items"] == 2
    assert emptied["freed_bytes"] > 1000
    assert embedded("workspace", "trash", "list").out == "The trash is empty.\n"


# Corpus


def test_import_tells_what_came_in_and_what_did_not(lab, animals):
    value = lab("corpus", "import", animals, "--json").value
    assert (value["corpus"], value["rows"]) == ("animals", 5)
    assert value["rejected"] == [{"file": str(animals), "line": 5, "reason": "empty text"}]
    again = lab("corpus", "import", animals)
    assert again.status == 1
    assert again.out == ""
    told = lab("corpus", "import", animals, "--again", "--keep-empty", "--name", "zoo").out
    assert told == "6 rows came into the corpus zoo.\n"
    kept = lab("corpus", "import", animals, "--again")
    assert "1 row did not:\n" in kept.out
    assert "line 5: empty text" in kept.out


def test_import_options_reach_the_reader(lab, tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes("één;zin\ntwee;zinnen\n".encode("cp1252"))
    value = lab(
        "corpus", "import", table, "--json", "--encoding", "cp1252", "--delimiter", ";",
        "--no-header", "--role", "column_2=text", "--role", "column_1=label", "--name", "nl",
    ).value  # fmt: skip
    assert (value["corpus"], value["rows"]) == ("nl", 2)
    shown = lab("corpus", "show", "nl", "--json").value
    assert shown["labels"] == {"twee": 1, "één": 1}
    more = tmp_path / "more.txt"
    more.write_text("one\nline each\n")
    value = lab("corpus", "import", more, "--into", "nl", "--text-unit", "line", "--json").value
    assert (value["rows"], value["new_rows"]) == (4, 2)


def test_corpus_list_and_show(embedded, animals):
    [listed] = embedded("corpus", "list", "--json").value["corpora"]
    assert (listed["corpus"], listed["rows"], listed["n_rejected"]) == ("animals", 5, 1)
    assert [(item["encoder"], item["rows"]) for item in listed["embedded"]] == [("starter", 5)]
    shown = embedded("corpus", "show", "animals", "--rows", "2", "--json").value
    assert fields(shown) == {
        "corpus", "id", "created", "rows", "empty", "n_rejected", "queries", "judgements",
        "splits", "columns", "embedded", "sources", "labels", "report", "first_rows",
    }  # fmt: skip
    assert shown["sources"][0]["path"] == str(animals)
    assert shown["first_rows"] == [
        {"row": 0, "id": "w1", "text": "whale", "label": "sea", "year": "1851"},
        {"row": 1, "id": "w2", "text": "shark in the water", "label": "sea", "year": "1975"},
    ]
    out = embedded("corpus", "show", "animals").out
    assert "1851" in out
    assert "empty text" in out
    assert "starter" in embedded("corpus", "list").out


def test_corpus_export_writes_the_filtered_rows(embedded, tmp_path):
    to = tmp_path / "sea.csv"
    value = embedded(
        "corpus", "export", "animals", "--to", to, "--filter", 'label = "sea"', "--json"
    ).value
    assert value == {"path": str(to), "corpus": "animals", "rows": 3}
    with to.open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["w1", "w2", "w3"]
    assert "Wrote 5 rows to" in embedded("corpus", "export", "animals", "--to", to).out


# Subsets


def test_rows_are_kept_under_a_name_and_taken_up_by_a_filter(embedded):
    lab = embedded
    kept = lab("search", "animals", "whale", "-k", "2", "--save-as", "whales", "--json").value
    assert kept["subset"] == "whales"
    value = lab("subset", "save", "animals", "early", "--rows", "0,2-3", "--json").value
    assert fields(value) == {"corpus", "subset", "rows", "created"}
    assert value["rows"] == 3
    lab("subset", "save", "animals", "named", "--filter", 'text contains "whale"')
    listed = lab("subset", "list", "animals", "--json").value
    assert [item["subset"] for item in listed["subsets"]] == ["whales", "early", "named"]
    shown = lab("subset", "show", "animals", "early", "--json").value
    assert shown["row_numbers"] == [0, 2, 3]
    found = lab("search", "animals", "x", "--filter", 'in subset "early"', "--json").value
    assert {item["row"] for item in found["results"]} <= {0, 2, 3}
    assert lab("subset", "delete", "animals", "early", "--json").value == {"deleted": "early"}
    gone = lab("search", "animals", "x", "--filter", 'in subset "early"')
    assert gone.status == 1
    assert "no subset named early" in gone.err
    for wrong in ("3-", "3-1", "-2", "one", ""):
        assert lab("subset", "save", "animals", "x", "--rows", wrong).status == 2
    far = lab("subset", "save", "animals", "x", "--rows", "1-99999999999999")
    assert far.status == 1
    assert "its rows are 0 to 4" in far.err
    assert len(lab("subset", "list", "animals", "--json").value["subsets"]) == 2


# Encoder


def test_encoders_are_added_listed_shown_and_removed(lab, tmp_path):
    write_sentence_bert(tmp_path / "bert", prompts={"query": "q: "})
    added = lab("encoder", "add", tmp_path / "bert", "--name", "tiny", "--json").value
    assert (added["name"], added["dimension"], added["prompts"]) == ("tiny", 32, {"query": "q: "})
    names = [item["name"] for item in lab("encoder", "list", "--json").value["encoders"]]
    assert names == ["starter", "tiny"]
    assert "tiny" in lab("encoder", "list").out
    assert lab("encoder", "show", "tiny", "--json").value["id"] == added["id"]
    assert "prompt query  'q: '" in lab("encoder", "show", "tiny").out
    assert lab("encoder", "delete", "tiny", "--json").value == {"deleted": "tiny"}
    assert (tmp_path / "bert").is_dir()
    assert lab("encoder", "delete", "starter").status == 1


def test_an_encoder_is_renamed_and_tried_on_two_texts(lab, tmp_path):
    write_sentence_bert(tmp_path / "bert")
    lab("encoder", "add", tmp_path / "bert", "--prompt", "query", "find: ")
    assert lab("encoder", "rename", "bert", "tiny", "--json").value["name"] == "tiny"
    words = ("encoder", "compare", "tiny", "whale", "whale", "--first-prompt", "query")
    value = lab(*words, "--json").value
    assert fields(value) == {"encoder", "cosine", "texts", "max_length", "encode_ms"}
    assert [text["prompt"] for text in value["texts"]] == ["find: ", ""]
    assert lab(*words).out.startswith(f"cosine {value['cosine']:.4f}")
    assert lab("encoder", "rename", "tiny", "starter").status == 1


def test_an_encoder_with_code_of_its_own_is_agreed_to_and_agreed_to_anew(lab, tmp_path):
    folder = write_own_architecture(tmp_path / "own", tmp_path / "mark")
    refused = lab("encoder", "add", folder, "--json")
    assert refused.status == 1
    error = refused.value["error"]
    assert "program code of its own" in error["message"]
    assert [file["name"] for file in error["code_files"]] == [
        "configuration_own.py", "helper_own.py", "modeling_own.py"
    ]  # fmt: skip
    assert fields(error["code_files"][0]) == {"name", "n_bytes", "sha256"}
    assert "--trust-code" in refused.err
    added = lab("encoder", "add", folder, "--trust-code", "--json").value
    assert added["code_files"][0][0] == "configuration_own.py"
    assert added["trusted_code"] == added["code_digest"]
    shown = lab("encoder", "show", "own").out
    assert "modeling_own.py (" in shown
    assert "runs with your consent" in shown
    assert "already" in lab("encoder", "trust", "own").out
    (folder / "helper_own.py").write_text("FACTOR = 2")
    assert "waits for your consent" in lab("encoder", "show", "own").out
    listed = lab("encoder", "trust", "own", "--json")
    assert listed.status == 1
    assert listed.value["error"]["code_files"][1]["n_bytes"] == len("FACTOR = 2")
    assert "has changed since you agreed to it" in listed.err
    assert "encoder trust own --yes" in listed.err
    trusted = lab("encoder", "trust", "own", "--yes", "--json").value
    assert trusted["trusted_code"] == trusted["code_digest"] != added["code_digest"]
    assert "may run as it is now" in lab("encoder", "trust", "own", "--yes").out
    assert lab("encoder", "trust", "starter").status == 1
    assert not (tmp_path / "mark").exists()


# Embed, vectors, search, evaluate


def test_embed_tells_its_figures_and_does_nothing_twice(lab, animals):
    lab("corpus", "import", animals)
    value = lab("embed", "animals", "--limit", "2", "--json").value
    assert fields(value) >= {
        "corpus", "encoder", "rows", "new_rows", "truncated", "dim", "rows_per_second",
        "fingerprint",
    }  # fmt: skip
    assert (value["rows"], value["new_rows"], value["dim"]) == (2, 2, 384)
    assert "Embedded 3 rows" in lab("embed", "animals", "--encoder", "starter").out
    assert "Nothing to do: 5 rows of animals" in lab("embed", "animals").out


def test_vectors_export_writes_the_corpus_order(embedded, tmp_path):
    words = ("vectors", "export", "animals", "--encoder", "starter", "--to", tmp_path / "v.npy")
    value = embedded(*words, "--ids-to", tmp_path / "ids.txt", "--json").value
    assert fields(value) == {"path", "rows", "dim", "missing"}
    assert np.load(tmp_path / "v.npy").shape == (5, 384)
    assert (tmp_path / "ids.txt").read_text().split() == ["w1", "w2", "l1", "w3", "b1"]
    assert "Wrote 5 vectors of 384 dimensions" in embedded(*words).out


def test_search_json_has_the_promised_fields(embedded):
    value = embedded("search", "animals", "whale", "-k", "2", "--json").value
    assert fields(value) >= {"query", "encoder", "index", "results"}
    assert fields(value["index"]) == {"kind", "recall_at_10", "p95_ms"}
    assert [item["id"] for item in value["results"]] == ["w1", "w3"]
    assert fields(value["results"][0]) >= {"rank", "row", "id", "score", "text"}


def test_search_by_row_filter_and_file(embedded, tmp_path):
    to = tmp_path / "found.jsonl"
    outcome = embedded(
        "search", "animals", "--like", "0", "--filter", "year > 1900", "--to", to, "--json"
    )
    assert outcome.value["results"][0]["id"] == "w3"
    assert outcome.value["path"] == str(to)
    assert json.loads(to.read_text().splitlines()[0])["id"] == "w3"
    lines = embedded("search", "animals", "whale").out.splitlines()
    assert lines[0].split() == ["Rank", "Score", "Row", "Id", "Text"]
    assert lines[1].split() == ["1", "1.0000", "0", "w1", "whale"]
    assert embedded("search", "animals", "x", "--filter", "year > 9999").out == (
        "No row fits the filter.\n"
    )


def test_text_cannot_steer_the_terminal(lab, tmp_path):
    path = tmp_path / "evil.jsonl"
    path.write_text(json.dumps({"text": "red \x1b[31m alert\x07\nnext"}) + "\n")
    lab("corpus", "import", path)
    lab("embed", "evil")
    for out in (lab("search", "evil", "red").out, lab("corpus", "show", "evil").out):
        assert "\x1b" not in out
        assert "\x07" not in out


def test_evaluate_reports_metrics_with_intervals(lab, tmp_path):
    with open_workspace(tmp_path / "Study.embedlab") as workspace:
        documents = [Document(id=f"d{i}", text=f"text {i}") for i in range(20)]
        judgements = [("test", f"q{i}", f"d{i}", 1.0) for i in range(5)]
        queries = {f"q{i}": f"text {i}" for i in range(5)}
        make_corpus(workspace, "judged", documents, queries, judgements)
    lab("embed", "judged")
    words = ("evaluate", "--encoder", "starter", "--task", "retrieval", "--data", "judged")
    value = lab(*words, "--json").value
    assert (value["task"], value["n"]) == ("retrieval", 5)
    assert value["metrics"]["ndcg@10"] == {"value": 1.0, "ci": [1.0, 1.0]}
    out = lab(*words, "-k", "3").out
    assert out.startswith("starter on judged, 5 queries of test, 20 documents\n")
    assert "recall@3" in out


# Jobs


def test_jobs_are_listed_and_shown(embedded):
    jobs = embedded("jobs", "list", "--json").value["jobs"]
    assert [job["title"] for job in jobs] == ["Embedding animals", "Importing animals.jsonl"]
    assert {job["state"] for job in jobs} == {"completed"}
    shown = embedded("jobs", "show", jobs[0]["id"], "--json").value
    assert shown["inputs"]["corpus"] == "animals"
    assert shown["result"]["rows"] == 5
    assert "Embedding animals" in embedded("jobs", "list").out
    assert "completed" in embedded("jobs", "show", jobs[0]["id"]).out
    again = embedded("jobs", "continue", jobs[0]["id"])
    assert again.status == 1
    assert "nothing to continue" in again.err


# Errors


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("corpus", "show", "animal"), "Did you mean animals?"),
        (("search", "animls", "x"), "Did you mean animals?"),
        (("embed", "animals", "--encoder", "startr"), "Did you mean starter?"),
        (("encoder", "show", "startre"), "Did you mean starter?"),
        (("search", "animals", "x", "--filter", "yaer > 3"), "Did you mean year?"),
        (("jobs", "show", "123"), "jobs list"),
        (("workspace", "trash", "restore", "nothing"), ""),
    ],
)
def test_unknown_names_fail_with_a_sentence_and_the_nearest_name(embedded, words, hint):
    outcome = embedded(*words)
    assert (outcome.status, outcome.out) == (1, "")
    assert hint in outcome.err
    assert "Traceback" not in outcome.err
    error = embedded(*words, "--json").value["error"]
    assert error["message"].endswith(".")
    assert hint in error["hint"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("corpus",), "required"),
        (("corpus", "frobnicate"), "invalid choice"),
        (("search", "animals"), "Give a query, --like ROW or --image FILE"),
        (("search", "animals", "x", "--like", "2"), "Give a query, --like ROW or --image FILE"),
        (("search", "animals", "x", "-k", "0"), "at least 1"),
        (("corpus", "import", "x", "--role", "text"), "expected COLUMN=ROLE"),
        (("corpus", "import", "x", "--role", "a=colour"), "found a=colour"),
        (("embed", "a", "--prompt", "x", "--prompt-name", "y"), "not allowed with"),
        (("search", "animals", "x", "--bogus"), "--bogus"),
    ],
)
def test_a_wrong_command_line_exits_with_2(lab, words, sentence):
    outcome = lab(*words)
    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err
    assert "--help" in outcome.err or "Example" in outcome.err
    assert sentence in lab(*words, "--json").value["error"]["message"]


def test_without_any_workspace_the_way_to_make_one_is_told(lab, own_home):
    (own_home / "settings.json").unlink()
    outcome = lab("corpus", "list")
    assert outcome.status == 1
    assert "embedding-lab workspace new DIR" in outcome.err


def test_an_unexpected_failure_is_one_sentence_too(lab, monkeypatch):
    def explode(self):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("embedding_lab.workspace.workspace.Workspace.corpora", explode)
    outcome = lab("corpus", "list", "--json")
    assert outcome.status == 1
    assert "Something unexpected went wrong: by zero." in outcome.err
    assert "Traceback" not in outcome.err
    assert "ZeroDivisionError" in outcome.value["error"]["details"]


def test_another_writer_is_named(lab, tmp_path, animals):
    with open_workspace(tmp_path / "Study.embedlab"):
        outcome = lab("corpus", "import", animals)
        assert outcome.status == 1
        assert "open elsewhere (process" in outcome.err
        assert lab("corpus", "list").status == 0


# The window


@pytest.fixture
def started(monkeypatch):
    calls = []

    def run(words, **named):
        calls.append(words[3:])
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(window_commands.subprocess, "run", run)
    monkeypatch.setattr(window_commands.importlib.util, "find_spec", lambda name: object())
    return calls


def test_the_window_is_started_as_its_own_program(lab, started, tmp_path):
    assert lab().status == 0
    assert lab("--workspace", tmp_path).status == 0
    assert lab("app", tmp_path).status == 0
    assert lab("app", "--sample").status == 0
    assert lab("--workspace", tmp_path, "app", "--new-window", "a.csv", tmp_path).status == 0
    assert lab("tour", "--out", tmp_path, "--theme", "dark", "--json").status == 0
    assert lab("self-check", "--json").status == 0
    folder = str(tmp_path)
    assert started == [
        [], [folder], [folder], ["--sample"],
        ["--new-window", folder, str(Path("a.csv").absolute()), folder],
        ["--tour", folder, "--theme", "dark", "--json"], ["--self-check", "--json"],
    ]  # fmt: skip


def test_without_the_window_a_sentence_says_how_to_get_it(lab, monkeypatch):
    monkeypatch.setattr(window_commands.importlib.util, "find_spec", lambda name: None)
    outcome = lab("app")
    assert outcome.status == 1
    assert "embedding-lab[app]" in outcome.err


def test_every_command_explains_itself(capsys):
    def walk(parser, words):
        for action in parser._actions:
            for name, child in (
                (getattr(action, "choices", None) or {}).items()
                if hasattr(action, "_name_parser_map")
                else []
            ):
                yield from walk(child, [*words, name])
        if words:
            yield words

    commands = list(walk(build_parser(), []))
    assert len(commands) >= 25
    for words in commands:
        with pytest.raises(SystemExit) as left:
            build_parser().parse_args([*words, "--help"])
        assert left.value.code == 0
        assert "usage: embedding-lab " + " ".join(words) in capsys.readouterr().out


# Measuring and estimating


def test_encoders_are_measured_on_the_rows_of_a_corpus(lab, animals, tmp_path):
    lab("corpus", "import", animals)
    lab("encoder", "add", write_sentence_bert(tmp_path / "tiny"))
    words = ("encoder", "measure", "starter", "--corpus", "animals", "--rows", 4, "--repeats", 2)
    value = lab(*words, "--against", "tiny", "--json").value
    assert fields(value) == {
        "corpus", "encoder", "modality", "rows", "longest_row", "empty_row", "repeats", "ways"
    }  # fmt: skip
    assert (value["rows"], value["repeats"]) == (4, 2)
    assert {way["encoder"] for way in value["ways"]} == {"starter", "tiny"}
    assert fields(value["ways"][0]) == {
        "encoder", "engine", "precision", "device", "is_reference", "dim", "max_length",
        "load_seconds", "seconds", "rows_per_second", "tokens_per_second", "speed_ratio",
        "tokens", "peak_share",
        "peak_gflops", "peak_share_reason", "was_loaded", "memory_bytes", "weight_bytes",
        "min_cosine", "mean_cosine", "max_abs_diff", "neighbour_overlap", "top1_agreement",
    }  # fmt: skip
    shown = lab(*words, "--against", "tiny")
    assert shown.out.startswith("4 rows of animals, medians of 2 repeats")
    assert "Min cosine" in shown.out
    assert lab("encoder", "measure", "starter").status == 2
    assert lab("encoder", "measure", "starter", "--corpus", "nothing").status == 1


def test_an_estimate_is_given_and_nothing_encoded(lab, animals):
    lab("corpus", "import", animals, "--keep-empty")
    value = lab("embed", "animals", "--estimate", "--json").value
    assert (value["rows"], value["fits"]) == (5, True)
    shown = lab("embed", "animals", "--estimate")
    assert shown.status == 0
    assert shown.out.startswith("Fits; will take about 1 s and 1 MB.")
    assert lab("workspace", "info", "--json").value["embeddings"] == 0


# Methods


def test_methods_are_listed_and_shown_without_a_workspace(tmp_path, capsys):
    from embedding_lab.cli.main import main

    def run(*words):
        capsys.readouterr()
        return main(list(words)), *capsys.readouterr()

    status, out, _ = run("methods", "list", "--family", "prompt_optimizers", "--json")
    assert status == 0
    cards = {card["id"]: card for card in json.loads(out)["methods"]}
    assert cards.keys() >= {"proapo", "greedy_selection"}
    status, out, _ = run("methods", "show", "proapo", "--json")
    assert json.loads(out) == cards["proapo"]
    assert cards["proapo"].keys() == {
        "id", "family", "title", "summary", "when_to_use", "inputs", "target", "requires", "paper",
        "parameters", "results", "superseded_by",
    }  # fmt: skip
    status, out, _ = run("methods", "show", "proapo")
    assert out.startswith("# ProAPO\n\nPrompt optimizers · `proapo`\n")
    assert "| `epochs` | 8 generations | a whole number from 1 to 100 |" in out
    assert "ProAPO" in run("methods", "list")[1]
    status, _, err = run("methods", "show", "prapo")
    assert (status, err.splitlines()[1][:20]) == (1, "Did you mean proapo?")
    status, _, err = run("methods", "list", "--family", "vases")
    assert (status, err.splitlines()[0]) == (1, "There is no family of methods named vases.")
