"""An awkward file, and what importing it must come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Expectation:
    """What importing one file (or folder) must come to.

    ``rejected`` holds line and reason (its beginning is enough) of every record that stays out;
    ``n_records`` is how many records the file holds, so that ``rows`` and ``rejected`` must add up.
    A file that cannot be read at all has a ``problem`` instead.
    """

    name: str
    n_records: int = 0
    rows: int = 0
    rejected: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    first_text: str = ""
    last_text: str = ""
    options: dict[str, Any] = field(default_factory=dict)


class Maker:
    """Writes files into a folder and notes what is expected of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expectations: list[Expectation] = []

    def add(self, name: str, content: bytes | str, **expected: Any) -> None:
        data = content.encode() if isinstance(content, str) else content
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.expect(name, **expected)

    def expect(self, name: str, **expected: Any) -> None:
        expectation = Expectation(name=name, **expected)
        if not expectation.problem and not expectation.n_records:
            n_records = expectation.rows + len(expectation.rejected)
            expectation = Expectation(**{**vars(expectation), "n_records": n_records})
        self.expectations.append(expectation)
