"""The graphics card in the settings: what it is, what could be done, and a button for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from embedding_lab_app.jobs.job_bar import JobBar
from embedding_lab_app.widgets.buttons import Button, PrimaryButton
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.shell.engine_control import EngineControl

WORDS = "graphics card gpu cuda nvidia amd metal mps engine torch driver"


class EngineSection(QWidget):
    """Shows what an :class:`EngineControl` knows, and asks it to act."""

    def __init__(
        self, context: AppContext, control: EngineControl, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._control = control
        self._runner = context.runner
        self.cards = Label("", "field", wraps=True)
        self.advice = Label("", wraps=True).make_selectable()
        self.act = PrimaryButton("", self._on_act)
        self.remove_button = Button("Remove…", control.remove, kind="danger")
        self.bar = JobBar("Progress of the engine's installation")
        self.details = ElidedLabel("", "small")
        self.cancel_button = Button("Cancel", control.cancel)
        below = row(self.details, self.cancel_button)
        below.setStretch(0, 1)
        self.work = boxed(column(self.bar, below, spacing=4))
        self.error = Label("", "error", wraps=True)
        self.setLayout(
            column(
                Label("Graphics card", "heading"),
                self.cards,
                self.advice,
                self.error,
                self.act,
                row(self.remove_button, None),
                self.work,
                spacing=8,
            )
        )
        control.changed.connect(self._refresh)
        self._runner.job_changed.connect(self._on_job_changed)
        self._refresh()
        control.look()

    def _on_act(self) -> None:
        control = self._control
        if control.is_offline:
            control.allow()
        elif control.plan is None:
            control.look_up()
        else:
            control.install()

    def _on_job_changed(self, run_id: str) -> None:
        entry = self._control.entry
        if entry is not None and entry.run_id == run_id:
            self._show_work()

    def _refresh(self) -> None:
        control = self._control
        state = control.state
        self.cards.setText(_cards(state))
        self.advice.setText(state["advice"] if state else "Looking for graphics cards…")
        self.error.setText(control.error)
        self.error.setVisible(bool(control.error))
        is_working = control.entry is not None
        self.work.setVisible(is_working)
        self._show_act(is_shown=bool(state and state["build"]) and not is_working)
        self.remove_button.setVisible(_can_remove(state) and not is_working)
        self._show_work()

    def _show_act(self, *, is_shown: bool) -> None:
        control = self._control
        self.act.setVisible(is_shown)
        if control.is_offline:
            self.act.set_act("Allow the network here", "Embedding Lab is offline.")
        elif control.is_sizing:
            self.act.set_act("Look up its size", "Looking it up…", is_enabled=False)
        elif control.plan is None:
            self.act.set_act("Look up its size", "nothing is downloaded yet")
        else:
            plan = control.plan
            cost = f"downloads {_size(plan.n_bytes)}, takes about {_size(plan.n_bytes_unpacked)}"
            self.act.set_act("Install", cost)

    def _show_work(self) -> None:
        entry = self._control.entry
        if entry is not None:
            self.bar.show_entry(entry)
            self.details.setText(entry.details())


def _cards(state: dict[str, Any] | None) -> str:
    if state is None:
        return ""
    cards = ", ".join(card["name"] for card in state["cards"])
    driver = f" · driver {state['driver']}" if state["driver"] else ""
    return f"{cards or 'None found'}{driver}"


def _can_remove(state: dict[str, Any] | None) -> bool:
    return state is not None and (state["installed"] is not None or state["case"] == "unused")


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.1f} MB"
