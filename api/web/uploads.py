"""Uploads: the ledger, a receipt, what was set aside; head office lets a held file in or turns it down."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import Response

from api.auth import HEAD_OFFICE
from api.web.pages import Page, back_to, render
from api.web.visitors import Visit, Visitor
from hub.errors import NotFound
from hub.flows.release import reject, release
from hub.store.audit import add_entry
from hub.store.upload_pages import find_upload, list_uploads

router = APIRouter(prefix="/uploads", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit("head_office", "steward", "dealer", "auditor"))]
HeadOffice = Annotated[Visitor, Depends(Visit(HEAD_OFFICE))]
UploadId = Annotated[int, Path(ge=1, le=2**63 - 1)]
PAGE = 50


@router.get("")
def ledger(
    request: Request,
    visitor: Reader,
    status: Annotated[str, Query(max_length=20)] = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    with visitor.session() as session:
        uploads = list_uploads(session.conn, before, PAGE + 1, None, None, status or None)
    following = uploads[PAGE - 1]["upload_id"] if len(uploads) > PAGE else None
    return render(request, "uploads.html", uploads=uploads[:PAGE], status=status, following=following)


@router.get("/{upload_id}")
def receipt(
    request: Request, visitor: Reader, upload_id: UploadId, done: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    with visitor.session() as session:
        upload = find_upload(session.conn, upload_id)
    if upload is None:
        raise NotFound("There is no such upload.")
    return render(request, "upload.html", upload=upload, done=done)


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
        add_entry(session.conn, visitor.author, session.role, None, f"{verdict}_upload", str(upload_id), reason or None)
    flow = release if verdict == "release" else reject
    flow(visitor.database, upload_id, visitor.author, reason)
    request.app.state.processor.wake()
    return back_to(f"/uploads/{upload_id}", verdict)
