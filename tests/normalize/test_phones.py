"""Phone numbers: any writing, and the fast path equal to the careful one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.phones import normalise_phones, parse_phones
from tests.normalize.case_tables import cases

SHAPES = st.sampled_from(["+7", "8", "7", "", "375", "+375", "86", "380", "00", "8 0"])
DIGITS = st.text(alphabet="0123456789", min_size=5, max_size=13)
NUMBER = st.builds(lambda head, body, sign: head + sign + body, SHAPES, DIGITS, st.sampled_from(["", " ", "(", "-"]))
FIELD = st.lists(NUMBER, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([", ", ";", " ", "/"]).map(lambda sign: sign.join(parts))
)


@pytest.mark.parametrize("case", cases("phones"))
def test_phones(case: dict[str, str]) -> None:
    found, unread = parse_phones(case["input"], case["country"])
    assert (" ".join(found), unread or "") == (case["expected"], case["unread"])


@given(st.lists(FIELD | st.text(max_size=20), min_size=64, max_size=80), st.sampled_from(["ru", "kz"]))
def test_the_fast_path_equals_the_careful_one(cells: list[str], country: str) -> None:
    fast = normalise_phones(pl.Series("phones", cells, dtype=pl.String), country)
    careful = [parse_phones(cell, country) for cell in cells]
    assert fast["phones"].to_list() == [list(found) or None for found, _ in careful]
    assert fast["unread"].to_list() == [unread for _, unread in careful]


@given(st.text(max_size=40), st.sampled_from(["ru", "by", "kz", "cn", "de", "gb", "zz"]))
def test_any_text_is_read(text: str, country: str) -> None:
    found, unread = parse_phones(text, country)
    assert all(number.isascii() and number.isdigit() and 8 <= len(number) <= 15 for number in found)
    assert unread != ""


@given(DIGITS)
def test_reading_a_result_again_changes_nothing(digits: str) -> None:
    found, _ = parse_phones("+7" + digits, "ru")
    assert all(parse_phones("+" + number, "ru")[0] == (number,) for number in found)
