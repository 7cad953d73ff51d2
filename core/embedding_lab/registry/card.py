"""A card: all that is known of a research method without importing it."""

from __future__ import annotations

import importlib
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError, UsageError, did_you_mean
from embedding_lab.registry.parameter import Parameter, read_parameter
from embedding_lab.registry.result import Result, read_result
from embedding_lab.registry.table import CardError, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from embedding_lab.registry.parameter import Value


@dataclass(frozen=True)
class Paper:
    """Where a method comes from; ``source`` is an identifier such as ``arXiv 2502.19844``."""

    title: str
    authors: str
    year: int
    source: str

    def __str__(self) -> str:
        return f"{self.authors}: {self.title}. {self.source}, {self.year}."


@dataclass(frozen=True)
class Card:
    """What a method is.

    Attributes
    ----------
    id : str
        Its name, that of its file.
    family : str
        The folder it lies in, which says what it can be used for.
    title, summary, when_to_use : str
        Its name for people, the idea in two sentences, and when it is a good choice.
    inputs : tuple of str
        What it needs to be given.
    target : str
        ``module:Class`` of its implementation.
    requires : tuple of str
        Libraries that the implementation imports beside NumPy.
    paper : Paper
        Its source.
    parameters : tuple of Parameter
        What can be chosen.
    results : tuple of Result
        What was measured, each with the command that repeats it.
    superseded_by : str
        The id of a method that does the same better; empty for none.
    """

    id: str
    family: str
    title: str
    summary: str
    when_to_use: str
    inputs: tuple[str, ...]
    target: str
    requires: tuple[str, ...]
    paper: Paper
    parameters: tuple[Parameter, ...]
    results: tuple[Result, ...]
    superseded_by: str = ""

    @property
    def verdicts(self) -> str:
        """What was measured, in a few words: ``better, no difference shown``."""
        return ", ".join(dict.fromkeys(result.verdict for result in self.results)) or "not measured"

    def values(self, **chosen: object) -> dict[str, Value]:
        """Return a value for every parameter: the chosen ones, checked, and the other defaults.

        Raises
        ------
        UsageError
            If a name is unknown or a value is not allowed.
        """
        known = self._knowing(chosen)
        return {
            name: parameter.checked(chosen.get(name, parameter.default))
            for name, parameter in known.items()
        }

    def parsed(self, typed: Mapping[str, str]) -> dict[str, Value]:
        """Return values that somebody typed, as the types of their parameters.

        Raises
        ------
        UsageError
            If a name is unknown or a value is not allowed.
        """
        known = self._knowing(typed)
        return {name: known[name].parsed(text) for name, text in typed.items()}

    def create(self, **chosen: object) -> Any:
        """Import the method and make it with these parameters, the others at their defaults.

        Raises
        ------
        UsageError
            If a name is unknown or a value is not allowed.
        LabError
            If a library that the method requires is not installed.
        """
        values = self.values(**chosen)
        module_name, _, class_name = self.target.partition(":")
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name not in self.requires:
                raise
            raise LabError(
                f"{self.title} needs the library {error.name}, which is not installed.",
                hint="Install Embedding Lab with everything it can use.",
            ) from error
        return getattr(module, class_name)(**values)

    def to_record(self) -> dict[str, Any]:
        """Return the card as a JSON object."""
        return asdict(self)

    def _knowing(self, names: Iterable[str]) -> dict[str, Parameter]:
        """Return the parameters by their names, of which there must be these."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in names:
            if name not in known:
                raise UsageError(
                    f"{self.title} has no parameter named {name}.",
                    hint=did_you_mean(name, known, "Its parameters"),
                )
        return known


def read_card(file: Path) -> Card:
    """Return the card in a TOML file.

    Raises
    ------
    CardError
        If the file cannot be read, or a key is missing, unknown or wrong; names file and key.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CardError(f"The card {file.name} cannot be read: {error}.") from error
    table = Table(values, file)
    card = Card(
        id=table.text("id"),
        family=table.text("family"),
        title=table.text("title"),
        summary=table.text("summary"),
        when_to_use=table.text("when_to_use"),
        inputs=table.texts("inputs"),
        target=table.text("target"),
        requires=table.texts("requires", ()),
        paper=_read_paper(table.table("paper")),
        parameters=tuple(
            read_parameter(name, inner) for name, inner in table.named_tables("parameters").items()
        ),
        results=tuple(read_result(inner) for inner in table.listed_tables("results")),
        superseded_by=table.text("superseded_by", ""),
    )
    table.done()
    _check_names(card, file, table)
    return card


def _read_paper(table: Table) -> Paper:
    paper = Paper(
        title=table.text("title"),
        authors=table.text("authors"),
        year=table.whole("year"),
        source=table.text("source"),
    )
    table.done()
    return paper


def _check_names(card: Card, file: Path, table: Table) -> None:
    """Require that file, folder and module of the target have the names that the card says."""
    if card.id != file.stem:
        raise table.error("id", f"must be that of the file, {file.stem}")
    if card.family != file.parent.name:
        raise table.error("family", f"must be that of the folder, {file.parent.name}")
    module, _, class_name = card.target.partition(":")
    if not module.endswith(f".{card.family}.{card.id}") or not class_name.isidentifier():
        raise table.error("target", f"must be …{card.family}.{card.id}:Class, beside the card")
