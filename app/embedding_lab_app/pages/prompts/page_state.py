"""What the Prompts page was left with, for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedding_lab_app.pages.prompts.page import PromptsPage

FIRST_TEMPLATES = "{}\nThis text is about {}."


def state_of(page: PromptsPage) -> dict[str, Any]:
    """Return what was chosen and typed."""
    choices, editors = page.choices, page.bench.editors
    return {
        "corpus": choices.corpus.id if choices.corpus else "",
        "encoder": choices.encoder.id if choices.encoder else "",
        "modality": choices.modality,
        "segment": page.segments.current,
        "classes": [list(item) for item in editors.classes.rows.rows],
        "templates": editors.templates.toPlainText(),
        "advanced": editors.advanced.values(),
        "instructions": [list(item) for item in page.instructions_view.editor.rows.rows],
    }


def show_state(page: PromptsPage, state: dict[str, Any]) -> None:
    """Show again what was chosen and typed, without testing anything."""
    if state.get("corpus") not in {corpus.id for corpus in page.choices.corpora}:
        return
    page.choices.choose(
        str(state["corpus"]), str(state.get("encoder", "")), str(state.get("modality", ""))
    )
    page.segments.choose(str(state.get("segment", "")))
    editors, advanced = page.bench.editors, state.get("advanced")
    editors.templates.setPlainText(str(state.get("templates", FIRST_TEMPLATES)))
    editors.classes.rows.show_rows(_rows(state.get("classes")))
    editors.advanced.show_values(advanced if isinstance(advanced, dict) else {})
    page.instructions_view.editor.rows.show_rows(_rows(state.get("instructions")))


def _rows(saved: object) -> list[tuple[str, ...]]:
    """Return rows as they were saved; whatever is no row is left out."""
    if not isinstance(saved, list):
        return []
    return [tuple(str(cell) for cell in item) for item in saved if isinstance(item, list)]
