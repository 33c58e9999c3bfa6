"""Dated roles: what two records say of one car."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.holdings import SLACK, packed, packed_frame, relation
from hub.matching.levels_of_contacts import VINS
from hub.matching.model import dump, load, start_model
from hub.matching.records import encode
from hub.matching.score import Scorer

VIN, OTHER = "XTA210990Y2766581", "XW8ZZZ61ZDG001234"
CASES = [
    ("bought on one day", "owner/1000/", "owner/1003/", "same_time"),
    ("two clerks' dates of one purchase", "owner/1000/", f"owner/{1000 + SLACK}/", "same_time"),
    ("years in common", "owner/1000/2000", "owner/1500/2500", "same_time"),
    ("two drivers of one pool", "driver/1000/", "payer/1010/", "same_time"),
    ("sold, then owned by the next", "owner/1000/2000", "owner/2000/", "in_turn"),
    ("owned from another day on", "owner/1000/", "owner/1500/", "in_turn"),
    ("traded in, then bought", "owner//2000", "owner/2005/", "in_turn"),
    ("traded in by whoever bought it", "owner//2000", "owner/1000/", "shared"),
    ("sold, then serviced for another", "owner/1000/1400", "/1500/1600", "in_turn"),
    ("serviced before it was bought", "/500/600", "owner/1000/", "in_turn"),
    ("bought here, serviced there", "owner/1000/", "/1500/1600", "shared"),
    ("serviced in two places", "/1000/1100", "/1500/1600", "shared"),
    ("no date", "owner//", "owner/1000/", "undated"),
    ("nothing known", "//", "//", "undated"),
    ("the owner, and who drives it", "owner/1000/", "driver/1000/", "other_role"),
    ("lent out, no date", "owner//", "lessee//", "other_role"),
    ("owned until another drove it", "owner/1000/2000", "driver/2010/", "in_turn"),
]


def held(*rows: str) -> int:
    return packed([f"{VIN}/{row}" for row in rows])[VIN]


def level(a: int, b: int) -> str:
    return VINS[int(relation(np.array([a]), np.array([b]))[0])]


@pytest.mark.parametrize(("case", "one", "other", "expected"), CASES, ids=[case[0] for case in CASES])
def test_two_holdings_of_one_car(case: str, one: str, other: str, expected: str) -> None:
    assert level(held(one), held(other)) == expected, case


def test_the_rows_of_one_record_are_one_holding() -> None:
    # an owner's visits in the workshop tell how long he surely had the car
    assert level(held("owner/1000/", "/1700/1710"), held("owner/1500/")) == "same_time"
    assert level(held("owner/1000/"), held("owner/1500/")) == "in_turn"
    # bought back: the first end is none
    assert level(held("owner/1000/1200", "owner/1300/"), held("owner/2000/2100")) == "in_turn"
    assert level(held("owner/1000/1200", "owner/1300/1900"), held("owner/1250/1900")) == "same_time"


_ROW = st.tuples(
    st.sampled_from([VIN, OTHER]),
    st.sampled_from(["owner", "lessee", "driver", "payer", ""]),
    st.none() | st.integers(-700_000, 2_900_000) | st.integers(1000, 1300),
    st.none() | st.integers(-700_000, 2_900_000) | st.integers(1000, 1300),
).map(lambda row: "/".join("" if part is None else str(part) for part in row))
_ROWS = st.lists(_ROW, max_size=5)


@given(st.lists(_ROWS, min_size=1, max_size=5))
def test_many_records_are_read_as_one_is(records: list[list[str]]) -> None:
    flat = pl.DataFrame(
        [(number, row) for number, rows in enumerate(records) for row in rows],
        schema={"row": pl.Int64, "v": pl.String},
        orient="row",
    )
    found = {(row, vin): told for row, vin, told in packed_frame(flat).iter_rows()}
    assert found == {(n, vin): told for n, rows in enumerate(records) for vin, told in packed(rows).items()}


@given(_ROWS, _ROWS)
def test_neither_side_comes_first(one: list[str], other: list[str]) -> None:
    a, b = packed(one).get(VIN, 0), packed(other).get(VIN, 0)
    assert level(a, b) == level(b, a)


@given(_ROWS, st.permutations(range(5)))
def test_the_order_of_rows_means_nothing(rows: list[str], order: list[int]) -> None:
    assert packed(rows) == packed([rows[place] for place in order if place < len(rows)])


# ------------------------------------------------------------------ as evidence


def weight(one: list[str], other: list[str]) -> float:
    vins = [sorted({row.split("/")[0] for row in rows}) for rows in (one, other)]
    frame = pl.DataFrame({"kind": ["person"] * 2, "vins": vins, "holdings": [one, other]})
    scorer = Scorer(start_model(), encode(frame))
    return next((r.weight for r in scorer.reasons(0, 1) if r.field == "vehicles"), 0.0)


def test_time_and_role_decide_what_a_car_in_common_is_worth() -> None:
    owner = [f"{VIN}/owner/1000/2000"]
    together, next_one = weight(owner, [f"{VIN}/owner/1000/"]), weight(owner, [f"{VIN}/owner/2000/"])
    undated, driver = weight(owner, [f"{VIN}/owner//"]), weight(owner, [f"{VIN}/driver/1000/"])
    assert together > undated > driver > next_one
    assert next_one < 0, "a change of owners speaks against"
    assert start_model().prior + together < start_model().match, "a car alone merges nobody"


def test_of_several_cars_the_strongest_counts() -> None:
    one, other = [f"{VIN}/owner/1000/2000", f"{OTHER}/owner/1500/"], [f"{VIN}/owner/2000/", f"{OTHER}/owner/1500/"]
    assert weight(one, other) == weight(one[1:], other[1:])


def test_a_model_from_before_weighs_a_car_in_common_as_it_did() -> None:
    body = dump(start_model()).split("\n")
    first, last = body.index("  vehicles:"), body.index("  address:")
    former = [
        "    m:",
        "      shared: 0.8",
        "      different: 0.25",
        "    u:",
        "      shared: 0.0001",
        "      different: 1.0",
    ]
    old = load("\n".join([*body[: first + 1], *former, *body[last:]])).fields["vehicles"]
    assert {old.weight(name) for name in VINS[1:-1]} == {old.weight("shared")} == {round(float(np.log2(8000)), 3)}
