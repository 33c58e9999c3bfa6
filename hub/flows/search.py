"""One box to search in: name in any script or order, phone, e-mail, VIN, plate, tax id, golden id, record number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from hub.flows.read_customer import Summary, summaries
from hub.store.customer_views import load_members, resolve
from hub.store.search import Place, find_parties


@dataclass(frozen=True)
class Result:
    """A customer that was found, and its place in the list."""

    summary: Summary
    place: Place


def search(
    conn: Connection, text: str, dealer: str | None, after: Place | None = None, limit: int = 50
) -> list[Result]:
    """Customers in the caller's slice that ``text`` describes.

    Args:
        text: words in any order; all must fit, each one of the customer's records.
        dealer: the caller's dealer, which finds its own records only; None for the importer's people.
        after: the place where the page before ended.
    """
    text = text.strip()
    golden = resolve(conn, record_id) if (record_id := _identity(text)) else None
    named = [] if golden is None else [golden]
    hits = find_parties(conn, text, search_words(text), named, (after, limit), dealer)
    found = summaries(load_members(conn, [hit.golden for hit in hits]), dealer)
    return [Result(found[hit.golden], hit.place) for hit in hits if hit.golden in found]


def search_words(text: str) -> Sequence[Sequence[int]]:
    """For each word of a text the keys that records which hold it may have."""
    return []  # the seam: hub.matching.keys.search_keys


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
