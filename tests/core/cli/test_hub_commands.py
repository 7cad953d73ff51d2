"""Encoders on a hub from the command line: looked up, looked for, proposed and fetched."""

from __future__ import annotations

import pytest
from code_making import change_settings, write_own_architecture
from encoder_making import write_sentence_bert

from embedding_lab.settings import load_settings, save_settings


@pytest.fixture
def tiny(hub, tmp_path):
    """A tiny encoder that the hub has as ``org/tiny``, a pickle beside it."""
    folder = write_sentence_bert(tmp_path / "source")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    hub.add("org/tiny", folder, cardData={"license": "mit"}, library_name="sentence-transformers")
    return folder


@pytest.fixture
def offline(lab, hub):
    """Switch the network off, as it is at first."""
    settings = load_settings()
    settings.offline = True
    save_settings(settings)


def test_look_up_lists_files_and_fetches_no_weights(lab, hub, tiny):
    value = lab("encoder", "look-up", "org/tiny", "--json").value
    assert set(value) == {
        "id", "revision", "licence", "is_gated", "library", "pipeline", "tags", "n_bytes",
        "n_fetched_bytes", "weights", "refusal", "files", "code_files",
    }  # fmt: skip
    fetched = {file["name"] for file in value["files"] if file["is_fetched"]}
    assert "model.safetensors" in fetched
    assert "pytorch_model.bin" not in fetched
    assert value["n_bytes"] - value["n_fetched_bytes"] == len(b"pickle")
    assert (value["licence"], value["is_gated"], value["refusal"]) == ("mit", False, "")
    assert not [request for request in hub.requests if request.server == "cdn"]
    text = lab("encoder", "look-up", "org/tiny").out
    assert "licence    mit" in text
    assert "open to everybody" in text


def test_look_up_says_why_nothing_would_be_fetched(lab, hub):
    hub.add("org/pickled", {"config.json": b"{}", "pytorch_model.bin": b"x"}, is_gated=True)
    found = lab("encoder", "look-up", "org/pickled")
    assert found.status == 0
    assert "Warning: org/pickled has its weights only as a pickle file" in found.out
    assert "accounts with access only" in found.out


def test_look_up_lists_what_is_open_to_some_accounts_only(lab, hub, tiny, monkeypatch):
    hub.repositories["org/tiny"].is_gated = True
    found = lab("encoder", "look-up", "org/tiny")
    assert found.status == 0
    assert "model.safetensors" in found.out
    assert "Warning: org/tiny is open only to accounts with access to it." in found.out
    proposed = lab("encoder", "add", "org/tiny")
    assert proposed.status == 1
    assert "set it as HF_TOKEN" in proposed.err
    monkeypatch.setenv("HF_TOKEN", "let-me-in")
    assert "Warning" not in lab("encoder", "look-up", "org/tiny").out
    assert "accounts with access only" in lab("encoder", "add", "org/tiny").err


def test_look_up_lists_the_code_that_would_run(lab, hub, tmp_path):
    hub.add("org/own", write_own_architecture(tmp_path / "own", tmp_path / "mark"))
    value = lab("encoder", "look-up", "org/own", "--json").value
    assert [file["name"] for file in value["code_files"]] == [
        "configuration_own.py", "helper_own.py", "modeling_own.py"
    ]  # fmt: skip
    assert not any(f["is_fetched"] for f in value["files"] if f["name"].endswith(".py"))
    text = lab("encoder", "look-up", "org/own").out
    assert "own code" in text
    assert "Warning: It works only with program code of its own" in text
    assert "--trust-code if you trust its code" in lab("encoder", "add", "org/own").err
    assert not [
        request for request in hub.requests if request.path.endswith((".py", ".safetensors"))
    ]


def test_look_up_says_that_code_lies_elsewhere(lab, hub, tmp_path):
    folder = write_own_architecture(tmp_path / "own", tmp_path / "mark")
    change_settings(folder, auto_map={"AutoModel": "org/other--modeling_own.OwnModel"})
    hub.add("org/own", folder)
    found = lab("encoder", "look-up", "org/own")
    assert "The encoder in org/own needs program code of another repository" in found.out


def test_code_is_downloaded_only_with_consent(lab, hub, tmp_path):
    hub.add("org/own", write_own_architecture(tmp_path / "own", tmp_path / "mark"))
    refused = lab("encoder", "add", "org/own", "--download")
    assert refused.status == 1
    assert "modeling_own.py (" in refused.err
    assert lab("encoder", "add", "org/own", "--download", "--trust-code").status == 0
    assert "runs with your consent" in lab("encoder", "show", "own").out


