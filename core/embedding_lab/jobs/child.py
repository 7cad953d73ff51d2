"""Work in a child process that a job's thread drives.

For the few calls that hold the interpreter for seconds and cannot be stopped from within: killed,
the child stops at once, and the memory and the libraries it loaded are gone with it.
"""

from __future__ import annotations

import json
import multiprocessing
import traceback
from typing import TYPE_CHECKING, Any

from embedding_lab import errors
from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    Say = Callable[[str], None]
    Work = Callable[[dict[str, Any], Say], dict[str, Any]]

# How often the driving thread looks whether it was cancelled.
LOOK_EVERY_S = 0.1
STOP_WITHIN_S = 2.0
INTERRUPTED = "The work was ended from outside"


class ChildError(LabError):
    """Something unexpected went wrong in a child process; ``details`` hold its traceback."""

    def __init__(self, message: str, *, hint: str = "", details: str = "") -> None:
        super().__init__(message, hint=hint)
        self.details = details


def run_in_child(
    work: Work,
    inputs: dict[str, Any],
    *,
    check: Callable[[], None] = lambda: None,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Run ``work(inputs, say)`` in a process of its own and return what it returns.

    Parameters
    ----------
    work : callable
        A function at the top of a module; it may raise a :class:`LabError`.
    inputs : dict
        Plain JSON values.
    check : callable
        Called ten times a second; may raise to stop, which kills the child.
    say : callable
        Told what the child tells.

    Raises
    ------
    LabError
        What the child raised, of the same class and with the same sentence.
    ChildError
        If it failed otherwise, or was ended from outside.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(work, json.dumps(inputs), theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        found = _listen(ours, check, say)
        child.join(STOP_WITHIN_S)
        return found
    finally:
        ours.close()
        child.kill()
        child.join(STOP_WITHIN_S)


def _listen(connection: Connection, check: Callable[[], None], say: Say) -> dict[str, Any]:
    while True:
        check()
        if not connection.poll(LOOK_EVERY_S):
            continue
        try:
            told = json.loads(connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise ChildError(
                f"{INTERRUPTED}, most likely because the memory did not suffice.",
                hint="Close other programs and start it again.",
            ) from error
        if "say" in told:
            say(told["say"])
        elif "error" in told:
            raise _as_error(told["error"])
        else:
            return dict(told["result"])


def _serve(work: Work, inputs: str, connection: Connection) -> None:
    def send(value: dict[str, Any]) -> None:
        connection.send_bytes(json.dumps(value).encode())

    try:
        send({"result": work(json.loads(inputs), lambda message: send({"say": message}))})
    except LabError as error:
        kind = type(error).__name__
        send({"error": {"kind": kind, "message": error.message, "hint": error.hint}})
    except BaseException as error:  # noqa: BLE001 - the parent tells it, whatever it is
        details = traceback.format_exc()
        message = f"Something unexpected went wrong: {error or type(error).__name__}."
        send({"error": {"kind": "", "message": message, "hint": "", "details": details}})


def _as_error(told: dict[str, Any]) -> LabError:
    kind = getattr(errors, told["kind"], None) if told["kind"] else None
    if isinstance(kind, type) and issubclass(kind, LabError):
        return kind(told["message"], hint=told["hint"])
    return ChildError(told["message"], hint=told["hint"], details=told.get("details", ""))
