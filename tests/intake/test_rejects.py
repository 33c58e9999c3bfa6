"""The rejects file: the dealer's own columns and the reason; corrected and sent again, every cell is as it was."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dealers.specification import Layout
from hub.intake.readers import open_raw
from hub.intake.readers.corrected import REASON, unescaped
from hub.intake.rejects import escaped, rejects_text, write_rejects

ISSUES = pl.DataFrame(
    {
        "_row": [4, 2, 2, 5],
        "column": ["phones", "birth_date", None, None],
        "value": [None] * 4,
        "reason": ["is no phone", "is no date", "is odd", "has 2 cells where the heading has 3"],
    }
)
ESCAPES = [
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("-2+3+cmd|x", "'-2+3+cmd|x"),
    ("'quoted", "''quoted"),
    ("\tx", "'\tx"),
    ("+7916", "+7916"),
    ("+7 (916) 123-45-67", "+7 (916) 123-45-67"),
    ("-5,0", "-5,0"),
    ("-", "-"),
    ("Иванов", "Иванов"),
    ("", ""),
]


@pytest.mark.parametrize(("cell", "shown"), ESCAPES)
def test_cells_that_spreadsheets_run_are_escaped(cell: str, shown: str) -> None:
    assert escaped(cell) == shown


@given(st.text(st.characters(codec="utf-8"), max_size=6) | st.text("=+-@'\t\r1a", max_size=6))
def test_escaping_is_undone_exactly(cell: str) -> None:
    assert pl.DataFrame({"c": [escaped(cell)]}).select(unescaped(pl.col("c"))).item() == cell


def test_the_file_has_the_rows_set_aside_in_the_dealers_columns(tmp_path: Path) -> None:
    sent = tmp_path / "customers.csv"
    sent.write_bytes("Код;ДР;Тел\r\n1;99.99.99;=1+1\r\n2;b;c\r\n3;d;+7916\r\n4;x\r\n".encode("cp1251"))
    layout = Layout(encoding="cp1251", delimiter=";")
    out = tmp_path / "rejects.csv"
    assert write_rejects(sent, layout, ISSUES, out) == 3
    assert out.read_bytes().decode("cp1251").splitlines() == [
        f"Код;ДР;Тел;{REASON}",
        "1;99.99.99;'=1+1;birth_date: is no date | is odd",
        "3;d;+7916;phones: is no phone",
        ";;;row 5: has 2 cells where the heading has 3",
    ]
    with open_raw(out, layout) as reader:
        assert reader.columns == ["Код", "ДР", "Тел"]
        assert reader.read_all().rows() == [(2, "1", "99.99.99", "=1+1"), (3, "3", "d", "+7916")]
        assert (reader.rows_read, reader.bad_rows) == (2, [])


def test_other_formats_come_back_as_csv(tmp_path: Path) -> None:
    sent = tmp_path / "customers.json"
    sent.write_text('[{"a": "x"}, {"b": "y"}, {"a": "z", "c": "w"}]')
    assert rejects_text(sent, Layout(), ISSUES).splitlines() == [
        f"a;b;c;{REASON}",
        "x;;;birth_date: is no date | is odd",
        "z;;w;phones: is no phone",
    ]
