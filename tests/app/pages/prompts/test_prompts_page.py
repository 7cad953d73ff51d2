"""The Prompts page as a whole: empty, copied from, restored, read-only, in small windows."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest
from animals_making import CLASSES
from prompts_driving import click, previewed, save, whole_test
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QTabBar, QToolButton
from study_making import make_corpus

from embedding_lab.workspace.corpus import Document

# Empty states


def test_without_a_corpus_a_sample_that_works_offline_is_offered(window, qtbot):
    window.show_page("prompts")
    page = window.page("prompts")
    assert page.stack.currentWidget() is page.empty
    assert not page.acts.test_button.isEnabled()
    click(page.empty)
    assert window.current_page().page_id == "corpora"
    qtbot.waitUntil(window.page("corpora").preview.primary.button.isEnabled, timeout=20_000)


def test_a_corpus_without_labels_says_what_is_missing(window):
    documents = [Document(id="a", text="whale"), Document(id="b", text="lion")]
    make_corpus(window.context.workspace, "plain", documents)
    window.show_page("prompts")
    page = window.page("prompts")
    assert page.stack.currentWidget() is page.empty
    page.segments.choose("instructions")
    assert page.stack.currentWidget() is page.empty
    page.segments.choose("saved")
    assert page.stack.currentWidget() is page.experiments_view
    assert page.experiments_view.hint.text().startswith("Nothing is saved yet.")


def test_the_labels_are_the_classes_until_others_are_typed(unembedded):
    assert [row[0] for row in unembedded.bench.editors.classes.rows.rows] == [
        "air", "land", "sea", "under ground",
    ]  # fmt: skip
    assert unembedded.banner.text == "animals is not embedded with starter yet."


def test_a_corpus_without_vectors_is_embedded_from_here_and_previews_begin(unembedded, qtbot):
    with qtbot.waitSignal(unembedded.zero_shot.previewed, timeout=20_000):
        click(unembedded.banner)
    assert unembedded.banner.text == ""
    assert unembedded.bench.chip.text() == "Live"


def test_a_test_embeds_the_corpus_itself(unembedded, qtbot):
    assert whole_test(unembedded, qtbot)["n"] == 21
    assert unembedded.banner.text == ""


# Taking it away


def test_what_is_copied_as_python_and_as_a_command_does_the_same(page, window, qtbot, tmp_path):
    previewed(page, qtbot, "{}\nsay 'it': {}")
    result = whole_test(page, qtbot)
    page.acts.copy_as._copy_python()
    python = QGuiApplication.clipboard().text()
    page.acts.copy_as._copy_command()
    command = QGuiApplication.clipboard().text()
    first, second, last = command.splitlines()
    for line in (first, second):
        subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, check=True)
    assert (tmp_path / "templates.txt").read_text() == "{}\nsay 'it': {}\n"
    assert (tmp_path / "classes.txt").read_text() == "sea\twhale\nland\tlion\nair\teagle\n"
    words = shlex.split(last)
    assert words[:2] == ["embedding-lab", "--workspace"]
    folder = window.context.workspace.folder
    page.bench.editors.classes.rows.change([("sea", "whale", "It's wet"), CLASSES[1]], "")
    page.acts.copy_as._copy_command()
    described = shlex.split(QGuiApplication.clipboard().text().splitlines()[0])
    assert described[-1] == "classes.json"
    assert json.loads(described[2])[0]["descriptions"] == ["It's wet"]
    window.close()
    namespace: dict = {}
    exec(python, namespace)
    assert namespace["result"]["confusion"] == result["confusion"]
    assert str(folder) in words


# Session, other pages, looks


def test_what_was_typed_is_found_again(page, window, make_main_window):
    page.segments.choose("instructions")
    page.bench.editors.show_templates("kept {}")
    page.bench.editors.advanced.form.fields["rows"].input.setText("9")
    window.close()
    again = make_main_window().page("prompts")
    assert again.bench.editors.templates.toPlainText() == "kept {}"
    assert list(again.bench.editors.classes.rows.rows) == CLASSES
    assert again.segments.current == "instructions"
    assert again.zero_shot.outcome is None
    assert again.zero_shot.options == {"sample": 9}
    corpus = again.choices.corpus.id
    damaged = {"corpus": corpus, "classes": "no list", "instructions": [3], "advanced": 1}
    again.restore_state(damaged)
    again.restore_state({"corpus": "gone"})
    assert again.bench.editors.classes.rows.rows == ()
    assert again.zero_shot.options == {}


def test_other_pages_ask_for_a_corpus(page, window):
    documents = [Document(id="a", text="lion", label="x"), Document(id="b", text="owl", label="y")]
    other = make_corpus(window.context.workspace, "other", documents)
    window.context.announce("corpora")
    window.context.navigate("prompts", corpus=other.id, segment="zero-shot")
    assert page.choices.corpus.name == "other"
    assert [row[0] for row in page.bench.editors.classes.rows.rows] == ["x", "y"]
    assert page.bench.chip.isHidden()


def test_a_read_only_workspace_tests_but_does_not_save(page, make_main_window, qtbot):
    second = make_main_window().page("prompts")
    assert second.context.workspace.why_read_only
    second.bench.editors.classes.rows.show_rows(CLASSES)
    assert second.acts.test_button.isEnabled()
    assert not second.acts.save_button.isEnabled()
    assert whole_test(second, qtbot)["n"] == 20


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800)])
def test_nothing_is_cut_off_with_every_part_full(page, window, qtbot, asker, size):
    save(page, qtbot, asker, "good")
    window.resize(*size)
    for segment in ("zero-shot", "instructions", "embedding", "saved"):
        page.segments.choose(segment)
        for part in ("prompts", "overview", "confusion", "templates", "classes", "confidence"):
            page.bench.show_part(part)
            qtbot.wait(10)
            cut = [
                button.text()
                for button in page.findChildren(QAbstractButton)
                if button.isVisible() and button.width() < button.minimumSizeHint().width()
            ]
            cut += [
                button.text()
                for button in page.segments.findChildren(QToolButton)
                if button.width() < button.sizeHint().width()
            ]
            assert cut == []
    bar = page.bench.tabs.findChild(QTabBar)
    assert sum(bar.tabRect(i).width() for i in range(bar.count())) <= page.bench.width()


def test_the_window_does_not_import_the_plotting_library_before_a_figure_is_drawn(tmp_path):
    script = (
        "import sys\n"
        "from embedding_lab import paths\n"
        "from embedding_lab_app.application import *\n"
        "from embedding_lab_app.openings import open_first_workspace\n"
        "app, theme = make_application('light')\n"
        "window = make_window(theme)\n"
        "open_first_workspace(window.context, paths.default_workspace_folder())\n"
        "window.show(); window.show_page('prompts'); app.processEvents()\n"
        "print('pyqtgraph' in sys.modules)\n"
        "window.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=55, check=True
    )
    assert done.stdout.strip() == "False"
