"""The words of the Reconciliation Service API 0.2: its manifest, and questions and answers as it shapes them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from api.schemas import reconcile as schemas
from hub.errors import Invalid
from hub.flows.read_customer import Summary
from hub.flows.reconcile import ASKED, FETCHED, KINDS, Hit, Query

LIMIT, MOST = 5, 50  # candidates: unless told, and at most
_CARD = (400, 120)  # pixels of a preview
Read = TypeVar("Read", bound=BaseModel)
Values = schemas.Value | list[schemas.Value]


def manifest(base: str, endpoint: str) -> dict[str, Any]:
    """What the service offers.

    Args:
        base: the hub's address, without a slash at its end.
        endpoint: the service's own, with the key in it where the client came that way.
    """
    asking = {"service_url": endpoint}
    return {
        "versions": ["0.2"],
        "name": "Dealer Hub",
        "identifierSpace": f"{base}/customers/",
        "schemaSpace": f"{base}/v1/openapi.json",
        "documentation": f"{base}/docs",
        "view": {"url": f"{base}/customers/{{{{id}}}}"},
        "defaultTypes": types(),
        "suggest": {kind: {**asking, "service_path": f"/suggest/{kind}"} for kind in ("entity", "property", "type")},
        "preview": {"url": f"{endpoint}/preview?id={{{{id}}}}", "width": _CARD[0], "height": _CARD[1]},
        "extend": {"propose_properties": {**asking, "service_path": "/properties"}, "property_settings": []},
    }


def types(prefix: str = "") -> list[dict[str, Any]]:
    """The kinds of customers whose name begins so."""
    return _named(KINDS, prefix)


def properties(prefix: str = "") -> list[dict[str, Any]]:
    """What a query may tell of a customer."""
    return _named(ASKED, prefix)


def proposed(limit: int | None) -> list[dict[str, Any]]:
    """What may be fetched of a customer."""
    return _named(FETCHED, "")[:limit]


def _named(names: Mapping[str, str], prefix: str) -> list[dict[str, Any]]:
    wanted = prefix.strip().lower()
    return [
        {"id": name, "name": label}
        for name, label in names.items()
        if name.startswith(wanted) or label.lower().startswith(wanted)
    ]


# ------------------------------------------------------------------ questions


def parsed(text: str, schema: type[Read], parameter: str) -> Read:
    """The JSON of a parameter.

    Raises:
        Invalid: it does not fit; the message names the place, and quotes no value.
    """
    try:
        return schema.model_validate_json(text)
    except ValidationError as error:
        at = next(iter(error.errors(include_url=False, include_input=False, include_context=False)))
        place = "/".join(str(part)[:60] for part in at["loc"])
        raise Invalid(f"The parameter {parameter} is not as the specification says: {place}: {at['type']}.") from None


def queries_of(text: str) -> dict[str, Query]:
    """The questions of a batch by the client's names for them.

    Raises:
        Invalid: they are malformed, too many, or name an unknown type or property.
    """
    read = parsed(text, schemas.Queries, "queries").root
    if len(read) > schemas.MOST_QUERIES:
        raise Invalid(f"A batch holds {schemas.MOST_QUERIES} queries at most.")
    return {name: query_of(query) for name, query in read.items()}


def query_of(query: schemas.Query) -> Query:
    """One question in the hub's words."""
    kinds = [query.type] if isinstance(query.type, str) else query.type or []
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise Invalid(f"Unknown type {unknown[0][:60]!r}; known are {', '.join(KINDS)}.")
    known: dict[str, list[str]] = {}
    for one in query.properties:
        if one.pid not in ASKED:
            raise Invalid(f"Unknown property {one.pid[:60]!r}; known are {', '.join(ASKED)}.")
        known.setdefault(one.pid, []).extend(_texts(one.v))
    given = {name: "; ".join(values) for name, values in known.items() if values}
    return Query(query.query, tuple(kinds), given, min(query.limit or LIMIT, MOST))


def _texts(value: Values) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, schemas.Entity):
        return [value.name] if value.name else []
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    return [text] if text else []


# ------------------------------------------------------------------ answers


def result(hits: Sequence[Hit]) -> dict[str, Any]:
    """The candidates of one query; scores are per cent, features the evidence in log2 odds."""
    return {"result": [_candidate(hit) for hit in hits]}


def _candidate(hit: Hit) -> dict[str, Any]:
    return {
        "id": str(hit.summary.golden_id),
        "name": hit.summary.full_name or "",
        "description": description(hit.summary),
        "score": round(100 * hit.candidate.probability, 4),
        "match": hit.certain,
        "type": [{"id": hit.summary.kind, "name": KINDS.get(hit.summary.kind, hit.summary.kind)}],
        "features": [{"id": one.field, "value": round(one.weight, 3)} for one in hit.candidate.reasons],
    }


def suggested(summary: Summary) -> dict[str, Any]:
    """A customer in a list to choose from."""
    return {
        "id": str(summary.golden_id),
        "name": summary.full_name or "",
        "description": description(summary),
        "notable": [{"id": summary.kind, "name": KINDS.get(summary.kind, summary.kind)}],
    }


def description(summary: Summary) -> str:
    """What tells namesakes apart."""
    parts = [summary.city, str(summary.birth_date) if summary.birth_date else None, *summary.phones[:1]]
    return " · ".join(part for part in parts if part)


def extension(rows: Mapping[str, Mapping[str, Sequence[Any]]], wanted: Sequence[str]) -> dict[str, Any]:
    """Fetched values as cells."""
    return {
        "meta": [{"id": name, "name": FETCHED[name]} for name in wanted],
        "rows": {id_: {name: [_cell(v) for v in values] for name, values in row.items()} for id_, row in rows.items()},
    }


def _cell(value: Any) -> dict[str, Any]:
    if isinstance(value, date):
        return {"date": f"{value.isoformat()}T00:00:00Z"}
    return {"int": value} if isinstance(value, int) else {"str": value}


def card(summary: Summary) -> str:
    """A customer as a small page."""
    lines = [
        KINDS.get(summary.kind, summary.kind),
        description(summary),
        *summary.emails[:1],
        f"{summary.records} records",
    ]
    name = html.escape(summary.full_name or "no name")
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
    return f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{name}</title><h1>{name}</h1>{body}</html>'
