"""Prompts tested with real encoders on real texts and pictures."""

from __future__ import annotations

import csv
import shutil

import pytest
from study_making import make_corpus

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import LabError
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.score_prompts import ScorePrompts
from embedding_lab.workspace.corpus import Document

pytestmark = pytest.mark.usefixtures("unloaded")


@pytest.mark.timeout(180)
def test_questions_are_sorted_by_the_kind_of_their_answer(workspace, test_data, tmp_path):
    source = test_data / "data" / "trec6" / "test.csv"
    with source.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:120]
    make_corpus(
        workspace,
        "trec",
        [Document(id=str(i), text=row["text"], label=row["label"]) for i, row in enumerate(rows)],
    )
    store = EncoderStore(workspace)
    store.add(test_data / "models" / "all-minilm-l6-v2-onnx-int8", "mini", max_length=64)
    classes = (
        ("abbreviation", "the meaning of an abbreviation"),
        ("description", "a description, definition or reason"),
        ("entity", "a thing, animal, object or work"),
        ("human", "a person or group of people"),
        ("location", "a place or country"),
        ("numeric", "a number, date or amount"),
    )
    job = ScorePrompts(
        "trec", "mini", classes=classes, templates=("{}", "A question about {}."), searches=True
    )
    result = perform(job, workspace)
    assert result["n"] == 120
    assert result["accuracy"] > 0.35
    ways = result["confidence"]
    assert ways["plain_temperature"]["log_loss"] < ways["plain"]["log_loss"]
    assert result["search"]["n"] + result["search"]["n_chosen_on"] == 120
    assert set(result["search"]["chosen"]) <= {"{}", "A question about {}."}


@pytest.mark.timeout(180)
def test_pictures_are_classified_by_words(workspace, test_data, tmp_path):
    from embedding_lab.workflows.import_corpus import ImportCorpus

    models = test_data / "models"
    store = EncoderStore(workspace)
    store.add(models / "all-minilm-l6-v2-onnx-int8", "mini")
    store.add(models / "mobilenetv2-minilm-conse", "conse", text_encoder="mini")
    for name in ("ship", "automobile", "dog", "airplane"):
        source = test_data / "data" / "cifar10-sample" / "images" / name
        (tmp_path / "photos" / name).mkdir(parents=True)
        for path in sorted(source.glob("*.jpg"))[:15]:
            shutil.copy(path, tmp_path / "photos" / name)
    perform(ImportCorpus((str(tmp_path / "photos"),), name="photos"), workspace)
    result = perform(
        ScorePrompts("photos", "conse", templates=("a photo of a {}.", "{}")), workspace
    )
    assert result["modality"] == "image"
    assert result["n"] == 60
    assert result["accuracy_ci"][0] > 0.25
    store.add(models / "mobilenet-v2-imagenet", "alone")
    with pytest.raises(LabError, match="reads no texts"):
        perform(ScorePrompts("photos", "alone"), workspace)
