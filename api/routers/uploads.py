"""Files in; receipts and rejects out."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.auth import DEALER, HEAD_OFFICE, READERS, STEWARDS, Access, Caller, Session
from api.etags import tagged
from api.paging import Paging
from api.problems import responses
from api.receiving import Received, received
from api.schemas.common import PLAIN, Cursor, Limit, Page
from api.schemas.uploads import FeedName, Judgement, Receipt, Status, Upload
from hub.errors import Forbidden, Invalid, NotFound
from hub.flows.release import reject, release
from hub.flows.submit_upload import Submission, submit_upload
from hub.flows.write_rejects import write_rejects
from hub.store.archive import Archive
from hub.store.upload_pages import find_upload, list_uploads

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], responses=responses(401, 403, 422))
Reader = Annotated[Caller, Depends(Access(*READERS))]
Sender = Annotated[Caller, Depends(Access(DEALER, HEAD_OFFICE))]
Judge = Annotated[Caller, Depends(Access(*STEWARDS))]
UploadId = Annotated[str, Path(max_length=40, pattern="^[0-9a-z]+$", examples=["u5f1c09a27be43d86"])]
Name = Annotated[str, Query(max_length=200, pattern=PLAIN)]

NO_REASON = Judgement()
ARRIVING = "arriving"  # folder beside the archived files, on their file system
_WAITING = ("received", "released")
_FILE = {"type": "string", "format": "binary"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE}}},
            "application/octet-stream": {"schema": _FILE},
        },
    }
}


@router.post(
    "",
    summary="Upload a file",
    status_code=202,
    response_model=Upload,
    responses=responses(404, 409, 413),
    openapi_extra=_BODY,
)
async def create_upload(
    request: Request,
    caller: Sender,
    feed: Annotated[FeedName, Query(description="What the rows are.")],
    day: Annotated[
        dt.date | None, Query(description="Business day; by default from the file's name, else today.")
    ] = None,
    dealer: Annotated[
        Name | None,
        Query(description="Head office only: whose file it is. A dealer's own key says it already."),
    ] = None,
    name: Annotated[
        Name | None,
        Query(description="The file's name, when the body is the file itself.", examples=["customers.csv"]),
    ] = None,
) -> Response:
    """Takes the file of one feed, as the part `file` of a form or as the body itself, and answers at once.

    The file is then processed in the background: follow `Location` until `status` leaves `received`. The same bytes
    for the same day load once: the second upload becomes a `duplicate`.
    """
    await caller.check()  # before the bytes are taken in
    settings = request.app.state.settings
    limit = settings.upload_limit_mb * 1_000_000
    async with received(request, settings.archive_dir / ARRIVING, limit, name) as file:
        upload = await run_in_threadpool(_submit, request, caller, file, feed.value, day, dealer)
    request.app.state.processor.wake()
    return _accepted(upload)


def _submit(
    request: Request, caller: Caller, file: Received, feed: str, day: dt.date | None, dealer: str | None
) -> Upload:
    with caller.session() as session:
        if session.dealer and dealer not in (None, session.dealer):
            raise Forbidden("A dealer uploads for itself; leave `dealer` out.")
        if not (owner := session.dealer or dealer):
            raise Invalid("Name the dealer whose file it is: `dealer=CODE`.")
        submission = Submission(
            dealer=owner,
            feed=feed,
            path=file.path,
            name=file.name,
            sha256=file.sha256,
            day=day,
            author=session.author,
        )
        number = submit_upload(session.conn, Archive(request.app.state.settings.archive_dir), submission)
        return shown(request, session, _found(session.conn, number))


@router.get("", summary="List uploads", responses=responses(400))
def read_uploads(
    request: Request,
    caller: Reader,
    feed: Annotated[FeedName | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    dealer: Annotated[Name | None, Query(description="Only this dealer's.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Upload]:
    """Uploads, latest first. A dealer sees its own."""
    with caller.session() as session:
        paging = Paging(request, session, cursor, feed=feed, status=status, dealer=dealer)
        before = request.app.state.upload_ids.number(paging.position[0]) if paging.position else None
        rows = list_uploads(session.conn, before, limit + 1, dealer, feed, status)
        page, following = paging.cut(rows, limit, lambda row: [request.app.state.upload_ids.word(row["upload_id"])])
        return Page(items=[shown(request, session, row) for row in page], next_cursor=following)


@router.get("/{upload_id}", summary="An upload and its receipt", response_model=Upload, responses=responses(404))
def read_upload(request: Request, caller: Reader, upload_id: UploadId) -> Response:
    """The upload's status; once it is processed, its receipt: what became of every row."""
    with caller.session() as session:
        return tagged(request, shown(request, session, _asked(request, session, upload_id)))


