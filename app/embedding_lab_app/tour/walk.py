"""The stops of the tour, one method each, in the order a newcomer would take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab import resources
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workflows.evaluate_retrieval import EvaluateRetrieval
from embedding_lab_app.pages.encoders.encoder_view import ABOUT, INSPECT
from embedding_lab_app.tour.driver import LONG_S, SOON_S
from embedding_lab_app.tour.prompt_stops import PromptStops
from embedding_lab_app.tour.training_stops import TrainingStops
from embedding_lab_app.waiting import settle, wait_until

if TYPE_CHECKING:
    from embedding_lab_app.jobs.entry import JobEntry

SAMPLE = "samples/python-library"
QUERY = "how do I copy a whole folder with everything in it"
ICONS = "samples/icons/icons.parquet"
ICON_QUERY = "keeps you dry in the rain"
ICON_ROW = 3
METHOD = "proapo"


class Walk(PromptStops, TrainingStops):
    """Drives the window as a person would: drops, types, and presses buttons."""

    def go(self) -> None:
        """Visit every page.

        Raises
        ------
        LabError
            If something did not happen, or did not come out as it must.
        """
        self.see_home("home-empty")
        self.drop_the_sample()
        self.import_it()
        self.look_at_the_rows()
        self.embed()
        self.try_the_encoder()
        self.look_into_the_encoder()
        self.search()
        self.measure()
        self.test_prompts()
        self.search_prompts()
        self.see_the_patterns()
        self.mine_negatives()
        self.train()
        self.see_pictures()
        self.see_the_methods()
        self.see_the_jobs()
        self.see_home("home")

    # The stops

    def see_home(self, picture: str) -> None:
        """Show what there is."""
        self._window.show_page("home")
        self._take("home", picture)

    def drop_the_sample(self) -> None:
        """Drop a folder on the window and look at what would be read."""
        self._drop(resources.path(SAMPLE))
        preview = self._corpora.preview
        wait_until(preview.primary.button.isEnabled, "The preview", SOON_S)
        self._take("corpora", "corpora-preview")

    def import_it(self) -> None:
        """Import what the preview showed, and look at the report."""
        result = self._result_of(self._corpora.preview.primary.button.click, SOON_S)
        self._album.note(
            "corpora", rows=result["rows"], rejected=result["n_rejected"], queries=result["queries"]
        )
        self._require(result["n_rejected"] == 0, "rows of the sample did not come in")
        self._take("corpora", "corpora-report")

    def look_at_the_rows(self) -> None:
        """Select a row, so that the inspector shows all of it."""
        view = self._corpora.corpus_view
        view.show_segment("rows")
        settle()
        view.rows.table.selectRow(7)
        self._take("corpora", "corpora-rows")

    def embed(self) -> None:
        """Embed the corpus with the starter encoder and watch."""
        view = self._corpora.corpus_view
        view.show_embed()
        button = view.embeddings.primary.button
        wait_until(button.isEnabled, "The list of encoders", SOON_S)
        view.embeddings.form.limit.setValue(self._n_rows)
        self._take("corpora", "corpora-embed")
        self._ends.clear()
        button.click()
        live = self._window.context.runner.live_entries
        wait_until(lambda: any(_is_under_way(job) for job in live()), "The first tenth", LONG_S)
        self._take("corpora", "corpora-embedding")
        result = self._result(LONG_S)
        self._album.note(
            "corpora",
            embedded=result["rows"],
            truncated=result["truncated"],
            rows_per_second=round(result["rows_per_second"], 1),
        )
        self._take("corpora", "corpora-embedded")

    def try_the_encoder(self) -> None:
        """Compare the two texts that stand there."""
        self._window.show_page("encoders")
        page = self._encoders
        wait_until(lambda: page.controller.record is not None, "The list of encoders", SOON_S)
        page.view.try_view.compare_button.click()
        shown = page.view.try_view.cosine
        wait_until(lambda: bool(shown.text()), "The comparison", SOON_S)
        self._album.note("encoders", cosine=float(shown.text().split()[-1]))
        self._take("encoders", "encoders")

    def look_into_the_encoder(self) -> None:
        """See what proves the encoder's ONNX file, and what the file holds, if it is prepared."""
        view = self._encoders.view
        record = self._encoders.controller.record
        if record is None or not record.prepared:
            return
        view.show_engine()
        self._album.note("encoders", engine=view.engine_card.state.text())
        self._take("encoders", "encoders-proof")
        view.show_segment(INSPECT)
        inspection = view.inspect_view
        inspection.button.button.click()
        wait_until(inspection.first_card.isVisible, "The look into the ONNX file", SOON_S)
        facts = inspection.summary.pairs()
        self._album.note("encoders", nodes=facts["Nodes"], parameters=facts["Parameters"])
        self._take("encoders", "encoders-inside")
        view.show_segment(ABOUT)

    def search(self) -> None:
        """Search by a question, then with a filter, then by a row."""
        self._window.show_page("search")
        self._take("search", "search-empty")
        page = self._search
        page.bar.query.setText(QUERY)
        found = self._found()
        self._require(len(found["results"]) == page.controller.wish.k, "results are missing")
        best = found["results"][0]
        self._album.note(
            "search",
            query=QUERY,
            best=best["title"] if best.get("title") else best["id"],
            score=round(best["score"], 4),
            encode_ms=found["encode_ms"],
            search_ms=found["search_ms"],
        )
        page.table.selectRow(0)
        self._take("search", "search")
        module = best["extra"]["module"]
        page.bar.filter.setText(f'module = "{module}"')
        modules = {item["extra"]["module"] for item in self._found()["results"]}
        self._require(modules == {module}, "the filter let other rows through")
        self._take("search", "search-filtered")
        page.bar.filter.clear()
        self._window.context.navigate("search", like_row=best["row"])
        rows = [item["row"] for item in self._found()["results"]]
        self._require(best["row"] not in rows, "a row was found to be like itself")
        self._take("search", "search-like-row")

    def measure(self) -> None:
        """Score the encoder on the sample's own questions."""
        corpus = self._window.context.workspace.corpora()[0]
        job = EvaluateRetrieval(corpus.name, "starter")
        result = self._result_of(lambda: self._window.context.runner.submit(job), LONG_S)
        metrics = {name: round(metric["value"], 4) for name, metric in result["metrics"].items()}
        self._album.note("search", questions=result["n"], **metrics)

    def see_pictures(self) -> None:
        """Import the icons, look at them, and find some by their captions."""
        self._drop(resources.path(ICONS))
        preview = self._corpora.preview
        wait_until(preview.primary.button.isEnabled, "The preview", SOON_S)
        result = self._result_of(preview.primary.button.click, SOON_S)
        self._require(result["n_rejected"] == 0, "pictures of the sample did not come in")
        corpus = self._window.context.workspace.corpus(result["corpus"])
        self._album.note("corpora", pictures=corpus.n_pictures)
        view = self._corpora.corpus_view
        view.show_segment("rows")
        settle()
        view.rows.table.selectRow(ICON_ROW)
        self._take("corpora", "corpora-pictures")
        job = EmbedCorpus(corpus.name, "starter")
        self._result_of(lambda: self._window.context.runner.submit(job), LONG_S)
        before = self._search.controller.result
        self._window.context.navigate("search", corpus=corpus.id, query=ICON_QUERY, like_row=-1)
        controller = self._search.controller
        wait_until(lambda: controller.result is not before, "The search", SOON_S)
        self._require(all(hit.thumbnail for hit in controller.hits), "results lack their pictures")
        self._search.table.selectRow(0)
        self._album.note("search", icon_query=ICON_QUERY, best_icon=controller.hits[0].id)
        self._take("search", "search-pictures")

    def see_the_methods(self) -> None:
        """Look a method up."""
        self._window.show_page("methods")
        page = self._methods
        page.search.setText(METHOD)
        view = page.view
        self._require(view is not None and view.card.id == METHOD, "a method is missing")
        if view is not None:
            self._album.note("methods", method=view.card.title, results=len(view.card.results))
        self._take("methods", "methods")
        page.search.clear()

    def see_the_jobs(self) -> None:
        """Open the Jobs panel."""
        self._window.toggle_jobs()
        settle()
        self._window.jobs_panel.table.selectRow(0)
        n_jobs = self._window.jobs_panel.model.rowCount()
        self._album.note("jobs", jobs=n_jobs)
        self._require(n_jobs >= 3, "jobs are missing in the history")
        self._take("jobs", "jobs")
        self._window.toggle_jobs()


def _is_under_way(job: JobEntry) -> bool:
    return job.progress is not None and 10 * job.progress.step > job.progress.total > 0
