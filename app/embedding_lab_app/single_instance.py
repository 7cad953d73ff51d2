"""One window a workspace: a second start hands what it was asked to open to the first.

The two talk through a local socket of this user (a named pipe on Windows); no port is opened.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDeadlineTimer, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from embedding_lab import paths

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)

ANSWER = b"taken\n"
CONNECT_MS, ANSWER_MS = 500, 5000
LONGEST_REQUEST = 1_000_000
# A desktop under Wayland lets a window come to the front only with a token of the new start.
TOKEN = "XDG_ACTIVATION_TOKEN"


@dataclass(frozen=True)
class Request:
    """What a later start wants: things to look at, and sentences about what it could not open."""

    files: list[Path]
    problems: list[str]


def hand_over(folder: Path, files: Iterable[Path] = (), problems: Iterable[str] = ()) -> bool:
    """Let the window that has a workspace open come to the front and open files.

    Returns
    -------
    bool
        Whether there is one and it answered. One that died leaves a socket nobody answers at.
    """
    socket = QLocalSocket()
    socket.connectToServer(_address(folder))
    if not socket.waitForConnected(CONNECT_MS):
        return False
    request = {
        "files": [str(path) for path in files],
        "problems": list(problems),
        "token": os.environ.get(TOKEN, ""),
    }
    socket.write(json.dumps(request).encode() + b"\n")
    deadline = QDeadlineTimer(ANSWER_MS)
    answer = b""
    while not answer.endswith(b"\n"):
        if not socket.waitForReadyRead(deadline.remainingTime()):
            log.warning("the window on %s does not answer", folder)
            return False
        answer += socket.readAll().data()
    socket.disconnectFromServer()
    return answer == ANSWER


class InstanceServer(QObject):
    """Listens for later starts on the workspace of this window.

    Signals
    -------
    asked(request)
        Somebody started the program again.
    """

    asked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server: QLocalServer | None = None
        self._parts: dict[QLocalSocket, bytes] = {}

    def listen(self, folder: Path) -> None:
        """Answer for a workspace from now on, and for no other.

        Only the one program that may write to the workspace does this, so that a socket which is
        there already was left by one that died.
        """
        self.close()
        address = _address(folder)
        QLocalServer.removeServer(address)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_server_new_connection)
        if not server.listen(address):
            log.warning("later starts cannot find this window: %s", server.errorString())
        self._server = server

    def close(self) -> None:
        """Answer for no workspace any more."""
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None
        self._parts.clear()

    def _on_server_new_connection(self) -> None:
        server = self._server
        socket = server.nextPendingConnection() if server is not None else None
        if socket is not None:
            self._parts[socket] = b""
            socket.readyRead.connect(self._on_socket_ready_read)
            socket.disconnected.connect(self._on_socket_disconnected)

    def _on_socket_ready_read(self) -> None:
        for socket in list(self._parts):
            if not socket.bytesAvailable():
                continue
            self._parts[socket] += socket.readAll().data()
            request = self._parts[socket]
            if len(request) > LONGEST_REQUEST:
                socket.abort()
            elif request.endswith(b"\n"):
                socket.write(ANSWER)
                socket.flush()
                self._take(request)

    def _on_socket_disconnected(self) -> None:
        gone = [
            s for s in self._parts if s.state() is QLocalSocket.LocalSocketState.UnconnectedState
        ]
        for socket in gone:
            del self._parts[socket]
            socket.deleteLater()

    def _take(self, content: bytes) -> None:
        try:
            record: Any = json.loads(content)
            files = [Path(name) for name in record["files"]]
            request = Request(files, [str(problem) for problem in record["problems"]])
            token = str(record["token"])
        except (ValueError, TypeError, KeyError):
            log.warning("a later start asked for something that is not understood")
            return
        if token:
            os.environ[TOKEN] = token
        self.asked.emit(request)


def _address(folder: Path) -> str:
    """Return where the window on a workspace listens: short, and the same for every way to it."""
    place = os.path.normcase(folder.expanduser().absolute().resolve())
    name = hashlib.sha256(place.encode()).hexdigest()[:16]
    if sys.platform == "win32":
        return f"embedding-lab-{name}"
    return str(paths.socket_folder() / name)
