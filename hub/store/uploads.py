"""The ledger of uploads: what came in, where it stands, and what became of its rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.errors import NotFound
from hub.intake.chain import Filed
from hub.store.questions import Question, as_json, done

WAITING = ("received", "released")  # to be processed
FOLDED = ("accepted", "duplicate")  # what the present state follows from


@dataclass(frozen=True)
class Arrival:
    """A file whose bytes are in the archive, about to enter the ledger.

    Attributes:
        file_name: as the sender called it, without folders.
        sha256, bytes: of its content.
        day: business day.
        author: channel or principal: ``inbox``, ``cli``, ``api:<key id>``.
        mtime_ns: when the file in the inbox was last changed; None for other channels.
        manifest: the content of its manifest, if it came with one.
        corrects: the upload whose rejects it mends, if it was sent for that.
    """

    dealer: str
    feed: str
    file_name: str
    sha256: str
    bytes: int
    day: date
    delta: bool
    received_at: datetime
    author: str
    spec_id: int | None = None
    mtime_ns: int | None = None
    manifest: Mapping[str, Any] | None = None
    corrects: int | None = None


@dataclass(frozen=True)
class Upload:
    """A row of the ledger, as far as processing needs it."""

    upload_id: int
    dealer: str
    feed: str
    file_name: str
    sha256: str
    bytes: int
    day: date
    delta: bool
    received_at: datetime
    spec_id: int | None
    status: str
    code: str | None
    reason: str | None
    columns: tuple[str, ...] | None
    rows_read: int
    manifest: Mapping[str, Any] | None
    corrects: int | None

    @property
    def filed(self) -> Filed:
        """Its place in the chain."""
        return Filed(self.upload_id, self.day, self.received_at, self.file_name, self.sha256, self.delta)


@dataclass(frozen=True)
class Counts:
    """What became of the rows of an upload; ``read`` is the sum of the four after it."""

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    suppressed: int = 0
    unchanged: int = 0
    ended: int = 0
    values_set_aside: int = 0


@dataclass(frozen=True)
class Verdict:
    """What was decided about an upload.

    Attributes:
        status: its new status.
        code: stable name of the reason why it was held or refused; None otherwise.
        reason: the same for a person, with the cure; never personal data.
        warnings: sentences that did not keep it from loading.
    """

    upload_id: int
    status: str
    code: str | None = None
    reason: str | None = None
    warnings: Sequence[str] = ()
    columns: Sequence[str] | None = None
    counts: Counts = field(default_factory=Counts)

    def warned(self, *warnings: str) -> Verdict:
        """The same with further warnings."""
        return replace(self, warnings=(*self.warnings, *warnings))

    def ending(self, records: int) -> Verdict:
        """The same, having ended ``records`` records that a full snapshot no longer holds."""
        return replace(self, counts=replace(self.counts, ended=records))


_ENTER = sa.text(
    """INSERT INTO entry (kind, dealer, received_at, author, body)
       VALUES (:kind, :dealer, :received_at, :author, CAST(:body AS jsonb)) RETURNING entry_id"""
)
_ENTER_AS = sa.text(
    """INSERT INTO entry (entry_id, kind, dealer, received_at, author, body) OVERRIDING SYSTEM VALUE
       SELECT entry_id, kind, dealer, received_at, author, body
       FROM jsonb_populate_recordset(NULL::entry, CAST(:rows AS jsonb))"""
)
_UPLOAD = sa.text(
    """INSERT INTO upload (upload_id, dealer, feed, file_name, sha256, bytes, day, delta, received_at, spec_id, status,
                           corrects)
       VALUES (:upload_id, :dealer, :feed, :file_name, :sha256, :bytes, :day, :delta, :received_at, :spec_id,
               'received', :corrects)"""
)
_COLUMNS = """SELECT u.upload_id, u.dealer, u.feed, u.file_name, u.sha256, u.bytes, u.day, u.delta, u.received_at,
                     u.spec_id, u.status, u.code, u.reason, u.columns, u.rows_read, e.body -> 'manifest' AS manifest, u.corrects
              FROM upload u JOIN entry e ON e.entry_id = u.upload_id"""
_ARRIVED = sa.text(
    """SELECT u.file_name, u.bytes, CAST(e.body ->> 'mtime_ns' AS bigint) AS mtime_ns, u.status, u.code, u.spec_id
       FROM upload u JOIN entry e ON e.entry_id = u.upload_id
       WHERE u.dealer = :dealer AND e.body ? 'mtime_ns' ORDER BY u.upload_id"""
)
_ONE = sa.text(f"{_COLUMNS} WHERE u.upload_id = :upload_id")
_CHAIN = sa.text(
    f"""{_COLUMNS} WHERE u.feed = :feed AND u.dealer = ANY(:dealers)
        AND u.status IN ('accepted', 'duplicate', 'received', 'released', 'held')
        ORDER BY u.dealer, u.day, u.received_at, u.file_name, u.sha256, u.upload_id"""
)
_WAITING = sa.text(
    """SELECT dealer, feed, sum(CASE WHEN file_name ~* '\\.(gz|zip|xlsx|parquet)$' THEN 8 * bytes ELSE bytes END) AS bytes
       FROM upload
       WHERE status IN ('received', 'released') AND (CAST(:dealers AS text[]) IS NULL OR dealer = ANY(:dealers))
       GROUP BY dealer, feed ORDER BY feed, dealer"""
)
_SETTLE = sa.text(
    """UPDATE upload SET status = :status, code = :code, reason = :reason, warnings = CAST(:warnings AS jsonb),
           columns = coalesce(:columns, columns), rows_read = :read, rows_loaded = :loaded,
           rows_quarantined = :quarantined, rows_suppressed = :suppressed, rows_unchanged = :unchanged,
           rows_ended = :ended, values_set_aside = :values_set_aside, finished_at = :at, interrupted = 0
       WHERE upload_id = :upload_id"""
)
_STATUS = sa.text(
    "UPDATE upload SET status = :status, code = :code, reason = :reason, interrupted = 0 WHERE upload_id = ANY(:ids)"
)
_BEGIN = sa.text(
    """UPDATE upload SET interrupted = greatest(interrupted + :by, 0)
       WHERE status IN ('received', 'released') AND feed = :feed AND dealer = ANY(:dealers)"""
)
_INTERRUPTED = sa.text(
    """SELECT upload_id, dealer, feed, interrupted FROM upload
       WHERE status IN ('received', 'released') AND interrupted > 0
       AND (CAST(:dealers AS text[]) IS NULL OR dealer = ANY(:dealers)) ORDER BY upload_id"""
)
_SIBLINGS = sa.text(
    """SELECT upload_id FROM upload WHERE dealer = :dealer AND feed = :feed AND day = :day AND status = 'held'
       AND code = ANY(:codes) ORDER BY upload_id"""
)
_SPEC = sa.text(
    "UPDATE upload SET spec_id = :spec_id WHERE dealer = :dealer AND feed = :feed AND status = ANY(:statuses)"
)
_WAIT_AGAIN = sa.text(
    """UPDATE upload SET status = 'received', code = NULL, reason = NULL
       WHERE dealer = :dealer AND feed = :feed AND status = 'held'"""
)
_DEALERS = sa.text("SELECT code, timezone, lower(country) AS country, registered FROM dealer")
_ADD_DEALER = sa.text("INSERT INTO dealer (code, registered) VALUES (:code, false) ON CONFLICT (code) DO NOTHING")
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def enter(
    conn: Connection,
    kind: str,
    dealer: str | None,
    received_at: datetime,
    author: str,
    body: Mapping[str, Any],
) -> int:
    """Append an entry to the ledger; returns its sequence."""
    values = {"kind": kind, "dealer": dealer, "received_at": received_at, "author": author}
    return int(conn.execute(_ENTER, {**values, "body": json.dumps(body, ensure_ascii=False)}).scalar_one())


@dataclass(frozen=True)
class NewEntry:
    """An entry of the ledger whose sequence was taken before (`hub.store.leads.next_numbers`)."""

    entry_id: int
    kind: str
    dealer: str | None
    received_at: datetime
    author: str
    body: Mapping[str, Any]


def new_entries(entries: Sequence[NewEntry]) -> Question[None]:
    """The same as `enter` for several of these."""
    return Question(_ENTER_AS, {"rows": as_json([vars(each) for each in entries])}, done)


def enter_upload(conn: Connection, arrival: Arrival) -> int:
    """Enter a file into the ledger as ``received``; returns its ``upload_id``."""
    values = {
        "dealer": arrival.dealer, "feed": arrival.feed, "file_name": arrival.file_name, "sha256": arrival.sha256,
        "bytes": arrival.bytes, "day": arrival.day, "delta": arrival.delta, "spec_id": arrival.spec_id,
    }  # fmt: skip
    body: dict[str, Any] = {**values, "day": arrival.day.isoformat()}
    if arrival.mtime_ns is not None:
        body["mtime_ns"] = arrival.mtime_ns
    if arrival.manifest is not None:
        body["manifest"] = dict(arrival.manifest)
    if arrival.corrects is not None:
        body["corrects"] = arrival.corrects
    upload_id = enter(conn, "upload", arrival.dealer, arrival.received_at, arrival.author, body)
    more = {"upload_id": upload_id, "received_at": arrival.received_at, "corrects": arrival.corrects}
    conn.execute(_UPLOAD, {**values, **more})
    return upload_id


def arrived_files(conn: Connection, dealer: str) -> dict[tuple[str, int, int], RowMapping]:
    """What a dealer's inbox has brought: (name, bytes, time of change) → the latest upload's status, code, spec_id."""
    rows = conn.execute(_ARRIVED, {"dealer": dealer}).mappings()
    return {(row["file_name"], row["bytes"], row["mtime_ns"]): row for row in rows}


def find_upload(conn: Connection, upload_id: int) -> Upload:
    """One upload.

    Raises `NotFound`.
    """
    row = conn.execute(_ONE, {"upload_id": upload_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no upload {upload_id}; `dealerhub uploads` lists them.")
    return _upload(row)


def chain_uploads(conn: Connection, feed: str, dealers: Collection[str]) -> dict[str, list[Upload]]:
    """All uploads of a feed that are, or may come, into the chains of these dealers; in the order of the chain."""
    found: dict[str, list[Upload]] = {dealer: [] for dealer in dealers}
    for row in conn.execute(_CHAIN, {"feed": feed, "dealers": list(dealers)}).mappings():
        found[row["dealer"]].append(_upload(row))
    return found


def waiting(conn: Connection, dealers: Collection[str] | None = None) -> dict[str, dict[str, int]]:
    """Bytes that wait to be processed, about as many as they are unpacked: feed → dealer → bytes."""
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(_WAITING, {"dealers": None if dealers is None else list(dealers)}):
        found.setdefault(row.feed, {})[row.dealer] = int(row.bytes)
    return found


def begin(conn: Connection, feed: str, dealers: Collection[str]) -> None:
    """Note that work on all that waits of these dealers' feed begins; `settle` notes its end."""
    conn.execute(_BEGIN, {"feed": feed, "dealers": list(dealers), "by": 1})


