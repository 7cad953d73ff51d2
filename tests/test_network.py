"""Neither a test nor a program that one starts reaches out: the guard against it is in place."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 443)])
def test_connecting_to_another_machine_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with (
        socket.socket(family) as reaching,
        pytest.raises(AssertionError, match="tried to connect"),
    ):
        reaching.connect(address)


def test_this_machine_itself_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


# It tries what is given, and says how that ended.
CHILD = """
import socket, sys
try:
    with socket.socket() as reaching:
        reaching.settimeout(5)
        reaching.connect((sys.argv[1], int(sys.argv[2])))
except Exception as error:
    print(type(error).__name__, error)
else:
    print("connected")
"""


def outcome(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=True, timeout=50
    )
    return done.stdout.strip()


def test_a_program_that_a_test_starts_is_refused_another_machine() -> None:
    assert outcome("-c", CHILD, "192.0.2.1", "80") == (
        "AssertionError A test tried to connect to ('192.0.2.1', 80)."
    )


def test_a_program_that_such_a_program_starts_is_refused_too() -> None:
    script = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}, *sys.argv[1:]])"
    )
    assert outcome("-c", script, "192.0.2.1", "80").startswith("AssertionError A test tried")


def test_a_program_that_a_test_starts_reaches_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        assert outcome("-c", CHILD, host, str(port)) == "connected"
