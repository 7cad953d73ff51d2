"""The pages of the window, in the order of the navigation."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from embedding_lab_app.pages.base import Page, PageEntry

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext

PAGES = (
    PageEntry("home", "Home", "house", "embedding_lab_app.pages.home.page:HomePage"),
    PageEntry("corpora", "Corpora", "stack", "embedding_lab_app.pages.corpora.page:CorporaPage"),
    PageEntry("encoders", "Encoders", "cpu", "embedding_lab_app.pages.encoders.page:EncodersPage"),
    PageEntry(
        "search", "Search", "magnifying-glass", "embedding_lab_app.pages.search.page:SearchPage"
    ),
    PageEntry(
        "prompts",
        "Prompts",
        "chat-text",
        "embedding_lab_app.pages.prompts.page:PromptsPage",
        runs=("prompt_optimizers",),
    ),
    PageEntry(
        "training",
        "Training",
        "barbell",
        "embedding_lab_app.pages.training.page:TrainingPage",
        runs=("objectives", "batch_samplers"),
    ),
    PageEntry("methods", "Methods", "flask", "embedding_lab_app.pages.methods.page:MethodsPage"),
)


def make_page(entry: PageEntry, context: AppContext) -> Page:
    """Import a page's module and make the page."""
    module_name, _, class_name = entry.target.partition(":")
    page = getattr(importlib.import_module(module_name), class_name)(context)
    if not isinstance(page, Page):
        raise TypeError(f"{entry.target} is no page")
    return page
