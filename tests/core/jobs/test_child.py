"""Work in a child process: results, errors and what it says come back, and it can be killed."""

from __future__ import annotations

import os
import time

import child_work
import psutil
import pytest

from embedding_lab.errors import EncoderError
from embedding_lab.jobs.cancellation import CancellationToken, Cancelled
from embedding_lab.jobs.child import ChildError, run_in_child


def test_the_result_and_what_it_says_come_back() -> None:
    said: list[str] = []
    found = run_in_child(child_work.double, {"value": 21}, say=said.append)
    assert found["value"] == 42
    assert found["process"] != os.getpid()
    assert said == ["doubling"]


def test_a_plain_error_keeps_its_class_sentence_and_hint() -> None:
    with pytest.raises(EncoderError, match="That cannot be done") as raised:
        run_in_child(child_work.refuse, {})
    assert raised.value.hint == "Do something else."


def test_an_unexpected_error_is_a_sentence_with_the_traceback_as_details() -> None:
    with pytest.raises(ChildError, match="by zero") as raised:
        run_in_child(child_work.fail, {})
    assert "ZeroDivisionError" in raised.value.details


def test_a_child_that_is_killed_from_outside_is_told() -> None:
    with pytest.raises(ChildError, match="ended from outside"):
        run_in_child(child_work.die, {})


def test_cancelling_kills_the_child_at_once() -> None:
    token = CancellationToken()
    children: list[int] = []
    cancelled_at = 0.0

    def say(message: str) -> None:
        nonlocal cancelled_at
        children.append(int(message))
        token.cancel()
        cancelled_at = time.monotonic()

    with pytest.raises(Cancelled):
        run_in_child(child_work.sleep, {}, check=token.check, say=say)
    assert time.monotonic() - cancelled_at < 2.0
    assert not psutil.pid_exists(children[0])
