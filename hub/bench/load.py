"""A load generator: connections that each send the next request when the last is answered. One process, plain sockets.

It shares the machine with what it measures, so it does as little as it can: no client library, requests made beforehand, answers
read to their length and not parsed.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

_CHUNK = 1 << 16
_EMPTY = b'"candidates":[]'


@dataclass(frozen=True)
class Load:
    """What a run of requests saw.

    Attributes:
        latencies: milliseconds from the first byte sent to the last received, sorted.
        seconds: of the whole run; connections keep busy all the time.
        cpu_seconds: processor time of the generator itself.
        failed: answers with another status than 200 or 201.
        empty: answers without candidates.
    """

    latencies: Sequence[float]
    seconds: float
    cpu_seconds: float
    failed: int
    empty: int

    def quantile(self, share: float) -> float:
        """Latency that ``share`` of the requests stay below, in milliseconds."""
        return float(np.quantile(self.latencies, share))

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return len(self.latencies) / self.seconds


@dataclass
class _Connection:
    socket: socket.socket
    began: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def answer(self) -> bytes | None:
        """The whole answer, once it is there."""
        head = self.received.find(b"\r\n\r\n")
        if head < 0:
            return None
        at = (
            self.received[:head].lower().find(b"content-length:")
        )  # an answer may be long, and is looked at for each piece
        length = int(self.received[at + 15 : self.received.find(b"\r", at)]) if at >= 0 else 0
        if len(self.received) < head + 4 + length:
            return None
        whole = bytes(self.received)
        self.received.clear()
        return whole


def drive(address: tuple[str, int], requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send ``requests`` over and over for ``seconds`` on so many connections."""
    latencies: list[float] = []
    failed = empty = place = 0
    began, cpu = time.perf_counter(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            opened = socket.create_connection(address, 10)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one = _Connection(opened)
            selector.register(opened, selectors.EVENT_READ, one)
        waiting = [key.data for key in selector.get_map().values()]
        until = began + seconds
        while True:
            for one in waiting:
                one.began = time.perf_counter()
                one.socket.sendall(requests[place % len(requests)])
                place += 1
            waiting = []
            for key, _ in selector.select(10):
                one = key.data
                got = one.socket.recv(_CHUNK)
                if not got:
                    raise ConnectionError("the server closed the connection")
                one.received += got
                answer = one.answer()
                if answer is None:
                    continue
                now = time.perf_counter()
                latencies.append((now - one.began) * 1000)
                failed += not answer.startswith(b"HTTP/1.1 20")
                empty += _EMPTY in answer
                if now < until:
                    waiting.append(one)
                else:
                    selector.unregister(one.socket)
                    one.socket.close()
            if not selector.get_map():
                break
    ended = time.perf_counter()
    return Load(sorted(latencies), ended - began, time.process_time() - cpu, failed, empty)
