"""Driving the window as a person would: dropping, pressing, waiting for what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from embedding_lab.errors import LabError
from embedding_lab.jobs.events import JobCompleted
from embedding_lab_app.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.jobs.events import Event
    from embedding_lab_app.main_window import MainWindow
    from embedding_lab_app.pages.corpora.page import CorporaPage
    from embedding_lab_app.pages.encoders.page import EncodersPage
    from embedding_lab_app.pages.methods.page import MethodsPage
    from embedding_lab_app.pages.prompts.page import PromptsPage
    from embedding_lab_app.pages.search.page import SearchPage
    from embedding_lab_app.pages.training.page import TrainingPage
    from embedding_lab_app.tour.album import Album

SOON_S, LONG_S = 60, 600


class Driver:
    """What every stop of the tour does.

    Parameters
    ----------
    window, album : MainWindow, Album
        What is driven, and where its pictures go.
    n_rows : int
        How many rows of the sample are embedded; 0 for all.
    """

    def __init__(self, window: MainWindow, album: Album, n_rows: int = 0) -> None:
        self._window = window
        self._n_rows = n_rows
        self._album = album
        self._ends: list[Event] = []
        window.context.runner.job_ended.connect(self._on_job_ended)

    @property
    def _corpora(self) -> CorporaPage:
        return cast("CorporaPage", self._window.page("corpora"))

    @property
    def _encoders(self) -> EncodersPage:
        return cast("EncodersPage", self._window.page("encoders"))

    @property
    def _training(self) -> TrainingPage:
        return cast("TrainingPage", self._window.page("training"))

    @property
    def _methods(self) -> MethodsPage:
        return cast("MethodsPage", self._window.page("methods"))

    @property
    def _prompts(self) -> PromptsPage:
        return cast("PromptsPage", self._window.page("prompts"))

    @property
    def _search(self) -> SearchPage:
        return cast("SearchPage", self._window.page("search"))

    def _take(self, page: str, name: str) -> None:
        # Notices of jobs that are done would lie over what the picture is about.
        self._window.toasts.close_all()
        self._album.take(page, name, self._window)

    def _drop(self, path: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        action = Qt.DropAction.CopyAction
        self._window.dropEvent(QDropEvent(QPointF(400, 300), action, data, buttons, keys))

    def _on_job_ended(self, _run_id: str, event: Event) -> None:
        self._ends.append(event)

    def _result_of(self, act: Any, seconds: float) -> dict[str, Any]:
        self._ends.clear()
        act()
        return self._result(seconds)

    def _result(self, seconds: float) -> dict[str, Any]:
        """Return the result of the recorded job that runs; small ones may end meanwhile."""
        runner = self._window.context.runner
        wait_until(lambda: not runner.has_live_jobs and bool(self._ends), "The job", seconds)
        done = [event for event in self._ends if isinstance(event, JobCompleted) and event.result]
        if not done:
            last = self._ends[-1]
            raise LabError(getattr(last, "message", "A job did not end well."))
        return done[0].result

    def _found(self) -> dict[str, Any]:
        controller = self._search.controller
        before = controller.result
        wait_until(lambda: controller.result is not before, "The search", SOON_S)
        return controller.result

    def _require(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            raise LabError(f"The tour found something wrong: {otherwise}.")
