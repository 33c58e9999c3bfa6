"""Uploads: the ledger, a file by page, its receipt, what to mend; head office lets a held file in or turns it down."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.auth import DEALER, HEAD_OFFICE
from api.receiving import Received, received
from api.routers.uploads import ARRIVING, Sending, asked, place_of, rejects_file, submit
from api.schemas.common import PLAIN
from api.web.columns import Column, Table
from api.web.findings import look_into
from api.web.pages import Page, back_to, render
from api.web.tables import paged
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.access.opaque_ids import OpaqueIds
from hub.errors import Invalid
from hub.feeds import FEEDS
from hub.flows.read_receipt import read_issues, read_mended, read_sheet
from hub.flows.release import reject, release
from hub.store.corrections import START, Place
from hub.store.dealer_pages import find_dealer, list_dealers
from hub.store.upload_pages import list_uploads

router = APIRouter(prefix="/uploads", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit("head_office", "steward", "dealer", "auditor"))]
HeadOffice = Annotated[Visitor, Depends(Visit(HEAD_OFFICE))]
Sender = Annotated[Visitor, Depends(Visit(DEALER, HEAD_OFFICE))]
FileSender = Annotated[Visitor, Depends(Visit(DEALER, HEAD_OFFICE, streamed=True))]
UploadId = Annotated[str, Path(max_length=40, pattern="^[0-9a-z]+$")]
Word = Annotated[str, Query(max_length=40, pattern="^[0-9a-z]*$")]
STATUSES = ("received", "accepted", "held", "released", "refused", "rejected", "duplicate", "revoked")
FIELDS = ("csrf", "feed", "day", "dealer", "holds", "corrects")
PAGE = 50


_OWN = (
    Column("file_name", N_("File"), link="/uploads/{word}"),
    Column("feed", N_("Feed"), "words"),
    Column("day", N_("Business day"), "day"),
    Column("received_at", N_("Received"), "moment"),
    Column("status", N_("Status"), "status"),
    Column("rows_read", N_("read"), "count"),
    Column("rows_loaded", N_("loaded"), "count"),
    Column("rows_unchanged", N_("unchanged"), "count"),
    Column("rows_quarantined", N_("set aside"), "count"),
    Column("rows_suppressed", N_("suppressed"), "count"),
)
_EMPTY = N_("No upload fits. Choose another status, or all; files come from the inbox, by the API, or by this page.")
LEDGER = Table(
    "uploads",
    N_("Uploads"),
    (
        Column("upload_id", N_("No."), link="/uploads/{upload_id}"),
        Column("dealer", N_("Dealer")),
        Column("file_name", N_("File")),
        *_OWN[1:],
    ),
    _EMPTY,
)
# The same where the question is why
_OF_LOADED = ("rows_loaded", "rows_unchanged", "rows_suppressed")  # nothing is, of a file that is stopped
STOPPED = replace(
    LEDGER,
    columns=(*(c for c in LEDGER.columns if c.key not in _OF_LOADED), Column("reason", N_("Why"), "words")),
)


def _of_dealer(table: Table) -> Table:
    """A table as a dealer sees it: the number counts what others sent, so it is left out."""
    return replace(table, columns=(_OWN[0], *table.columns[3:]))


@router.get("")
def ledger(
    request: Request,
    visitor: Reader,
    status: Annotated[str, Query(max_length=20)] = "",
    feed: Annotated[str, Query(max_length=20)] = "",
    dealer: Annotated[str, Query(max_length=64, pattern=f"^$|{PLAIN}")] = "",
) -> Response:
    ids: OpaqueIds = request.app.state.words.uploads
    own = visitor.account.dealer

    def fetch(after: list[Any] | None, limit: int) -> list[dict[str, Any]]:
        before = ids.number(after[0]) if after else None
        rows = list_uploads(session.conn, before, limit, own or dealer or None, feed or None, status or None)
        return [{**row, "word": ids.word(row["upload_id"]), "feed": row["feed"].replace("_", " ")} for row in rows]

    with visitor.session() as session:
        table = STOPPED if status in ("held", "refused", "rejected") else LEDGER
        found = paged(request, session, _of_dealer(table) if own else table, fetch, lambda row: [row["word"]])
        dealers = [] if own else [row["code"] for row in list_dealers(session.conn, "", 1000)]
    if isinstance(found, Response):
        return found
    chosen = {"status": status, "feed": feed, "dealer": dealer}
    return render(
        request, "uploads.html", table=found, chosen=chosen, statuses=STATUSES, feeds=tuple(FEEDS), dealers=dealers
    )


@router.get("/new")
def choose_file(
    request: Request, visitor: Sender, feed: Annotated[str, Query(max_length=20)] = "", corrects: Word = ""
) -> Response:
    with visitor.session() as session:
        first = asked(request, session, corrects) if corrects else None
        dealer = find_dealer(session.conn, visitor.account.dealer) if visitor.account.dealer else None
        dealers = [] if dealer else [row["code"] for row in list_dealers(session.conn, "", 1000)]
    zone = ZoneInfo(dealer["timezone"] if dealer else "Europe/Moscow")
    return render(
        request,
        "upload_new.html",
        feeds=tuple(FEEDS),
        feed=first["feed"] if first else feed,
        first=first,
        dealers=dealers,
        today=datetime.now(UTC).astimezone(zone).date(),
        limit_mb=request.app.state.settings.upload_limit_mb,
    )


@router.post("")
async def send(request: Request, visitor: FileSender) -> Response:
    settings = request.app.state.settings
    limit = settings.upload_limit_mb * 1_000_000
    async with received(request, settings.archive_dir / ARRIVING, limit, None, FIELDS) as file:
        number = await run_in_threadpool(_enter, request, visitor, file)
    request.app.state.processor.wake()
    return RedirectResponse(f"/uploads/{request.app.state.words.uploads.word(number)}", 303)


def _enter(request: Request, visitor: Visitor, file: Received) -> int:
    said = file.fields
    visitor.check_form(said.get("csrf", ""))
    if said.get("feed", "") not in FEEDS:
        raise Invalid("Say what the rows of the file are. Go back, and choose one.")
    holds = {"changes": True, "all": False}.get(said.get("holds", ""))
    sending = Sending(
        file, said["feed"], _day(said.get("day", "")), said.get("dealer") or None, holds, said.get("corrects") or None
    )
    with visitor.session() as session:
        number = submit(request, session, sending)
        visitor.record.name("upload", str(number))
    return number


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("The business day is no day. Go back, and write it as 2026-11-20.") from None


@router.get("/{upload_id}")
def receipt(
    request: Request,
    visitor: Reader,
    upload_id: UploadId,
    done: Annotated[str, Query(max_length=200)] = "",
    row: Annotated[int, Query(ge=0, le=2**62)] = 0,
    column: Annotated[str, Query(max_length=100)] = "",
    rule: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    after: Place = (row, column, rule)
    with visitor.session() as session:
        upload = asked(request, session, upload_id)
        findings = None if session.dealer else look_into(session.conn, upload)  # it names uploads by their numbers
        sheet = read_sheet(session.conn, upload)
        issues = read_issues(session.conn, upload, after, PAGE + 1)
        mended = read_mended(session.conn, upload) if upload["corrects"] else None
        if issues:  # they quote what the file says of people
            visitor.record.name("read_rejects", str(upload["upload_id"]))
    return render(
        request,
        "upload.html",
        upload=upload,
        sheet=sheet,
        issues=issues[:PAGE],
        following=place_of(issues[PAGE - 1]) if len(issues) > PAGE else None,
        begun=after != START,
        mended=mended,
        findings=findings,
        done=done,
    )


@router.get("/{upload_id}/rejects")
def rejects(request: Request, visitor: Reader, upload_id: UploadId) -> Response:
    with visitor.session() as session:
        number = asked(request, session, upload_id)["upload_id"]
        visitor.record.name("read_rejects", str(number))
    return rejects_file(request, visitor.database, number, request.app.state.words.uploads.word(number))


@router.post("/{upload_id}")
def judge(
    request: Request,
    visitor: HeadOffice,
    upload_id: UploadId,
    verdict: Annotated[str, Form(pattern="^(release|reject)$")],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    with visitor.session() as session:
        number = asked(request, session, upload_id)["upload_id"]
    visitor.record.name(f"{verdict}_upload", str(number))
    visitor.record.reason = reason or None
    flow = release if verdict == "release" else reject
    flow(visitor.database, number, visitor.author, reason)
    request.app.state.processor.wake()
    return back_to(f"/uploads/{request.app.state.words.uploads.word(number)}", verdict)
