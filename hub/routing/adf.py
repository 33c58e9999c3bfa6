"""A lead as ADF 1.0 text, ready to be mailed into a dealer's system.

Source: "ADF: An Industry Standard Data Format for the Export and Import of Automotive Customer Leads using XML", 1.0, 2000.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

_INTERESTS = {"buy": "buy", "lease": "lease", "test_drive": "test-drive", "trade_in": "trade-in", "sell": "sell"}
_PROVIDER = "Dealer Hub"


def adf_text(
    lead_id: str, received_at: datetime, columns: Mapping[str, str | None], dealer: str, dealer_name: str | None
) -> str:
    """The document of one lead.

    Args:
        columns: of the leads feed, as text.
        dealer: code of the dealer that it goes to.
    """
    wanted = columns.get
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<?adf version="1.0"?>',
        "<adf>",
        '<prospect status="new">',
        f'<id sequence="1" source={quoteattr(_PROVIDER)}>{escape(lead_id)}</id>',
        _tag("requestdate", received_at.isoformat(timespec="seconds")),
        f'<vehicle interest="{_INTERESTS.get(wanted("interest") or "", "buy")}" '
        f'status="{"used" if wanted("new_or_used") == "used" else "new"}">'
        f"{_tag('make', wanted('brand') or '')}{_tag('model', wanted('model') or '')}</vehicle>",
        f"<customer>{_contact(columns)}{_optional('comments', wanted('comments'))}</customer>",
        f"<vendor><id>{escape(dealer)}</id>{_tag('vendorname', dealer_name or dealer)}</vendor>",
        f"<provider>{_tag('name', wanted('provider') or _PROVIDER)}</provider>",
        "</prospect>",
        "</adf>",
    ]
    return "\n".join(lines) + "\n"


def _contact(columns: Mapping[str, str | None]) -> str:
    parts = [
        f'<name part="{part}">{escape(text)}</name>'
        for part, column in (
            ("full", "full_name"),
            ("first", "first_name"),
            ("middle", "middle_name"),
            ("last", "last_name"),
        )
        if (text := columns.get(column))
    ]
    parts.append(_optional("email", columns.get("emails")))
    parts.append(_optional("phone", columns.get("phones")))
    place = _optional("city", columns.get("city")) + _optional("postalcode", columns.get("postcode"))
    if place:
        parts.append(f"<address>{place}</address>")
    return f"<contact>{''.join(parts)}</contact>"


def _optional(name: str, value: str | None) -> str:
    return _tag(name, value) if value else ""


def _tag(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"
