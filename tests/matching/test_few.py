"""A handful of records without polars: the same keys, the same evidence and the same scores as columns of a million."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.demo import generate
from hub.matching.adapt import adapt
from hub.matching.agreement import Rows
from hub.matching.few import FEATURES, columns_of, encode_few, keys_of_one, shared_of
from hub.matching.few_comparisons import COMPARE, UNTOLD, Party, Shared
from hub.matching.few_scores import FewScorer
from hub.matching.frequency import shared_values, weigh_contacts
from hub.matching.keys import _SETS, _SINGLE, NETWORK, blocking_keys
from hub.matching.model import Model, start_model
from hub.matching.records import encode
from hub.matching.resolve import prepare
from hub.matching.score import Scorer
from hub.normalize.party import party_records
from tests.matching.test_few_glance import cells

WIDE = (*NETWORK, "name's beginning, birth year", "birthday, postal area", "extra:employer, city")
HARD: list[dict[str, str]] = [
    {"full_name": "А. Иванова", "birth_date": "1850-81-01", "postcode": "12"},
    {"full_name": "Ursula Müller-Lüdenscheidt", "phones": "; ".join(f"+7916123450{n}" for n in range(9))},
    {"first_name": "Иванов"},
    {"company_name": "ООО «Вектор»", "tax_id": "7707083893", "emails": "a@vektor.ru, b@vektor.ru"},
    {"company_name": "ЗАО «Вектр»", "emails": "a@vektor.ru", "city": "Тверь"},
    {"company_name": "ЗАО «Вентор»", "phones": "+79161234567"},
    {"company_name": "ООО «Вектор Авто Сервис»", "phones": "+79161234567", "city": "Тверь"},
    {"company_name": "ООО «Вектра Авто»", "city": "Тверь"},
    {"company_name": "Bauer GmbH", "phones": "+79161234567"},
    {"company_name": "Sauer GmbH", "phones": "+79161234567"},
    {"full_name": "Частное лицо", "phones": "123"},
    {"full_name": "Пётр Иванов", "company_name": "ООО «Вектор»", "kind": "person", "phones": "5-50-19"},
    {"emails": "ivanov@mail.ru", "extra": '{"employer": "Вектор", "card": 17}'},
    {},
]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Party records of a small network and the hard ones, with what a base adds to them."""
    network = generate(tmp_path_factory.mktemp("demo"), dealers=3, people=250, seed=9, plain=True)
    files = sorted(Path(network.night1).glob("*/customers*"))
    rows = pl.concat([pl.DataFrame(HARD), *(pl.read_csv(file, infer_schema=False) for file in files)], how="diagonal")
    vin = pl.concat_list(pl.lit("XTA2112407044506") + (pl.int_range(pl.len()) % 10).cast(pl.String))
    return (
        party_records(rows)
        .with_columns(
            dealer=pl.concat_str(pl.lit("D"), (pl.int_range(pl.len()) % 3).cast(pl.String)),
            account=pl.when(pl.int_range(pl.len()) % 4 > 0).then((pl.int_range(pl.len()) % 50).cast(pl.String)),
            vins=pl.when(pl.int_range(pl.len()) % 2 > 0).then(vin),
            plates=pl.lit(None, pl.List(pl.String)),
        )
        .with_columns(holdings=_holdings())
    )


def _holdings() -> pl.Expr:
    """Of two cars in three, in different roles, since one day or another."""
    row = pl.int_range(pl.len())
    role = pl.when(row % 5 == 0).then(pl.lit("driver")).when(row % 5 < 4).then(pl.lit("owner")).otherwise(pl.lit(""))
    since = (15_000 + row % 4 * 400).cast(pl.String)
    text = pl.concat_str(pl.col("vins").list.first(), pl.lit("/"), role, pl.lit("/"), since, pl.lit("/"))
    return pl.when(row % 3 > 0).then(pl.concat_list(text))


@pytest.fixture(scope="module", params=["start", "own"])
def model(request: pytest.FixtureRequest, parties: pl.DataFrame) -> Model:
    """The start model with a further field, and a model of the records' own that knows relatives."""
    start = start_model()
    start = replace(start, extra=("employer",), fields={**start.fields, "extra:employer": start.fields["company"]})
    return start if request.param == "start" else adapt(prepare(parties, ("employer",)), start, ("employer",))


def rows_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dicts()


def test_every_feature_of_a_key_is_known() -> None:
    assert set(FEATURES) == {*_SETS, *_SINGLE, "given name"}


def test_every_comparison_is_made_or_untold(model: Model) -> None:
    assert {*COMPARE, *UNTOLD, "extra:employer"} == {comparison.name for comparison in model.comparisons}


def test_the_keys_of_one_are_those_of_its_column(parties: pl.DataFrame) -> None:
    keys = blocking_keys(encode(parties, ("employer",)), WIDE)
    expected: list[set[int]] = [set() for _ in range(len(parties))]
    for row, key in zip(keys.rows.tolist(), keys.keys.view(np.int64).tolist(), strict=True):
        expected[row].add(key)
    assert [keys_of_one(row, WIDE) for row in rows_of(parties)] == expected


