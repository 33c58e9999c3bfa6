"""Birth dates and countries."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.countries import parse_country
from hub.normalize.dates import birth_dates, parse_birth_date, unread_birth_date, unread_birth_dates
from tests.normalize.case_tables import cases


@pytest.mark.parametrize("case", cases("birth_dates"))
def test_birth_dates(case: dict[str, str]) -> None:
    found = parse_birth_date(case["input"])
    assert (found.isoformat() if found else "") == case["expected"]


def test_what_is_no_date_stays_as_evidence() -> None:
    assert [unread_birth_date(text) for text in ("19830532", "1900-01-01", "1980-02-03")] == ["19830532", None, None]


@given(st.lists(st.text(max_size=12) | st.dates().map(str) | st.sampled_from(["1900-01-01", "1980-02-31", "1980-2-3"])))
def test_columns_equal_single_values(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    found = frame.select(birth_dates(pl.col("text")).alias("date"), unread_birth_dates(pl.col("text")).alias("unread"))
    assert found["date"].to_list() == [parse_birth_date(text) for text in texts]
    assert found["unread"].to_list() == [unread_birth_date(text) for text in texts]


@pytest.mark.parametrize("case", cases("countries"))
def test_countries(case: dict[str, str]) -> None:
    assert (parse_country(case["input"]) or "") == case["expected"]
