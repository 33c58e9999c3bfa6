"""The benchmarks by name, what they are told, and how their reports read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from hub.bench.catalogue import NAMES, NEEDS_FILE, run
from hub.bench.options import Options
from hub.bench.report import Report, machine, markdown
from hub.errors import Invalid


@pytest.mark.parametrize("name", NAMES)
def test_each_name_has_its_module(name: str) -> None:
    assert callable(import_module(f"hub.bench.{name.replace('-', '_')}").measure)


def test_an_unknown_one_is_told_with_those_that_exist() -> None:
    with pytest.raises(Invalid, match="nightly-large"):
        run("nothing")


@pytest.mark.parametrize("name", NEEDS_FILE)
def test_one_that_needs_a_file_says_so(name: str) -> None:
    with pytest.raises(Invalid, match="--file"):
        run(name)


def test_another_file_is_refused(tmp_path: Path) -> None:
    import polars as pl

    other = tmp_path / "other.parquet"
    pl.DataFrame({"unique_id": ["a"]}).write_parquet(other)
    with pytest.raises(Invalid, match=r"birth_place.*not the historical data set"):
        run("historical", Options(file=other))


def test_a_report_is_a_section_with_the_machine_and_a_table() -> None:
    text = markdown("walk", Report("How far.", ("step", "metres"), [("first", 0.714), ("all", 10_000)], ("Done.",)))
    lines = text.splitlines()
    assert lines[:3] == ["## walk", "", "How far."]
    assert machine() in text
    assert "cores" in machine()
    assert "| first | 0.71 |" in lines
    assert "| all | 10,000 |" in lines
    assert lines[-1] == "Done."
