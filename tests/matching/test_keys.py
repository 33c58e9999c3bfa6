"""Keys are a function of the record alone: what else is encoded with it does not matter."""

from pathlib import Path

import polars as pl
import pytest

from hub.demo import generate
from hub.matching.keys import NETWORK, blocking_keys, lookup_keys
from hub.matching.records import encode
from hub.normalize.party import party_records

WIDE = (*NETWORK, "name's beginning, birth year", "birthday, postal area")


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder: Path = tmp_path_factory.mktemp("demo")
    network = generate(folder, dealers=2, people=150, seed=8, plain=True)
    files = sorted(network.night1.glob("*/customers*"))
    rows = pl.concat([pl.read_csv(file, infer_schema=False) for file in files], how="diagonal")
    return party_records(rows).with_columns(id=pl.int_range(pl.len()).cast(pl.String))


def keys_of(parties: pl.DataFrame) -> set[tuple[int, int, str]]:
    keys = blocking_keys(encode(parties), WIDE)
    ids = parties["id"].to_list()
    triples = zip(keys.kinds.tolist(), keys.keys.tolist(), keys.rows.tolist(), strict=True)
    return {(kind, key, ids[row]) for kind, key, row in triples}


@pytest.mark.parametrize("size", [1, 7, 100])
def test_keys_of_parts_are_the_keys_of_the_whole(parties: pl.DataFrame, size: int) -> None:
    parts = set().union(*(keys_of(part) for part in parties.iter_slices(size)))
    assert parts == keys_of(parties)


def test_nobody_has_no_keys(parties: pl.DataFrame) -> None:
    assert not keys_of(parties.clear())


def test_every_kind_finds_something(parties: pl.DataFrame) -> None:
    found = {WIDE[kind] for kind, _, _ in keys_of(parties)}
    assert found >= {"phone", "e-mail", "name", "surname, given name, city", "all names", "birthday, postal area"}


def test_what_a_search_looks_up_is_what_the_record_has() -> None:
    person = party_records(pl.DataFrame({"full_name": ["Иванов Пётр"], "phones": ["+7 916 123-45-67"]}))
    stored = set(blocking_keys(encode(person)).keys.view("int64").tolist())
    for kind, value in (("phone", "79161234567"), ("name", "ivanov"), ("name", "petr")):
        assert stored & set(lookup_keys(kind, [value])[0]), kind