def break_off(conn: Connection, feed: str, dealers: Collection[str]) -> None:
    """Take `begin` back: work stopped for a reason that is not in the files."""
    conn.execute(_BEGIN, {"feed": feed, "dealers": list(dealers), "by": -1})


def interrupted(conn: Connection, dealers: Collection[str] | None = None) -> list[RowMapping]:
    """What waits although work on it began: upload_id, dealer, feed, how often."""
    bound = {"dealers": None if dealers is None else list(dealers)}
    return list(conn.execute(_INTERRUPTED, bound).mappings())


def settle(conn: Connection, verdicts: Sequence[Verdict], at: datetime) -> None:
    """Write what became of uploads. The database refuses counts that do not balance."""
    rows = [
        {
            "upload_id": v.upload_id, "status": v.status, "code": v.code, "reason": v.reason,
            "warnings": json.dumps(list(v.warnings), ensure_ascii=False),
            "columns": None if v.columns is None else list(v.columns), "at": at, **vars(v.counts),
        }
        for v in verdicts
    ]  # fmt: skip
    if rows:
        conn.execute(_SETTLE, rows)


def set_status(
    conn: Connection, ids: Collection[int], status: str, code: str | None = None, reason: str | None = None
) -> None:
    """Move uploads to another status, their counts as they are."""
    conn.execute(_STATUS, {"ids": list(ids), "status": status, "code": code, "reason": reason})


