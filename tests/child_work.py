"""Work for child processes of tests; a child imports this module by its name."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable


def double(inputs: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    say("doubling")
    return {"value": inputs["value"] * 2, "process": os.getpid()}


def refuse(inputs: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    raise EncoderError("That cannot be done.", hint="Do something else.")


def fail(inputs: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    raise ZeroDivisionError("by zero")


def die(inputs: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def sleep(inputs: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    say(str(os.getpid()))
    time.sleep(60)
    return {}
