"""What mining would take, told before it is done."""

from __future__ import annotations

import pytest
from study_making import make_corpus
from training_making import make_captioned

from embedding_lab.errors import LabError
from embedding_lab.jobs.record import list_runs
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.mine_negatives import MineNegatives, MiningChoices
from embedding_lab.workflows.perform import perform
from embedding_lab.workflows.plan_mining import MiningPlan, plan_mining
from embedding_lab.workspace.corpus import Document


@pytest.fixture
def corpus(workspace, no_engine):
    documents = [Document(text=f"answer {i % 10}", extra={"ask": f"ask {i}"}) for i in range(30)]
    return make_corpus(workspace, "pairs", documents, roles={"ask": "query"})


def test_pairs_and_distinct_texts_are_counted(workspace, corpus):
    plan = plan_mining(workspace, MiningChoices("pairs"))
    assert (plan.n_rows, plan.n_texts, plan.seconds) == (30, 40, None)
    assert plan.sentence == "Up to 40 texts to encode"
    assert plan_mining(workspace, MiningChoices("pairs", limit=5)).n_rows == 5


def test_the_time_is_that_of_the_last_embedding(workspace, corpus):
    perform(EmbedCorpus("pairs"), workspace)
    state = workspace.vector_sets(corpus)[0].state
    plan = plan_mining(workspace, MiningChoices("pairs"))
    assert plan.seconds == pytest.approx(40 * state.seconds / state.n_rows)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (MiningPlan(5, 0, None), "Nothing to encode"),
        (MiningPlan(5, 1, 0.1), "Up to 1 text to encode, a few seconds"),
        (MiningPlan(5, 900, 42.3), "Up to 900 texts to encode, about 42 seconds"),
        (MiningPlan(5, 9000, 600), "Up to 9,000 texts to encode, about 10 minutes"),
    ],
)
def test_the_plan_is_told_in_words(plan, said):
    assert plan.sentence == said


def test_what_cannot_be_mined_is_told_as_the_job_would_tell_it(workspace, corpus):
    with pytest.raises(LabError, match="does not mine negatives"):
        plan_mining(workspace, MiningChoices("pairs", sampler="no_duplicates"))
    with pytest.raises(LabError, match="no encoder named"):
        plan_mining(workspace, MiningChoices("pairs", "none"))


def test_what_cannot_be_mined_leaves_no_job_behind(workspace, corpus, tmp_path):
    make_captioned(workspace, tmp_path / "pictures", 4)
    before = list_runs(workspace.runs_folder)
    for choices, said in (
        ({"corpus": "captioned"}, "The encoder starter takes no pictures."),
        ({"corpus": "pairs", "source": "titles"}, "offers no pairs from titles"),
        ({"corpus": "pairs", "form": "scored pairs"}, "cannot be mined for scored pairs"),
        ({"corpus": "pairs", "filter": "year > 3"}, "no such column"),
        ({"corpus": "pairs", "limit": -1}, "The limit cannot be negative."),
    ):
        with pytest.raises(LabError, match=said):
            perform(MineNegatives(**choices), workspace, lambda _: None)
    assert list_runs(workspace.runs_folder) == before
