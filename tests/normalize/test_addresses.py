"""Addresses: one line or columns, in several countries' order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.addresses import fold_city, parse_address
from tests.normalize.case_tables import cases

PIECE = st.sampled_from(
    ["г. Москва", "ул. Ленина", "д. 5", "к2", "кв 7", "12-34", "123456", "Hauptstr. 12a", "обл.", ",", "北京市"]
)


@pytest.mark.parametrize("case", cases("addresses"))
def test_addresses(case: dict[str, str]) -> None:
    found = parse_address(case["input"], case["city"] or None)
    city = found.city if case["input"] else fold_city(case["city"])
    actual = (found.postcode, city, found.street, found.house, found.flat)
    assert "|".join(part or "" for part in actual) == case["expected"]


@given(st.text(max_size=40) | st.lists(PIECE | st.text(max_size=5), max_size=6).map(" ".join))
def test_any_text_is_read_without_empty_parts(text: str) -> None:
    assert "" not in parse_address(text)
    assert "" not in parse_address(text, "Москва")