def held_siblings(conn: Connection, upload: Upload, codes: Collection[str]) -> list[int]:
    """Held uploads of the same snapshot, for one of these reasons."""
    place = {"dealer": upload.dealer, "feed": upload.feed, "day": upload.day, "codes": list(codes)}
    return list(conn.execute(_SIBLINGS, place).scalars())


def wait_again(conn: Connection, dealer: str, feed: str) -> None:
    """Let held uploads of a dealer × feed be judged anew."""
    conn.execute(_WAIT_AGAIN, {"dealer": dealer, "feed": feed})


def set_specification(conn: Connection, dealer: str, feed: str, spec_id: int | None) -> None:
    """Let all uploads of a dealer × feed that count, or may yet, be read by another specification."""
    statuses = [*FOLDED, *WAITING, "held"]
    conn.execute(_SPEC, {"dealer": dealer, "feed": feed, "spec_id": spec_id, "statuses": statuses})


@dataclass(frozen=True)
class DealerPlace:
    """What reading a dealer's files needs to know of it."""

    timezone: str
    country: str | None
    registered: bool


def dealers(conn: Connection) -> dict[str, DealerPlace]:
    """All known dealers by code."""
    return {row.code: DealerPlace(row.timezone, row.country, row.registered) for row in conn.execute(_DEALERS)}


