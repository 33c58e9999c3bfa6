"""What an application sends in pieces leaves whole, and what it sends long leaves at once."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
import uvicorn

from api.one_write import OneWrite

LONG = 1_000_000


async def application(scope: Any, receive: Any, send: Any) -> None:
    """A head and a body; a stream of pieces, each after a turn of the loop; a long stream; nothing."""
    path = scope["path"]
    known = path in ("/whole", "/none")
    body = b"whole" if path == "/whole" else b""
    headers = [(b"content-length", b"%d" % len(body))] if known else []
    await send({"type": "http.response.start", "status": 204 if path == "/none" else 200, "headers": headers})
    for piece in (b"one", b"two") if path == "/stream" else (b"x" * LONG,) * 3 if path == "/long" else ():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": body})


async def answers(requests: bytes) -> list[bytes]:
    """What the reads of a caller bring, until the server closes the connection."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, http=OneWrite, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve([listening]))
    reader, writer = await asyncio.open_connection(*listening.getsockname(), limit=4 * LONG)
    writer.write(requests)
    pieces = []
    while piece := await asyncio.wait_for(reader.read(4 * LONG), 60):
        pieces.append(piece)
    writer.close()
    server.should_exit = True
    await serving
    return pieces


def asked(method: str, path: str, end: str = "\r\nConnection: close") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: hub{end}\r\n\r\n".encode()


def test_head_and_body_leave_together() -> None:
    (piece,) = asyncio.run(answers(asked("GET", "/whole")))
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\nwhole")


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/whole"), ("GET", "/none"), ("HEAD", "/stream")])
def test_a_head_without_a_body_leaves(method: str, path: str) -> None:
    whole = b"".join(asyncio.run(answers(asked(method, path))))
    assert whole.startswith(b"HTTP/1.1 20")
    assert whole.endswith(b"\r\n\r\n")


def test_a_stream_arrives_in_order() -> None:
    whole = b"".join(asyncio.run(answers(asked("GET", "/stream", "") + asked("GET", "/whole"))))
    assert whole.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1" in whole
    assert b"".join(asyncio.run(answers(asked("GET", "/long")))).count(b"x") == 3 * LONG
