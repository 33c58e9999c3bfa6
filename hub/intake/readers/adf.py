"""ADF 1.0 (Auto-lead Data Format) to the canonical columns of leads, as malformed as the trade sends it.

Source: "ADF: An Industry Standard Data Format for the Export and Import of Automotive Customer Leads using
XML", version 1.0, 2000. Real senders leave out the prolog, put several ``<adf>`` into one file, write ``&``
and HTML entities bare; each ``<prospect>`` is therefore read by itself, and one that is broken spoils no
other.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from hashlib import blake2b
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers.base import LIMITS, UNDECODABLE, UNREADABLE_BYTES, Record, RecordReader
from hub.intake.readers.markup import DTD, TOO_DEEP, decoded, local, xml_encoding
from hub.intake.readers.packed import Payload

PROSPECT = re.compile(r"<prospect\b.*?</prospect\s*>", re.IGNORECASE | re.DOTALL)
OPENING = re.compile(r"<prospect\b", re.IGNORECASE)
CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
ENTITY = re.compile(r"&(#\d{1,7};|#x[0-9a-fA-F]{1,6};|[A-Za-z]\w{1,30};)?")
BROKEN = "is broken XML; check that every tag is closed, and escape < and &"
UNFINISHED = "is cut short: </prospect> is missing; send the lead again"
KEPT = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}
INTERESTS = {"buy": "buy", "lease": "lease", "sell": "sell", "trade-in": "trade_in", "test-drive": "test_drive"}
COLUMNS = (
    "record_no", "customer_no", "full_name", "last_name", "first_name", "middle_name", "phones", "emails", "city",
    "postcode", "brand", "model", "new_or_used", "interest", "provider", "created_at", "status", "salesperson",
    "chosen_dealer", "comments",
)  # fmt: skip


def open_adf(payload: Payload, layout: Layout) -> RecordReader:
    """Leads of an ADF file, one row a prospect."""
    encoding = xml_encoding(payload.head, layout.encoding)
    reader = RecordReader("adf", _leads(payload, encoding), payload.close, COLUMNS)
    reader.encoding = encoding
    return reader


def read_adf(data: bytes) -> list[Record]:
    """The prospects of one ADF document that came by itself, e.g. as the body of a request.

    Raises:
        Unreadable: the document brings a DTD, or its encoding is unknown.
    """
    payload = Payload("lead.adf", io.BytesIO(data), data[:65_536], len(data))
    return list(_leads(payload, xml_encoding(payload.head, None)))


def _leads(payload: Payload, encoding: str) -> Iterator[Record]:
    text, seen = "", False
    for piece in decoded(payload, encoding):
        text += piece
        seen = seen or "<" in piece
        if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
            raise Unreadable(DTD)
        at = 0
        for match in PROSPECT.finditer(text):
            at = match.end()
            yield _lead(match.group())
        text = text[at:]
        if len(text) > LIMITS.record:
            raise Unreadable("A prospect of the ADF file is larger than 4 MiB, or its end is missing. Send it again.")
    if OPENING.search(text):
        yield UNFINISHED


def repaired(text: str) -> str:
    """The text with bare ``&`` escaped and HTML entities as characters, outside CDATA."""
    parts = CDATA.split(text)
    return "".join(part if part.startswith("<![CDATA[") else ENTITY.sub(_entity, part) for part in parts)


def _entity(match: re.Match[str]) -> str:
    word = match.group()
    if word in KEPT:
        return word
    character = html.unescape(word)
    if word == "&" or character == word or not (character.isprintable() or character.isspace()):
        return "&amp;" + word[1:]
    return html.escape(character)


def _lead(text: str) -> Record:
    if UNDECODABLE in text:
        return UNREADABLE_BYTES
    if text.count("<") > 10_000:
        return BROKEN
    try:
        prospect = fromstring(repaired(text), forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable(DTD) from None
    except (ParseError, ValueError):
        return BROKEN
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None
    lead = Prospect(prospect).columns()
    if not lead["record_no"]:  # the id is optional in ADF; the same lead sent again must get the same number
        lead["record_no"] = "adf-" + blake2b(repr(sorted(lead.items())).encode(), digest_size=8).hexdigest()
    return lead


class Prospect:
    """One lead of an ADF document; element names without regard to case or namespace."""

    def __init__(self, element: Element) -> None:
        self._root = element

    def columns(self) -> dict[str, str | None]:
        """The canonical columns of the leads feed that ADF can fill."""
        contact = self._first(self._first(self._root, "customer"), "contact")
        address = self._first(contact, "address")
        vehicle = self._wish()
        vendor = self._first(self._root, "vendor")
        customer = self._first(self._root, "customer")
        names = {self._attribute(name, "part", "full"): _text(name) for name in self._all(contact, "name")}
        comments = [*self._all(customer, "comments"), *self._all(vehicle, "comments")]
        return {
            "record_no": self._text(self._root, "id"),
            "customer_no": self._text(customer, "id"),
            "full_name": names.get("full"),
            "last_name": names.get("last"),
            "first_name": names.get("first"),
            "middle_name": names.get("middle"),
            "phones": "; ".join(filter(None, map(_text, self._all(contact, "phone")))) or None,
            "emails": "; ".join(filter(None, map(_text, self._all(contact, "email")))) or None,
            "city": self._text(address, "city"),
            "postcode": self._text(address, "postalcode"),
            "brand": self._text(vehicle, "make"),
            "model": self._text(vehicle, "model"),
            "new_or_used": self._attribute(vehicle, "status", "") or None,
            "interest": INTERESTS.get(self._attribute(vehicle, "interest", "buy")) if vehicle is not None else None,
            "provider": self._text(self._first(self._root, "provider"), "name"),
            "created_at": self._text(self._root, "requestdate"),
            "status": "new" if self._attribute(self._root, "status", "new") == "new" else None,
            "salesperson": self._text(self._first(vendor, "contact"), "name"),
            "chosen_dealer": self._text(vendor, "vendorname") or self._text(vendor, "id"),
            "comments": "; ".join(filter(None, map(_text, comments))) or None,
        }

    def _wish(self) -> Element | None:
        """The vehicle wanted: the first that is not given in payment."""
        vehicles = self._all(self._root, "vehicle")
        wanted = [car for car in vehicles if self._attribute(car, "interest", "buy") not in ("trade-in", "sell")]
        return next(iter(wanted or vehicles), None)

    def _all(self, element: Element | None, name: str) -> list[Element]:
        return [] if element is None else [child for child in element if local(child.tag).lower() == name]

    def _first(self, element: Element | None, name: str) -> Element | None:
        return next(iter(self._all(element, name)), None)

    def _text(self, element: Element | None, name: str) -> str | None:
        found = self._first(element, name)
        return None if found is None else _text(found)

    def _attribute(self, element: Element | None, name: str, default: str) -> str:
        if element is None:
            return default
        values = {local(key).lower(): value.strip().lower() for key, value in element.attrib.items()}
        return values.get(name) or default


def _text(element: Element) -> str | None:
    return " ".join("".join(element.itertext()).split()) or None
