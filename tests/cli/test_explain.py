"""`dealerhub explain`: pairs, customers, the picture, and wrong ids."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.flows.consolidate import consolidate
from hub.flows.match import match
from hub.store.engine import Database
from tests.cli.conftest import Command
from tests.flows.inbox import Hub

PEOPLE = """record_no,full_name,phones,birth_date,city
1,Орлов Пётр Ильич,+7 916 777-11-22,1950-03-04,Тверь
2,Орлов Петр,8 916 777-11-22,1950-03-04,Тверь
3,Орлов Пётр Ильич,+7 916 777-11-22,1981-09-20,Тверь
"""


@pytest.fixture
def ids(db: Database, tmp_path: Path) -> dict[str, str]:
    """Two records of the father and one of the son, matched; their ids by number."""
    hub = Hub(db, tmp_path)
    folder = hub.inbox / "D001"
    folder.mkdir(parents=True)
    (folder / "customers_2026-11-20.csv").write_text(PEOPLE, encoding="utf-8")
    hub.night(date(2026, 11, 20))
    match(db)
    consolidate(db)
    with db.worker() as conn:
        return {row.record_no: str(row.id) for row in conn.execute(sa.text("SELECT record_no, id FROM party"))}


def test_a_pair_that_is_one(dealerhub: Command, ids: dict[str, str]) -> None:
    done = dealerhub("explain", ids["1"], ids["2"])
    assert done.code == 0, done.err
    assert "They are one customer: their own evidence reaches the threshold." in done.out
    assert "birth date" in done.out


def test_a_pair_that_contradicts_with_its_picture(dealerhub: Command, ids: dict[str, str], tmp_path: Path) -> None:
    picture = tmp_path / "why.svg"
    done = dealerhub("explain", ids["1"], ids["3"], "--svg", picture)
    assert done.code == 0, done.err
    assert "Contradiction: D001/customers/1 and D001/customers/3: birth date: different" in done.out
    assert "birth date: different · contradicts" in picture.read_text(encoding="utf-8")


def test_a_customer(dealerhub: Command, ids: dict[str, str]) -> None:
    done = dealerhub("explain", ids["2"])
    assert done.code == 0, done.err
    assert "joined" in done.out
    assert "Clustering looked at" in done.out
    assert "The base changed" not in done.out


def test_what_cannot_be_explained(dealerhub: Command, ids: dict[str, str], tmp_path: Path) -> None:
    for words, says in (
        (("explain", "x"), "no id"),
        (("explain", "00000000-0000-0000-0000-000000000000"), "no such record"),
        (("explain", ids["1"], ids["1"]), "nothing to compare"),
        (("explain", ids["1"], "--svg", tmp_path / "x.svg"), "two ids"),
        (("explain", ids["1"], ids["2"], "--svg", tmp_path / "no" / "x.svg"), "cannot be written"),
    ):
        done = dealerhub(*words)
        assert done.code == 2, words
        assert says in done.err
