"""Taking a TOML table apart key by key; whatever is wrong is told with its file and its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.errors import LabError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REQUIRED: Any = object()


class CardError(LabError):
    """A card's file does not hold what a card must hold."""


class Table:
    """One table of a card.

    Every method takes a key out; :meth:`done` complains of keys that nobody asked for.

    Parameters
    ----------
    values : dict
        What the TOML file says.
    file : Path
        The file, for error messages.
    place : str, optional
        Where in the file the table stands: ``parameters.epochs.``, with a dot at its end.

    Raises
    ------
    CardError
        By every method, if the key is missing or holds something else.
    """

    def __init__(self, values: dict[str, Any], file: Path, place: str = "") -> None:
        self._values = values
        self._file = file
        self._place = place
        self._known: list[str] = []

    def error(self, key: str, what: str) -> CardError:
        """Return an error about one key: ``The key max in foo.toml must be a number.``."""
        return CardError(f"The key {self._place}{key} in {self._file.name} {what}.")

    def text(self, key: str, default: str = REQUIRED) -> str:
        """Return a text that is not empty; the default may be."""
        found = self._take(key, str, "a text", default)
        if not found.strip() and default is REQUIRED:
            raise self.error(key, "is empty")
        return " ".join(found.split())

    def texts(self, key: str, default: tuple[str, ...] = REQUIRED) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self._take(key, list, "a list of texts", default)
        if not all(isinstance(item, str) and item.strip() for item in found):
            raise self.error(key, "must be a list of texts")
        return tuple(" ".join(item.split()) for item in found)

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """Return one of some texts."""
        found = self.text(key)
        if found not in choices:
            raise self.error(key, f"must be one of {', '.join(choices)}, not {found}")
        return found

    def number(self, key: str) -> float:
        """Return a number."""
        found = self.optional_number(key)
        if found is None:
            raise self.error(key, "is missing")
        return found

    def optional_number(self, key: str) -> float | None:
        """Return a number, or ``None`` where there is none."""
        found: float | None = self._take(key, int | float, "a number", None)
        if isinstance(found, bool):
            raise self.error(key, "must be a number")
        return found if found is None else float(found)

    def whole(self, key: str) -> int:
        """Return a whole number."""
        found: int = self._take(key, int, "a whole number", REQUIRED)
        if isinstance(found, bool):
            raise self.error(key, "must be a whole number")
        return found

    def interval(self, key: str) -> tuple[float, float]:
        """Return two numbers, the smaller first."""
        what = "two numbers, the smaller first"
        found = self._take(key, list, what, REQUIRED)
        is_so = len(found) == 2 and all(isinstance(end, int | float) for end in found)
        if not is_so or found[0] > found[1]:
            raise self.error(key, f"must be {what}")
        return (float(found[0]), float(found[1]))

    def flag(self, key: str) -> bool:
        """Return true or false; false where there is none."""
        return bool(self._take(key, bool, "true or false", False))

    def value(self, key: str) -> int | float | bool | str:
        """Return a number, a text, or true or false."""
        found: int | float | bool | str = self._take(
            key, int | float | bool | str, "a number, a text, or true or false", REQUIRED
        )
        return found

    def table(self, key: str) -> Table:
        """Return the table under a key."""
        return Table(self._take(key, dict, "a table", REQUIRED), self._file, f"{self._place}{key}.")

    def named_tables(self, key: str) -> dict[str, Table]:
        """Return the tables below a key by their names; none where the key is absent."""
        found = self._take(key, dict, "a table of tables", {})
        if not all(isinstance(item, dict) for item in found.values()):
            raise self.error(key, "must be a table of tables")
        place = f"{self._place}{key}."
        return {
            name: Table(values, self._file, f"{place}{name}.") for name, values in found.items()
        }

    def listed_tables(self, key: str) -> list[Table]:
        """Return the tables of a list, ``[[key]]``; none where the key is absent."""
        found = self._take(key, list, "a list of tables", [])
        if not all(isinstance(item, dict) for item in found):
            raise self.error(key, "must be a list of tables")
        return [
            Table(values, self._file, f"{self._place}{key}[{number}].")
            for number, values in enumerate(found)
        ]

    def done(self) -> None:
        """Complain of the first key that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                error = self.error(key, "is unknown")
                error.hint = did_you_mean(key, self._known, "Known keys")
                raise error

    def _take(self, key: str, kind: Any, what: str, default: Any) -> Any:
        self._known.append(key)
        if key not in self._values:
            if default is REQUIRED:
                raise self.error(key, "is missing")
            return default
        if not isinstance(self._values[key], kind):
            raise self.error(key, f"must be {what}")
        return self._values[key]
