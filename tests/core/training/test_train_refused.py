"""What cannot be trained is said with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from training_making import Watched, make_captioned, make_every_form, tiny_job

from embedding_lab.encoders import pool
from embedding_lab.encoders.record import ONNX
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError, LabError
from embedding_lab.jobs.events import JobFailed
from embedding_lab.training.offers import WAYS
from embedding_lab.training.runs import training_runs
from embedding_lab.types import RowForm
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.train_encoder import TrainEncoder


def test_an_objective_that_needs_a_teacher_or_other_rows_says_so(ready):
    taught = Watched(ready, tiny_job("pairs", objective="gist")).run()
    assert isinstance(taught, JobFailed)
    assert taught.message.endswith("learns from another encoder.")
    other = Watched(ready, tiny_job("pairs", objective="cosent")).run()
    assert isinstance(other, JobFailed)
    assert other.message == "The corpus pairs holds no pairs of texts with a score."
    assert other.hint == WAYS[RowForm.SCORED_PAIRS]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"corpus": "nothing"}, "There is no corpus named nothing."),
        ({"encoder": "nobody"}, "There is no encoder named nobody."),
        ({"objective": "cosent"}, "The corpus pairs holds no pairs of texts with a score."),
        ({"objective": "gist"}, "GIST: guided negatives learns from another encoder."),
        ({"objective": "gist", "teacher": "nobody"}, "There is no encoder named nobody."),
        ({"corpus": "captioned"}, "The encoder tiny takes no pictures."),
        ({"source": "titles"}, "The corpus pairs offers no pairs from titles."),
        ({"corpus": "judged", "split": "dev"}, "The corpus judged has no judgements named dev."),
        ({"sampler": "saha", "negatives": "none"}, "There are no negatives named none."),
        (
            {"sampler": "saha", "settings": {"batch_size": 4}},
            "A batch of 4 rows is smaller than a cluster of 8.",
        ),
        ({"negatives": "none"}, "Random batches has no use for mined negatives."),
        ({"settings": {"steps": -1}}, "Steps must be a whole number of at least 0, not -1."),
        ({"filter": "year > 3"}, "The filter names year at character 1"),
        ({"name": "tiny"}, "There is an encoder named tiny already."),
    ],
)
def test_what_cannot_be_trained_is_said_at_once_and_no_run_is_recorded(
    ready, tmp_path, choices, sentence
):
    make_every_form(ready)
    make_captioned(ready, tmp_path / "pictures", 6)
    job = TrainEncoder(**{"corpus": "pairs", "encoder": "tiny", **choices})
    with pytest.raises(LabError) as refused:
        perform(job, ready, lambda _: None)
    assert refused.value.message.startswith(sentence)
    assert training_runs(ready.runs_folder) == []


def test_what_a_sampler_lacks_is_said_before_the_engine_is_loaded(ready, monkeypatch):
    def loaded(*_given):
        raise AssertionError

    monkeypatch.setattr(pool, "load_full_engine", loaded)
    ended = Watched(ready, tiny_job(sampler="group_by_label")).run()
    assert isinstance(ended, JobFailed)
    assert ended.message == "No two rows have the same class."
    assert ended.hint == "Choose a corpus whose rows have labels."


def test_an_onnx_encoder_or_one_of_pictures_is_not_trained_on_texts(ready):
    from embedding_lab.training.requirements import require_takes, require_trainable
    from embedding_lab.training.rows import RowSource

    record = EncoderStore(ready).get("tiny")
    require_trainable(record)
    with pytest.raises(EncoderError, match="is an ONNX file"):
        require_trainable(replace(record, kind=ONNX))
    corpus = ready.corpus("pairs")
    require_takes(record, corpus, RowSource.COLUMNS)
    with pytest.raises(EncoderError, match="takes no texts"):
        require_takes(replace(record, modalities=("image",)), corpus, RowSource.COLUMNS)
