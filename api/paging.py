"""Keyset pagination: a page, the cursor of the next one, and the Link header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fastapi import Request

from api.auth import Session
from api.cursors import Cursors

Row = TypeVar("Row")


class Paging:
    """The place in a list that a request asks for.

    Args:
        filters: whatever else of the query decides what the list holds; a cursor is bound to it.
        cursor: as the client sent it, or None for the first page.
    """

    def __init__(self, request: Request, session: Session, cursor: str | None, **filters: Any) -> None:
        cursors: Cursors = request.app.state.cursors
        route = request.scope["route"].path
        self._cursors = cursors
        self._scope = repr((route, session.slice, sorted((k, str(v)) for k, v in filters.items())))
        self.position: list[Any] | None = cursors.read(self._scope, cursor) if cursor else None

    def cut(self, rows: Sequence[Row], limit: int, key: Callable[[Row], list[Any]]) -> tuple[Sequence[Row], str | None]:
        """The page's rows and the cursor of the next page, out of ``limit + 1`` rows read.

        Args:
            key: a row's sort key as JSON values.
        """
        page = rows[:limit]
        more = len(rows) > limit
        return page, self._cursors.seal(self._scope, key(page[-1])) if more else None
