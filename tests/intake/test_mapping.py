"""Mapping: a dealer's words to canonical text; what cannot be read stays; canonical text maps to itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.dealers.columnmap import column_map
from hub.dealers.specification import FeedSpec, canonical_spec
from hub.errors import Invalid
from hub.feeds import CUSTOMERS, FEEDS, SALES, SERVICE_VISITS, SURVEYS, VEHICLES, Feed, Type
from hub.intake.bounds import with_bounds
from hub.intake.casting import cast_rows
from hub.intake.mapping import map_rows, record_numbers, report


def mapped(feed: Feed, spec: dict[str, object], **columns: list[str | None]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    raw = pl.DataFrame({"_row": range(2, height + 2), **columns}, schema_overrides={"_row": pl.Int64})
    return map_rows(raw, FeedSpec.model_validate(spec), feed)


def one(feed: Feed, column: str, text: str, **spec: object) -> str | None:
    return mapped(feed, spec, **{column: [text]})[column][0]  # type: ignore[no-any-return]


MISSING = ["", "-", "—", "нет", "НЕТ", "Нет", " н/д ", "NULL", "None", "n/a", "N/A", "не указано", "\xa0", "#N/A", "无"]


@pytest.mark.parametrize("word", MISSING)
def test_missing_words(word: str) -> None:
    assert one(CUSTOMERS, "city", word) is None


def test_words_that_are_values_somewhere() -> None:
    assert one(CUSTOMERS, "opted_out", "нет") == "false"
    assert one(CUSTOMERS, "first_name", "Nan") == "Nan"
    assert one(CUSTOMERS, "city", "nan") is None
    assert one(CUSTOMERS, "city", "xx", missing=["XX"]) is None
    assert one(CUSTOMERS, "gender", "-", lookups={"gender": {"-": "female"}}) == "female"


DATES = [
    ("1980-02-01", (), "1980-02-01"),
    ("01.02.1980", (), "1980-02-01"),
    ("1.2.1980", (), "1980-02-01"),
    ("1980/2/1", (), "1980-02-01"),
    ("19800201", (), "1980-02-01"),
    ("1980年2月1日", (), "1980-02-01"),
    ("01.02.1980 0:00:00", (), "1980-02-01"),
    ("1980-02-01T00:00:00Z", (), "1980-02-01"),
    ("25/12/1980", (), "1980-12-25"),
    ("12/25/1980", (), "1980-12-25"),
    ("05/05/1980", (), "1980-05-05"),
    ("1630-08-01", (), "1630-08-01"),
    ("02/01/1980", (), None),
    ("01.02.80", (), None),
    ("31.02.1980", (), None),
    ("19830532", (), None),
    ("1980", (), None),
    ("0080-01-01", (), None),
    ("02/01/1980", ("%d/%m/%Y",), "1980-01-02"),
    ("02/01/1980", ("%m/%d/%Y",), "1980-02-01"),
    ("01.02.80", ("%d.%m.%y",), "1980-02-01"),
    ("01.02.45", ("%d.%m.%y",), "1945-02-01"),
    ("01.02.29", ("%d.%m.%y",), "2029-02-01"),
    ("1980-02-01", ("%Y-%d-%m",), "1980-01-02"),
    ("29252", ("excel",), "1980-02-01"),
    ("318211200", ("unix",), "1980-02-01"),
    ("01.02.1980", ("%d/%m/%Y",), "1980-02-01"),
    ("01.02.1980 00:00", ("%d.%m.%Y",), "1980-02-01"),
]


@pytest.mark.parametrize(("text", "formats", "expected"), DATES)
def test_dates(text: str, formats: tuple[str, ...], expected: str | None) -> None:
    assert one(CUSTOMERS, "birth_date", text, date_formats=formats) == (expected or text)


TIMES = [
    ("2026-11-21T10:00:00", (), "2026-11-21T10:00:00"),
    ("2026-11-21 10:00", (), "2026-11-21T10:00:00"),
    ("21.11.2026 9:05:07", (), "2026-11-21T09:05:07"),
    ("2026-11-21T10:00:00.123Z", (), "2026-11-21T10:00:00+00:00"),
    ("2026-11-21T10:00:00+0300", (), "2026-11-21T10:00:00+03:00"),
    ("21.11.2026", (), "2026-11-21T00:00:00"),
    ("11/21/2026 01:05 PM", ("%m/%d/%Y %I:%M %p",), "2026-11-21T13:05:00"),
    ("2026-11-21T10:00:00+03:00", ("%Y-%m-%dT%H:%M:%S%z",), "2026-11-21T07:00:00+00:00"),
    ("21.11.2026 25:00", (), "21.11.2026 25:00"),
]


@pytest.mark.parametrize(("text", "formats", "expected"), TIMES)
def test_times(text: str, formats: tuple[str, ...], expected: str) -> None:
    assert one(CUSTOMERS, "created_at", text, date_formats=formats) == expected


NUMBERS = [
    ("1 234 567,89", ",", "1234567.89"), ("1 234 567,89", None, "1234567.89"), ("1\xa0234,5", None, "1234.5"),
    ("1\u202f234", None, "1234"), ("1.234.567,8", ",", "1234567.8"), ("1.234", ",", "1234"), ("1.234", None, "1.234"),
    ("1,234", None, "1,234"), ("1,234", ".", "1234"), ("1,234", ",", "1.234"), ("1,5", None, "1.5"), ("1,5", ".", "1,5"),
    ("1,234,567.8", None, "1234567.8"), ("0,123", None, "0.123"), ("12 34", None, "12 34"), ("1 200 руб.", None, "1200"),
    ("€ 1.200,50", ",", "1200.50"), ("-5,0", ",", "-5.0"), ("+5", None, "5"), ("007", None, "7"), (".5", None, "0.5"),
    ("5.", None, "5"), ("−3", None, "-3"), ("1'234.5", ".", "1234.5"), ("abc", None, "abc"), ("1-2", None, "1-2"),
    ("1e5", None, "1e5"), (",", ",", ","),
]  # fmt: skip


@pytest.mark.parametrize(("text", "decimal", "expected"), NUMBERS)
def test_numbers(text: str, decimal: str | None, expected: str) -> None:
    assert one(SALES, "price", text, decimal=decimal) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("2019", "2019"), ("2019.0", "2019"), ("2019,00", "2019"), ("1 234", "1234"), ("1.5", "1.5")]
)
def test_whole_numbers(text: str, expected: str) -> None:
    assert one(VEHICLES, "model_year", text) == expected


@pytest.mark.parametrize("word", ["да", "Да", "1", "true", "ja", "Y", "是"])
def test_flags(word: str) -> None:
    assert one(SURVEYS, "complaint", word) == "true"


def test_choices_by_lookup_then_canonical_then_common_words() -> None:
    spec: dict[str, object] = {"lookups": {"gender": {"м": "female", " Отв  1": "male"}}}
    found = mapped(CUSTOMERS, spec, gender=["М", "отв 1", "Male", "Ж", "?!", None])["gender"].to_list()
    assert found == ["female", "male", "male", "female", "?!", None]
    assert one(SERVICE_VISITS, "department", "Кузовной цех") == "body"


def test_columns_join_constants_and_evidence() -> None:
    spec: dict[str, object] = {
        "columns": {
            "record_no": ["a", "b"],
            "phones": ["t1", "T2"],
            "kind": {"value": "person"},
            "address": "нет такой",
        },
        "extra": {"age": "Возраст", "note": "n"},
    }
    frame = mapped(
        CUSTOMERS,
        spec,
        a=["1 ", "2"],
        b=["x", "-"],
        t1=["7", None],
        t2=["8", "нет"],
        Возраст=['4"', "-"],
        n=["z", None],
    )
    assert frame.select("record_no", "phones", "kind", "address", "extra").rows() == [
        ("1 x", "7; 8", "person", None, '{"age":"4\\"","note":"z"}'),
        ("2", None, "person", None, None),
    ]
    assert frame.columns == ["_row", *CUSTOMERS.names, "extra"]
    assert set(frame.dtypes[1:]) == {pl.String}


def test_numbers_of_records_are_those_of_the_mapping() -> None:
    raw = pl.DataFrame({"_row": [2, 3, 4], "Код": [" 1", "-", None], "record_no": ["a", "b", "c"]})
    spec = FeedSpec.model_validate({"columns": {"record_no": "код"}})
    assert record_numbers(raw, spec).to_list() == ["1", None, None]
    assert record_numbers(raw, spec).equals(map_rows(raw, spec, CUSTOMERS)["record_no"])
    assert record_numbers(raw.select("_row"), canonical_spec("sales")).to_list() == [None] * 3


def test_report_of_headings() -> None:
    spec = FeedSpec.model_validate({"columns": {"phones": ["Тел", "Моб"]}, "extra": ["Возраст"], "ignore": ["x"]})
    found = report(["RECORD_NO", "тел", "x", "y", "city"], spec, CUSTOMERS)
    assert found.mapped == {"record_no": ("RECORD_NO",), "city": ("city",), "phones": ("тел",)}
    assert (found.added, found.missing, found.has_record_no) == (("y",), ("Моб", "Возраст"), True)
    assert not report(["Тел"], spec, CUSTOMERS).has_record_no


TEXTS = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.sampled_from([case[0] for case in (*DATES, *TIMES, *NUMBERS)] + MISSING + ["да", "м", "Физ. лицо", "1;2"]),
)


@given(st.sampled_from(sorted(FEEDS)), st.data())
def test_mapping_is_idempotent(name: str, data: st.DataObject) -> None:
    feed = FEEDS[name]
    raw = pl.DataFrame(
        {column: [data.draw(TEXTS)] for column in feed.names}, schema=dict.fromkeys(feed.names, pl.String)
    )
    once = map_rows(raw, canonical_spec(name), feed)
    assert map_rows(once.drop("extra"), canonical_spec(name), feed).equals(once)


PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=5)


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.none() | PRINTED, min_size=1, max_size=4))
@example({"0": None, "*": "0"})
def test_evidence_is_valid_json(cells: dict[str, str | None]) -> None:
    headings = {f"h{place}": text for place, text in enumerate(cells.values())}
    spec = FeedSpec(extra=dict(zip(cells, headings, strict=True)))
    found = map_rows(pl.DataFrame(headings, schema=dict.fromkeys(headings, pl.String)), spec, CUSTOMERS)["extra"][0]
    wanted = {name: text.strip() for name, text in cells.items() if text}
    assert found is None or set(json.loads(found).items()) <= set(wanted.items())


def test_types_after_the_gate() -> None:
    frame = mapped(
        CUSTOMERS, {}, birth_date=["01.02.1980", "x"], opted_out=["да", "?!"],
        created_at=["2026-01-01 10:00", "2026-01-01T10:00:00+05:00"],
    )  # fmt: skip
    typed = cast_rows(frame, CUSTOMERS, "Europe/Moscow")
    assert typed["birth_date"].to_list() == [date(1980, 2, 1), None]
    assert typed["opted_out"].to_list() == [True, None]
    assert typed["created_at"].to_list() == [datetime(2026, 1, 1, 7, tzinfo=UTC), datetime(2026, 1, 1, 5, tzinfo=UTC)]
    sale = cast_rows(mapped(SALES, {}, price=["1 234,5"], vin=["X"]), SALES, "UTC")
    assert (sale["price"][0], sale["vin"][0], sale.schema["deposit"]) == (1234.5, "X", pl.Float64)
    assert cast_rows(mapped(VEHICLES, {}, model_year=["2019.0"]), VEHICLES, "UTC")["model_year"].to_list() == [2019]


def test_hours_that_the_clocks_skip_or_repeat() -> None:
    times = ["2026-03-29T02:30:00", "2026-10-25T02:30:00"]
    found = cast_rows(mapped(CUSTOMERS, {}, created_at=times), CUSTOMERS, "Europe/Berlin")["created_at"].to_list()
    assert found == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_bounds_come_from_the_specification_then_from_the_trade() -> None:
    day = date(2026, 11, 21)
    frame = with_bounds(pl.DataFrame({"_row": [2]}), FeedSpec(), CUSTOMERS, day)
    assert frame.row(0, named=True) == {"_row": 2, "_min_birth_date": "1900-01-01", "_max_birth_date": "2026-11-21"}
    spec = FeedSpec.model_validate({"bounds": {"birth_date": {"min": "1600-01-01"}, "created_at": {"max": "day"}}})
    row = with_bounds(pl.DataFrame({"_row": [2]}), spec, CUSTOMERS, day).row(0, named=True)
    assert (row["_min_birth_date"], row["_max_birth_date"]) == ("1600-01-01", "2026-11-21")
    assert (row["_min_created_at"], row["_max_created_at"]) == (None, "2026-11-21")
    years = with_bounds(pl.DataFrame({"_row": [2]}), FeedSpec(), VEHICLES, day).row(0, named=True)
    assert (years["_min_model_year"], years["_max_model_year"], years["_max_odometer"]) == ("1950", "2028", "3000000")


def test_the_map_of_dedupe() -> None:
    spec = column_map(
        {
            "id": "rec_id", "address": ["street_no", "street"], "birth_date": {"column": "dob", "format": "%Y%m%d"},
            "kind": {"value": "company"}, "extra": ["occupation"], "delimiter": "tab",
        },
        "MAP.yml",
    )  # fmt: skip
    raw = pl.DataFrame(
        {"rec_id": ["1", "2"], "street_no": ["5", None], "street": ["Main", "Side"], "dob": ["19830501", "19830532"],
         "occupation": ["x", None]}
    )  # fmt: skip
    found = map_rows(raw, spec, CUSTOMERS).select("record_no", "address", "birth_date", "kind", "extra").rows()
    assert found == [
        ("1", "5 Main", "1983-05-01", "company", '{"occupation":"x"}'),
        ("2", "Side", "19830532", "company", None),
    ]
    assert spec.delimiter == "\t"
    for wrong, says in (({"address": "x"}, "id: is missing"), ({"id": "x", "phone": "y"}, "did you mean 'phones'")):
        with pytest.raises(Invalid, match=says):
            column_map(dict(wrong), "MAP.yml")


def test_every_type_has_its_text() -> None:
    assert {column.type for feed in FEEDS.values() for column in feed.columns} == set(Type)
