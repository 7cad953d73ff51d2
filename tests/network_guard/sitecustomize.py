"""Lets no test connect to anything but this machine, whatever library tries.

Python imports a module of this name at its start. The tests put this folder on ``PYTHONPATH``, so
that every Python process they start is guarded too, and those that such a process starts.
"""

from __future__ import annotations

import sys
from typing import Any


def _refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if not (host.startswith("127.") or host in {"::1", "localhost"}):
        raise AssertionError(f"A test tried to connect to {arguments[1]}.")


# An audit hook sees every socket of the process, below all libraries, and cannot be taken out.
sys.addaudithook(_refuse_the_network)
