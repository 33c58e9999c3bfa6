"""Leads as ADF 1.0 (Auto-lead Data Format) XML: one ``prospect`` a lead, as the trade's lead providers send them."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import polars as pl

INTERESTS = {"buy": "buy", "lease": "lease", "test_drive": "test-drive", "trade_in": "trade-in", "sell": "sell"}


def adf_document(leads: pl.DataFrame) -> bytes:
    """Canonical leads as one ADF document in UTF-8; a lead without a number is none."""
    prospects = [_prospect(row) for row in leads.iter_rows(named=True) if row["record_no"]]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n<adf>\n'
    return (head + "\n".join(prospects) + "\n</adf>\n").encode()


def _prospect(row: dict[str, str | None]) -> str:
    interest = INTERESTS.get(row["interest"] or "", "buy")
    condition = row["new_or_used"] or "new"
    vehicle = _tag("make", row["brand"]) + _tag("model", row["model"])
    lines = [
        '<prospect status="new">' if row["status"] == "new" else '<prospect status="resend">',
        f'<id sequence="1" source={quoteattr(row["provider"] or "dms")}>{escape(row["record_no"] or "")}</id>',
        _tag("requestdate", row["created_at"]),
        f'<vehicle interest="{interest}" status="{condition}">{vehicle}</vehicle>',
        f"<customer>{_contact(row)}{_tag('comments', row['comments'])}</customer>",
        f"<vendor>{_tag('vendorname', row['chosen_dealer'])}</vendor>" if row["chosen_dealer"] else "",
        f"<provider>{_tag('name', row['provider'])}</provider>" if row["provider"] else "",
        "</prospect>",
    ]
    return "".join(lines)


def _contact(row: dict[str, str | None]) -> str:
    names = (("first", "first_name"), ("middle", "middle_name"), ("last", "last_name"))
    parts = [f'<name part="{part}">{escape(text)}</name>' for part, column in names if (text := row[column])]
    if row["emails"]:
        parts.append(f"<email>{escape(row['emails'])}</email>")
    if row["phones"]:
        parts.append(f'<phone type="cellphone">{escape(row["phones"])}</phone>')
    place = _tag("city", row["city"]) + _tag("postalcode", row["postcode"])
    parts.append(f'<address type="home">{place}<country>RU</country></address>' if place else "")
    return f"<contact>{''.join(parts)}</contact>"


def _tag(name: str, value: str | None) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value else ""
