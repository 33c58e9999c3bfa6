"""Answers that leave in one write: uvicorn writes an answer's head and its body one after the other, each at once, and a caller
on a fast line is woken twice.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST = 1 << 16  # bytes gathered: what is longer leaves at once, and counts for the loop's own limits


class OneWrite(HttpToolsProtocol):
    """uvicorn's protocol over a transport that gathers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(Gathering(transport, self.loop))  # type: ignore[arg-type]


class Gathering:
    """A transport that hands on at the end of the loop's present round what was written in it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._gathered: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """See `asyncio.Transport`."""
        if not self._gathered:
            self._loop.call_soon(self._hand_on)
        self._gathered.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self._hand_on()

    def close(self) -> None:
        """See `asyncio.Transport`."""
        self._hand_on()
        self._transport.close()

    def _hand_on(self) -> None:
        if self._gathered:
            whole, self._gathered, self._size = b"".join(self._gathered), [], 0
            self._transport.write(whole)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
