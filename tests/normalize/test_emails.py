"""E-mail addresses: lists, slips, placeholders, and the fast path equal to the careful one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.emails import normalise_emails, parse_emails
from tests.normalize.case_tables import cases

LOCAL = st.text(alphabet="abnoteil0._-+", min_size=1, max_size=9) | st.sampled_from(
    ["noemail", "test", "net", "ivan.petrov"]
)
DOMAIN = st.sampled_from(
    ["mail.ru", "mail.ry", "example.com", "x.invalid", "a-b.de", "gmail.com", "-x.ru", "почта.рф", "mail"]
)
FIELD = st.builds(lambda local, domain: f"{local}@{domain}", LOCAL, DOMAIN) | st.text(max_size=15)


@pytest.mark.parametrize("case", cases("emails"))
def test_emails(case: dict[str, str]) -> None:
    found, unread = parse_emails(case["input"])
    assert (" ".join(found), unread or "") == (case["expected"], case["unread"])


@given(st.lists(FIELD, min_size=1, max_size=30))
def test_the_fast_path_equals_the_careful_one(cells: list[str]) -> None:
    fast = normalise_emails(pl.Series("emails", cells, dtype=pl.String))
    careful = [parse_emails(cell) for cell in cells]
    assert fast["emails"].to_list() == [list(found) or None for found, _ in careful]
    assert fast["unread"].to_list() == [unread for _, unread in careful]


@given(FIELD)
def test_reading_a_result_again_changes_nothing(text: str) -> None:
    found, _ = parse_emails(text)
    assert parse_emails(", ".join(found))[0] == found
