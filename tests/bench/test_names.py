"""The bench of names: its own cases are read as they should, and another file's columns are told apart."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from hub.bench.names import judge, measure, read
from hub.bench.options import Options
from hub.errors import Invalid


def test_nineteen_of_twenty_own_cases_are_right_and_no_category_of_strangers_is_lost() -> None:
    rows = {row[0]: row for row in measure(Options()).rows}
    assert float(rows["**all**"][3]) >= 0.95
    strangers = ("other given name", "other surname", "relatives", "other company")
    assert min(float(rows[name][3]) for name in strangers) >= 0.8


def test_a_pair_is_judged_alike_in_both_directions() -> None:
    cases = read(None)
    assert judge(cases) == judge(cases.rename({"name1": "name2", "name2": "name1"}).select(cases.columns))


def test_other_files_may_call_columns_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    case = {
        "category": "x",
        "schema": "Person",
        "name1": "Bob Harrison",
        "name2": "Robert Harrison",
        "is_match": "true",
    }
    pl.DataFrame([case]).write_csv(file)
    assert measure(Options(file=file)).rows[-1][1:3] == [1, 1]


def test_a_file_without_names_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("category,match\nx,yes\n", encoding="utf-8")
    with pytest.raises(Invalid, match="no column kind, name1, name2"):
        read(file)
