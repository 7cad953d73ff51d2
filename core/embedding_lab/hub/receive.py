"""Receiving one file after another, each going on where an earlier attempt ended."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.errors import HubError
from embedding_lab.hub import failures
from embedding_lab.hub.client import RETRIES, pause_before
from embedding_lab.hub.failures import ConnectionLostError
from embedding_lab.hub.part_file import PartFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from embedding_lab.hub.client import HubAnswer, HubClient, Refusal
    from embedding_lab.hub.repository import HubFile

REPORT_EVERY_S = 0.1


@dataclass(frozen=True)
class Watcher:
    """Who is told how a download goes.

    Attributes
    ----------
    check : callable
        Raises to cancel; called several times a second.
    progress : callable
        Gets bytes done, bytes in all, and the file's name.
    say : callable
        Gets a sentence now and then.
    """

    check: Callable[[], None]
    progress: Callable[[int, int, str], None]
    say: Callable[[str], None]


class Receiver:
    """Receives files until all of them are there, and reports their common progress.

    Parameters
    ----------
    total : int
        Bytes of all files.
    watcher : Watcher
        Told of it.

    Attributes
    ----------
    n_fetched : int
        Bytes that came over the network.
    """

    def __init__(self, total: int, watcher: Watcher) -> None:
        self.n_fetched = 0
        self._total = total
        self._watcher = watcher
        self._n_done = 0
        self._reported = 0.0

    def receive(
        self,
        client: HubClient,
        path: str,
        file: HubFile,
        target: Path,
        refusal: Refusal = failures.refused,
    ) -> None:
        """Fetch what is missing of a file; it gets its name only after it has been proven.

        Parameters
        ----------
        client : HubClient
            Whom to ask.
        path : str
            Where it has the file.
        file : HubFile
            What is known of it.
        target : Path
            Where it will lie; its folder is made.
        refusal : callable, optional
            Makes the sentence for a status that is no success.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        with PartFile(target, file, self._watcher.check) as part:
            self._complete(client, path, file, part, refusal)
            part.finish()

    def count(self, file: HubFile) -> None:
        """Report that a file is there."""
        self._n_done += file.n_bytes
        self._report(file, 0, is_due=True)

    def _complete(
        self, client: HubClient, path: str, file: HubFile, part: PartFile, refusal: Refusal
    ) -> None:
        """Fetch the rest of one file; three failures in a row without a new byte are enough."""
        n_failures = 0
        while not part.is_whole:
            before = part.n_bytes
            try:
                self._continue(client, path, file, part, refusal)
            except ConnectionLostError as error:
                n_failures = 1 if part.n_bytes > before else n_failures + 1
                if n_failures > RETRIES:
                    raise
                self._watcher.say(f"{error.message} Trying again.")
                client.wait(pause_before(n_failures - 1))

    def _continue(
        self, client: HubClient, path: str, file: HubFile, part: PartFile, refusal: Refusal
    ) -> None:
        with client.open(path, refusal, start=part.n_bytes) as answer:
            if part.n_bytes and not _continues(answer, part.n_bytes):
                part.restart()
            for chunk in answer.chunks:
                part.write(chunk)
                self.n_fetched += len(chunk)
                self._report(file, part.n_bytes)
        if not part.is_whole:
            raise ConnectionLostError(
                f"{client.host} sent only a part of {file.name}.",
                hint="Try again; what was downloaded is kept.",
            )

    def _report(self, file: HubFile, n_bytes: int, *, is_due: bool = False) -> None:
        now = time.monotonic()
        if is_due or now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            self._watcher.progress(self._n_done + n_bytes, self._total, file.name)
        else:
            self._watcher.check()


def _continues(answer: HubAnswer, start: int) -> bool:
    """Whether an answer holds the bytes from ``start`` on, and not the file from its beginning."""
    if answer.status != 206:
        return False
    said = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
    if said is None or int(said[1]) != start:
        raise HubError(
            "Another part of a file came than was asked for.",
            hint="Delete the download and try again.",
        )
    return True
