"""What is told of a pair at a glance holds: no level that it could not have, and no edge left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hub.demo import generate
from hub.matching.blocks import Blocks
from hub.matching.candidates import candidate_pairs
from hub.matching.comparison import comparisons
from hub.matching.glance import Glance
from hub.matching.glances import DOUBT
from hub.matching.keys import Keys
from hub.matching.levels import Program, levels_of, telling
from hub.matching.model import Model, start_model
from hub.matching.records import Records
from hub.matching.resolve import edges, prepare
from hub.matching.score import Scorer
from hub.normalize.party import party_records

EXTRA = ("employer",)
HARD: list[dict[str, str]] = [
    {"full_name": "А. Иванова", "birth_date": "1981-01-01", "postcode": "123456", "emails": "ivanova@mail.ru"},
    {"full_name": "Анна Иванова", "birth_date": "1981-01-10", "postcode": "123465", "emails": "ivanowa@mail.ru"},
    {"first_name": "Иванова"},
    {"first_name": "Иваноав", "birth_date": "1991-01-01"},
    {"last_name": "Анна", "first_name": "Иванова", "phones": "+79161234567"},
    {"last_name": "Анна", "first_name": "Иваноав", "phones": "+79161234576"},
    {"last_name": "García López", "first_name": "María"},
    {"last_name": "López", "first_name": "Maria", "middle_name": "Garcia"},
    {"full_name": "Ursula Müller-Lüdenscheidt", "phones": "+79161234560; +79161234567"},
    {"full_name": "Саша Иванов", "extra": '{"employer": "Вектор"}'},
    {"full_name": "Александр Ивановъ", "extra": '{"employer": "Вектор плюс"}'},
    {"company_name": "ООО «Вектор»", "tax_id": "7707083893", "emails": "a@vektor.ru, b@vektor.ru"},
    {"company_name": "ЗАО «Вектр»", "emails": "a@vektor.ru"},
    {"company_name": "Вектор Авто", "city": "Москва"},
    {"company_name": "Вектра Авто", "city": "Москва"},
    {"company_name": "Авто Вектор Плюс"},
    {"company_name": "Bauer GmbH", "city": "Москва"},
    {"company_name": "Sauer GmbH", "city": "Москва"},
    {"full_name": "Анна Иванова", "city": "Москва", "address": "Парковая, 5, кв. 2", "postcode": "2570"},
    {"full_name": "Анна Иванова", "city": "Москва", "address": "Парквая, 5, кв. 2", "postcode": "2507"},
    {"full_name": "Анна Иванова", "city": "Москва", "address": "Садовая, 5, кв. 2", "postcode": "2571"},
    {},
]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    network = generate(tmp_path_factory.mktemp("demo"), dealers=3, people=120, seed=4, plain=True)
    files = sorted(Path(network.night1).glob("*/customers*"))
    return pl.concat([pl.DataFrame(HARD), *(pl.read_csv(file, infer_schema=False) for file in files)], how="diagonal")


@pytest.fixture(scope="module")
def records(rows: pl.DataFrame) -> Records:
    dealer = pl.concat_str(pl.lit("D"), (pl.int_range(pl.len()) % 3).cast(pl.String))
    account = (pl.int_range(pl.len()) % 40).cast(pl.String)
    vins = pl.concat_list(pl.lit("XTA2112407044506") + (pl.int_range(pl.len()) % 10).cast(pl.String))
    return prepare(party_records(rows).with_columns(dealer=dealer, account=account, vins=vins), EXTRA)


@pytest.fixture(scope="module")
def model() -> Model:
    start = start_model()
    return replace(start, extra=EXTRA, fields={**start.fields, "extra:employer": start.fields["company"]})


def all_pairs(records: Records) -> tuple[np.ndarray, np.ndarray]:
    i, j = np.triu_indices(len(records), 1)
    return i.astype(np.int64), j.astype(np.int64)


@pytest.mark.parametrize("name", [comparison.name for comparison in comparisons(EXTRA)])
def test_a_level_is_one_of_those_told_at_a_glance(name: str, records: Records) -> None:
    comparison = next(c for c in comparisons(EXTRA) if c.name == name)
    i, j = all_pairs(records)
    levels = comparison.compare(records, i, j)
    if comparison not in telling(records, [comparison]):
        assert not levels.any()
        return
    _, (told,) = Program(records, [comparison])._glance(i, j)
    for at_a_glance, level in set(zip(told.tolist(), levels.tolist(), strict=True)):
        shown = comparison.levels[at_a_glance & ~DOUBT]
        perhaps = comparison.doubt[shown] if at_a_glance & DOUBT else ()
        assert comparison.levels[level] in (shown, *perhaps)


def test_levels_are_those_of_the_comparisons(records: Records) -> None:
    i, j = all_pairs(records)
    for comparison, levels in zip(comparisons(EXTRA), levels_of(records, comparisons(EXTRA), i, j), strict=True):
        assert np.array_equal(levels, comparison.compare(records, i, j)), comparison.name


@pytest.mark.parametrize("review", [-10.0, -2.0, 0.0, 6.0])
@pytest.mark.parametrize("name_cap", [8.0, 99.0])
def test_no_edge_is_left_out(review: float, name_cap: float, records: Records, model: Model) -> None:
    model = replace(model, review=review, name_cap=name_cap)
    scorer, (i, j) = Scorer(model, records), all_pairs(records)
    scores = scorer.score(i, j)
    edges = np.flatnonzero((scores.weight >= review) & ~scores.forbidden)
    a, b, _ = Glance(scorer).worth(i, j)
    worth = set(zip(a.tolist(), b.tolist(), strict=True))
    assert {(int(i[edge]), int(j[edge])) for edge in edges} <= worth
    assert len(edges) > 0
    assert len(worth) < len(i) / 4


FEW_COLUMNS = (
    ("first", "last", "birth_date"),
    ("first", "last", "birth_date", "city"),
    ("first", "last", "city", "sex"),
)


@pytest.mark.parametrize("columns", FEW_COLUMNS)
def test_no_edge_is_left_out_of_a_file_of_few_columns(columns: tuple[str, ...], rows: pl.DataFrame) -> None:
    """What little is to come after a comparison counts with the rarest of its values."""
    start = start_model()
    records = prepare(party_records(rows).select("kind", "last_root", "given", *columns))
    i, j = all_pairs(records)
    for review in range(-12, 8):
        scorer = Scorer(replace(start, review=float(review)), records)
        scores = scorer.score(i, j)
        edges = np.flatnonzero((scores.weight >= review) & ~scores.forbidden)
        a, b, _ = Glance(scorer).worth(i, j)
        assert {(int(i[edge]), int(j[edge])) for edge in edges} <= set(zip(a.tolist(), b.tolist(), strict=True))


def test_scores_do_not_depend_on_the_glance(records: Records, model: Model) -> None:
    scorer, (i, j) = Scorer(model, records), all_pairs(records)
    a, b, levels = Glance(scorer).worth(i, j)
    every = dict(zip(zip(i.tolist(), j.tolist(), strict=True), scorer.score(i, j).weight.tolist(), strict=True))
    for x, y, weight in zip(a.tolist(), b.tolist(), scorer.weigh(a, b, levels).weight.tolist(), strict=True):
        assert every[x, y] == weight


def blocks_of_all_sizes(records: Records) -> Keys:
    """Everybody in one block, and in smaller ones of many sizes."""
    rows = np.arange(len(records), dtype=np.int32)
    parts = [np.ones(len(rows), np.int64), *(rows * step % 997 // size + 10**step for step, size in ((3, 2), (5, 40)))]
    keys = np.concatenate(parts).astype(np.uint64)
    return Keys(keys, np.tile(rows, len(parts)), np.zeros(len(keys), np.uint8))


@pytest.mark.parametrize("review", [-10.0, -2.0, 0.0, 6.0])
@pytest.mark.parametrize("name_cap", [8.0, 99.0])
@pytest.mark.parametrize("some", [False, True])
def test_the_edges_of_blocks_are_those_of_their_pairs(
    review: float, name_cap: float, some: bool, records: Records, model: Model
) -> None:
    scorer, keys = Scorer(replace(model, review=review, name_cap=name_cap), records), blocks_of_all_sizes(records)
    touched = np.arange(len(records)) % 7 == 3 if some else None
    expected = {}
    for i, j in candidate_pairs(keys, touched, len(records)):
        scores = scorer.score(i, j)
        edge = np.flatnonzero((scores.weight >= review) & ~scores.forbidden)
        expected |= dict(zip(zip(i[edge].tolist(), j[edge].tolist(), strict=True), scores.weight[edge], strict=True))
    i, j, weight = edges(scorer, Blocks.of(keys, touched, len(records)), touched=touched)
    assert dict(zip(zip(i.tolist(), j.tolist(), strict=True), weight, strict=True)) == expected
    assert len(expected) > 0


@pytest.mark.parametrize("columns", FEW_COLUMNS)
def test_the_edges_of_blocks_of_a_file_of_few_columns(columns: tuple[str, ...], rows: pl.DataFrame) -> None:
    records = prepare(party_records(rows).select("kind", "last_root", "given", *columns))
    i, j = all_pairs(records)
    for review in range(-12, 8, 2):
        scorer = Scorer(replace(start_model(), review=float(review)), records)
        scores = scorer.score(i, j)
        expected = np.flatnonzero((scores.weight >= review) & ~scores.forbidden)
        a, b, _ = edges(scorer, Blocks.of(blocks_of_all_sizes(records), cap=len(records)))
        assert np.array_equal(np.sort(i[expected] << 32 | j[expected]), a << 32 | b)
