"""Households: shared and scarce, of one root."""

from __future__ import annotations

import polars as pl
import pytest

from hub.network.households import COMMON, KEYS, households

CASES = [
    ("two who share a phone", [(1, 10, 100), (2, 10, 100)], {100: 2}, [(1, 1), (2, 1)]),
    ("a shared phone, two roots", [(1, 10, 100), (2, 11, 100)], {100: 2}, []),
    ("by phone and by flat", [(1, 10, 100), (2, 10, 100), (2, 20, 200), (3, 20, 200)], {100: 2, 200: 2},
     [(1, 1), (2, 1), (3, 1)]),
    ("a switchboard", [(1, 10, 100), (2, 10, 100)], {100: COMMON + 1}, []),
    ("alone", [(1, 10, 100)], {100: 1}, []),
    ("nobody", [], {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "sizes", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_who_lives_with_whom(
    keys: list[tuple[int, int, int]], sizes: dict[int, int], wanted: list[tuple[int, int]]
) -> None:
    holders = pl.DataFrame(
        {"value": list(sizes), "size": list(sizes.values())}, schema={"value": pl.Int64, "size": pl.Int64}
    )
    assert households(pl.DataFrame(keys, KEYS, orient="row"), holders).rows() == wanted
