"""Commands on workspaces and on the jobs that they keep."""

from __future__ import annotations

from embedding_lab.settings import load_settings
from embedding_lab.workspace.workspace import open_workspace


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
    assert set(value) == {
        "workspace", "name", "id", "format", "corpora", "encoders", "embeddings", "jobs", "damaged",
        "n_bytes",
    }  # fmt: skip
    assert (value["corpora"], value["embeddings"], value["jobs"]) == (1, 1, 2)
    assert "corpora     1" in embedded("workspace", "info").out


def test_what_is_damaged_is_named_and_the_rest_goes_on(embedded, animals, tmp_path):
    assert embedded("corpus", "import", animals, "--again", "--name", "zoo").status == 0
    assert embedded("workspace", "info", "--json").value["damaged"] == []
    assert "damaged  " not in embedded("workspace", "info").out
    (record,) = (tmp_path / "Study.embedlab").glob("corpora/zoo-*/corpus.json")
    record.write_bytes(bytes(100))
    value = embedded("workspace", "info", "--json").value
    assert (value["corpora"], value["damaged"]) == (1, [f"corpora/{record.parent.name}"])
    assert f"corpora/{record.parent.name}" in embedded("workspace", "info").out
    assert embedded("search", "animals", "whale", "--json").value["results"][0]["id"] == "w1"


def test_deleted_things_come_back_from_the_trash(embedded):
    assert embedded("corpus", "delete", "animals", "--json").value == {"deleted": "animals"}
    items = embedded("workspace", "trash", "list", "--json").value["items"]
    assert {item["kind"] for item in items} == {"corpus", "embeddings"}
    assert set(items[0]) == {"id", "kind", "name", "deleted", "n_bytes"}
    assert "animals" in embedded("workspace", "trash", "list").out
    for item in items:
        restored = embedded("workspace", "trash", "restore", item["id"], "--json").value
        assert set(restored) == {"id", "restored"}
    assert embedded("search", "animals", "whale", "--json").value["results"][0]["id"] == "w1"
    embedded("corpus", "delete", "animals")
    emptied = embedded("workspace", "trash", "empty", "--json").value
    assert emptied["n_items"] == 2
    assert emptied["freed_bytes"] > 1000
    assert embedded("workspace", "trash", "list").out == "The trash is empty.\n"


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


def test_without_any_workspace_the_way_to_make_one_is_told(lab, own_home):
    (own_home / "settings.json").unlink()
    outcome = lab("corpus", "list")
    assert outcome.status == 1
    assert "embedding-lab workspace new DIR" in outcome.err


def test_another_writer_is_named(lab, tmp_path, animals):
    with open_workspace(tmp_path / "Study.embedlab"):
        outcome = lab("corpus", "import", animals)
        assert outcome.status == 1
        assert "open elsewhere (process" in outcome.err
        assert lab("corpus", "list").status == 0
