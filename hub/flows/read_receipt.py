"""A receipt for the dealer's people: what became of a file, what is wrong in its own words, and what was mended since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from hub.dealers.specification import FeedSpec, canonical_spec
from hub.feeds import FEEDS
from hub.flows.receipts import Receipt, receipt_of
from hub.flows.register import parse_specification
from hub.intake.mapping import report
from hub.store import corrections, rejects
from hub.store.corrections import Place
from hub.store.specifications import specification_bodies
from hub.store.uploads import FOLDED

ADDED = "New columns that nothing reads"  # how the guard's warning begins


@dataclass(frozen=True)
class Sheet:
    """A receipt with what one needs to mend the file.

    Attributes:
        headings: canonical column → the file's own heading.
        unknown: headings that nothing asks for, unless a warning names them.
        missing: headings that the dealer's specification names and the file lacks.
        corrections: the uploads that were sent to mend this one.
        mended: of the rows with a fault, how many have which fate by now (`hub.store.corrections.FATES`).
    """

    receipt: Receipt
    headings: Mapping[str, str]
    unknown: Sequence[str]
    missing: Sequence[str]
    corrections: Sequence[Mapping[str, Any]]
    mended: Mapping[str, int]


def read_sheet(conn: Connection, upload: Mapping[str, Any]) -> Sheet:
    """The receipt of an upload that the reader may see."""
    number, feed = upload["upload_id"], upload["feed"]
    counts = rejects.issue_counts(conn, [number])[number]
    later = corrections.corrections_of(conn, number)
    found = report(upload["columns"] or (), _spec(conn, upload), FEEDS[feed])
    known = upload["columns"] is not None
    return Sheet(
        receipt=receipt_of(upload, counts, {}),
        headings={name: headings[0] for name, headings in found.mapped.items() if headings},
        unknown=found.added if known and not any(each.startswith(ADDED) for each in upload["warnings"]) else (),
        missing=found.missing if known else (),
        corrections=later,
        mended=corrections.count_fates(conn, number, feed, _loaded(later)),
    )


def read_issues(conn: Connection, upload: Mapping[str, Any], after: Place, limit: int) -> Sequence[RowMapping]:
    """What is wrong with the rows of an upload that the reader may see, each with its fate."""
    number = upload["upload_id"]
    later = _loaded(corrections.corrections_of(conn, number))
    return corrections.list_issues(conn, number, upload["feed"], later, after, limit)


def read_mended(conn: Connection, upload: Mapping[str, Any]) -> Mapping[str, int]:
    """Of the rows that an upload was sent to mend, how many have which fate by it alone."""
    return corrections.count_fates(conn, upload["corrects"], upload["feed"], [upload["upload_id"]])


def _loaded(uploads: Sequence[Mapping[str, Any]]) -> list[int]:
    return [row["upload_id"] for row in uploads if row["status"] in FOLDED]


def _spec(conn: Connection, upload: Mapping[str, Any]) -> FeedSpec:
    if upload["spec_id"] is None:
        return canonical_spec(upload["feed"])
    body = specification_bodies(conn, [upload["spec_id"]])[upload["spec_id"]]
    return parse_specification(body, upload["dealer"]).feed(upload["feed"])
