"""Errors by kind: each case a pair that a person would describe so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hub.matching.errors_by_kind import FALSE, MISSED, false_kinds, missed_kinds, pairs_apart
from hub.matching.keys import blocking_keys
from hub.matching.model import start_model
from hub.matching.resolve import prepare
from hub.matching.score import Scorer
from hub.normalize.party import party_records

MODEL = start_model()
FATHER = {"last_name": "Иванов", "first_name": "Пётр", "middle_name": "Олегович", "phones": "+79161112233"}


def records_of(*rows: dict[str, str]):
    names = sorted({name for row in rows for name in row})
    return prepare(party_records(pl.DataFrame([{name: row.get(name) for name in names} for row in rows])))


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({**FATHER, "first_name": "Иван", "middle_name": "Петрович"}, "father and son"),
        ({**FATHER, "first_name": "Анна", "middle_name": "Олеговна", "last_name": "Иванова"}, "household"),
        ({**FATHER, "last_name": "Смирнов"}, "shared phone"),
        ({**FATHER, "phones": "+79990001122"}, "namesakes"),
        ({"last_name": "Ким", "first_name": "Олег"}, "other"),
    ],
)
def test_false_pairs(other: dict[str, str], kind: str) -> None:
    found = false_kinds(records_of(FATHER, other), np.array([0]), np.array([1]))
    assert found.tolist() == [kind]
    assert kind in FALSE


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (FATHER, {"company_name": "ООО Вектор", "kind": "company", "phones": "+79161112233"}, "not comparable"),
        (FATHER, {"last_name": "Ким", "first_name": "Олег"}, "by blocking"),
        (FATHER, {**FATHER, "middle_name": "Иванович"}, "by score: contradiction"),
        ({"phones": "+79161112233"}, {"phones": "+79161112233", "first_name": "Пётр"}, "by score: left to a steward"),
        (FATHER, FATHER, "by clustering"),
    ],
)
def test_missed_pairs(one: dict[str, str], other: dict[str, str], kind: str) -> None:
    records = records_of(one, other)
    found = missed_kinds(Scorer(MODEL, records), blocking_keys(records, MODEL.keys), np.array([0]), np.array([1]))
    assert kind in MISSED
    assert found.tolist() == [kind]


def test_pairs_that_stand_apart() -> None:
    i, j = pairs_apart(pl.Series([1, 1, 1, 2, 2]), pl.Series([7, 7, 8, 9, 9]))
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 2), (1, 2)]
