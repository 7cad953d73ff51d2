"""Walk the public functions, classes, methods and properties of modules."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@dataclass(frozen=True)
class Member:
    """One public function, class, method or property, and the module that offers it."""

    name: str
    module: str
    kind: str
    value: Any

    @property
    def dotted(self) -> str:
        """The name a programmer writes; builtins need no module."""
        return self.name.removeprefix("builtins.")

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def rank(self) -> tuple[int, bool, int, str]:
        """Orders the names of one thing, the one a programmer would write first."""
        return self.dotted.count("."), self.kind == "class", len(self.name), self.name


def module_members(module_name: str, listed: frozenset[str]) -> Iterator[Member]:
    """Yield the members of one module that no other listed module defines."""
    module = importlib.import_module(module_name)
    for name, value in _public(module):
        home = getattr(value, "__module__", module_name)
        if home != module_name != "builtins" and home in listed:
            continue
        dotted = f"{module_name}.{name}"
        if inspect.isclass(value):
            yield Member(dotted, module_name, "class", value)
            yield from class_members(dotted, module_name, value)
        elif inspect.isroutine(value):
            yield Member(dotted, module_name, "function", value)


def class_members(dotted: str, module_name: str, owner: type) -> Iterator[Member]:
    """Yield the methods and properties that a class or its private bases define."""
    private = [base for base in owner.__mro__[1:] if base.__name__.startswith("_")]
    found = {name: value for each in [*private[::-1], owner] for name, value in vars(each).items()}
    for name in sorted(name for name in found if not name.startswith("_")):
        value = getattr(found[name], "__func__", found[name])
        if inspect.isroutine(value):
            yield Member(f"{dotted}.{name}", module_name, "method", value)
        elif inspect.isdatadescriptor(value):
            yield Member(f"{dotted}.{name}", module_name, "property", value)


def _public(module: ModuleType) -> list[tuple[str, Any]]:
    names = {name for name in getattr(module, "__all__", vars(module)) if name[0] != "_"}
    found = {name: getattr(module, name, None) for name in sorted(names)}
    return [(name, value) for name, value in found.items() if not _is_alias(name, value, found)]


def _is_alias(name: str, value: Any, found: dict[str, Any]) -> bool:
    own = getattr(value, "__name__", name)
    return isinstance(own, str) and own != name and found.get(own) is value
