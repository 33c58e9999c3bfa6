"""Uploads: the ledger, a receipt, what was set aside; head office lets a held file in or turns it down."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import Response

from api.auth import HEAD_OFFICE
from api.web.findings import look_into
from api.web.pages import Page, back_to, render
from api.web.tables import Column, Table, paged
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import NotFound
from hub.feeds import FEEDS
from hub.flows.release import reject, release
from hub.store.upload_pages import find_upload, list_uploads

router = APIRouter(prefix="/uploads", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit("head_office", "steward", "dealer", "auditor"))]
HeadOffice = Annotated[Visitor, Depends(Visit(HEAD_OFFICE))]
UploadId = Annotated[int, Path(ge=1, le=2**63 - 1)]
LEDGER = Table(
    "uploads",
    N_("Uploads"),
    (
        Column("upload_id", N_("No."), "text", "/uploads/{upload_id}"),
        Column("dealer", N_("Dealer")),
        Column("feed", N_("Feed"), "words"),
        Column("file_name", N_("File")),
        Column("received_at", N_("Received"), "moment"),
        Column("status", N_("Status"), "status"),
        Column("rows_read", N_("Rows"), "count"),
        Column("rows_loaded", N_("Loaded"), "count"),
        Column("rows_quarantined", N_("Set aside"), "count"),
    ),
    N_("No upload fits. Choose another status, or all; files come from the inbox, by the API, or by this page."),
)
# The same where the question is why
STOPPED = replace(LEDGER, columns=(*LEDGER.columns, Column("reason", N_("Why"))))


@router.get("")
def ledger(
    request: Request,
    visitor: Reader,
    status: Annotated[str, Query(max_length=20)] = "",
    dealer: Annotated[str, Query(max_length=64)] = "",
    feed: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    def fetch(after: list[Any] | None, limit: int) -> list[dict[str, Any]]:
        before = after[0] if after else None
        return list_uploads(session.conn, before, limit, dealer or None, feed or None, status or None)

    with visitor.session() as session:
        table = STOPPED if status in ("held", "refused", "rejected") else LEDGER
        found = paged(request, session, table, fetch, lambda row: [row["upload_id"]])
    if isinstance(found, Response):
        return found
    return render(request, "uploads.html", table=found, status=status, dealer=dealer, feed=feed, feeds=FEEDS)


@router.get("/{upload_id}")
def receipt(
    request: Request, visitor: Reader, upload_id: UploadId, done: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    with visitor.logged("read_upload", str(upload_id)) as session:
        upload = find_upload(session.conn, upload_id)
        if upload is None:
            raise NotFound("There is no such upload.")
        findings = look_into(session.conn, upload)
    return render(request, "upload.html", upload=upload, done=done, findings=findings)


@router.post("/{upload_id}")
def judge(
    request: Request,
    visitor: HeadOffice,
    upload_id: UploadId,
    verdict: Annotated[str, Form(pattern="^(release|reject)$")],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    with visitor.session() as session:
        if find_upload(session.conn, upload_id) is None:
            raise NotFound("There is no such upload.")
    visitor.record.name(f"{verdict}_upload", str(upload_id))
    visitor.record.reason = reason or None
    flow = release if verdict == "release" else reject
    flow(visitor.database, upload_id, visitor.author, reason)
    request.app.state.processor.wake()
    return back_to(f"/uploads/{upload_id}", verdict)
