"""File names as clients send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.receiving import safe_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("customers.csv", "customers.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Выгрузка\\клиенты.csv", "клиенты.csv"),
        ("a\x00b\n.csv", "ab.csv"),
        ("..", ""),
        ("/", ""),
        ("", ""),
        ("x" * 300 + ".csv", "x" * 150 + "x" * 46 + ".csv"),
    ],
)
def test_safe_name(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


@given(st.text())
def test_a_safe_name_stays_as_it_is_and_names_no_folder(sent: str) -> None:
    name = safe_name(sent)
    assert safe_name(name) == name
    assert not set(name) & set("/\\\x00\n")
    assert name not in (".", "..")
    assert len(name) <= 200
