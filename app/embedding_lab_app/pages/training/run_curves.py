"""What a training run has told so far, in constant memory: live, or read from its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.training.live import read_reports
from embedding_lab_app.plots.curves import Curve, Mark, curve_of
from embedding_lab_app.plots.thinning import ThinnedCurve

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Of the pictures of the validation rows, those between the first and the last are thinned out.
MOST_MAPS = 40
MOST_CHECKPOINTS = 40
BYTES_IN_GB = 1e9


@dataclass(frozen=True)
class CurveKind:
    """One figure of a run: its title, what its axis shows, and which members of reports it draws.

    ``members`` are those of step reports, or of validations; each becomes one curve.
    """

    title: str
    y: str
    members: tuple[str, ...]
    is_validation: bool = False
    factor: float = 1.0


KINDS = {
    "loss": CurveKind("Loss", "Loss", ("loss",)),
    "validation": CurveKind("Validation", "Metric", ("value",), is_validation=True),
    "accuracy": CurveKind("In-batch accuracy", "Share of rows", ("accuracy",)),
    "sphere": CurveKind(
        "Alignment and uniformity",
        "Lower is better",
        ("alignment", "uniformity"),
        is_validation=True,
    ),
    "learning_rate": CurveKind("Learning rate", "Learning rate", ("learning_rate",)),
    "gradient_norm": CurveKind("Gradient norm", "Norm", ("gradient_norm",)),
    "pairs_per_second": CurveKind("Throughput", "Rows a second", ("pairs_per_second",)),
    "memory": CurveKind("Memory", "GB", ("memory_bytes",), factor=1 / BYTES_IN_GB),
}
STEP_MEMBERS = tuple(
    (member, kind.factor)
    for kind in KINDS.values()
    if not kind.is_validation
    for member in kind.members
)


class RunCurves:
    """The reports of one run, thinned.

    Parameters
    ----------
    name : str
        What the run is called where several are drawn together.

    Attributes
    ----------
    validations : list of ValidationReport
        All of them, oldest first.
    maps : list of MapReport
        Pictures of the validation rows, oldest first.
    notes : list of str
        What the user should know.
    stage, step, total
        How far it is.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.validations: list[Any] = []
        self.maps: list[Any] = []
        self.notes: list[str] = []
        self.orders: list[Mark] = []
        self.checkpoints: list[int] = []
        self.stage = ""
        self.step = self.total = 0
        self.learning_rate = 0.0
        self._steps = {member: ThinnedCurve() for member, _ in STEP_MEMBERS}

    @classmethod
    def read(cls, name: str, folder: Path) -> RunCurves:
        """Return what the record of a run in its folder tells."""
        found = cls(name)
        found.add_all(read_reports(folder))
        found.add_all(read_reports(folder, "map"))
        return found

    def take(self, update: Any) -> None:
        """Take a live update."""
        self.stage, self.step, self.total = update["stage"], update["step"], update["total"]
        self.add_all(update["reports"])

    def add_all(self, reports: Iterable[Any]) -> None:
        """Take reports, oldest first."""
        for report in reports:
            kind = report["kind"]
            if kind == "step":
                self._add_step(report)
            elif kind == "validation":
                self.validations.append(report)
            elif kind == "map":
                self._add_map(report)
            elif kind == "checkpoint":
                self._add_checkpoint(report["step"])
            elif kind == "note":
                self.notes.append(report["sentence"])
            elif kind == "control":
                words = "stopped" if report["command"] == "stop" else f"rate {report['value']:g}"
                self.orders.append(Mark(report["step"], words))

    def curves(self, kind_id: str) -> list[Curve]:
        """Return the curves of one figure; those of an encoder on its own have the run's name."""
        kind = KINDS[kind_id]
        if not kind.is_validation:
            return [curve_of(self.name, self._steps[member]) for member in kind.members]
        return [self._validation_curve(member, len(kind.members) > 1) for member in kind.members]

    def marks(self) -> list[Mark]:
        """Return where checkpoints are, which of them is the best, and where somebody steered."""
        best = [report["step"] for report in self.validations if report["is_best"]][-1:]
        unnamed = [Mark(step, "") for step in self.checkpoints if step not in best]
        return [*unnamed, *(Mark(step, "best") for step in best), *self.orders]

    @property
    def metric(self) -> str:
        """What the validations measure; empty before the first."""
        return str(self.validations[-1]["metric"]) if self.validations else ""

    def _validation_curve(self, member: str, is_one_of_many: bool) -> Curve:
        known = [report for report in self.validations if report[member] is not None]
        x = [report["step"] for report in known]
        y = [report[member] for report in known]
        name = f"{self.name}: {member}" if is_one_of_many else self.name
        if member != "value":
            return Curve(name, x, y, has_dots=True)
        low, high = ([report["ci"][end] for report in known] for end in (0, 1))
        return Curve(name, x, y, low, high, has_dots=True)

    def _add_step(self, report: Any) -> None:
        self.step, self.total = report["step"], report["total"]
        self.learning_rate = report["learning_rate"]
        for member, factor in STEP_MEMBERS:
            value = report[member]
            if value is not None:
                self._steps[member].append(report["step"], value * factor)

    def _add_checkpoint(self, step: int) -> None:
        self.checkpoints.append(step)
        if len(self.checkpoints) > MOST_CHECKPOINTS:
            self.checkpoints = self.checkpoints[1::2]

    def _add_map(self, report: Any) -> None:
        self.maps.append(report)
        if len(self.maps) > MOST_MAPS:
            self.maps = [self.maps[0], *self.maps[1:-1:2], self.maps[-1]]