def add_unregistered(conn: Connection, code: str) -> None:
    """Make a dealer known that the importer's registry does not have."""
    conn.execute(_ADD_DEALER, {"code": code})


def lock_dealers(conn: Connection, dealers: Collection[str]) -> None:
    """Wait until no other transaction works on these dealers' records; held to the end of this one."""
    for dealer in sorted(dealers):
        conn.execute(_LOCK, {"name": f"hub.dealer:{dealer}"})


def lock_inbox(conn: Connection, dealer: str) -> None:
    """Wait until no other transaction takes files from this dealer's folder."""
    conn.execute(_LOCK, {"name": f"hub.inbox:{dealer}"})


def _upload(row: RowMapping) -> Upload:
    values = dict(row)
    values["columns"] = tuple(row["columns"]) if row["columns"] is not None else None
    return Upload(**values)


_FINISHED = sa.text("SELECT * FROM upload WHERE finished_at > :since ORDER BY finished_at, upload_id")
_IDENTITIES = """
SELECT count(*) FILTER (WHERE NOT before) AS new, count(*) FILTER (WHERE before) AS changed,
       count(*) FILTER (WHERE NOT before AND incarnation > 0) AS reused
FROM (SELECT v.rid, v.incarnation, EXISTS (SELECT FROM {feed}_history h WHERE h.rid = v.rid AND h.day < v.day) AS before
      FROM (SELECT rid, incarnation, day, upload_id FROM {feed} WHERE dealer = :dealer
            UNION ALL SELECT rid, incarnation, day, upload_id FROM {feed}_history WHERE dealer = :dealer) v
      WHERE v.upload_id = :upload_id) r
"""


def finished_uploads(conn: Connection, since: datetime) -> list[RowMapping]:
    """Whole rows of uploads whose processing ended after ``since``, in the order in which it ended."""
    return list(conn.execute(_FINISHED, {"since": since}).mappings())


def upload_row(conn: Connection, upload_id: int) -> RowMapping:
    """The whole row of an upload that exists."""
    return conn.execute(sa.text("SELECT * FROM upload WHERE upload_id = :u"), {"u": upload_id}).mappings().one()


def identity_counts(conn: Connection, upload: Upload) -> dict[str, int]:
    """Of the records whose values an upload brought: how many are new, changed, and new under a number used before."""
    bound = {"dealer": upload.dealer, "upload_id": upload.upload_id}
    row = conn.execute(sa.text(_IDENTITIES.format(feed=upload.feed)), bound).mappings().one()
    return {name: int(count) for name, count in row.items()}