@router.get(
    "/{upload_id}/rejects",
    summary="What to mend",
    response_class=Response,
    responses={**responses(404, 410), 200: {"description": "The file.", "content": {"text/csv": {"schema": _FILE}}}},
)
def read_rejects(request: Request, caller: Reader, upload_id: UploadId) -> Response:
    """The rows that were set aside, or hold a value that was, as a CSV file in the dealer's own columns and encoding, with
    the reason beside each. Mended and sent again, it loads as a delta.
    """
    with caller.session() as session:
        number = _asked(request, session, upload_id)["upload_id"]
    settings = request.app.state.settings
    with tempfile.TemporaryDirectory(dir=settings.home, prefix="rejects-") as folder:
        path = FilePath(folder) / "rejects.csv"
        write_rejects(caller.database, Archive(settings.archive_dir), number, path)
        size, file = path.stat().st_size, path.open("rb")  # read on after its name is gone: nothing is left behind
    headers = {"Content-Disposition": f'attachment; filename="rejects_{upload_id}.csv"', "Content-Length": str(size)}
    return StreamingResponse(_chunks(file), headers=headers, media_type="text/csv")


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(1 << 16):
            yield chunk


@router.post(
    "/{upload_id}/release",
    summary="Let a held upload in",
    status_code=202,
    response_model=Upload,
    responses=responses(404, 409),
)
def release_upload(request: Request, caller: Judge, upload_id: UploadId, judgement: Judgement = NO_REASON) -> Response:
    """The guards are passed over this once, also for the other held files of the same snapshot; the worker takes it up."""
    with caller.session() as session:
        number = _asked(request, session, upload_id)["upload_id"]
    caller.record.reason = judgement.reason or None
    release(caller.database, number, session.author, judgement.reason)
    return _judged(request, caller, number)


@router.post(
    "/{upload_id}/reject",
    summary="Turn a held upload down",
    status_code=202,
    response_model=Upload,
    responses=responses(404, 409),
)
def reject_upload(request: Request, caller: Judge, upload_id: UploadId, judgement: Judgement = NO_REASON) -> Response:
    """The file stays in the archive and counts for nothing; the dealer may send it again, corrected."""
    with caller.session() as session:
        number = _asked(request, session, upload_id)["upload_id"]
    caller.record.reason = judgement.reason or None
    reject(caller.database, number, session.author, judgement.reason)
    return _judged(request, caller, number)


def _judged(request: Request, caller: Caller, number: int) -> Response:
    request.app.state.processor.wake()
    with caller.session() as session:
        return _accepted(shown(request, session, _found(session.conn, number)))


def _accepted(upload: Upload) -> Response:
    return JSONResponse(upload.model_dump(mode="json"), 202, {"Location": f"{router.prefix}/{upload.upload_id}"})


def shown(request: Request, session: Session, row: Mapping[str, Any]) -> Upload:
    """A row of the ledger as the caller may see it: a dealer learns no number, which would count the others' uploads."""
    receipt = None
    if row["finished_at"] is not None and row["status"] not in _WAITING:
        receipt = Receipt(**{name: row[name] for name in Receipt.model_fields})
    facts = {name: row[name] for name in Upload.model_fields if name not in ("upload_id", "number", "receipt")}
    word = request.app.state.upload_ids.word(row["upload_id"])
    return Upload(upload_id=word, number=None if session.dealer else row["upload_id"], **facts, receipt=receipt)


def _asked(request: Request, session: Session, upload_id: str) -> Mapping[str, Any]:
    """The upload of an address; the importer's people may also say its number."""
    by_number = upload_id.isdigit() and not session.dealer
    number = int(upload_id) if by_number else request.app.state.upload_ids.number(upload_id)
    if number is None or number >= 1 << 63:
        raise NotFound("There is no such upload.")
    return _found(session.conn, number)


def _found(conn: Connection, upload_id: int) -> Mapping[str, Any]:
    row = find_upload(conn, upload_id)
    if row is None:
        raise NotFound("There is no such upload.")
    return row
