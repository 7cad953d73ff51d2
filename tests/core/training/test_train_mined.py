"""Training on batches made of mined negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from training_making import QUICK, Watched, tiny_job

from embedding_lab.batch_samplers.saha import Saha
from embedding_lab.contracts import Mined, MinedPairs
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.events import JobCancelled, JobCompleted, JobFailed
from embedding_lab.workflows.mine_negatives import MineNegatives
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.train_encoder import TrainEncoder
from embedding_lab.workspace.negatives_store import NegativesStore

if TYPE_CHECKING:
    from embedding_lab.workspace.workspace import Workspace


class PlantedMiner:
    """Puts rows with neighbouring numbers into clusters of four, and counts how often it mined."""

    n_mined = 0

    def mine(self, anchors, positives, rows, check):
        PlantedMiner.n_mined += 1
        assert anchors.shape == positives.shape == (len(rows), 32)
        np.testing.assert_allclose(np.linalg.norm(anchors, axis=1), 1, atol=1e-5)
        check(len(rows))
        clusters = tuple(np.array_split(np.arange(len(rows)), len(rows) // 4))
        nothing = np.empty(0, np.int64)
        none = MinedPairs(nothing, nothing, np.empty(0, np.float32), np.empty(0, np.float32),
                          np.empty(0, np.bool_))  # fmt: skip
        return Mined(clusters, np.ones(len(clusters), np.int64), none, nothing, ("Take care.",))

    def batches(self, rows, size, rng):
        assert len(rows.clusters) == len(rows) // 4
        for number in rng.permutation(len(rows.clusters)):
            yield rows.clusters[number]


def test_a_sampler_that_mines_is_given_vectors_of_the_base_once(ready, monkeypatch):
    monkeypatch.setattr(TrainEncoder, "make_sampler", lambda self: PlantedMiner())
    PlantedMiner.n_mined = 0
    run, token = Watched(ready, tiny_job(settings={"steps": 6})), CancellationToken()
    assert isinstance(run.run(token, {3: token.cancel}), JobCancelled)
    assert isinstance(run.run(is_continued=True), JobCompleted), run.ended
    assert PlantedMiner.n_mined == 1
    assert "Take care." in run.logged
    assert "mining" in {update["stage"] for update in run.updates}


def mine_pairs(workspace: Workspace, **choices: object) -> None:
    values = {"negatives": 3, "visit_order": "shuffled"}
    perform(
        MineNegatives("pairs", "tiny", parameters=values, name="mined", **choices),
        workspace,
        lambda _: None,
    )


def test_batches_are_made_of_negatives_that_were_mined_before(ready, monkeypatch):
    mine_pairs(ready)
    monkeypatch.setattr(Saha, "mine", lambda *_: pytest.fail("mined again"))
    seen = []
    batches = Saha.batches

    def watch(self, rows, size, rng):
        seen.append(rows)
        return batches(self, rows, size, rng)

    monkeypatch.setattr(Saha, "batches", watch)
    run = Watched(ready, tiny_job(sampler="saha", negatives="mined", settings=QUICK))
    assert isinstance(run.run(), JobCompleted), run.ended
    rows, table = seen[0], NegativesStore(ready).get("mined")
    assert len(rows) == run.result["n_train"] < table.meta.n_rows
    assert 0 < len(rows.clusters) <= table.meta.n_clusters
    assert max(cluster.max() for cluster in rows.clusters) < len(rows)
    assert "mined with" not in run.logged


def test_negatives_of_other_rows_or_for_another_sampler_are_refused(ready):
    mine_pairs(ready, limit=100)
    failed = Watched(ready, tiny_job(sampler="saha", negatives="mined")).run()
    assert isinstance(failed, JobFailed)
    assert "were mined from other rows" in failed.message
    same = Watched(ready, tiny_job(sampler="saha", negatives="mined", limit=100, settings=QUICK))
    assert isinstance(same.run(), JobCompleted), same.ended
    idle = Watched(ready, tiny_job(sampler="no_duplicates", negatives="mined")).run()
    assert isinstance(idle, JobFailed)
    assert "has no use for mined negatives" in idle.message


def test_negatives_of_another_encoder_are_used_with_a_warning(ready, tmp_path):
    from transformer_making import write_text_model

    write_text_model(tmp_path / "other", "distilbert")
    EncoderStore(ready).add(tmp_path / "other", "other")
    perform(MineNegatives("pairs", "other", name="mined"), ready, lambda _: None)
    run = Watched(ready, tiny_job(sampler="saha", negatives="mined", settings=QUICK))
    assert isinstance(run.run(), JobCompleted), run.ended
    assert "were mined with other, not with" in run.logged
