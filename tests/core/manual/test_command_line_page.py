"""The page on the command line names every command with all its options, and none there is not."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import pytest

from embedding_lab import resources
from embedding_lab.cli.main import build_parser
from embedding_lab.manual.pages import manual_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)(?![\w-])")
# Options that stand behind every command and are explained once, and argparse's own.
GLOBAL = {"--workspace", "--json", "--help", "-h"}


def leaves(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield every command with its options, except those of all commands."""
    below = [item for item in parser._actions if isinstance(item, argparse._SubParsersAction)]
    if not below:
        options = {name for item in parser._actions for name in item.option_strings}
        yield path, options - GLOBAL
    for action in below:
        for name, inner in action.choices.items():
            yield from leaves(inner, f"{path} {name}".strip())


COMMANDS = dict(leaves(build_parser()))
PAGE = manual_pages()["command-line"]


def said_of(command: str) -> str:
    """Return all that stands in the sections that name a command."""
    named = re.compile(rf"`(?:embedding-lab )?{re.escape(command)}(?![\w-])")
    return "\n".join(
        f"{section.heading}\n{section.text}"
        for section in PAGE.sections
        if named.search(section.text)
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_named_with_every_option(command: str) -> None:
    said = said_of(command)
    assert said, "the manual does not name it"
    # A short and a long form of one option need not both be written.
    missing = {name for name in COMMANDS[command] if name not in OPTION.findall(said)}
    assert missing == set()


def test_no_option_is_named_that_does_not_exist() -> None:
    known = set.union(GLOBAL, {"--version"}, *COMMANDS.values())
    named = {name for name in OPTION.findall(PAGE.text) if name.startswith("--") or len(name) == 2}
    assert named - known == set()


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield the command lines that stand on any page, and in the README."""
    texts = {name: page.text for name, page in manual_pages().items()}
    readme = resources.path("manual").parents[1] / "README.md"
    if readme.is_file():
        texts["README"] = readme.read_text(encoding="utf-8")
    for name, text in texts.items():
        for line in re.findall(r"(?<!/)embedding-lab ([a-z][^`\n]*)", text):
            yield name, line


def test_the_command_lines_of_all_pages_name_commands_and_options_that_exist() -> None:
    wrong = []
    for page, line in command_lines():
        words = line.split("#")[0].split()
        path = next(
            (p for n in (3, 2, 1) if (p := " ".join(words[:n])) in COMMANDS),
            None,
        )
        if path is None:
            # A word that further commands stand under is named as such.
            if not any(command.startswith(f"{words[0].rstrip('.,')} ") for command in COMMANDS):
                wrong.append((page, line))
            continue
        options = {name for name in OPTION.findall(line) if name.startswith("--")}
        if options - COMMANDS[path] - GLOBAL:
            wrong.append((page, line, sorted(options - COMMANDS[path] - GLOBAL)))
    assert wrong == []


def test_the_readme_names_commands_that_exist() -> None:
    assert any(page == "README" for page, _ in command_lines())
