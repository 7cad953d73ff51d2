"""A prompt set as files that a test of prompts reads: classes with descriptions, and templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import InputError, UsageError
from embedding_lab.prompts.class_list import read_classes
from embedding_lab.prompts.template_list import read_templates
from embedding_lab.storage import replaced_whole, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSES_FILE, TEMPLATES_FILE = "classes.json", "templates.txt"


def new_prompt_set_folder(name: str) -> Path:
    """Return the full path of a folder that a prompt set can be written to.

    Raises
    ------
    UsageError
        If it has one of the files already.
    InputError
        If the folder around it does not exist.
    """
    folder = Path(name).expanduser().absolute()
    if not folder.parent.is_dir():
        raise InputError(f"The folder {folder.parent} does not exist.", hint="Make it first.")
    for file in (folder / CLASSES_FILE, folder / TEMPLATES_FILE):
        if file.exists():
            raise UsageError(f"The file {file} is there already.", hint="Name another folder.")
    return folder


def read_prompt_set(folder: Path) -> dict[str, Any]:
    """Return the ``classes`` and ``templates`` of a folder, as a test of prompts takes them.

    Raises
    ------
    InputError
        If one of the files is missing or cannot be used.
    """
    return {
        "classes": tuple(item.to_record() for item in read_classes(folder / CLASSES_FILE)),
        "templates": read_templates(folder / TEMPLATES_FILE),
    }


def write_prompt_set(prompt_set: Mapping[str, Any], name: str | Path) -> Path:
    """Write ``classes.json`` and ``templates.txt`` into a folder, and return the folder.

    Parameters
    ----------
    prompt_set : mapping
        ``classes`` (objects with ``label``, ``name`` and ``descriptions``) and ``templates``.
    name : str or Path
        The folder, made if it is missing; other files there stay.

    Raises
    ------
    UsageError
        If one of the files is there already, or a template does not fit on a line of its own.
    InputError
        If the folder around it does not exist, or it cannot be written.
    """
    folder = new_prompt_set_folder(str(name))
    for template in prompt_set["templates"]:
        if template.strip().splitlines() != [template]:
            raise UsageError(
                f"The template {template!r} cannot be written on a line of its own.",
                hint="Take line breaks and outer spaces out of it.",
            )
    try:
        folder.mkdir(exist_ok=True)
        write_json(folder / CLASSES_FILE, {"classes": list(prompt_set["classes"])})
        with replaced_whole(folder / TEMPLATES_FILE) as file:
            lines = "".join(f"{template}\n" for template in prompt_set["templates"])
            file.write_text(lines, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be written: {error.strerror or error}.",
            hint="Name another folder.",
        ) from error
    return folder
