"""The body of a lead: JSON, or ADF 1.0 XML as the trade sends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.schemas.leads import NewLead
from hub.errors import Invalid
from hub.feeds import LEADS
from hub.intake.readers.adf import read_adf

_LONGEST = 1000  # characters of one value; ADF has no limits of its own
_KEPT = frozenset(NewLead.model_fields) - {"transfer"}


def is_adf(content_type: str, body: bytes) -> bool:
    """Whether the body is XML, by its type or its first character."""
    return "xml" in content_type.lower() or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def read_json(body: bytes) -> tuple[dict[str, str | None], str | None]:
    """The canonical columns of a lead in JSON, and what it says about the transfer of data.

    Raises:
        RequestValidationError: naming each field at fault.
    """
    try:
        text = body.decode("utf-8-sig")
        lead = NewLead.model_validate(json.loads(text))
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from None
    except (ValueError, RecursionError):
        raise RequestValidationError([{"loc": ("body",), "msg": "Not JSON", "type": "json_invalid"}]) from None
    columns = {name: _text(getattr(lead, name)) for name in _KEPT}
    return {**columns, "channel": columns["channel"] or "web"}, lead.transfer


def read_lead_adf(body: bytes) -> dict[str, str | None]:
    """The canonical columns of a lead in ADF.

    Raises:
        Unreadable: a DTD or entities of its own.
        Invalid: no prospect, several, or a broken one; what is wrong, and the cure.
    """
    prospects = read_adf(body)
    if len(prospects) != 1:
        raise Invalid(f"The ADF document holds {len(prospects)} prospects; send one <prospect> in each request.")
    lead = prospects[0]
    if isinstance(lead, str):
        raise Invalid(f"The prospect {lead}.")
    columns = {name: (value or "")[:_LONGEST].strip() or None for name, value in lead.items() if name in _KEPT}
    columns["created_at"] = _time(columns.get("created_at"))
    for name in ("new_or_used", "interest"):
        if columns.get(name) not in LEADS.column(name).choices:
            columns[name] = None
    return {**columns, "channel": "third_party"}


def _time(text: str | None) -> str | None:
    """A time that PostgreSQL reads; None for what is none. Without an offset it counts as UTC."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.strip() or None if value else None
