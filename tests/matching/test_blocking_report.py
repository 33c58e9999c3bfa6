"""The blocking report: counts by hand, and a value of 50,000 records that neither hangs nor loses pairs in silence."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import polars as pl

from hub.matching import blocking_report as module
from hub.matching.blocking_report import BlockingReport, blocking_report
from hub.matching.keys import BLOCK_CAP, blocking_keys
from hub.matching.model import start_model
from hub.matching.resolve import edges, prepare
from hub.matching.score import Scorer

MODEL = start_model()


def frame(**columns: list[object]) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    return pl.DataFrame({"kind": ["person"] * n, "id": [f"{k:06}" for k in range(n)], **columns})


def report(people: pl.DataFrame, *kinds: str) -> BlockingReport:
    model = replace(MODEL, keys=kinds or MODEL.keys)
    records = prepare(people)
    return blocking_report(Scorer(model, records), blocking_keys(records, model.keys))


def test_by_hand() -> None:
    people = frame(
        phones=[["79160000001"], ["79160000001"], ["79160000002"], ["79160000002"], None],
        emails=[["a@b.ru"], ["a@b.ru"], ["c@d.ru"], ["e@f.ru"], None],
    )
    found = report(people, "phone", "e-mail")
    phone, email = found.kinds
    assert (phone.keys, phone.blocks, phone.pairs, phone.only) == (2, 2, 2, 1)
    assert (email.keys, email.blocks, email.pairs, email.only) == (3, 1, 1, 0)
    assert (found.pairs, found.matches, found.keyless, found.unreachable) == (2, 1, 1, 0)
    assert (phone.matches, phone.matches_only, phone.largest) == (1, 0, (2, 2))


def test_a_block_beyond_the_cap_and_who_is_left() -> None:
    n = BLOCK_CAP + 1
    people = frame(phones=[["79160000001"]] * n, emails=[[f"{k}@b.ru"] for k in range(n - 1)] + [None])
    found = report(people, "phone", "e-mail")
    assert (found.kinds[0].oversized, found.kinds[0].crowded, found.kinds[0].reachable) == (1, n, n - 1)
    assert found.unreachable == 1
    assert found.skewed == (), "81 records are no skew"


def test_a_value_of_fifty_thousand_records() -> None:
    n = 50_000
    number = np.arange(n)
    # a salesman's phone in every record; ten people come twice, ten more have nothing else to go by
    number[-20:-10] = np.arange(10)
    people = frame(
        phones=[["79160000001"]] * n,
        last=[f"{'abcdefghij'[k % 10]}name{k}" if row < n - 10 else None for row, k in enumerate(number)],
        first=[f"first{k % 97}" if row < n - 10 else None for row, k in enumerate(number)],
        birth_date=pl.Series([None if row >= n - 10 else 4000 + int(k) % 15_000 for row, k in enumerate(number)]).cast(
            pl.Date
        ),
    ).with_columns(last_root="last", tokens=pl.concat_list("last", "first"))
    began = time.process_time()
    found = report(people)
    records = prepare(people)
    scorer = Scorer(MODEL, records)
    i, j, _ = edges(scorer, blocking_keys(records, MODEL.keys))
    assert time.process_time() - began < 60
    met = set(zip(i.tolist(), j.tolist(), strict=True))
    assert {(k, n - 20 + k) for k in range(10)} <= met, "finer keys bring them together"
    (skew,) = found.skewed
    assert (skew.kind, skew.size, skew.reachable) == ("phone", n, n - 10)
    assert found.unreachable == 10, "what cannot be reached is reported"


def test_a_large_base_is_counted_on_a_share(monkeypatch) -> None:
    people = frame(last_root=[f"r{k % 150}" for k in range(6000)], city=[f"c{k % 91}" for k in range(6000)])
    whole = report(people, "surname", "city")
    monkeypatch.setattr(module, "PAIRS", whole.pairs // 4)
    part = report(people, "surname", "city")
    assert part.share < 0.3
    assert abs(part.pairs - whole.pairs) < 0.05 * whole.pairs
    again = report(people.sample(fraction=1.0, shuffle=True, seed=2), "surname", "city")
    assert [kind.pairs for kind in again.kinds] == [kind.pairs for kind in part.kinds]
