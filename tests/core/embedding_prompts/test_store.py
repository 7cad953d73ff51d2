"""Embedding prompts of one's own, kept in the workspace."""

from __future__ import annotations

import pytest

from embedding_lab.embedding_prompts.presets import PRESETS
from embedding_lab.embedding_prompts.store import FILE, EmbeddingPromptStore
from embedding_lab.errors import UsageError
from embedding_lab.study import Study
from embedding_lab.workspace.workspace import open_workspace


def test_a_saved_prompt_is_found_by_name_beside_the_presets(workspace):
    store = EmbeddingPromptStore(workspace)
    topic = store.get("hierarchical", {"query_system": "Topic in one word. 主題"})
    store.save("by topic", topic)
    again = EmbeddingPromptStore(workspace)
    assert again.get("by topic") == topic
    assert again.get("by topic", {"query_text": ""}).query_text == ""
    assert list(again.all()) == [*PRESETS, "by topic"]
    assert again.own() == {"by topic": topic}


def test_saving_again_under_the_name_takes_the_place_of_the_old(workspace):
    store = EmbeddingPromptStore(workspace)
    store.save("mine", store.get("none"))
    store.save("mine", store.get("hierarchical"))
    assert store.own() == {"mine": PRESETS["hierarchical"]}


def test_a_deleted_prompt_lies_in_the_trash(workspace):
    store = EmbeddingPromptStore(workspace)
    store.save("mine", store.get("hierarchical"))
    item = store.delete("mine")
    assert store.own() == {}
    workspace.trash.restore(item)
    assert store.own() == {"mine": PRESETS["hierarchical"]}


@pytest.mark.parametrize(("name", "told"), [(" ", "needs a name"), ("none", "has a meaning")])
def test_names_that_mean_something_else_are_refused(workspace, name, told):
    store = EmbeddingPromptStore(workspace)
    with pytest.raises(UsageError, match=told):
        store.save(name, store.get("hierarchical"))


def test_names_that_are_not_there_are_told_with_the_nearest(workspace):
    store = EmbeddingPromptStore(workspace)
    store.save("by topic", store.get("none"))
    with pytest.raises(UsageError, match="no embedding prompt named by topics") as error:
        store.get("by topics")
    assert "by topic" in error.value.hint
    with pytest.raises(UsageError, match="of its own named none"):
        store.delete("none")


def test_damaged_files_are_left_out(workspace):
    store = EmbeddingPromptStore(workspace)
    store.save("mine", store.get("none"))
    file = next(workspace.folder.rglob(FILE))
    for content in ("{", "[]", '{"name": "x", "texts": {}}'):
        file.write_text(content, encoding="utf-8")
        assert store.own() == {}


def test_a_workspace_open_for_reading_keeps_nothing_new(workspace):
    with open_workspace(workspace.folder) as reading:
        store = EmbeddingPromptStore(reading)
        with pytest.raises(Exception, match="read"):
            store.save("mine", store.get("none"))


def test_the_python_door_saves_and_deletes(workspace):
    study = Study(workspace)
    study.save_embedding_prompt("mine", "hierarchical", query_text="")
    assert study.embedding_prompts()["mine"].query_text == ""
    study.delete_embedding_prompt("mine")
    assert "mine" not in study.embedding_prompts()
