"""One window per data directory: a second start brings the first window forward."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal

log = logging.getLogger(__name__)

ANSWER_MS = 1500
RAISE = b"raise\n"
MESSAGE_LIMIT_BYTES = 1_000_000


class SingleInstance(QObject):
    """Holds the lock of a data directory. `raise_requested` comes when somebody starts a second one."""

    raise_requested = Signal()
    files_requested = Signal(list)  # list[Path]

    def __init__(self, lock_file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(lock_file))
        # A lock is stale when its process is gone, never because it is old.
        self._lock.setStaleLockTime(0)
        self._lock_file = lock_file.absolute()
        self._server: QObject | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another window holds it.

        Where the lock file can't be made at all, True: the store will say what is wrong with the folder.
        """
        if self._lock.tryLock(0):
            return True
        return self._lock.error() is not QLockFile.LockError.LockFailedError

    def listen(self) -> None:
        """Answer second starts. Imports QtNetwork, so it is called after the window is shown."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        QLocalServer.removeServer(self._socket_name())
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._socket_name()):
            log.info("second starts can't reach this window: %s", server.errorString())
        server.newConnection.connect(self._answer)
        self._server = server

    def ask_to_raise(self, files: Sequence[Path] = ()) -> bool:
        """Ask the window that holds the lock to come forward, and to bring `files` in. Blocks up to ANSWER_MS."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._socket_name())
        if not socket.waitForConnected(ANSWER_MS):
            return False
        socket.write(RAISE + b"\0".join(os.fsencode(file) for file in files))
        done = socket.waitForBytesWritten(ANSWER_MS)
        socket.disconnectFromServer()
        return done

    def _socket_name(self) -> str:
        """A name for the directory: socket names are short everywhere, a path may be long and hold anything."""
        import hashlib

        return "personadesk-" + hashlib.sha256(os.fsencode(self._lock_file)).hexdigest()[:24]

    def release(self) -> None:
        if self._server is not None:
            self._server.deleteLater()
            self._server = None
        self._lock.unlock()

    def _answer(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        if not isinstance(self._server, QLocalServer):
            return
        connection = self._server.nextPendingConnection()
        if connection is not None:
            connection.disconnected.connect(self._heard)
            self.raise_requested.emit()

    def _heard(self) -> None:
        """The other start has said all: after the word, the files it was given."""
        from PySide6.QtNetwork import QLocalSocket

        connection = self.sender()
        if not isinstance(connection, QLocalSocket):
            return
        said = bytes(connection.read(MESSAGE_LIMIT_BYTES).data())
        connection.deleteLater()
        if said.startswith(RAISE) and (names := said.removeprefix(RAISE)):
            self.files_requested.emit([Path(os.fsdecode(name)) for name in names.split(b"\0")])
