"""One parameter of a method: its type, its default, and which values it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError

if TYPE_CHECKING:
    from embedding_lab.registry.table import Table

Value = int | float | bool | str
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class ParameterType(StrEnum):
    """What kind of value a parameter holds."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    name : str
        The keyword of the target's constructor.
    type : ParameterType
        The kind of value.
    default : int, float, bool or str
        What it is unless somebody chooses.
    help : str
        One sentence on what it does.
    min, max : float or None
        Smallest and largest number, both allowed.
    choices : tuple of str
        What can be chosen.
    unit : str
        What the number counts: ``seconds``.
    is_advanced : bool
        Whether forms fold it away.
    """

    name: str
    type: ParameterType
    default: Value
    help: str
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    is_advanced: bool = False

    @property
    def title(self) -> str:
        """The name in words: ``Log weight``."""
        words = self.name.replace("_", " ")
        return words[:1].upper() + words[1:]

    @property
    def rule(self) -> str:
        """Which values it takes: ``a whole number from 1 to 50``."""
        if self.type is ParameterType.CHOICE:
            return f"one of {', '.join(self.choices)}"
        if self.type is ParameterType.BOOL:
            return "yes or no"
        if self.type is ParameterType.TEXT:
            return "a text"
        kind = "a whole number" if self.type is ParameterType.INT else "a number"
        if self.min is not None and self.max is not None:
            return f"{kind} from {self.min:,.12g} to {self.max:,.12g}"
        if self.min is not None:
            return f"{kind} of at least {self.min:,.12g}"
        return kind if self.max is None else f"{kind} of at most {self.max:,.12g}"

    def checked(self, value: object) -> Value:
        """Return a value as the parameter's type.

        Raises
        ------
        UsageError
            If the parameter does not take it; the sentence says what it takes.
        """
        found = self._typed(value)
        if found is None or not self._is_allowed(found):
            raise UsageError(f"{self.title} must be {self.rule}, not {_shown(value)}.")
        return found

    def parsed(self, text: str) -> Value:
        """Return the value that somebody typed.

        Raises
        ------
        UsageError
            If the parameter does not take it.
        """
        typed = text.strip()
        if self.type is ParameterType.BOOL:
            folded = typed.casefold()
            return self.checked(folded in YES if folded in YES + NO else text)
        if self.type in {ParameterType.INT, ParameterType.FLOAT}:
            return self.checked(_number(typed.replace(",", "")))
        return self.checked(text if self.type is ParameterType.TEXT else typed)

    def _typed(self, value: object) -> Value | None:
        if isinstance(value, bool) or self.type is ParameterType.BOOL:
            return value if isinstance(value, bool) and self.type is ParameterType.BOOL else None
        if self.type is ParameterType.INT:
            return value if isinstance(value, int) else None
        if self.type is ParameterType.FLOAT:
            is_number = isinstance(value, int | float) and math.isfinite(value)
            return float(value) if is_number else None  # type: ignore[arg-type]
        return value if isinstance(value, str) else None

    def _is_allowed(self, value: Value) -> bool:
        if self.type is ParameterType.CHOICE:
            return value in self.choices
        if isinstance(value, str | bool):
            return True
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)


def read_parameter(name: str, table: Table) -> Parameter:
    """Return a parameter from its table ``[parameters.<name>]``.

    Raises
    ------
    CardError
        If a key is missing, unknown or of the wrong type, or the default is not allowed.
    """
    kind = ParameterType(table.choice("type", [kind.value for kind in ParameterType]))
    parameter = Parameter(
        name=name,
        type=kind,
        default=table.value("default"),
        help=table.text("help"),
        min=table.optional_number("min"),
        max=table.optional_number("max"),
        choices=table.texts("choices", ()),
        unit=table.text("unit", ""),
        is_advanced=table.flag("advanced"),
    )
    table.done()
    if bool(parameter.choices) != (kind is ParameterType.CHOICE):
        raise table.error("choices", "belongs to parameters of the type choice, and to no others")
    has_bounds = parameter.min is not None or parameter.max is not None
    if has_bounds and kind not in {ParameterType.INT, ParameterType.FLOAT}:
        raise table.error("min", "and max belong to numbers only")
    try:
        parameter.checked(parameter.default)
    except UsageError as error:
        raise table.error("default", f"is not allowed: {error.message.rstrip('.')}") from error
    return parameter


def _number(typed: str) -> object:
    for read in (int, float):
        try:
            return read(typed)
        except ValueError:
            continue
    return typed


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"“{value}”" if value else "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float) else repr(value)
