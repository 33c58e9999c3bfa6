"""A base that its model does not suit: how that shows, and a model of its own."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from hub.matching.evaluate import quality
from hub.matching.keys import LOOKUPS, blocking_keys
from hub.matching.model import Model, dump, load, start_model
from hub.matching.own_model import ALONE, PART, is_unlike, lost, own_model, part_of
from hub.matching.records import Records
from hub.matching.resolve import prepare, resolve
from hub.normalize.party import party_records
from tests.matching.people import LAST, people

START = start_model()
TRADES = ("smith", "miller", "weaver", "mason", "cooper", "tanner", "carter", "turner", "fuller", "thatcher", "potter")
TOWNS = ("Aldford", "Burwash", "Cawston", "Dunster", "Elsdon", "Fowey", "Goring", "Hexham", "Ilsham", "Jarrow", "Kelso")
FIRST = ("Edwin", "Arthur", "Walter", "Henry", "Alfred", "Herbert", "Ernest", "Albert", "Frank", "Harold", "Cecil")


@cache
def registers(count: int = 500) -> pl.DataFrame:
    """Three records of each person, from registers that give birth dates years apart, with a trade, as no dealer has it."""
    n = np.arange(count).repeat(3)
    mixed = (n * 2_654_435_761) % 2**32
    copy = np.arange(len(n)) % 3
    rows = pl.DataFrame(
        {
            "first_name": [FIRST[k % 11] for k in mixed // 7],
            "last_name": [f"{LAST[k % 11]}{'aeiou'[k // 11 % 5]}{'nrst'[k // 55 % 4]}" for k in mixed // 31],
            "birth_date": [
                f"{1820 + (k + 7 * c * (k % 3 == 0)) % 60}-{1 + (k + c) % 12:02}-{1 + k % 28:02}"
                for k, c in zip(mixed // 13, copy, strict=True)
            ],
            "city": [TOWNS[k % 11] for k in mixed // 17],
            "extra": [f'{{"trade": "{TRADES[k % 11]}"}}' for k in mixed // 19],
            "party": n,
        }
    )
    parties = party_records(rows.drop("party", "extra")).with_columns(rows["extra"], rows["party"])
    return parties.with_columns(id=pl.format("{}", pl.int_range(len(rows))))


@cache
def learned() -> tuple[Records, Model]:
    records = prepare(registers(), ("trade",))
    return records, own_model(records, START, ("trade",))


def test_a_base_of_other_people_shows_and_its_own_model_does_not_lose_it() -> None:
    records, own = learned()
    assert is_unlike(lost(records, START, ("trade",)))
    assert not is_unlike(lost(records, own, ("trade",)))
    assert not is_unlike(lost(prepare(people(600, 3)), START)), "people as dealers have them"


def test_too_few_sure_pairs_tell_nothing() -> None:
    assert lost(prepare(registers().head(60), ("trade",)), START, ("trade",)) is None
    assert not is_unlike(None)


def test_the_own_model_finds_more_of_them() -> None:
    records, own = learned()
    parties = registers()["party"]
    before, after = (quality(pl.Series(resolve(records, model).label), parties) for model in (START, own))
    assert after.recall > before.recall + 0.2
    assert after.precision > 0.95


def test_the_same_base_gives_the_same_model_whatever_the_order_and_as_it_is_read() -> None:
    _, own = learned()
    shuffled = prepare(registers().sample(fraction=1.0, shuffle=True, seed=3), ("trade",))
    assert dump(own_model(shuffled, START, ("trade",))) == dump(own)
    assert dump(load(dump(own))) == dump(own)


def test_a_phone_a_car_or_a_house_alone_merges_nobody() -> None:
    _, own = learned()
    for name, level in (("phones", "shared"), ("vehicles", "shared"), ("address", "flat")):
        assert own.prior + own.fields[name].weight(level) <= own.match - ALONE + 0.01


def test_keys_are_few_and_searches_have_theirs() -> None:
    records, own = learned()
    assert own.keys[: len(LOOKUPS)] == LOOKUPS
    assert len(blocking_keys(records, own.keys).keys) < 25 * len(records)


def test_a_part_of_a_large_base_keeps_records_of_a_name_together() -> None:
    frame = pl.concat([registers().with_columns(last_root=pl.col("last_root") + str(k)) for k in range(40)])
    part = part_of(frame)
    assert 0.5 * PART < len(part) < 1.5 * PART
    assert frame.filter(pl.col("last_root").is_in(part["last_root"].implode())).height == part.height
    assert part_of(registers()) is registers()
