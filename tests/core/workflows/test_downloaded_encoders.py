"""Downloaded files are deleted only when no encoder here needs them, or when that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from encoder_making import write_sentence_bert

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    from hub_server import StandInHub

    from embedding_lab.workspace.workspace import Workspace


@pytest.fixture
def study(hub: StandInHub, workspace: Workspace, tmp_path: Path) -> Study:
    """A study that has downloaded ``org/tiny``."""
    hub.add("org/tiny", write_sentence_bert(tmp_path / "source"))
    study = Study(workspace)
    study.fetch_encoder("org/tiny", name="mine")
    return study


def only(study: Study) -> dict[str, Any]:
    (item,) = study.downloads()["downloads"]
    return dict(item)


def test_the_list_tells_sizes_and_users(study: Study) -> None:
    listed = study.downloads()
    item = only(study)
    (record,) = [r for r in study.encoders() if r.name == "mine"]
    assert item["repository"] == "org/tiny"
    assert item["n_bytes"] == record.n_bytes == listed["n_bytes"]
    assert (item["encoders"], item["is_whole"]) == (["mine"], True)
    assert record.folder.startswith(listed["folder"])


def test_files_in_use_are_kept_until_the_encoder_is_gone(study: Study) -> None:
    with pytest.raises(LabError, match=r"org/tiny is still used in this workspace, by mine\."):
        study.delete_download("org/tiny")
    store = EncoderStore(study.workspace)
    store.delete(store.get("mine"))
    size = only(study)["n_bytes"]
    assert study.delete_download("org/tiny") == {
        "deleted": "org/tiny", "freed_bytes": size, "encoders": [],
    }  # fmt: skip
    assert study.downloads()["downloads"] == []


def test_files_in_use_are_deleted_when_asked_and_can_come_again(study: Study) -> None:
    assert study.delete_download("org/tiny", even_if_used=True)["encoders"] == ["mine"]
    record = EncoderStore(study.workspace).get("mine")
    assert "is missing" in record.warnings[0]
    again = study.fetch_encoder("org/tiny", name="mine")
    assert again["downloaded_bytes"] == record.n_bytes
    assert again["id"] == record.id
    assert EncoderStore(study.workspace).get("mine").warnings == ()


def test_an_encoder_elsewhere_of_the_same_name_does_not_count(study: Study, tmp_path: Path) -> None:
    store = EncoderStore(study.workspace)
    store.delete(store.get("mine"))
    store.add(write_sentence_bert(tmp_path / "org--tiny"), "tiny")
    assert only(study)["encoders"] == []
