"""Installing the engine for a graphics card, and removing it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.engine.advice import advise
from embedding_lab.engine.cards import detect_machine
from embedding_lab.engine.install import install_engine, remove_engines
from embedding_lab.engine.plan import EnginePlan, plan_engine, required_build
from embedding_lab.engine.present import own_version, present_torch
from embedding_lab.engine.wheel_index import WheelIndex
from embedding_lab.errors import LabError
from embedding_lab.hub.failures import offline
from embedding_lab.hub.receive import Watcher
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.engine.builds import Build
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class InstallEngine(Job[Any]):
    """Download the engine that fits this machine's card into the user's own folder.

    It needs no workspace. An interrupted download goes on where it ended.

    Attributes
    ----------
    index : str
        The address that builds lie below; that of the settings without one.
    build : str
        Which build; the one that fits without one.
    is_online : bool
        The user lifted the offline switch for this job.
    """

    index: str = ""
    build: str = ""
    is_online: bool = False
    lane: ClassVar[Lane] = Lane.IO
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return "Installing the engine for graphics cards"

    def run(self, ctx: JobContext[Any]) -> dict[str, Any]:
        """Fetch, unpack and try it, and return what is known of it."""
        with open_index(self.index, self.build, is_online=self.is_online, check=ctx.check) as found:
            index, build = found.index, found.build
            ctx.log(f"Looking up the engine for CUDA {build.cuda}…")
            plan = plan_engine(index, own_version(), build, ctx.check)
            ctx.log(
                f"Downloading {plan.n_bytes / 1e6:,.0f} MB in {len(plan.wheels)} files; about "
                f"{plan.n_bytes_unpacked / 1e6:,.0f} MB unpacked."
            )
            done = install_engine(index, plan, _watcher(ctx))
        return asdict(done.engine) | {
            "folder": str(done.engine.folder),
            "downloaded_bytes": done.n_fetched,
        }


@dataclass(frozen=True)
class RemoveEngine(Job[Any]):
    """Delete the engine that was installed for the graphics card."""

    lane: ClassVar[Lane] = Lane.IO
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return "Removing the engine for graphics cards"

    def run(self, ctx: JobContext[Any]) -> dict[str, Any]:
        """Delete it and return how many bytes that freed."""
        return {"freed_bytes": remove_engines()}


class OpenIndex:
    """The index of one build, and which that is; use it in a ``with`` statement."""

    def __init__(self, index: WheelIndex, build: Build) -> None:
        self.index = index
        self.build = build

    def __enter__(self) -> OpenIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.index.__exit__()


def open_index(
    address: str = "",
    build: str = "",
    *,
    is_online: bool = False,
    check: Callable[[], None] = lambda: None,
) -> OpenIndex:
    """Return the index that an engine would be fetched from.

    Parameters
    ----------
    address, build, is_online
        As in :class:`InstallEngine`.
    check : callable, optional
        Called some times a second while waiting; raises to cancel.

    Raises
    ------
    HubError
        If the user is offline.
    LabError
        If no build fits this machine; the sentence says why.
    """
    settings = load_settings()
    if settings.offline and not is_online:
        raise offline("no engine can be downloaded")
    chosen = required_build(build) if build else _fitting()
    home = (address or settings.engine_index).strip().rstrip("/")
    return OpenIndex(WheelIndex(f"{home}/{chosen.name}", check), chosen)


def look_up_engine(address: str = "", build: str = "", *, is_online: bool = False) -> EnginePlan:
    """Return what would be fetched, with its size; raises as :func:`open_index`."""
    with open_index(address, build, is_online=is_online) as found:
        return plan_engine(found.index, own_version(), found.build)


def _fitting() -> Build:
    advice = advise(detect_machine(), present_torch())
    if advice.build is None:
        raise LabError(
            f"There is no engine to install. {advice.sentence}",
            hint="Name a build with --build to install one all the same.",
        )
    return advice.build


def _watcher(ctx: JobContext[Any]) -> Watcher:
    def progress(done: int, total: int, name: str) -> None:
        # Of a wheel's long name, the package is what tells something.
        shown = name.partition("-")[0] if name.endswith(".whl") else name
        ctx.progress(done, total, shown, unit="bytes")

    return Watcher(check=ctx.check, progress=progress, say=ctx.log)
