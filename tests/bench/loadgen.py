"""A closed-loop HTTP load generator: keep-alive connections in one thread, each with one request under way."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Request = Callable[[int], bytes]
"""The n-th request as bytes on the wire."""


@dataclass
class Load:
    """What came out: finished requests a second, and the times of each in milliseconds."""

    seconds: float
    times_ms: list[float]
    errors: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.times_ms) / self.seconds

    def percentile(self, share: float) -> float:
        """The time that this share of the requests needed at most."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def http_request(method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """A keep-alive request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.started = 0.0

    def send(self, data: bytes) -> None:
        self.buffer.clear()
        self.started = time.perf_counter()
        self.socket.sendall(data)

    def receive(self) -> bytes | None:
        """The whole answer, or None while parts are missing. EOFError when the server hung up."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise EOFError("the server closed the connection")
        self.buffer += chunk
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.buffer[:end]).lower()
        if b"chunked" in head:
            return bytes(self.buffer) if self.buffer.endswith(b"0\r\n\r\n") else None
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        return bytes(self.buffer) if len(self.buffer) >= end + 4 + length else None


def run(port: int, request: Request, *, connections: int, seconds: float) -> Load:
    """Keeps `connections` requests under way for `seconds`. Answers outside 2xx count as errors."""
    selector = selectors.DefaultSelector()
    pool = [_Connection(port) for _ in range(connections)]
    number = 0
    for each in pool:
        selector.register(each.socket, selectors.EVENT_READ, each)
    begin = time.perf_counter()
    load = Load(seconds, [])
    for each in pool:
        each.send(request(number))
        number += 1
    while (now := time.perf_counter()) - begin < seconds:
        for key, _ in selector.select(timeout=1):
            connection: _Connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            load.times_ms.append((time.perf_counter() - connection.started) * 1000)
            if not answer.startswith(b"HTTP/1.1 2"):
                load.errors.append(answer[:400].decode(errors="replace"))
                if len(load.errors) > 20:
                    raise RuntimeError(f"too many errors, the last: {load.errors[-1]}")
            connection.send(request(number))
            number += 1
    load.seconds = now - begin
    for each in pool:
        each.socket.close()
    selector.close()
    return load


def once(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of one request."""
    connection = _Connection(port)
    connection.socket.settimeout(600)
    connection.send(request)
    answer = None
    while answer is None:
        answer = connection.receive()
    connection.socket.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body
