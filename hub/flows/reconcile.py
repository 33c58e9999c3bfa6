"""A column of names, given ids: the questions of reconciliation clients (OpenRefine and others), answered by the online match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.identify import Candidate, identify
from hub.flows.read_customer import Summary, members_of, summaries
from hub.golden.survivorship import consolidate
from hub.store.customer_views import resolve
from hub.store.decisions import pins_on

KINDS = {"person": "Person", "company": "Company"}
# what a customer may be asked for by, and what may be fetched of one; canonical columns of the customers feed
ASKED = {
    "full_name": "Full name", "last_name": "Surname", "first_name": "Given name", "middle_name": "Patronymic or middle name",
    "company_name": "Company's name", "birth_date": "Birth date", "gender": "Gender", "tax_id": "Tax id",
    "registration_no": "Registration number", "phones": "Phones", "emails": "E-mail addresses", "address": "Address",
    "city": "City", "postcode": "Postcode", "country": "Country",
}  # fmt: skip
FETCHED = {**ASKED, "kind": "Kind", "legal_form": "Legal form", "region": "Region", "language": "Language",
           "vins": "VINs", "records": "Number of records"}  # fmt: skip
_NAME_OF = {"company": "company_name"}  # kind → the column that a query's text is


@dataclass(frozen=True)
class Query:
    """One question: a name, and what else is known by canonical column.

    Attributes:
        kinds: "person", "company" or both; empty for either.
    """

    text: str | None
    kinds: tuple[str, ...]
    known: Mapping[str, str]
    limit: int

    def row(self) -> dict[str, str]:
        """The canonical columns that the question gives.

        Raises:
            Invalid: it gives none.
        """
        row = dict(self.known)
        kind = self.kinds[0] if len(self.kinds) == 1 else None
        if self.text and self.text.strip():
            row.setdefault(_NAME_OF.get(kind or "", "full_name"), self.text)
        if not any(value.strip() for value in row.values()):
            raise Invalid("A query needs a text or the value of a property.")
        return {**row, "kind": kind} if kind else row


@dataclass(frozen=True)
class Hit:
    """A candidate with what a list shows of it.

    Attributes:
        certain: the only one that the nightly job would join with what was asked for.
    """

    candidate: Candidate
    summary: Summary
    certain: bool


def reconcile(conn: Connection, queries: Sequence[Query], dealer: str | None) -> list[list[Hit]]:
    """Candidates for each query, the most probable first, of the kinds that it allows.

    Args:
        dealer: the caller's dealer, which is shown its own records only.
    """
    rows = [query.row() for query in queries]
    found = identify(conn, rows, max(query.limit for query in queries), dealer) if rows else []
    goldens = {candidate.golden for candidates in found for candidate in candidates}
    shown = _summaries(conn, sorted(goldens), dealer)
    return [_hits(query, candidates, shown) for query, candidates in zip(queries, found, strict=True)]


def _hits(query: Query, candidates: Sequence[Candidate], shown: Mapping[int, Summary]) -> list[Hit]:
    wanted = query.kinds or tuple(KINDS)
    fit = [one for one in candidates if one.golden in shown and shown[one.golden].kind in wanted][: query.limit]
    matches = sum(one.decision == "match" for one in fit)
    return [Hit(one, shown[one.golden], one.decision == "match" and matches == 1) for one in fit]


def _summaries(conn: Connection, goldens: Sequence[int], dealer: str | None) -> dict[int, Summary]:
    if not goldens:
        return {}
    members = members_of(conn, goldens)
    return summaries(members, dealer, pins_on(conn, members["id"].to_list()))


def summary_of(conn: Connection, record_id: UUID, dealer: str | None) -> Summary | None:
    """The customer that holds the record with this identity; None if the caller sees none."""
    golden = resolve(conn, record_id)
    return None if golden is None else _summaries(conn, [golden], dealer).get(golden)


def fetch(conn: Connection, ids: Sequence[str], properties: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    """Golden values by id and property: lists of texts, dates or whole numbers; an id that the caller sees not has none.

    Raises:
        Invalid: a property is unknown.
    """
    if unknown := sorted(set(properties) - set(FETCHED)):
        raise Invalid(f"Unknown property {unknown[0][:60]!r}; known are {', '.join(FETCHED)}.")
    golden = {text: resolve(conn, record_id) for text in ids if (record_id := _uuid(text)) is not None}
    present = sorted({number for number in golden.values() if number is not None})
    values: dict[int, dict[str, Any]] = {}
    if present:
        members = members_of(conn, present)
        rows = consolidate(members, pins_on(conn, members["id"].to_list())).iter_rows(named=True)
        values = {row["golden"]: row for row in rows}
    return {text: _cells(values.get(golden.get(text) or -1, {}), properties) for text in ids}


def _cells(row: Mapping[str, Any], properties: Sequence[str]) -> dict[str, list[Any]]:
    return {name: _listed(row.get(name)) for name in properties}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value if isinstance(value, (str, int, date)) else str(value)]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
