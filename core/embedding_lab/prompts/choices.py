"""What a person names classes, templates and instructions by: files, or what is bundled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.prompts.bundled import sample_classes, template_set
from embedding_lab.prompts.class_list import read_classes
from embedding_lab.prompts.list_file import read_lines
from embedding_lab.prompts.template_list import PLACEHOLDER, PLAIN, read_templates

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL_COLUMN = "@label"
NO_INSTRUCTION = "-"


def classes_named(name: str | Path | Sequence[Any]) -> tuple[Any, ...]:
    """Return the classes in a file, bundled with a sample, or given as they are.

    Parameters
    ----------
    name : str, Path or sequence
        A file; ``@label`` or nothing for the labels of the corpus (no classes are returned);
        ``@`` and the name of a bundled list; or the classes themselves.
    """
    if not isinstance(name, str | Path):
        return tuple(name)
    if str(name) in {"", LABEL_COLUMN}:
        return ()
    bundled = str(name).removeprefix("@")
    found = (
        sample_classes(bundled) if str(name) != bundled else read_classes(Path(name).expanduser())
    )
    return tuple(item.to_record() for item in found)


def templates_named(name: str | Path | Sequence[str]) -> tuple[str, ...]:
    """Return the templates in a file, in a bundled set (``@news``), or given as they are.

    Text that has a ``{}`` itself is a template.
    """
    if not isinstance(name, str | Path):
        return tuple(name)
    if not str(name):
        return PLAIN
    if PLACEHOLDER in str(name):
        return (str(name),)
    bundled = str(name).removeprefix("@")
    return (
        template_set(bundled).templates
        if str(name) != bundled
        else read_templates(Path(name).expanduser())
    )


def instructions_in(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the instructions of a file: for queries, and for documents if there are any.

    One a line; a tab stands before the instruction for documents. A hyphen alone stands for no
    instruction. Spaces at the end belong to it.
    """
    queries, documents = [], []
    for _, line in read_lines(path):
        query, tab, document = line.partition("\t")
        queries.append("" if query.strip() == NO_INSTRUCTION else query)
        if tab:
            documents.append("" if document.strip() == NO_INSTRUCTION else document)
    return tuple(queries), tuple(documents)
