"""Finding tables of mined negatives by name, and saving new ones whole."""

from __future__ import annotations

import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.workspace.negatives import NegativesMeta, NegativesTable, write_negatives
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.contracts import Mined
    from embedding_lab.workspace.workspace import Workspace


class NegativesStore:
    """The tables of mined negatives of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def get(self, name: str) -> NegativesTable:
        """Return the table with this name or id.

        Raises
        ------
        UsageError
            If there is none; the hint names the ones there are.
        """
        tables = self._workspace.negatives()
        for table in tables:
            if name in {table.meta.name, table.meta.id}:
                return table
        known = did_you_mean(name, [table.meta.name for table in tables], "Mined negatives")
        raise UsageError(f"There are no negatives named {name}.", hint=known)

    def unused_name(self, wanted: str) -> str:
        """Return ``wanted``, or ``wanted 2``, ``wanted 3``... if it is taken."""
        taken = self._taken()
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted} {number}", number + 1
        return name

    def require_unused(self, name: str) -> None:
        """Raise a :class:`UsageError` if negatives cannot be given this name."""
        self._workspace.require_writable()
        if not name.strip():
            raise UsageError("Mined negatives need a name.")
        if name in self._taken():
            raise UsageError(
                f"There are negatives named {name} already.",
                hint="They are never changed; choose another name, or delete those.",
            )

    def save(
        self,
        name: str,
        mined: Mined,
        report: dict[str, Any],
        ids: Sequence[str | int],
        facts: dict[str, Any],
    ) -> NegativesTable:
        """Save what was mined under a name; the folder is there whole or not at all.

        Parameters
        ----------
        name : str
            The user's, unused so far.
        mined, report, ids
            As for :func:`~embedding_lab.workspace.negatives.write_negatives`.
        facts : dict
            The other fields of :class:`~embedding_lab.workspace.negatives.NegativesMeta`.
        """
        self.require_unused(name)
        number = f"{slug(name)}-{secrets.token_hex(3)}"
        meta = NegativesMeta(id=number, name=name, created=time.time(), **facts)
        staged = self._workspace.cache_folder / f"staging-{number}"
        staged.mkdir(parents=True)
        try:
            write_negatives(staged, meta, mined, report, ids)
            self._workspace.negatives_folder.mkdir(exist_ok=True)
            staged.replace(self._workspace.negatives_folder / number)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        return NegativesTable(self._workspace.negatives_folder / number)

    def _taken(self) -> set[str]:
        metas = [table.meta for table in self._workspace.negatives()]
        return {meta.name for meta in metas} | {meta.id for meta in metas}
