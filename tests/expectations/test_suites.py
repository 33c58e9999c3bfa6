"""One labelled table a feed: a row's values, and the rules that it breaks."""

from __future__ import annotations

import polars as pl
import pytest

from expectations.gate import ExpectationsGate
from expectations.rules import rules_of
from hub.feeds import FEEDS
from hub.flows.gate import ISSUE_SCHEMA

VIN = "XTA21099081234567"

Case = tuple[str, dict[str, str | None], set[str]]

CASES: dict[str, list[Case]] = {
    "customers": [
        ("a good person", {"full_name": "Иванов Иван", "birth_date": "1980-02-29", "kind": "person"}, set()),
        ("a good company", {"company_name": "ООО Ромашка", "tax_id": "7707083893", "kind": "company"}, set()),
        ("no key", {"record_no": None, "full_name": "А"}, {"record_no.missing"}),
        ("a blank key", {"record_no": "  ", "full_name": "А"}, {"record_no.missing"}),
        ("a shifted column", {"record_no": "x" * 201, "full_name": "А"}, {"record_no.too_long"}),
        ("nobody", {"address": "ул. Ленина, 1"}, {"row.nobody"}),
        ("a phone is enough", {"phones": "+7 916 123-45-67"}, set()),
        ("30 February", {"full_name": "А", "birth_date": "1980-02-30"}, {"birth_date.unreadable"}),
        ("year 0", {"full_name": "А", "birth_date": "0000-01-01"}, {"birth_date.unreadable"}),
        ("a date of no format", {"full_name": "А", "birth_date": "05.06.80"}, {"birth_date.unreadable"}),
        (
            "a date with a time",
            {"full_name": "А", "birth_date": "1980-01-01T00:00:00"},
            {"birth_date.unreadable"},
        ),
        ("17th century", {"full_name": "А", "birth_date": "1655-01-01"}, {"birth_date.too_early"}),
        (
            "17th century, where the specification believes it",
            {"full_name": "А", "birth_date": "1655-01-01", "_min_birth_date": "1600-01-01"},
            set(),
        ),
        ("the bound itself", {"full_name": "А", "birth_date": "1900-01-01"}, set()),
        (
            "not yet born",
            {"full_name": "А", "birth_date": "2027-01-01"},
            {"birth_date.too_late", "birth_date.in_future"},
        ),
        ("a choice in the dealer's words", {"full_name": "А", "kind": "физлицо"}, {"kind.unknown"}),
        ("a choice in capitals", {"full_name": "А", "gender": "Male"}, {"gender.unknown"}),
        ("a flag in words", {"full_name": "А", "opted_out": "да"}, {"opted_out.unreadable"}),
        ("a time with an offset", {"full_name": "А", "created_at": "2020-01-01T10:00:00+03:00"}, set()),
        (
            "a time that casting would not take",
            {"full_name": "А", "created_at": "2020-01-01T10:00:00.5Z"},
            {"created_at.unreadable"},
        ),
        ("25 o'clock", {"full_name": "А", "created_at": "2020-01-01T25:00:00"}, {"created_at.unreadable"}),
        (
            "trailing text",
            {"full_name": "А", "created_at": "2020-01-01T10:00:00 x"},
            {"created_at.unreadable"},
        ),
        (
            "created tomorrow",
            {"full_name": "А", "created_at": "2026-11-23T00:00:00"},
            {"created_at.in_future"},
        ),
        (
            "changed before created",
            {"full_name": "А", "created_at": "2020-01-02T00:00:00", "updated_at": "2020-01-01T00:00:00"},
            {"updated_at.before_created_at"},
        ),
        (
            "customer before birth",
            {"full_name": "А", "created_at": "2020-01-02T00:00:00", "birth_date": "2021-01-01"},
            {"created_at.before_birth_date"},
        ),
        ("INN of a person", {"tax_id": "500100732259"}, set()),
        ("INN, a digit off", {"tax_id": "7707083894"}, {"tax_id.checksum"}),
        ("INN of a person, the last digit off", {"tax_id": "500100732258"}, {"tax_id.checksum"}),
        ("Polish NIP, not an INN", {"tax_id": "1234567890", "country": "PL"}, set()),
        ("INN by the country's name", {"tax_id": "7707083894", "country": "Россия"}, {"tax_id.checksum"}),
        ("a German dealer's ten digits", {"tax_id": "7707083894", "_country": "de"}, set()),
        (
            "a Russian customer of a German dealer",
            {"tax_id": "7707083894", "_country": "de", "country": "RU"},
            {"tax_id.checksum"},
        ),
        ("VAT number", {"tax_id": "DE136695976"}, set()),
        ("three digits", {"phones": "1-2-3", "full_name": "А"}, {"phones.too_few_digits"}),
        ("digits of another script count", {"phones": "٠١٢٣٤٥", "full_name": "А"}, set()),
        ("no at", {"emails": "ivanov.mail.ru", "full_name": "А"}, {"emails.malformed"}),
        ("two e-mails", {"emails": "a@b.ru; c@d.ru", "full_name": "А"}, set()),
        ("a street for a postcode", {"postcode": "ул. Ленина", "full_name": "А"}, {"postcode.malformed"}),
        ("British, Latvian, Russian postcode", {"postcode": "SW1A 1AA", "full_name": "А"}, set()),
        ("Latvian postcode", {"postcode": "LV-1010", "full_name": "А"}, set()),
        ("Russian postcode", {"postcode": "101000", "full_name": "А"}, set()),
    ],
    "vehicles": [
        ("a good car", {"vin": VIN, "model_year": "2008", "role": "owner"}, set()),
        ("Cyrillic letters of one shape", {"vin": "ХТА21099081234567"}, set()),
        ("lower case and blanks", {"vin": " xta 21099081234567"}, set()),
        ("a letter O for a zero", {"vin": "XTA21O99O81234567"}, set()),
        ("a digit short", {"vin": "XTA2109908123456"}, {"vin.impossible"}),
        (
            "a digit short, of a new car",
            {"vin": "XTA2109908123456", "model_year": "2008"},
            {"vin.impossible"},
        ),
        ("from before the VIN", {"vin": "2101-0123456", "model_year": "1972"}, {"vin.not_a_vin"}),
        ("Japanese frame number", {"vin": "GX110-6012345", "model_year": "2001"}, {"vin.not_a_vin"}),
        ("an American VIN", {"vin": "1M8GDM9AXKP042788"}, set()),
        ("an American VIN, a digit off", {"vin": "1M8GDM9A1KP042788"}, {"vin.mistyped"}),
        ("a German VIN has no check digit", {"vin": "WVWZZZ1JZ3W386752"}, set()),
        ("ones", {"vin": "1" * 17}, {"vin.impossible"}),
        ("zeros", {"vin": "0" * 17}, {"vin.impossible"}),
        ("a word", {"vin": "неизвестен", "plate": "А123ВС77"}, {"vin.impossible"}),
        ("no vehicle", {"brand": "Lada"}, {"row.no_vehicle"}),
        ("a plate without digits", {"plate": "транзит"}, {"plate.malformed"}),
        ("no number", {"vin": VIN, "model_year": "2008г"}, {"model_year.unreadable"}),
        ("a fraction of a year", {"vin": VIN, "model_year": "2008.5"}, {"model_year.unreadable"}),
        ("too long for a number", {"vin": VIN, "odometer": "9" * 20}, {"odometer.unreadable"}),
        ("before the car", {"vin": VIN, "model_year": "1800"}, {"model_year.too_small"}),
        ("after the car", {"vin": VIN, "model_year": "2222"}, {"model_year.too_large"}),
        ("backwards", {"vin": VIN, "since": "2020-02-01", "until": "2020-01-31"}, {"until.before_since"}),
        ("a role in words", {"vin": VIN, "role": "собственник"}, {"role.unknown"}),
        ("a shifted customer", {"vin": VIN, "customer_no": "x" * 201}, {"customer_no.too_long"}),
    ],
    "sales": [
        (
            "a good sale",
            {"customer_no": "1", "vin": VIN, "price": "1999000.00", "status": "delivered"},
            set(),
        ),
        ("nobody's", {"vin": VIN}, {"row.no_customer"}),
        ("a decimal comma", {"customer_no": "1", "price": "1999,50"}, {"price.unreadable"}),
        ("a price of words", {"customer_no": "1", "price": "договорная"}, {"price.unreadable"}),
        ("infinity", {"customer_no": "1", "price": "inf"}, {"price.unreadable"}),
        ("a negative price", {"customer_no": "1", "price": "-1"}, {"price.too_small"}),
        ("a deposit above", {"customer_no": "1", "price": "100", "deposit": "200"}, {"deposit.above_price"}),
        ("9 is less than 10", {"customer_no": "1", "price": "10", "deposit": "9"}, set()),
        (
            "a wrong car in part exchange",
            {"customer_no": "1", "trade_in_vin": "Лада"},
            {"trade_in_vin.impossible"},
        ),
        ("roubles", {"customer_no": "1", "currency": "руб."}, {"currency.malformed"}),
        (
            "delivered first",
            {"customer_no": "1", "ordered_at": "2020-05-05T10:00:00", "delivered_at": "2020-05-04T10:00:00"},
            {"delivered_at.before_ordered_at"},
        ),
        (
            "delivered before the contract",
            {
                "customer_no": "1",
                "contracted_at": "2020-05-05T10:00:00",
                "delivered_at": "2020-05-04T10:00:00",
            },
            {"delivered_at.before_contracted_at"},
        ),
        (
            "contract before the order",
            {"customer_no": "1", "contracted_at": "2020-05-05T10:00:00", "ordered_at": "2020-05-06T10:00:00"},
            {"contracted_at.before_ordered_at"},
        ),
        (
            "one day, times of two zones",
            {"customer_no": "1", "ordered_at": "2020-05-05T10:00:00", "delivered_at": "2020-05-05T09:00:00+00:00"},
            set(),
        ),
    ],
    "service_visits": [
        (
            "a good visit",
            {"customer_no": "1", "department": "body", "opened_at": "2020-01-01T08:00:00"},
            set(),
        ),
        ("nobody's", {"department": "wash"}, {"row.no_customer_no_vehicle"}),
        (
            "closed first",
            {"vin": VIN, "opened_at": "2020-01-02T08:00:00", "closed_at": "2020-01-01T08:00:00"},
            {"closed_at.before_opened_at"},
        ),
        ("an unknown department", {"vin": VIN, "department": "кузов"}, {"department.unknown"}),
        ("a negative odometer", {"vin": VIN, "odometer": "-5"}, {"odometer.too_small"}),
    ],
    "leads": [
        ("a good lead", {"phones": "+79161234567", "interest": "test_drive", "channel": "web"}, set()),
        ("nobody", {"brand": "Lada"}, {"row.nobody"}),
        (
            "a planned test drive may lie ahead",
            {"phones": "+79161234567", "test_drive_at": "2026-12-24T10:00:00"},
            set(),
        ),
        (
            "called before it came",
            {
                "phones": "12345",
                "created_at": "2020-01-02T00:00:00",
                "last_contact_at": "2020-01-01T00:00:00",
            },
            {"last_contact_at.before_created_at"},
        ),
        (
            "driven before it came",
            {"phones": "12345", "created_at": "2020-01-02T00:00:00", "test_drive_at": "2020-01-01T00:00:00"},
            {"test_drive_at.before_created_at"},
        ),
        ("an unknown status", {"phones": "12345", "status": "в работе"}, {"status.unknown"}),
    ],
    "interactions": [
        ("a good call", {"customer_no": "1", "channel": "call", "direction": "in"}, set()),
        ("nobody's", {"channel": "call"}, {"row.no_customer_no_lead"}),
        ("tomorrow", {"lead_no": "1", "at": "2027-01-01T00:00:00"}, {"at.in_future"}),
    ],
    "consents": [
        ("a good consent", {"customer_no": "1", "status": "granted", "at": "2020-01-01T00:00:00"}, set()),
        ("an empty one", {"purpose": "recall"}, {"row.no_customer", "status.missing", "at.missing"}),
        (
            "expired before given",
            {
                "customer_no": "1",
                "status": "granted",
                "at": "2020-01-02T00:00:00",
                "expires_at": "2019-01-02T00:00:00",
            },
            {"expires_at.before_at"},
        ),
        (
            "it may expire in future",
            {
                "customer_no": "1",
                "status": "granted",
                "at": "2020-01-02T00:00:00",
                "expires_at": "2030-01-02T00:00:00",
            },
            set(),
        ),
    ],
    "surveys": [
        ("a good answer", {"customer_no": "1", "score": "10", "complaint": "false"}, set()),
        ("eleven of ten", {"customer_no": "1", "score": "11"}, {"score.too_large"}),
        ("less than none", {"vin": VIN, "score": "-1"}, {"score.too_small"}),
        ("no score", {"vin": VIN}, {"score.missing"}),
        ("nobody's", {"score": "5"}, {"row.no_customer_no_vehicle"}),
    ],
}

