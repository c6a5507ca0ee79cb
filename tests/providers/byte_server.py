"""A server on loopback that sends exactly the bytes a test wrote down, and keeps what it was asked."""

import json
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

TLS_HANDSHAKE = 0x16
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Hang:
    """Send nothing more and keep the connection, until the client or the test ends it."""


class Reset:
    """End the connection with a TCP reset."""


Script = Sequence[bytes | Hang | Reset]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        return json.loads(self.body)


def answer(body: bytes | object, status: int = 200, kind: str = "application/json", **headers: str) -> list[bytes]:
    """A script for one whole answer. Underscores in the names of headers stand for dashes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join(lines).encode() + b"\r\n\r\n" + content]


def event(data: object, name: str = "") -> bytes:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


class ByteServer:
    """Each connection takes the next script; when none is left, the last is said again. For `with`."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._clients: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, name="byte server")
        self.port = self._listener.getsockname()[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "ByteServer":
        self._thread.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self.over.set()
        # Wakes the one that waits for a connection.
        with socket.create_connection(("127.0.0.1", self.port), timeout=5):
            pass
        self._thread.join()
        for client in self._clients:
            client.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self.over.is_set():
            connection, _ = self._listener.accept()
            if self.over.is_set():
                connection.close()
                return
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            client = threading.Thread(target=self._answer, args=(connection, script), name="byte client")
            self._clients.append(client)
            client.start()

    def _answer(self, connection: socket.socket, script: Script) -> None:
        with connection:
            try:
                connection.settimeout(0.05)
                asked = self._read(connection)
                if asked is None:
                    return
                self.asked.append(asked)
                for step in script:
                    if isinstance(step, Hang):
                        self._wait_for_end(connection)
                        return
                    if isinstance(step, Reset):
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                        return
                    connection.settimeout(5)
                    connection.sendall(step)
            except OSError:
                return

    def _read(self, connection: socket.socket) -> Asked | None:
        raw = b""
        while b"\r\n\r\n" not in raw or not _is_whole(raw):
            if self.over.is_set():
                return None
            try:
                more = connection.recv(65_536)
            except TimeoutError:
                continue
            if not more:
                return None
            raw += more
            if raw[0] == TLS_HANDSHAKE:
                # What a server says that speaks no TLS.
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return None
        head, _, body = raw.partition(b"\r\n\r\n")
        line, *rest = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (item.partition(": ") for item in rest)}
        return Asked(line, headers, body)

    def _wait_for_end(self, connection: socket.socket) -> None:
        while not self.over.is_set():
            try:
                if not connection.recv(4096):
                    return
            except TimeoutError:
                continue


def _is_whole(raw: bytes) -> bool:
    head, _, body = raw.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return True
