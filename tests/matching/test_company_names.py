"""Names of companies: how rare they are by their words, and what they are worth to the start model and to a file's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.adapt import adapt
from hub.matching.levels_of_names import COMPANY
from hub.matching.model import Frequencies, Model, dump, load, start_model
from hub.matching.records import Records
from hub.matching.resolve import prepare
from hub.matching.score import Scorer
from hub.matching.train import frequencies
from hub.normalize.party import party_records

TOWN = {"city": "Пенза"}  # that the start model does not list
PHONE = {"phones": "+79161234567"}


def encoded(*rows: dict[str, str]) -> Records:
    return prepare(party_records(pl.DataFrame([{"city": None, "phones": None, "kind": "company", **r} for r in rows])))


def score(one: dict[str, str], other: dict[str, str]) -> float:
    """The start model's score of two companies."""
    return float(Scorer(start_model(), encoded(one, other)).score(np.array([0]), np.array([1])).weight[0])


@pytest.mark.parametrize("name", ["ООО «Ромашковая поляна»", "Bauer GmbH", "Нефтехимснаб", "上海华和贸易有限公司"])
def test_a_rare_name_and_its_town_go_to_a_steward(name: str) -> None:
    model = start_model()
    assert model.review <= score({"company_name": name, **TOWN}, {"company_name": name, **TOWN}) < model.match


@pytest.mark.parametrize("name", ["ООО «Авто»", "ООО «Авто Сервис»", "Auto Service Ltd"])
def test_a_name_of_common_words_and_a_town_are_nothing(name: str) -> None:
    assert score({"company_name": name, **TOWN}, {"company_name": name, **TOWN}) < start_model().review


@pytest.mark.parametrize("name", ["Bauer GmbH", "ООО «Ромашковая поляна»", "ООО «Авто»"])
def test_a_name_and_a_phone_are_one_company(name: str) -> None:
    assert score({"company_name": name, **PHONE}, {"company_name": name, **PHONE}) >= start_model().match


@pytest.mark.parametrize(("one", "other"), [("Bauer GmbH", "Sauer GmbH"), ("ООО «Вега»", "ООО «Мега»")])
def test_a_short_name_that_begins_otherwise_is_another_one(one: str, other: str) -> None:
    """One switchboard may stand for both: a steward is asked."""
    model = start_model()
    assert model.review <= score({"company_name": one, **PHONE}, {"company_name": other, **PHONE}) < model.match


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Вектор", "ООО «Вектор»", "exact"),
        ("Вектор", "Вектр", "alike"),
        ("Строймонтаж", "Стоймонтаж", "alike"),
        ("Торговый дом Вектор", "Вектор Торговый Дом", "alike"),
        ("Вектор", "Вектор Сервис Плюс", "part"),
        ("Bauer", "Sauer", "akin"),
        ("Авто-1", "Авто-2", "different"),
        ("Вектор", "Ромашка", "different"),
    ],
)
def test_levels(one: str, other: str, level: str) -> None:
    records = encoded({"company_name": one}, {"company_name": other})
    told = next(c for c in start_model().comparisons if c.name == "company")
    assert COMPANY[told.compare(records, np.array([0]), np.array([1]))[0]] == level


@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=5),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=3),
)
def test_what_agrees_by_chance_is_what_the_names_add_up_to(words: list[float], lengths: list[float]) -> None:
    table = Frequencies(
        0.0,
        {chr(97 + place): share / sum(words) for place, share in enumerate(words)},
        tuple(share / sum(lengths) for share in lengths),
        least=0.0,
    )
    shares = [
        table.share(" ".join(name))
        for size in range(1, len(lengths) + 1)
        for name in product(table.values, repeat=size)
    ]
    assert sum(shares) == pytest.approx(1)
    assert sum(share**2 for share in shares) == pytest.approx(table.typical)


def test_words_are_counted_by_names_and_names_by_records() -> None:
    names = ["Вектор Авто", "Ромашка Авто", "Заря Авто", "Мир", *["Мир"] * 30]
    table = frequencies(encoded(*({"company_name": name} for name in names)))["company"]
    assert table.words == (0.25, 0.75)
    assert table.values == {"avto": 3 / 7}
    assert table.rest == pytest.approx(1 / 7)
    assert table.whole == {"mir": pytest.approx((31 - 3 * 34 / 4) / 34)}
    assert table.share("mir") == max(table.whole["mir"], 0.25 / 7)
    assert table.share("vektor avto") > table.share("vektor zaria") == table.share("kto ugodno")


def test_a_table_of_words_is_read_as_it_was_written() -> None:
    model = start_model()
    table = Frequencies(1e-4, {"avto": 0.02}, (0.5, 0.5), {"mir": 0.25}, 1e-5)
    model = replace(model, frequencies={"company": table})
    assert load(dump(model)).frequencies == model.frequencies


def test_a_model_from_before_akin_names_takes_them_for_parts() -> None:
    text = dump(start_model()).replace("      akin: 0.02\n", "").replace("      akin: 0.01\n", "")
    read = load(text).fields["company"]
    assert read.weight("akin") == read.weight("part")


def _file() -> tuple[Records, Model]:
    """Names of two words, of which some are common; the same companies in two towns' directories."""
    rare = [
        f"{a}{b}" for a in ("Nord", "Silber", "Kran", "Bern", "Falk", "Zypr") for b in ("licht", "mond", "ich", "stein")
    ]
    common = ("Auto", "Haus")
    names = [f"{a} {b}" for a in rare for b in rare if a != b][::7] + [f"{a} {b}" for a in common for b in rare]
    rows = [
        {"company_name": name, "city": town, "phones": f"+4930{1_000_000 + place}"}
        for place, name in enumerate(names)
        for town in ("Berlin", "Köln" if place % 5 else "Berlin")
    ]
    records = encoded(*rows)
    return records, adapt(records, start_model())


def test_in_a_file_a_name_of_rare_words_counts_more() -> None:
    records, model = _file()
    names = records.company.values.to_list()
    table = model.frequencies["company"]
    rare = next(name for name in names if name.startswith("nord"))
    common = next(name for name in names if name.startswith("auto"))
    assert table.share(rare) < table.share(common)
    i = np.array([names.index(rare), names.index(common)])
    rows = np.array([np.flatnonzero(records.company.codes == code)[:2] for code in i])
    told = [Scorer(model, records).reasons(*map(int, row)) for row in rows]
    bits = [next(reason.weight for reason in reasons if reason.field == "company") for reasons in told]
    assert bits[0] > bits[1]
