"""Wrong merges by kind, on records that a person can count."""

from __future__ import annotations

import polars as pl

from hub.bench.network import KINDS, pairs_by_kind
from hub.demo import household_roles

COLUMNS = ("golden_id", "party_id", "kind", "household_id", "role", "sex", "generation")
RECORDS = [
    ("g1", "P1", "person", "H1", "head", "m", 0),
    ("g1", "P1", "person", "H1", "head", "m", 0),
    ("g1", "P2", "person", "H1", "wife", "f", 0),
    ("g2", "P3", "person", "H1", "son", "m", 1),
    ("g1", "P3", "person", "H1", "son", "m", 1),
    ("g3", "P4", "person", "H2", "sister", "f", 1),
    ("g4", "P5", "person", "H2", "sister", "f", 1),
    ("g3", "C1", "company", None, None, None, None),
    ("g4", "X1", "house", None, None, None, None),
    ("g2", "P6", "person", "H3", "single_man", "m", 0),
]


def test_wrong_merges_are_counted_by_what_two_people_are_to_each_other() -> None:
    found = pairs_by_kind(pl.DataFrame(RECORDS, COLUMNS, orient="row"))
    assert tuple(found) == KINDS
    assert {kind: counts for kind, counts in found.items() if counts[1]} == {
        "company and person": (1, 8),
        "stand-in account and anybody": (1, 9),
        "spouses": (2, 2),
        "father and son": (2, 4),
        "other relatives": (1, 2),  # mother and son
        "sisters": (0, 1),
        "strangers": (1, 17),
    }


def test_everybody_has_a_place_at_home() -> None:
    roles = household_roles(3, 200, 5)
    assert roles["party_id"].n_unique() == len(roles) >= 200
    assert set(roles["sex"].unique()) == {"m", "f"}
    assert roles.null_count().sum_horizontal().item() == 0
