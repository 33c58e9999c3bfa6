"""Files in; receipts and rejects out."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from api.schemas.uploads import FeedName, Issue, Judgement, Receipt, Status, Upload
from hub.errors import Forbidden, Invalid, NotFound
from hub.flows.read_receipt import read_issues
from hub.flows.release import reject, release
from hub.flows.submit_upload import Submission, submit_upload
from hub.flows.write_rejects import write_rejects
from hub.store.archive import Archive
from hub.store.corrections import START, Place
from hub.store.engine import Database
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
_OTHERWISE = ("upload_id", "number", "corrects", "receipt")  # not shown as the ledger has them
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
    delta: Annotated[
        bool | None,
        Query(description="True: it holds changes only. By default the dealer's specification or the name says it."),
    ] = None,
    corrects: Annotated[
        str | None,
        Query(
            max_length=40, pattern="^[0-9a-z]+$", description="The upload whose rejects it mends; it is a delta then."
        ),
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
        sending = Sending(file, feed.value, day, dealer, delta, corrects)
        upload = await run_in_threadpool(_submit, request, caller, sending)
    request.app.state.processor.wake()
    return _accepted(upload)


@dataclass(frozen=True)
class Sending:
    """A file and what its sender says of it; None: nothing."""

    file: Received
    feed: str
    day: dt.date | None
    dealer: str | None
    delta: bool | None
    corrects: str | None


def _submit(request: Request, caller: Caller, sending: Sending) -> Upload:
    with caller.session() as session:
        return shown(request, session, found(session.conn, submit(request, session, sending)))


def submit(request: Request, session: Session, sending: Sending) -> int:
    """Enter a file that has arrived; returns the upload's number."""
    if session.dealer and sending.dealer not in (None, session.dealer):
        raise Forbidden("A dealer uploads for itself; leave `dealer` out.")
    if not (owner := session.dealer or sending.dealer):
        raise Invalid("Name the dealer whose file it is: `dealer=CODE`.")
    mended = asked(request, session, sending.corrects)["upload_id"] if sending.corrects else None
    submission = Submission(
        dealer=owner,
        feed=sending.feed,
        path=sending.file.path,
        name=sending.file.name,
        sha256=sending.file.sha256,
        day=sending.day,
        author=session.author,
        delta=sending.delta,
        corrects=mended,
    )
    return submit_upload(session.conn, Archive(request.app.state.settings.archive_dir), submission)


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
        before = int(paging.position[0]) if paging.position else None
        rows = list_uploads(session.conn, before, limit + 1, dealer, feed, status)
        page, following = paging.cut(rows, limit, lambda row: [row["upload_id"]])
        return Page(items=[shown(request, session, row) for row in page], next_cursor=following)


@router.get("/{upload_id}", summary="An upload and its receipt", response_model=Upload, responses=responses(404))
def read_upload(request: Request, caller: Reader, upload_id: UploadId) -> Response:
    """The upload's status; once it is processed, its receipt: what became of every row."""
    with caller.session() as session:
        return tagged(request, shown(request, session, asked(request, session, upload_id)))


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
        number = asked(request, session, upload_id)["upload_id"]
    return rejects_file(request, caller.database, number, upload_id)


@router.get("/{upload_id}/issues", summary="What is wrong, row by row", responses=responses(400, 404))
def read_upload_issues(
    request: Request, caller: Reader, upload_id: UploadId, limit: Limit = 50, cursor: Cursor = None
) -> Page[Issue]:
    """Rows that were set aside, and values that were, in the order of the file; and which of these rows were mended since by
    an upload that says so (`corrects`).
    """
    with caller.session() as session:
        paging = Paging(request, session, cursor, upload=upload_id)
        row, column, rule = paging.position or START
        upload = asked(request, session, upload_id)
        rows = read_issues(session.conn, upload, (row, column, rule), limit + 1)
        page, following = paging.cut(rows, limit, lambda one: list(place_of(one)))
        items = [Issue(**{**one, "row": one["row_no"], "column": one["column_name"]}) for one in page]
        return Page(items=items, next_cursor=following)


def place_of(issue: Mapping[Any, Any]) -> Place:
    """Where a page of issues ends."""
    return issue["row_no"], issue["column_name"] or "", issue["rule"]


def rejects_file(request: Request, database: Database, number: int, word: str) -> Response:
    """The rejects of an upload that the caller may see, as a file to save."""
    settings = request.app.state.settings
    with tempfile.TemporaryDirectory(dir=settings.home, prefix="rejects-") as folder:
        path = FilePath(folder) / "rejects.csv"
        write_rejects(database, Archive(settings.archive_dir), number, path)
        size, file = path.stat().st_size, path.open("rb")  # read on after its name is gone: nothing is left behind
    headers = {"Content-Disposition": f'attachment; filename="rejects_{word}.csv"', "Content-Length": str(size)}
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
        number = asked(request, session, upload_id)["upload_id"]
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
        number = asked(request, session, upload_id)["upload_id"]
    caller.record.reason = judgement.reason or None
    reject(caller.database, number, session.author, judgement.reason)
    return _judged(request, caller, number)


def _judged(request: Request, caller: Caller, number: int) -> Response:
    request.app.state.processor.wake()
    with caller.session() as session:
        return _accepted(shown(request, session, found(session.conn, number)))


def _accepted(upload: Upload) -> Response:
    return JSONResponse(upload.model_dump(mode="json"), 202, {"Location": f"{router.prefix}/{upload.upload_id}"})


def shown(request: Request, session: Session, row: Mapping[str, Any]) -> Upload:
    """A row of the ledger as the caller may see it: a dealer learns no number, which would count the others' uploads."""
    receipt = None
    if row["finished_at"] is not None and row["status"] not in _WAITING:
        receipt = Receipt(**{name: row[name] for name in Receipt.model_fields})
    facts = {name: row[name] for name in Upload.model_fields if name not in _OTHERWISE}
    word = request.app.state.words.uploads.word
    number = None if session.dealer else row["upload_id"]
    mended = None if row["corrects"] is None else word(row["corrects"])
    return Upload(upload_id=word(row["upload_id"]), number=number, **facts, corrects=mended, receipt=receipt)


def asked(request: Request, session: Session, upload_id: str) -> Mapping[str, Any]:
    """The upload of an address; the importer's people may also say its number."""
    by_number = upload_id.isdigit() and not session.dealer
    number = int(upload_id) if by_number else request.app.state.words.uploads.number(upload_id)
    if number is None or number >= 1 << 63:
        raise NotFound("There is no such upload.")
    return found(session.conn, number)


def found(conn: Connection, upload_id: int) -> Mapping[str, Any]:
    """The upload of this number, if the caller may see it."""
    row = find_upload(conn, upload_id)
    if row is None:
        raise NotFound("There is no such upload.")
    return row
