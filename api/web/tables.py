"""The one way of tables: columns declared once give the page's table, its pages and sorting, and the same rows as CSV or XLSX.

A page that lists something declares a `Table`, reads it by `paged` (rows from the database, page by page) or `whole` (few rows,
sorted here), and hands what comes back to the macro ``table`` of ``tables.html``::

    LEDGER = Table("uploads", N_("Uploads"), (Column("upload_id", N_("No."), link="/uploads/{upload_id}"), …), N_("None yet."))

    found = paged(request, session, LEDGER, lambda after, limit: list_uploads(…), key=lambda row: [row["upload_id"]])
    return found if isinstance(found, Response) else render(request, "uploads.html", table=found)

A file was asked for if a `Response` comes back. Charts draw such a table, too: the macro ``chart`` of ``charts.html``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from api.auth import Session
from api.paging import Paging
from api.web.columns import Column, Row, Table
from api.web.pages import reader_language
from api.web.sheets import LIMIT, sheet

Fetch = Callable[[list[Any] | None, int], Sequence[Row]]
PAGE = 50
_PART = 5000  # rows read at once for a file
_PERSONAL = ("golden_id", "record_id", "lead_id", "claim_id")  # ids that the audit log names when they are shown
_OWN = ("cursor", "format", "table", "sort", "page", "done")  # words of an address that do not filter


@dataclass(frozen=True)
class Shown:
    """A page of a table, as the macro shows it.

    Attributes:
        first, following: addresses of the first and of the next page, empty if this is it, or the last.
        files: addresses of the same rows as files, by format.
        order: column that the rows are sorted by, ``-`` before it if downwards; empty: as the list comes.
        orders: address that sorts by a column, by its key.
    """

    table: Table
    rows: Sequence[Row]
    first: str = ""
    following: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    order: str = ""
    orders: Mapping[str, str] = field(default_factory=dict)


def paged(
    request: Request, session: Session, table: Table, fetch: Fetch, key: Callable[[Row], list[Any]], size: int = PAGE
) -> Shown | Response:
    """A page of a list that the database sorts, or the file of all of it.

    Args:
        fetch: reads rows that follow a position (None: from the first), at most so many.
        key: a row's position as JSON values.

    Raises:
        BadCursor: the page's address was altered.
    """
    if asked := _file_asked(request, table):
        return sheet(table, _all(fetch, key), asked, reader_language(request))
    cursor = request.query_params.get("cursor")
    paging = Paging(request, session, cursor, **_filters(request))
    rows, following = paging.cut(fetch(paging.position, size + 1), size, key)
    request.state.visitor.record.show(row.get(name) for row in rows for name in _PERSONAL)
    return Shown(
        table,
        rows,
        first=_address(request) if cursor else "",
        following=_address(request, cursor=following) if following else "",
        files=_files(request, table),
    )


def whole(request: Request, table: Table, rows: Sequence[Row], size: int = PAGE) -> Shown | Response:
    """A page of a list that is at hand as a whole, sorted as the address asks; or the file of all of it."""
    order = request.query_params.get("sort", "")
    by = next((c for c in table.columns if c.sort and c.key == order.removeprefix("-")), None)
    if by is not None:
        rows = _sorted(rows, by.key, order.startswith("-"))
    if asked := _file_asked(request, table):
        return sheet(table, iter(rows), asked, reader_language(request))
    number = request.query_params.get("page", "")
    page = int(number) if number.isdecimal() and len(number) < 6 else 0
    sort = order if by is not None else None
    return Shown(
        table,
        rows[page * size : (page + 1) * size],
        first=_address(request, sort=sort) if page else "",
        following=_address(request, sort=sort, page=str(page + 1)) if len(rows) > (page + 1) * size else "",
        files=_files(request, table),
        order=order if by is not None else "",
        orders={c.key: _address(request, sort=_turned(c, order)) for c in table.columns if c.sort},
    )


def plain(table: Table, rows: Sequence[Row]) -> Shown:
    """A table without files, pages or sorting: beside a chart, or within a page."""
    return Shown(table, rows)


def _sorted(rows: Sequence[Row], key: str, downwards: bool) -> list[Row]:
    known = [row for row in rows if row[key] is not None]
    return sorted(known, key=lambda row: row[key], reverse=downwards) + [row for row in rows if row[key] is None]


def _turned(column: Column, order: str) -> str:
    """What to sort by next: numbers begin with the largest, texts with A."""
    first, second = (f"-{column.key}", column.key) if column.number else (column.key, f"-{column.key}")
    return second if order == first else first


def _all(fetch: Fetch, key: Callable[[Row], list[Any]]) -> Iterator[Row]:
    position, left = None, LIMIT + 1
    while left > 0:
        rows = fetch(position, min(_PART, left))
        yield from rows
        if len(rows) < min(_PART, left):
            return
        position, left = key(rows[-1]), left - len(rows)


def _file_asked(request: Request, table: Table) -> str:
    asked = request.query_params.get("format", "")
    return asked if asked in ("csv", "xlsx") and request.query_params.get("table") == table.name else ""


def _files(request: Request, table: Table) -> dict[str, str]:
    sort = request.query_params.get("sort")
    return {kind: _address(request, sort=sort, table=table.name, format=kind) for kind in ("csv", "xlsx")}


def _filters(request: Request) -> dict[str, str]:
    return {key: value for key, value in request.query_params.items() if value and key not in _OWN}


def _address(request: Request, **words: str | None) -> str:
    asked = urlencode({**_filters(request), **{key: value for key, value in words.items() if value}})
    return f"{request.url.path}?{asked}" if asked else request.url.path
