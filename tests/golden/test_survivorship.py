"""hub.golden.survivorship: which value wins, and why; cases as small parties."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.golden.survivorship import consolidate, contact_points, explain
from hub.matching.frequency import SHARED_SCHEMA
from hub.normalize.party import party_records
from hub.parties import PARTY_SCHEMA

DAY = date(2026, 11, 20)


def party(*rows: dict[str, Any]) -> pl.DataFrame:
    """One party: a record of feed customers for each row; ``age`` in days, ``ended`` and ``feed`` beside the columns."""
    names = [name for row in rows for name in row if name not in ("age", "ended", "feed")]
    text = pl.DataFrame(
        [{name: row.get(name) for name in ["record_no", *names]} for row in rows], infer_schema_length=None
    )
    made = party_records(text.cast(pl.String), "ru").select(list(PARTY_SCHEMA))
    facts = [
        {
            "golden": 1, "rid": place, "id": f"{place:032x}", "dealer": f"D{place}", "feed": row.get("feed", "customers"),
            "ended": row.get("ended", False), "stated_on": DAY - timedelta(days=row.get("age", 0)),
        }
        for place, row in enumerate(rows, 1)
    ]  # fmt: skip
    empty = [pl.lit(None, pl.String).alias(name) for name in ("region", "language")]
    vins = pl.lit(None, pl.List(pl.String)).alias("vins")
    return pl.DataFrame(facts).hstack(made).with_columns(*empty, vins)


def golden(*rows: dict[str, Any]) -> dict[str, Any]:
    return consolidate(party(*rows)).to_dicts()[0]


RIGHT = {"full_name": "Егорова Анастасия Юрьевна"}
SLIP = {"full_name": "Егортва Анастасия Юрьевна"}
DOUBLED = {"full_name": "Еггорова Анастасия Юрьевна"}  # folds to the same letters

WINNERS = {
    "the newest record's slip does not outvote older records that agree": (
        [SLIP, {**RIGHT, "age": 2000}, {**RIGHT, "age": 2500}], "last_name", "Егорова"),
    "nor its spelling, where both fold to one": (
        [DOUBLED, {**RIGHT, "age": 2000}, {**RIGHT, "age": 2500}], "last_name", "Егорова"),
    "of two spellings the newer wins": ([{**SLIP, "age": 900}, RIGHT], "last_name", "Егорова"),
    "a record that its dealer no longer holds loses to one that stands": (
        [{**SLIP, "ended": True}, {**RIGHT, "age": 2000}], "last_name", "Егорова"),
    "another surname is no slip: the newer one is the present one": (
        [{"full_name": "Рощина Елена Витальевна"}, *[{"full_name": "Бирюкова Елена Витальевна", "age": 3000}] * 3],
        "last_name", "Рощина"),
    "a first name does not fade": (
        [{"full_name": "Игуменашова Лидиия Ивановна"}, *[{"full_name": "Игуменашова Лидия Ивановна", "age": 3000}] * 2],
        "first_name", "Лидия"),
    "a patronymic does not fade": (
        [{"full_name": "Нечаева Екатерина Геррмановна"}, *[{"full_name": "Нечаева Екатерина Германовна", "age": 3000}] * 2],
        "middle_name", "Германовна"),
    "a diminutive votes for its full form": (
        [*[{"full_name": "Нечаева Катя"}] * 3, {"full_name": "Нечаева Екатерина", "age": 3000}], "first_name", "Екатерина"),
    "a diminutive alone stays": ([{"full_name": "Нечаева Катя"}], "first_name", "Катя"),
    "a name keeps to one script": (
        [{"full_name": "Orlova Aleksandra Pavlovna"}, {"full_name": "Orlova Aleksandra Pavlovna"},
         *[{"full_name": "Орлова Саша", "age": 9}] * 4, {"full_name": "Орлова Александра", "age": 99}],
        "full_name", "Орлова Александра Pavlovna"),
    "also where a diminutive is all there is of it": (
        [{"full_name": "Orlova Sofiya"}, *[{"full_name": "Орлова Соня"}] * 2], "full_name", "Орлова Соня"),
    "a foreigner's name stays Latin": (
        [{"full_name": "Шмидт Клаус"}, *[{"full_name": "Schmidt Klaus"}] * 2], "full_name", "Schmidt Klaus"),
    "an initial loses to a name": (
        [*[{"full_name": "Нечаева Е."}] * 3, {"full_name": "Нечаева Екатерина", "age": 3000}], "first_name", "Екатерина"),
    "a birth date does not fade": (
        [{**RIGHT, "birth_date": "1959-06-21"}, *[{**RIGHT, "birth_date": "1959-05-21", "age": 3000}] * 2],
        "birth_date", date(1959, 5, 21)),
    "an address does": (
        [{**RIGHT, "city": "Тула", "address": "ул. Кирова, 5"},
         *[{**RIGHT, "city": "Москва", "address": "ул. Мира, 5", "age": 3000}] * 2], "city", "Тула"),
    "a lead is trusted less": ([{**SLIP, "feed": "leads"}, {**RIGHT, "age": 300}], "last_name", "Егорова"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "field", "value"), WINNERS.values(), ids=WINNERS)
def test_winners(rows: list[dict[str, Any]], field: str, value: object) -> None:
    assert golden(*rows)[field] == value


def test_slips_give_their_votes_to_the_spelling_that_is_meant() -> None:
    (party_told,) = explain(party(SLIP, {**RIGHT, "age": 2000}, {**RIGHT, "age": 2500})).values()
    told = party_told.fields["last_name"]
    assert [(value.shown["last_name"], value.won) for value in told] == [("Егорова", True), ("Егортва", False)]
    assert told[0].weight > 1
    assert told[1].weight == 0


@settings(max_examples=24)
@given(st.permutations([SLIP, {**RIGHT, "age": 10}, {"full_name": "Егорова Настя", "age": 20}, {**RIGHT, "age": 2000}]))
def test_the_order_of_records_decides_nothing(rows: list[dict[str, Any]]) -> None:
    names = ("last_name", "first_name", "middle_name")
    assert [golden(*rows)[name] for name in names] == ["Егорова", "Анастасия", "Юрьевна"]


OWN, INVENTED, COMMON, GOOD = "74957633743", "79160000001", "74951112233", "79161234567"
SHARED = pl.DataFrame(
    [("phones", OWN, "", "placeholder"), ("phones", INVENTED, "D1", "placeholder"), ("phones", COMMON, "", "common")],
    schema=SHARED_SCHEMA,
    orient="row",
)


def kept(*phones: str) -> list[str] | None:
    return consolidate(contact_points(party(*[{**RIGHT, "phones": each} for each in phones]), SHARED))[
        "phones"
    ].to_list()[0]


CONTACTS: dict[str, tuple[tuple[str, ...], list[str] | None]] = {
    "a dealer's own phone is nobody's": ((f"{OWN}, {GOOD}",), [GOOD]),
    "a phone that many share is kept": ((f"{COMMON}, {GOOD}",), sorted([COMMON, GOOD])),
    "what one dealer invented": ((INVENTED,), None),
    "may be another's phone": ((INVENTED, INVENTED), [INVENTED]),
    "all others are kept": ((GOOD, "79167654321"), sorted([GOOD, "79167654321"])),
}


@pytest.mark.parametrize(("phones", "left"), CONTACTS.values(), ids=CONTACTS)
def test_contact_points(phones: tuple[str, ...], left: list[str] | None) -> None:
    found = kept(*phones)
    assert (sorted(found) if found else found) == left
