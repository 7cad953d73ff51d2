"""Every part of the window that can be seen, each reached as a user reaches it.

A state is a name and the way to it in a window whose workspace holds a labelled and judged corpus,
embedded, and a corpus of pairs. The encoder is made of hashes: no engine is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from animals_making import CLASSES, make_animals
from prompts_driving import save, whole_test
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTabBar,
    QTextEdit,
    QWidget,
)
from study_making import make_corpus
from window_driving import wait_idle

from embedding_lab import resources
from embedding_lab.workflows.embed_corpus import EmbedCorpus
from embedding_lab.workspace.corpus import Document
from embedding_lab_app.pages.encoders.encoder_view import SEGMENTS as ENCODER_PARTS
from embedding_lab_app.pages.training.mining.table_view import CLUSTERS
from embedding_lab_app.plots.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from embedding_lab_app.main_window import MainWindow

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTabBar,
    QTextEdit,
)
N_PAIRS = 24


def furnish(window: MainWindow, qtbot: QtBot) -> None:
    """Put corpora into the workspace and embed one of them."""
    workspace = window.context.workspace
    make_animals(workspace)
    pairs = [Document(text=f"answer {i}", extra={"ask": f"question {i}"}) for i in range(N_PAIRS)]
    make_corpus(workspace, "pairs", pairs, roles={"ask": "query"})
    window.context.announce("corpora")
    window.context.runner.submit(EmbedCorpus("animals"))
    wait_idle(window.context.runner, qtbot)


def controls(root: QWidget) -> list[QWidget]:
    """Return what a user can act on and sees, without the inner parts of other controls."""
    return [widget for widget in root.findChildren(QWidget) if _is_control(widget)]


def _is_control(widget: QWidget) -> bool:
    if not isinstance(widget, CONTROLS) or isinstance(widget, QHeaderView):
        return False
    inner_of = (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView, QTabBar)
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, inner_of):
            return False
        above = above.parentWidget()
    is_inner = widget.objectName().startswith("qt_")
    return not is_inner and widget.isVisible() and not widget.visibleRegion().isEmpty()


def figures(root: QWidget) -> list[Figure]:
    """Return the figures that are seen."""
    return [figure for figure in root.findChildren(Figure) if figure.isVisible()]


# The ways there


def _page(name: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
        window.show_page(name)
        qtbot.wait(20)
        return window

    return go


def _corpus(part: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
        window.context.navigate("corpora", corpus=window.context.workspace.corpora()[0].id)
        view = window.page("corpora").corpus_view
        view.show_segment(part)
        if part == "rows":
            qtbot.waitUntil(lambda: view.rows.table.model().rowCount() > 0)
            view.rows.table.selectRow(0)
        if part == "embeddings":
            qtbot.waitUntil(view.embeddings.primary.button.isVisible)
        qtbot.wait(50)
        return window

    return go


def _preview(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
    window.context.drop([resources.path("samples/methods")])
    qtbot.waitUntil(window.page("corpora").preview.primary.button.isEnabled, timeout=20_000)
    return window


def _encoder(part: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
        window.show_page("encoders")
        page = window.page("encoders")
        qtbot.waitUntil(lambda: page.controller.record is not None)
        page.view.show_segment(part)
        qtbot.wait(50)
        return window

    return go


def _hub(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
    window.context.navigate("encoders", hub=True)
    qtbot.wait(50)
    return window


def _found(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
    window.show_page("search")
    page = window.page("search")
    qtbot.waitUntil(lambda: bool(page.controller.encoders))
    with qtbot.waitSignal(page.controller.found, timeout=20_000):
        page.bar.query.setText("whale")
    page.table.selectRow(0)
    qtbot.wait(50)
    return window


def _tested(part: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
        window.show_page("prompts")
        page = window.page("prompts")
        with qtbot.waitSignal(page.zero_shot.previewed, timeout=20_000):
            page.bench.editors.classes.rows.show_rows(CLASSES)
            page.bench.editors.show_templates("{}\na {}")
        wait_idle(window.context.runner, qtbot)
        whole_test(page, qtbot)
        if part == "optimizer":
            page.bench.show_optimizer()
        else:
            page.bench.show_part(part)
        qtbot.wait(50)
        return window

    return go


def _prompts(part: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, asker: Any) -> QWidget:
        if part == "saved":
            _tested("overview")(window, qtbot, asker)
            save(window.page("prompts"), qtbot, asker, "first")
        window.show_page("prompts")
        window.page("prompts").segments.choose(part)
        qtbot.wait(50)
        return window

    return go


def _training(part: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
        window.show_page("training")
        page = window.page("training")
        page.segments.choose(part)
        page.form.show_job({"corpus": "pairs"})
        wait_idle(window.context.runner, qtbot)
        qtbot.wait(50)
        return window

    return go


def _mined(part: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
        window.show_page("training")
        page = window.page("training")
        page.segments.choose("negatives")
        view = page.mining
        qtbot.waitUntil(lambda: view.form.corpus.count() > 0)
        view.form.choose(
            next(c.id for c in window.context.workspace.corpora() if c.name == "pairs")
        )
        qtbot.waitUntil(view.form.button.button.isEnabled, timeout=20_000)
        with qtbot.waitSignal(view.controller.read, timeout=20_000):
            view.form.button.button.click()
        wait_idle(window.context.runner, qtbot)
        view.table.segments.choose(part)
        qtbot.wait(100)
        return window

    return go


def _jobs(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
    window.show_page("home")
    window.toggle_jobs()
    window.jobs_panel.table.selectRow(0)
    qtbot.wait(50)
    return window


def _dialog(command: str) -> Callable[..., QWidget]:
    def go(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
        window.context.actions[command].run()
        (shown,) = [item for item in window.findChildren(QDialog) if item.isVisible()]
        qtbot.waitUntil(shown.isActiveWindow)
        return shown

    return go


def _manual(window: MainWindow, qtbot: QtBot, _asker: Any) -> QWidget:
    window.context.manual_requested.emit("encoders")
    shown = window._manual.window
    assert shown is not None
    qtbot.waitUntil(shown.isActiveWindow)
    shown.contents.search.setText("hub")
    shown.find_bar.open_bar()
    return shown


STATES: dict[str, Callable[..., QWidget]] = {
    "home": _page("home"),
    **{f"corpora {part}": _corpus(part) for part in ("rows", "report", "queries", "embeddings")},
    "corpora preview": _preview,
    **{f"encoders {part}": _encoder(part) for part in ENCODER_PARTS},
    "encoders hub": _hub,
    "search": _page("search"),
    "search found": _found,
    **{
        f"prompts {part}": _tested(part)
        for part in (
            "prompts", "overview", "confusion", "templates", "classes", "confidence", "optimizer",
        )
    },
    **{
        f"prompts {part}": _prompts(part)
        for part in ("instructions", "embedding", "patterns", "saved")
    },
    **{f"training {part}": _training(part) for part in ("train", "live", "runs", "negatives")},
    **{f"training mined {part}": _mined(part) for part in ("figures", CLUSTERS)},
    "methods": _page("methods"),
    "jobs": _jobs,
    **{
        f"dialog {command}": _dialog(command)
        for command in (
            "edit.settings", "workspace.trash", "workspace.backups", "view.palette", "help.log",
            "help.about",
        )
    },
    "manual": _manual,
}  # fmt: skip
DIALOGS = [name for name in STATES if name.startswith("dialog")]
PARTS = [name for name in STATES if name not in DIALOGS and name != "manual"]
