"""What a training run tells while it runs: the values of its partial results, and their file.

Every value is a JSON object whose ``kind`` says which of the types below it is. Partial results
come at most five times a second, each a :class:`LiveUpdate` with everything that is new since the
last one. The same objects, one a line, are in ``metrics.jsonl`` of the run's folder, except the
maps, which are in ``maps.jsonl``; both can be read while the run goes on.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypedDict

from embedding_lab.storage import read_json_lines, replaced_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

METRICS_FILE = "metrics.jsonl"
MAPS_FILE = "maps.jsonl"
LEAST_PAUSE_S = 0.2
# A trivial model takes thousands of steps a second; a plot needs no more points than these.
MOST_AT_ONCE = 500


class StepReport(TypedDict):
    """One step. All numbers are finite; what cannot be told is ``None``.

    ``accuracy`` is the share of rows whose positive was the nearest of the batch (of labelled
    texts: whose nearest other has the same label; ``None`` for scored pairs); ``gradient_norm`` is
    measured before it is cut; ``pairs_per_second`` and ``memory_bytes`` (resident) are smoothed.
    """

    kind: Literal["step"]
    step: int
    total: int
    loss: float
    accuracy: float | None
    learning_rate: float
    gradient_norm: float
    pairs_per_second: float
    memory_bytes: int


class Histogram(TypedDict):
    """Counts of cosines in equal bins; ``edges`` has one number more than ``counts``."""

    edges: list[float]
    counts: list[int]


class ValidationReport(TypedDict):
    """What was measured on the validation rows after ``step`` steps; 0 is the base encoder.

    ``metric`` names what decides which checkpoint is the best, ``value`` and ``ci`` (95 %) are of
    it, ``others`` are further metrics. Alignment and uniformity are lower when better. The
    histograms are of cosines of pairs that belong together and of pairs that do not.
    """

    kind: Literal["validation"]
    step: int
    metric: str
    value: float
    ci: list[float]
    others: dict[str, float]
    n: int
    alignment: float | None
    uniformity: float
    positives: Histogram
    negatives: Histogram
    is_best: bool


class MapReport(TypedDict):
    """Up to 500 validation vectors in the plane of the base encoder's two main axes.

    ``x`` and ``y`` are comparable from step to step. ``sides`` is 0 for an anchor, 1 for a
    positive; ``labels`` are classes, numbers into ``label_names`` (-1 for none); ``partners`` is
    the place in these lists of the other side of the same row, -1 where it has none.
    """

    kind: Literal["map"]
    step: int
    x: list[float]
    y: list[float]
    sides: list[int]
    labels: list[int]
    label_names: list[str]
    partners: list[int]


class ControlReport(TypedDict):
    """A command that reached the run after ``step`` steps: ``learning_rate`` or ``stop``."""

    kind: Literal["control"]
    step: int
    command: str
    value: float | None


class CheckpointReport(TypedDict):
    """A checkpoint that holds the run after ``step`` steps."""

    kind: Literal["checkpoint"]
    step: int


class NoteReport(TypedDict):
    """Something the user should know, in a sentence."""

    kind: Literal["note"]
    step: int
    sentence: str


Report = StepReport | ValidationReport | MapReport | ControlReport | CheckpointReport | NoteReport


class LiveUpdate(TypedDict):
    """One partial result of a training run.

    ``stage`` is one of ``reading``, ``mining``, ``teacher``, ``base``, ``training``, ``reporting``
    and ``saving``;
    ``reports`` are in the order they came.
    """

    kind: Literal["training"]
    stage: str
    step: int
    total: int
    reports: list[Report]


class LiveFeed:
    """Hands reports to whoever watches, a few times a second, and keeps them all in a file.

    Parameters
    ----------
    folder : Path
        The run's folder.
    send : callable
        Takes a :class:`LiveUpdate`.
    clock : callable
        Seconds, for the pause between two updates.
    """

    def __init__(
        self,
        folder: Path,
        send: Callable[[LiveUpdate], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._send = send
        self._clock = clock
        self._last = float("-inf")
        self._waiting: list[Report] = []
        self._stage = "reading"
        self._step = self._total = 0
        self._metrics = self._open()

    def _open(self) -> TextIO:
        return (self._folder / METRICS_FILE).open("a", encoding="utf-8")

    def close(self) -> None:
        """Send and write what waits."""
        self.flush()
        self._metrics.close()

    def begin(self, stage: str, step: int = 0, total: int = 0) -> None:
        """Tell that another stage begins."""
        self._stage, self._step, self._total = stage, step, total
        self.flush()

    def add(self, report: Report) -> None:
        """Take one report; it is sent now or with the next ones."""
        if report["kind"] == "map":
            with (self._folder / MAPS_FILE).open("a", encoding="utf-8") as file:
                file.write(_line(report))
        else:
            self._metrics.write(_line(report))
        if report["kind"] == "step":
            self._step, self._total = report["step"], report["total"]
            if len(self._waiting) >= MOST_AT_ONCE:
                self._thin()
        self._waiting.append(report)
        if report["kind"] != "step" or self.is_due:
            self.flush()

    def go_back(self, step: int) -> None:
        """Take out what an earlier attempt reported after ``step``: it is reported anew."""
        self._metrics.close()
        for name in (METRICS_FILE, MAPS_FILE):
            path = self._folder / name
            if path.exists():
                with (
                    replaced_whole(path) as temporary,
                    temporary.open("w", encoding="utf-8") as file,
                ):
                    for report in read_json_lines(path):
                        if report["step"] <= step:
                            file.write(_line(report))
        self._metrics = self._open()

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed for another update."""
        return self._clock() - self._last >= LEAST_PAUSE_S

    def flush(self) -> None:
        """Send what waits, and let it reach the file."""
        self._metrics.flush()
        self._last = self._clock()
        reports, self._waiting = self._waiting, []
        self._send(
            {
                "kind": "training",
                "stage": self._stage,
                "step": self._step,
                "total": self._total,
                "reports": reports,
            }
        )

    def _thin(self) -> None:
        """Leave out every other step that waits."""
        self._waiting = [
            report
            for place, report in enumerate(self._waiting)
            if place % 2 or report["kind"] != "step"
        ]


def _line(report: Report) -> str:
    return json.dumps(report, ensure_ascii=False, allow_nan=False) + "\n"


def read_reports(folder: Path, *kinds: str) -> Iterator[Any]:
    """Yield the reports of a run, oldest first, one at a time.

    Parameters
    ----------
    folder : Path
        The run's folder.
    *kinds : str
        Which kinds; all but the maps without one.
    """
    names = [MAPS_FILE] if kinds == ("map",) else [METRICS_FILE]
    for name in names:
        for report in read_json_lines(folder / name):
            if not kinds or report["kind"] in kinds:
                yield report
