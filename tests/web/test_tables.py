"""Tables: addresses, pages, files; what a spreadsheet would run is no formula."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import Request
from python_calamine import CalamineWorkbook
from starlette.responses import Response

from api.web.columns import Column, Table
from api.web.sheets import harmless, sheet
from api.web.tables import Shown, whole
from tests.api.serving import Served
from tests.web.browser import Browser

SAMPLE = Table(
    "sample",
    "Sample",
    (
        Column("name", "Name", "text", "/things/{id}/{name}"),
        Column("share", "Share", "share"),
        Column("day", "Day", "day"),
        Column("at", "At", "moment"),
        Column("rows", "Rows", "count"),
        Column("words", "Status", "words"),
        Column("list", "Values", "list"),
    ),
    "Nothing",
)
ROW: dict[str, Any] = {
    "id": "a/b",
    "name": '=HYPERLINK("x")',
    "share": 0.25,
    "day": date(2026, 11, 20),
    "at": datetime(2026, 11, 20, 21, 30, tzinfo=UTC),
    "rows": 3,
    "words": "held",
    "list": ["+1", "b"],
}


async def read(table: Table, rows: list[dict[str, Any]], kind: str, language: str = "en") -> tuple[Response, bytes]:
    """A file with its headers."""
    answer = sheet(table, rows, kind, language)
    return answer, b"".join([bytes(piece) async for piece in answer.body_iterator])  # type: ignore[arg-type]


def take(table: Table, rows: list[dict[str, Any]], kind: str, language: str = "en") -> bytes:
    """The bytes of a file."""
    return asyncio.run(read(table, rows, kind, language))[1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|x", "'+cmd|x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-x", "'-x"),
        ("\tx", "'\tx"),
        ("+7 916 123-45-67", "+7 916 123-45-67"),
        ("-5,0", "-5,0"),
        ("Иванов", "Иванов"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_csv_has_headings_of_the_language_and_iso_dates() -> None:
    text = take(SAMPLE, [ROW, dict.fromkeys(ROW)], "csv", "ru").decode("utf-8-sig")
    head, first, empty = csv.reader(io.StringIO(text))
    assert head[4:6] == ["Строк", "Состояние"]
    assert first == ['\'=HYPERLINK("x")', "0.25", "2026-11-20", "2026-11-20T21:30:00Z", "3", "задержана", "'+1; b"]
    assert empty == [""] * 7


def test_xlsx_has_typed_cells_and_no_formula() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(take(SAMPLE, [ROW], "xlsx")))
    rows = book.get_sheet_by_index(0).to_python()
    moment = datetime(2026, 11, 21, 0, 30)  # Moscow's, as on the page
    assert rows[1] == ['=HYPERLINK("x")', 0.25, date(2026, 11, 20), moment, 3.0, "held", "+1; b"]


def test_a_file_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.sheets.LIMIT", 2)
    for rows, name in ((3, "sample-first-2.csv"), (2, "sample.csv")):
        answer, text = asyncio.run(read(SAMPLE, [ROW] * rows, "csv"))
        assert name in answer.headers["content-disposition"]
        assert len(text.splitlines()) == 3


def test_an_address_is_quoted_and_leads_nowhere_without_its_values() -> None:
    column = SAMPLE.columns[0]
    assert column.address({"id": "a/b", "name": "x y"}) == "/things/a%2Fb/x%20y"
    assert column.address({"id": None, "name": "x"}) == ""


def test_the_ledger_in_pages_and_as_files(hub: Served, browse: Callable[..., Browser]) -> None:
    for number in range(51):
        body = f"record_no,full_name\n{number},Петров {number}\n".encode()
        assert hub.post("D001", "/v1/uploads?feed=customers", content=body).status_code == 202
    olga = browse("olga")
    page = olga.get("/uploads?feed=customers&status=received").text
    assert page.count("<th scope=row") == 50
    following = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = olga.get(following).text
    assert second.count("<th scope=row") == 1
    assert "First page" in second
    assert olga.get(following.replace("customers", "leads")).status_code == 400
    file = olga.get("/uploads?feed=customers&status=received&table=uploads&format=csv")
    assert file.headers["content-disposition"] == 'attachment; filename="uploads.csv"'
    assert len(file.text.splitlines()) == 52
    assert olga.get("/uploads?status=revoked").text.count("No upload fits") == 1
    assert len(browse("petr").get("/uploads?table=uploads&format=csv").text.splitlines()) == 3


def test_a_list_at_hand_is_sorted_and_cut_into_pages() -> None:
    def shown(query: str) -> Shown:
        scope = {"type": "http", "method": "GET", "path": "/things", "query_string": query.encode(), "headers": []}
        found = whole(Request(scope), SAMPLE, [{**ROW, "rows": number} for number in (2, None, 1, 3)], 3)
        assert isinstance(found, Shown)
        return found

    first = shown("x=1&sort=-rows")
    assert [row["rows"] for row in first.rows] == [3, 2, 1]
    assert (first.first, first.following) == ("", "/things?x=1&sort=-rows&page=1")
    assert first.orders["rows"] == "/things?x=1&sort=rows"
    last = shown("x=1&sort=-rows&page=1")
    assert [row["rows"] for row in last.rows] == [None]
    assert (last.first, last.following) == ("/things?x=1&sort=-rows", "")
    assert shown("page=nonsense").rows == shown("").rows
