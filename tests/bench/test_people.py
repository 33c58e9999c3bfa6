"""Made-up people: as many as asked for, the same each time, with errors and gaps of about the stated shares."""

from __future__ import annotations

import polars as pl
import pytest

from hub.bench.people import COPIES, MISSING, people


def test_the_same_arguments_give_the_same_records() -> None:
    assert people(500).equals(people(500))
    assert not people(500).equals(people(500, seed=2))


def test_records_of_one_person_differ_but_are_recognisable() -> None:
    made = people(5000)
    assert made["unique_id"].to_list() == list(range(5000))
    assert made["cluster"].n_unique() == round(5000 * (1 - COPIES))
    spellings = made.group_by("cluster").agg(pl.col("surname").n_unique())["surname"]
    assert spellings.max() > 1
    assert (spellings == 1).mean() > 0.9


@pytest.mark.parametrize("name", MISSING)
def test_shares_of_what_is_missing(name: str) -> None:
    assert people(5000)[name].null_count() / 5000 == pytest.approx(MISSING[name], abs=0.03)


def test_dates_are_dates() -> None:
    assert people(5000)["dob"].str.to_date(strict=True).null_count() == people(5000)["dob"].null_count()
