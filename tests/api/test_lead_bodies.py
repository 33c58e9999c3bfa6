"""ADF as malformed as the trade sends it: what is read of each document, and what is refused."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st

from api.lead_bodies import is_adf, read_json, read_lead_adf
from api.schemas.leads import NewLead
from hub.errors import HubError, Invalid, Unreadable

CONTACT = "<contact><name part='full'>Иван Орлов</name><phone>+7 926 111-22-44</phone></contact>"
LEAD = f"<prospect><vehicle><make>Lada</make></vehicle><customer>{CONTACT}</customer></prospect>"


def adf(prospect: str = LEAD) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><?adf version="1.0"?><adf>{prospect}</adf>'


# document → columns that it must give
READ: dict[str, tuple[str | bytes, dict[str, str | None]]] = {
    "as it should be": (adf(), {"full_name": "Иван Орлов", "phones": "+7 926 111-22-44", "brand": "Lada"}),
    "no prolog": (LEAD, {"full_name": "Иван Орлов"}),
    "byte order mark and blank lines": ("\ufeff\n\n" + adf(), {"brand": "Lada"}),
    "cp1251 as declared": (adf().replace("UTF-8", "windows-1251").encode("cp1251"), {"full_name": "Иван Орлов"}),
    "capitals": (LEAD.replace("prospect", "PROSPECT").replace("make", "MAKE"), {"brand": "Lada"}),
    "a namespace": (adf().replace("<adf>", '<adf xmlns="http://adf.example/1.0">'), {"brand": "Lada"}),
    "bare ampersands": (LEAD.replace("Lada", "Rolls & Royce"), {"brand": "Rolls & Royce"}),
    "HTML entities": (LEAD.replace("Lada", "Citro&euml;n&nbsp;C4"), {"brand": "Citroën C4"}),
    "an unknown entity": (LEAD.replace("Lada", "A&bogus;B"), {"brand": "A&bogus;B"}),
    "CDATA": (LEAD.replace("Lada", "<![CDATA[A & B <C>]]>"), {"brand": "A & B <C>"}),
    "a comment": (LEAD.replace("<make>", "<!-- brand --><make>"), {"brand": "Lada"}),
    "name in parts": (
        LEAD.replace("<name part='full'>Иван Орлов</name>", '<name part="first">Иван</name><name part="last">Орлов</name>'),
        {"first_name": "Иван", "last_name": "Орлов", "full_name": None},
    ),
    "several phones": (
        LEAD.replace("</contact>", '<phone time="day">8 495 1234567</phone></contact>'),
        {"phones": "+7 926 111-22-44; 8 495 1234567"},
    ),
    "trade-in first": (
        LEAD.replace("<vehicle>", '<vehicle interest="trade-in"><make>Mazda</make></vehicle><vehicle interest="buy">'),
        {"brand": "Lada", "interest": "buy"},
    ),
    "an unknown interest": (LEAD.replace("<vehicle>", '<vehicle interest="steal" status="odd">'),
                            {"interest": None, "new_or_used": None}),
    "a date that is none": (LEAD.replace("<vehicle>", "<requestdate>yesterday</requestdate><vehicle>", 1), {"created_at": None}),
    "a date without zone": (
        LEAD.replace("<vehicle>", "<requestdate>2026-11-20T10:00:00</requestdate><vehicle>", 1),
        {"created_at": "2026-11-20T10:00:00+00:00"},
    ),
    "control characters": (LEAD.replace("Lada", "La\x0bda"), {"brand": "Lada"}),
    "an endless comment": (LEAD.replace("</customer>", f"<comments>{'x' * 5000}</comments></customer>"),
                           {"comments": "x" * 1000}),
    "elements that nobody knows": (LEAD.replace("<vehicle>", "<colour><deep>red</deep></colour><vehicle>", 1), {"brand": "Lada"}),
    "the vendor's name": (
        LEAD.replace("</prospect>", "<vendor><vendorname>Юг</vendorname></vendor></prospect>"),
        {"chosen_dealer": "Юг"},
    ),
    "text after the end": (adf() + "\n\nSent from my phone", {"brand": "Lada"}),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_read(name: str) -> None:
    document, expected = READ[name]
    columns = read_lead_adf(document if isinstance(document, bytes) else document.encode())
    assert {column: columns.get(column) for column in expected} == expected
    assert columns["channel"] == "third_party"


REFUSED: dict[str, tuple[str, type[HubError], str]] = {
    "a DTD": ('<!DOCTYPE adf SYSTEM "http://evil.example/x.dtd">' + adf(), Unreadable, "DTD"),
    "an entity of its own": ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + adf(), Unreadable, "DTD"),
    "no prospect": ("<adf></adf>", Invalid, "0 prospects"),
    "several": (adf(LEAD + LEAD), Invalid, "2 prospects"),
    "cut short": (adf()[:-40], Invalid, "send the lead again"),
    "an open tag": (LEAD.replace("</make>", ""), Invalid, "every tag is closed"),
    "an unknown encoding": (adf().replace("UTF-8", "klingon"), Unreadable, "unknown encoding"),
    "ten thousand tags": (LEAD.replace("<make>", "<a>" * 11_000 + "<make>"), Invalid, "broken XML"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_with_a_cure(name: str) -> None:
    document, error, told = REFUSED[name]
    with pytest.raises(error, match=told):
        read_lead_adf(document.encode())


def test_what_counts_as_adf() -> None:
    cases = [
        ("application/json", b'{"a": 1}', False),
        ("application/json", b"  <adf>", True),
        ("text/xml; charset=utf-8", b"", True),
        ("application/x-adf+xml", b"{}", True),
        ("", b"\xef\xbb\xbf<?xml", True),
        ("", b"", False),
    ]
    for kind, body, expected in cases:
        assert is_adf(kind, body) is expected


PIECES = st.sampled_from(
    [LEAD, "<prospect>", "</prospect>", "<adf>", "&", "<![CDATA[", "]]>", "<!DOCTYPE a>", "\x00", "ё", "<a b='"]
)


@given(st.binary(max_size=200) | st.lists(PIECES | st.text(max_size=5), max_size=8).map(lambda p: "".join(p).encode()))
def test_any_bytes_are_a_lead_or_a_refusal(body: bytes) -> None:
    with suppress(HubError):
        assert read_lead_adf(body).keys() >= {"full_name", "phones", "channel"}
    with suppress(RequestValidationError):
        columns, transfer = read_json(body)
        assert all(value is None or isinstance(value, str) for value in columns.values())
        assert transfer in (None, "granted", "refused")


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.text(max_size=3), max_size=2)
)


@given(st.dictionaries(st.sampled_from([*NewLead.model_fields, "typo"]), VALUES, max_size=6))
def test_any_json_is_a_lead_or_a_refusal(body: dict[str, object]) -> None:
    with suppress(RequestValidationError):
        columns, _ = read_json(json.dumps(body).encode())
        assert "typo" not in body
        assert columns["channel"]
