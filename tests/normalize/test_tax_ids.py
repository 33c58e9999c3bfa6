"""Tax and registration numbers: checksums, countries, and what they tell of the holder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.tax_ids import holder, parse_registration_no, parse_tax_id
from tests.normalize.case_tables import cases


@pytest.mark.parametrize("case", cases("tax_ids"))
def test_tax_ids(case: dict[str, str]) -> None:
    assert (parse_tax_id(case["input"], case["country"]) or "") == case["expected"]


@pytest.mark.parametrize("case", cases("registration_nos"))
def test_registration_numbers(case: dict[str, str]) -> None:
    assert (parse_registration_no(case["input"]) or "") == case["expected"]


def test_the_holder_shows_in_the_number() -> None:
    assert holder("ru:7707083893") == "company"
    assert holder("ru:500100732259") == "person"
    assert holder(None) is None


@given(st.text(max_size=25) | st.text(alphabet="0123456789DE", max_size=18))
def test_any_text_is_read(text: str) -> None:
    number = parse_tax_id(text)
    assert number is None or parse_tax_id(number.split(":")[1], number.split(":")[0]) in (number, None)
    parse_registration_no(text)
