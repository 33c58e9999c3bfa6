"""What surrounds every request: its time and status counted and logged, faults answered, headers, limits.

The log names route templates and statuses only: paths hold ids, and queries hold what people search for.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Collection, Mapping
from typing import TextIO

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import internal_error, problem

log = logging.getLogger("dealerhub.api")

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
BODY_LIMIT = 1_000_000  # bytes of a JSON body; files have a limit of their own


class Observed:
    """Outermost: counts and times requests, answers 500 for a fault and logs where it happened, not with what."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except ClientDisconnect:
            status = status or 499  # nobody is left to be answered
        except Exception as error:
            log.error("%s %s", type(error).__name__, _where(error))
            if status:
                raise
            await problem(Request(scope), internal_error())(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            route = route_template(scope)
            self.metrics.observe(scope["method"], route, status or 500, seconds)
            log.info("%s %s %d %.1f ms", scope["method"], route, status or 500, seconds * 1000)


class Limited:
    """Refuses a body above ``BODY_LIMIT``, announced or not; the routes that take files count for themselves."""

    def __init__(self, app: ASGIApp, exempt: Collection[str]) -> None:
        self.app, self.exempt = app, exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.exempt:
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        announced = int(length) if length.isascii() and length.isdigit() else 0
        received = 0

        async def receiving() -> Message:
            nonlocal received
            message: Message = {} if announced > BODY_LIMIT else await receive()
            received += len(message.get("body", b""))
            if max(received, announced) > BODY_LIMIT:
                raise HTTPException(413)
            return message

        await self.app(scope, receiving, send)


def route_template(scope: Scope) -> str:
    """The path with its parameters' names: ``/v1/uploads/{upload_id}``; one word for all that matches no route."""
    template = getattr(scope.get("route"), "path_format", None)
    return template if isinstance(template, str) else "unmatched"


def _where(error: BaseException) -> str:
    """The last frames of the traceback, without the message: it may quote values."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    cause = f" caused by {type(error.__cause__).__name__}" if error.__cause__ else ""
    return " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in reversed(frames)) + cause


def replace_access_log() -> None:
    """Let this log stand for uvicorn's access log, which would hold queries: silence that one and use its handlers."""
    theirs, ours = logging.getLogger("uvicorn.access"), logging.getLogger("dealerhub")
    theirs.disabled = True
    if theirs.handlers and not ours.handlers:
        for handler in logging.getLogger("uvicorn").handlers:
            stream = getattr(handler, "stream", None)
            ours.addHandler(handler if stream is None or stream.isatty() else _plain(stream))
        ours.setLevel(logging.INFO)


def _plain(stream: TextIO) -> logging.Handler:
    """Lines as uvicorn's handler writes them where there are no colours, at a third of the cost: it copies each record."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Plain())
    return handler


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname + ':':<9} {super().format(record)}"
