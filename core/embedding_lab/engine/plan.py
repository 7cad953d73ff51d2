"""What an engine consists of: the wheel of torch for one build, and the CUDA libraries it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from embedding_lab.engine.builds import BUILDS, Build, build_named
from embedding_lab.errors import HubError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.engine.wheel_index import Wheel, WheelIndex

# What makes torch use a card. The other packages it needs came with the program already, and
# triton, which compiles kernels of one's own, is used by nothing here.
CARD_PACKAGES = ("nvidia-", "cuda-")
# Until the wheels are there, nobody tells how large they are unpacked.
UNPACKED_RATIO = 2.0


@dataclass(frozen=True)
class PlannedWheel:
    """One wheel to fetch, with its size."""

    wheel: Wheel
    n_bytes: int


@dataclass(frozen=True)
class EnginePlan:
    """What would be fetched for one engine.

    Attributes
    ----------
    version : str
        Of torch, without its build.
    build : Build
        The build.
    wheels : tuple of PlannedWheel
        All of it, torch first.
    """

    version: str
    build: Build
    wheels: tuple[PlannedWheel, ...]

    @property
    def name(self) -> str:
        """What the engine's folder is called."""
        return f"torch-{self.version}-{self.build.name}"

    @property
    def n_bytes(self) -> int:
        """How much is downloaded."""
        return sum(planned.n_bytes for planned in self.wheels)

    @property
    def n_bytes_unpacked(self) -> int:
        """About how much the engine takes on the disk."""
        return int(self.n_bytes * UNPACKED_RATIO)


def required_build(name: str) -> Build:
    """Return the build of this name.

    Raises
    ------
    UsageError
        If there is none; the hint names the ones there are.
    """
    build = build_named(name)
    if build is None:
        known = ", ".join(build.name for build in BUILDS)
        raise UsageError(f"There is no build named {name}.", hint=f"Builds: {known}.")
    return build


def plan_engine(
    index: WheelIndex, version: str, build: Build, check: Callable[[], None] = lambda: None
) -> EnginePlan:
    """Return what an engine consists of.

    Parameters
    ----------
    index : WheelIndex
        Where its wheels are.
    version : str
        The version of torch, without its build.
    build : Build
        Which build.
    check : callable, optional
        Called between requests; raises to cancel.

    Raises
    ------
    HubError
        If the index lacks something, tells no checksum, or cannot be reached.
    """
    found: dict[str, Wheel] = {}
    waiting = [Requirement(f"torch=={version}+{build.name}")]
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop(0)
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        check()
        wheel = index.best(requirement)
        found.setdefault(canonicalize_name(requirement.name), wheel)
        waiting += [
            needed
            for needed in index.needs(wheel)
            if canonicalize_name(needed.name).startswith(CARD_PACKAGES)
            and _applies(needed, requirement.extras)
        ]
    return EnginePlan(version, build, tuple(_sized(index, wheel) for wheel in found.values()))


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _sized(index: WheelIndex, wheel: Wheel) -> PlannedWheel:
    if not wheel.sha256:
        raise HubError(
            f"The index tells no checksum of {wheel.name}, so it is not fetched.",
            hint="Use another index.",
        )
    n_bytes = index.size(wheel)
    if not n_bytes:
        raise HubError(f"The index does not tell how large {wheel.name} is.")
    return PlannedWheel(wheel, n_bytes)
