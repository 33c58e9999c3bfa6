"""Party records: the contract, composed values, and the laws of the whole."""

from __future__ import annotations

import json
import random
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from hub.feeds import CUSTOMERS
from hub.normalize.fields import EVIDENCE, extra_of
from hub.normalize.party import party_records
from hub.parties import PARTY_SCHEMA

ROWS = [
    {
        "record_no": "1", "full_name": "ИВАНОВА АННА ПЕТРОВНА", "phones": "8 (916) 123-45-67; 5550199", "emails": "Anna@Mail.ry",
        "address": "123456, г. Москва, ул. Ленина, д. 12 корп. 2, кв. 34", "birth_date": "1980-02-03", "country": "Россия",
    },
    {"record_no": "2", "company_name": 'ООО "Ромашка"', "tax_id": "7707083893", "full_name": "Петров Пётр"},
    {"record_no": "3", "full_name": "Частное лицо", "phones": "79161234567"},
    {"record_no": "4", "phones": "79161234567"},
    {"record_no": "5"},
    {"record_no": "6", "last_name": "Smith", "gender": "female",
     "extra": '{"occupation": "Politician"}', "birth_date": "19830532"},
]  # fmt: skip
CELL = (
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(["Иванов Иван", "ООО Ромашка", "79161234567", "a@b.ru", "{}", "ул. Мира 5"])
)


def records(rows: list[dict[str, str]]) -> list[dict[str, object]]:
    frame = pl.DataFrame(rows, schema={name: pl.String for row in rows for name in row})
    return party_records(frame).to_dicts()


def many(count: int) -> pl.DataFrame:
    """More rows than the path for small frames takes."""
    names = {name: pl.String for row in ROWS for name in row}
    return pl.DataFrame([ROWS[number % len(ROWS)] for number in range(count)], schema=names)


def test_the_schema_is_the_contract() -> None:
    assert dict(party_records(many(3)).schema) == dict(pl.Schema(PARTY_SCHEMA))
    assert dict(party_records(many(0)).schema) == dict(pl.Schema(PARTY_SCHEMA))
    assert party_records(pl.DataFrame({"record_no": ["1"]}))["kind"].to_list() == ["house"]


def test_a_person() -> None:
    anna = records(ROWS[:1])[0]
    expected = {
        "kind": "person", "last": "ivanova", "first": "ana", "middle": "petrovna", "last_root": "ivanov", "given": ["anna"],
        "tokens": ["ana", "ivanova", "petrovna"], "sex": "f", "birth_date": date(1980, 2, 3), "phones": ["79161234567"],
        "emails": ["anna@mail.ru"], "postcode": "123456", "city": "moskva", "street": "lenina", "house": "12k2", "flat": "34",
        "country": "ru", "shown_last": "Иванова", "shown_first": "Анна", "shown_middle": "Петровна", "shown_city": "Москва",
        "extra": '{"phones": "5550199"}', "shown_address": ROWS[0]["address"],
    }  # fmt: skip
    assert {name: value for name, value in anna.items() if value is not None} == expected


def test_a_company_and_its_contact() -> None:
    company = records(ROWS[1:2])[0]
    assert (company["kind"], company["company"], company["legal_form"]) == ("company", "romashka", "ooo")
    assert (company["tax_id"], company["last"], company["sex"]) == ("ru:7707083893", None, None)
    assert json.loads(str(company["extra"])) == {"contact": "petrov petr"}


def test_a_record_without_name_is_a_person_only_with_contacts() -> None:
    assert [each["kind"] for each in records(ROWS[2:5])] == ["house", "person", "house"]


def test_unreadable_values_and_further_evidence_stay() -> None:
    smith = records(ROWS[5:])[0]
    assert json.loads(str(smith["extra"])) == {"birth_date": "19830532", "occupation": "politisian"}
    assert (smith["sex"], smith["birth_date"]) == ("f", None)


def test_small_and_large_frames_agree() -> None:
    large = party_records(many(300))
    small = pl.concat([party_records(many(300)[start : start + 6]) for start in range(0, 300, 6)])
    assert_frame_equal(large, small)


def test_the_order_of_rows_does_not_matter() -> None:
    order = list(range(300))
    random.Random(1).shuffle(order)
    assert_frame_equal(party_records(many(300)[order]), party_records(many(300))[order])


@settings(max_examples=60)
@given(
    st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(CUSTOMERS.names, CELL)), min_size=1, max_size=3),
    st.booleans(),
)
def test_any_text_becomes_a_record(rows: list[dict[str, str | None]], repeated: bool) -> None:
    frame = pl.DataFrame(rows * (70 if repeated else 1), schema=dict.fromkeys(CUSTOMERS.names, pl.String))
    party = party_records(frame)
    assert party.height == frame.height
    if repeated:  # columns and single records agree
        assert_frame_equal(party[: len(rows)], party_records(frame[: len(rows)]))
    assert set(party["kind"]) <= {"person", "company", "house"}
    for name, kind in PARTY_SCHEMA.items():
        if kind == pl.String:
            assert not (party[name] == "").any(), name
        elif kind == pl.List(pl.String):
            assert not (party[name].list.len() == 0).any(), name
            assert not party[name].explode().is_in([""]).any(), name


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://www.Vektor.ru/", "vektor.ru"),
        ("www.vektor.ru", "vektor.ru"),
        ("vektor.ru", "vektor.ru"),
        ("HTTP://vektor.ru/about/", "vektor.ru/about"),
    ],
)
def test_a_web_address_is_read_without_what_all_begin_with(written: str, read: str) -> None:
    one, other = (extra_of(json.dumps({"site": text}), *[None] * len(EVIDENCE)) for text in (written, read))
    assert one == other
