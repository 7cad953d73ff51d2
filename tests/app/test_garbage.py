"""Cyclic garbage and the threads."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

from embedding_lab_app.garbage import GarbageCollector

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


class Knot:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self, freed_in: list[int]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: freed_in.append(threading.get_ident()))


def test_a_job_that_makes_garbage_has_it_collected_by_the_window(
    qapp: QApplication, qtbot: QtBot
) -> None:
    collector = GarbageCollector(qapp)
    assert not gc.isenabled()
    freed_in: list[int] = []

    def work() -> None:
        for _ in range(20_000):
            Knot(freed_in)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert freed_in == []
    qtbot.waitUntil(lambda: len(freed_in) == 20_000, timeout=10_000)
    assert set(freed_in) == {threading.get_ident()}
    collector.deleteLater()
