"""Commands on encoders: added, agreed to, renamed, tried, measured."""

from __future__ import annotations

from code_making import write_own_architecture
from encoder_making import write_sentence_bert


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
    assert set(value) == {"encoder", "cosine", "texts", "max_length", "encode_ms"}
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
    assert set(error["code_files"][0]) == {"name", "n_bytes", "sha256"}
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


def test_encoders_are_measured_on_the_rows_of_a_corpus(lab, animals, tmp_path):
    lab("corpus", "import", animals)
    lab("encoder", "add", write_sentence_bert(tmp_path / "tiny"))
    words = ("encoder", "measure", "starter", "--corpus", "animals", "--rows", 4, "--repeats", 2)
    value = lab(*words, "--against", "tiny", "--json").value
    assert set(value) == {
        "corpus", "encoder", "modality", "rows", "longest_row", "empty_row", "repeats", "ways"
    }  # fmt: skip
    assert (value["rows"], value["repeats"]) == (4, 2)
    assert {way["encoder"] for way in value["ways"]} == {"starter", "tiny"}
    assert set(value["ways"][0]) == {
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
