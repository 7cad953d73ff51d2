"""The stops of the tour at prompts: zero-shot tests, a search for better ones, patterns."""

from __future__ import annotations

from embedding_lab_app.tour.driver import LONG_S, SOON_S, Driver
from embedding_lab_app.waiting import wait_until

PROMPTED, TEMPLATES = "python-library", "code"
SEARCH, SEARCHED_ROWS = "greedy_selection", 600


class PromptStops(Driver):
    """Tests words for the sample's topics."""

    def test_prompts(self) -> None:
        """Test words for the sample's topics, and look at the rows behind the worst confusion."""
        self._window.show_page("prompts")
        page = self._prompts
        page.zero_shot.use_bundled_classes(PROMPTED)
        page.zero_shot.use_bundled_templates(TEMPLATES)
        wait_until(lambda: page.zero_shot.outcome is not None, "The preview", SOON_S)
        self._take("prompts", "prompts")
        result = self._result_of(page.acts.test_button.click, LONG_S)
        self._require(result["n"] >= (self._n_rows or 4000), "rows were not tested")
        self._album.note(
            "prompts",
            items=result["n"],
            accuracy=round(result["accuracy"], 4),
            macro_f1=round(result["macro_f1"], 4),
            scoring_ms=result["scoring_ms"],
        )
        self._take("prompts", "prompts-overview")
        page.bench.show_part("confusion")
        confusion = page.bench.confusion
        confusion.matrix.table.activated.emit(confusion.matrix.model.index(0, 0))
        rows = confusion.items.model
        wait_until(lambda: rows.rowCount() > 0, "The rows of the cell", SOON_S)
        confusion.items.table.selectRow(0)
        self._take("prompts", "prompts-confusion")
        page.segments.choose("embedding")
        self._take("prompts", "prompts-embedding")
        page.segments.choose("zero-shot")

    def search_prompts(self) -> None:
        """Search better prompts with a few examples, on some of the rows."""
        page = self._prompts
        rows = page.bench.editors.advanced.form.fields["rows"]
        before = page.zero_shot.outcome
        rows.show_value(SEARCHED_ROWS)
        wait_until(lambda: page.zero_shot.outcome is not before, "The preview", SOON_S)
        self._window.context.navigate("prompts", method=SEARCH)
        result = self._result_of(page.bench.optimizer.search_button.click, LONG_S)
        self._album.note(
            "prompts", searched_by=result["method_title"], found=round(result["accuracy"], 4)
        )
        self._take("prompts", "prompts-search")
        page.bench.show_editors()
        rows.show_value(0)

    def see_the_patterns(self) -> None:
        """Look a prompt pattern up."""
        page = self._prompts
        page.segments.choose("patterns")
        n_patterns = len(page.patterns.listed)
        self._require(n_patterns > 0, "the prompt patterns are missing")
        self._album.note("prompts", patterns=n_patterns)
        self._take("prompts", "prompts-patterns")
        page.segments.choose("zero-shot")