def test_find_prints_ids(lab, hub, tiny):
    value = lab("encoder", "find", "tiny", "bert", "--json").value
    assert value == {
        "words": "tiny bert",
        "encoders": [
            {"id": "org/tiny", "downloads": 10, "likes": 2, "library": "sentence-transformers"}
        ],
    }
    assert "org/tiny" in lab("encoder", "find", "tiny").out
    assert "nothing named like whale" in lab("encoder", "find", "whale").out


def test_an_id_without_download_is_a_proposal_and_fails(lab, hub, tiny):
    outcome = lab("encoder", "add", "org/tiny")
    assert outcome.status == 1
    assert "On the hub, org/tiny would be" in outcome.err
    assert "licence: mit" in outcome.err
    assert "Add --download to fetch and add it." in outcome.err
    assert not [request for request in hub.requests if request.server == "cdn"]


def test_download_fetches_and_adds(lab, hub, tiny):
    value = lab("encoder", "add", "org/tiny", "--download", "--name", "mine", "--json").value
    commit = hub.repositories["org/tiny"].commit
    assert (value["name"], value["repository"], value["revision"]) == ("mine", "org/tiny", commit)
    assert value["downloaded_bytes"] == value["n_bytes"] > 0
    assert lab("encoder", "show", "mine", "--json").value["origin"].endswith(commit)
    hub.requests.clear()
    again = lab("encoder", "add", "org/tiny", "--download", "--name", "mine")
    assert "Downloaded nothing and added the encoder mine." in again.out
    assert hub.requests == []
    [job, _] = lab("jobs", "list", "--json").value["jobs"]
    assert job["title"] == "Downloading org/tiny"


@pytest.mark.usefixtures("offline")
def test_offline_every_command_says_how_to_go_on(lab, hub, tiny):
    for words in (
        ("look-up", "org/tiny"),
        ("find", "tiny"),
        ("add", "org/tiny"),
        ("add", "org/tiny", "--download"),
    ):
        outcome = lab("encoder", *words)
        assert outcome.status == 1
        assert "Embedding Lab is offline" in outcome.err
        assert "add --online to this one command" in outcome.err
    assert hub.requests == []
    assert lab("encoder", "look-up", "org/tiny", "--online").status == 0
    assert lab("encoder", "find", "tiny", "--online").status == 0
    assert lab("encoder", "add", "org/tiny", "--download", "--online").status == 0
    assert load_settings().offline


def test_a_folder_of_that_name_is_taken_before_the_hub(lab, hub, tiny, tmp_path, monkeypatch):
    write_sentence_bert(tmp_path / "org" / "tiny")
    monkeypatch.chdir(tmp_path)
    value = lab("encoder", "add", "org/tiny", "--json").value
    assert value["folder"] == str(tmp_path / "org" / "tiny")
    refused = lab("encoder", "add", "org/tiny", "--revision", "v1")
    assert refused.status == 1
    assert "only what comes from a hub has revisions" in refused.err
    assert hub.requests == []


def test_other_sources_are_still_folders(lab, hub):
    outcome = lab("encoder", "add", "nowhere")
    assert outcome.status == 1
    assert "does not exist" in outcome.err
    outcome = lab("encoder", "add", "nowhere", "--download")
    assert "no name of an encoder on a hub" in outcome.err
    assert hub.requests == []


def test_downloads_are_listed_and_deleted(lab, hub, tiny):
    assert lab("encoder", "downloads").out.strip() == "Nothing was downloaded yet."
    lab("encoder", "add", "org/tiny", "--download")
    listed = lab("encoder", "downloads", "--json").value
    assert set(listed) == {"folder", "n_bytes", "downloads"}
    (item,) = listed["downloads"]
    assert set(item) == {
        "repository", "n_bytes", "commits", "is_whole", "finished", "encoders",
    }  # fmt: skip
    assert "org/tiny" in lab("encoder", "downloads").out
    refused = lab("encoder", "downloads", "--delete", "org/tiny")
    assert refused.status == 1
    assert "still used in this workspace, by tiny" in refused.err
    deleted = lab("encoder", "downloads", "--delete", "org/tiny", "--even-if-used", "--json")
    assert deleted.value == {
        "deleted": "org/tiny", "freed_bytes": item["n_bytes"], "encoders": ["tiny"],
    }  # fmt: skip
    assert lab("encoder", "downloads", "--json").value["downloads"] == []


def test_wrong_uses_of_downloads_are_said(lab, hub, tiny):
    assert lab("encoder", "downloads", "--even-if-used").status == 2
    assert "Nothing was downloaded of" in lab("encoder", "downloads", "--delete", "org/tiny").err