BOUNDS: dict[str, dict[str, str | None]] = {
    "customers": {"_min_birth_date": "1900-01-01", "_max_birth_date": "2026-11-22", "_country": None},
    "vehicles": {"_min_model_year": "1900", "_max_model_year": "2028", "_min_odometer": "0"},
    "sales": {"_min_price": "0"},
    "service_visits": {"_min_odometer": "0"},
    "surveys": {"_min_score": "0", "_max_score": "10"},
}


def case_frame(feed: str) -> pl.DataFrame:
    """All cases of a feed as one frame; the row number is the case's place in the table."""
    bounds = {"_day": "2026-11-22", **BOUNDS.get(feed, {})}
    rows = [
        {"_upload": 7, "_row": place, "record_no": f"K{place}", **bounds, **values}
        for place, (_, values, _) in enumerate(CASES[feed])
    ]
    schema = {"_upload": pl.Int64, "_row": pl.Int64} | dict.fromkeys([*FEEDS[feed].names, *bounds], pl.String)
    return pl.DataFrame(rows, schema=schema)


@pytest.mark.parametrize("feed", FEEDS)
def test_each_case_breaks_its_rules_and_no_other(feed: str) -> None:
    issues = ExpectationsGate().check(feed, case_frame(feed))
    assert issues.schema == ISSUE_SCHEMA
    found = dict(issues.group_by("_row").agg("rule").iter_rows())
    for place, (label, _, rules) in enumerate(CASES[feed]):
        assert set(found.get(place, [])) == rules, label


@pytest.mark.parametrize("feed", FEEDS)
def test_an_issue_shows_the_value_of_its_column(feed: str) -> None:
    frame = case_frame(feed)
    for issue in ExpectationsGate().check(feed, frame).iter_rows(named=True):
        row = frame.row(issue["_row"], named=True)
        assert issue["value"] == (row[issue["column"]] if issue["column"] else None)


def test_every_rule_but_those_of_types_has_a_case() -> None:
    shared = (
        ".unreadable",
        ".unknown",
        ".too_early",
        ".too_late",
        ".too_small",
        ".too_large",
        ".in_future",
        ".too_long",
    )
    for feed in FEEDS:
        broken = set().union(*(rules for _, _, rules in CASES[feed]))
        own = {rule.rule for rule in rules_of(feed) if not rule.rule.endswith(shared)}
        everywhere = {"record_no.missing", "vin.impossible", "vin.not_a_vin", "vin.mistyped", "currency.malformed"}
        contact = {
            "phones.too_few_digits",
            "emails.malformed",
            "postcode.malformed",
            "trade_in_vin.not_a_vin",
            "trade_in_vin.mistyped",
        }
        assert own - broken - everywhere - contact == set(), feed
