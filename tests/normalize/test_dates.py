"""Birth dates and countries."""

from __future__ import annotations

import polars as pl
import pytest

from hub.normalize.countries import parse_country
from hub.normalize.dates import birth_date, unread_birth_date
from tests.normalize.case_tables import cases


@pytest.mark.parametrize("case", cases("birth_dates"))
def test_birth_dates(case: dict[str, str]) -> None:
    frame = pl.DataFrame({"text": [case["input"]]})
    found = frame.select(birth_date(pl.col("text"))).item()
    assert (found.isoformat() if found else "") == case["expected"]


def test_what_is_no_date_stays_as_evidence() -> None:
    frame = pl.DataFrame({"text": ["19830532", "1900-01-01", "1980-02-03", None]})
    assert frame.select(unread_birth_date(pl.col("text"))).to_series().to_list() == ["19830532", None, None, None]


@pytest.mark.parametrize("case", cases("countries"))
def test_countries(case: dict[str, str]) -> None:
    assert (parse_country(case["input"]) or "") == case["expected"]