@pytest.mark.parametrize("shared", [True, False], ids=["with common contacts", "without"])
def test_scores_of_few_are_those_of_columns(parties: pl.DataFrame, model: Model, shared: bool) -> None:
    values = shared_values(parties) if shared else shared_values(parties.clear())
    assert not shared or values["class"].n_unique() == 2
    known = shared_of(values.select("field", "value", "dealer", "class").rows())
    i, j = (side.ravel() for side in np.indices((60, len(parties))))
    columns = Scorer(model, encode(weigh_contacts(parties, values), model.extra)).score(i, j)
    few = Scorer(model, encode_few(columns_of(parties.to_dicts()), known, model.extra)).score(i, j)
    assert np.array_equal(columns.weight, few.weight)  # to the last bit
    assert np.array_equal(columns.against, few.against)
    assert np.array_equal(columns.forbidden, few.forbidden)


@pytest.mark.parametrize("shared", [True, False], ids=["with common contacts", "without"])
def test_pairs_one_by_one_score_as_columns_do(parties: pl.DataFrame, model: Model, shared: bool) -> None:
    # `agree` asserts
    values = shared_values(parties) if shared else shared_values(parties.clear())
    known = shared_of(values.select("field", "value", "dealer", "class").rows())
    # who asks names no car and no account
    frame = parties.with_columns(pl.lit(None).cast(parties.schema[name]).alias(name) for name in ("vins", "account"))
    i, j = (side.ravel() for side in np.indices((60, len(parties))))
    agree(model, frame, i, j, Scorer(model, encode(weigh_contacts(frame, values), model.extra)), known)


def agree(model: Model, frame: pl.DataFrame, i: Rows, j: Rows, columns: Scorer, known: Shared) -> None:
    """Pairs of rows score alike by columns and one by one, to the last bit, and by the same reasons."""
    expected = columns.score(i, j)
    few, records = FewScorer(model), [Party.of(row) for row in frame.to_dicts()]
    asked = np.unique(i)
    met = [j[i == row].tolist() for row in asked]
    ones = [records[row] for row in asked.tolist()]
    pairs = few.score(ones, met, records, known)
    assert few.score(ones, met, records, known, cells(records)) == pairs
    found = {(int(asked[pair.row]), pair.place): pair for pair in pairs}
    weights = {
        (row, other): weight
        for row, other, weight, no in zip(
            i.tolist(), j.tolist(), expected.weight.tolist(), expected.forbidden.tolist(), strict=True
        )
        if not no
    }
    assert {place: pair.weight for place, pair in found.items()} == weights
    rows = np.array(sorted(found, key=lambda place: -weights[place])[:300])
    reasons = columns.reasons_of(rows[:, 0], rows[:, 1]) if len(rows) else []
    assert [few.reasons(found[row, other]) for row, other in rows.tolist()] == reasons


_NAMES = st.sampled_from(["Юлия", "Иванова", "А.", "Саша", "Петровна", "Smith-Jones", "Ким", "Müller", "ООО", "Вектор"])
_ROW = st.fixed_dictionaries(
    {},
    optional={
        "full_name": st.lists(_NAMES, min_size=1, max_size=4).map(" ".join),
        "phones": st.sampled_from(["8 916 123-45-67", "+79161234568", "+7 916 123-45-67; 123", "007"]),
        "emails": st.sampled_from(
            ["a@mail.ru", "a@mail.ry; b@ya.ru", "nobody", "petrov1@ya.ru", "petrov2@ya.ru", "petrow1@ya.ru"]
        ),
        "birth_date": st.sampled_from(["1984-05-17", "1984-17-05", "1948-05-17", "1984"]),
        "postcode": st.sampled_from(["101000", "101001", "10", "2570", "2507"]),
        "address": st.sampled_from(
            ["ул. Мира, 5, кв. 2", "Мира 5-2", "пр. Ленина, 1", "Лениа, 1", "2-я Парковая, 1", "3-я Парковая, 1"]
        ),
        "city": st.sampled_from(["Москва", "г. Тула"]),
        "tax_id": st.sampled_from(["7707083893", "500100732259"]),
    },
)


@settings(max_examples=60)
@given(st.lists(_ROW, min_size=2, max_size=6))
def test_any_records_score_alike(rows: list[dict[str, str]]) -> None:
    frame = party_records(pl.DataFrame([{"full_name": None, **row} for row in rows], infer_schema_length=None))
    i, j = (side.ravel() for side in np.indices((len(rows), len(rows))))
    start = start_model()
    columns = Scorer(start, encode(weigh_contacts(frame.with_columns(dealer=pl.lit(None, pl.String)), NOTHING)))
    few = Scorer(start, encode_few(columns_of(frame.to_dicts()), {}))
    assert np.array_equal(columns.score(i, j).weight, few.score(i, j).weight)
    agree(start, frame, i, j, columns, {})
    alone = [keys_of_one(row, NETWORK) for row in frame.to_dicts()]
    keys = blocking_keys(encode(frame))
    assert set().union(*alone) == set(keys.keys.view(np.int64).tolist())


NOTHING = pl.DataFrame(schema={"field": pl.String, "value": pl.String, "dealer": pl.String, "class": pl.String})
