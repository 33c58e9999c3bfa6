"""Adapting to a file without labels: the same data, the same model; relatives are no duplicates; the threshold."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from hub.matching.adapt import adapt, choose_keys, threshold
from hub.matching.cluster import Clusters
from hub.matching.crowding import Caps
from hub.matching.evaluate import quality
from hub.matching.model import Model, dump, load, start_model
from hub.matching.records import Records
from hub.matching.resolve import prepare, resolve
from hub.matching.score import Scorer
from hub.normalize.party import party_records
from tests.matching.people import LAST, people

START = start_model()
WOMEN = ("Анна", "Мария", "Ольга", "Елена", "Ирина", "Татьяна", "Юлия", "Нина", "Вера", "Софья", "Дарья")


def couples(count: int) -> pl.DataFrame:
    """Husband and wife of one surname, phone and house; every other husband has a second record without a birth date."""
    n = np.arange(count)
    mixed = (n * 2_654_435_761) % 2**32
    surname = [LAST[k % 11] for k in mixed // 7]
    address = [f"ул. {LAST[k % 11]}, д. {1 + k % 89}, кв. {1 + k % 37}" for k in mixed // 31]
    phone = [f"+7916{k * 7919 % 10**7:07}" for k in n]
    husbands = pl.DataFrame(
        {
            "last_name": surname,
            "first_name": [("Иван", "Пётр", "Сергей", "Андрей", "Олег", "Павел")[k % 6] for k in mixed // 101],
            "birth_date": [f"{1950 + k % 45}-{1 + k % 12:02}-{1 + k % 28:02}" for k in mixed // 13],
            "address": address,
            "phones": phone,
            "party": n,
        }
    )
    wives = husbands.with_columns(
        last_name=pl.Series([f"{name}а" for name in surname]),
        first_name=pl.Series([WOMEN[k % 11] for k in mixed // 103]),
        birth_date=pl.Series([f"{1952 + k % 43}-{1 + k % 11:02}-{1 + k % 27:02}" for k in mixed // 17]),
        party=pl.col("party") + count,
    )
    again = husbands.filter(pl.col("party") % 2 == 0).with_columns(birth_date=pl.lit(None, pl.String))
    rows = pl.concat([husbands, wives, again])
    return party_records(rows.drop("party")).with_columns(rows["party"], id=pl.format("{}", pl.int_range(len(rows))))


@cache
def learned() -> tuple[Records, pl.Series, Model, Clusters]:
    frame = couples(500)
    records = prepare(frame)
    model = adapt(records, START)
    return records, frame["party"], model, resolve(records, model)


def test_the_same_file_gives_the_same_model_whatever_the_order_of_rows() -> None:
    one, other = (
        adapt(prepare(frame), START)
        for frame in (people(600, 3), people(600, 3).sample(fraction=1.0, shuffle=True, seed=5))
    )
    assert dump(one) == dump(other)


def test_husband_and_wife_stay_apart_and_a_man_without_birth_date_is_found() -> None:
    _, party, _, clusters = learned()
    found = pl.DataFrame({"party": party, "cluster": clusters.label})
    assert found.group_by("cluster").agg(pl.col("party").n_unique())["party"].max() == 1
    assert found.group_by("party").agg(pl.col("cluster").n_unique())["cluster"].mean() < 1.01  # type: ignore[operator]


def test_reasons_with_relatives_add_up_to_the_score() -> None:
    records, _, model, _ = learned()
    scorer = Scorer(model, records)
    i, j = np.arange(40), np.arange(500, 540)  # husband and wife
    weights = scorer.score(i, j).weight
    for weight, reasons in zip(weights, scorer.reasons_of(i, j), strict=True):
        assert sum(reason.weight for reason in reasons) == pytest.approx(weight, abs=1e-3)
        assert [reason.weight < -1 for reason in reasons if reason.field == "kin"] == [True]


def test_a_model_with_relatives_is_read_as_it_was_written() -> None:
    model = learned()[2]
    assert dump(load(dump(model))) == dump(model)
    assert load(dump(model)).kin == pytest.approx(model.kin, abs=1e-3)


def test_what_is_personal_relatives_do_not_share() -> None:
    fields = learned()[2].fields
    assert not fields["given name"].kin
    assert not fields["birth date"].kin
    assert fields["phones"].kin_weight("shared") > 3
    assert fields["address"].kin_weight("flat") > 3


@pytest.mark.parametrize(("companions", "bits"), [(1.75, 0.0), (3.5, -1.0), (50.0, -3.0), (1.0, 0.807), (0.1, 1.0)])
def test_the_threshold_follows_the_companions_of_a_record(companions: float, bits: float) -> None:
    assert threshold(float(np.log2(companions / 4096)), 4096) == pytest.approx(bits, abs=1e-3)


def test_keys_are_chosen_of_what_the_file_has() -> None:
    keys = choose_keys(prepare(people(600, 3)))
    assert "birth date" in keys, "all who share one meet"
    assert not [kind for kind in keys if "birth date," in kind or ", birth date" in kind], "so nothing finer is needed"
    assert not [kind for kind in keys if "postcode" in kind]


def companies(names: list[str], towns: list[str]) -> pl.DataFrame:
    rows = pl.DataFrame({"company_name": names, "city": towns, "kind": ["company"] * len(names)})
    return party_records(rows).with_columns(id=pl.format("{}", pl.int_range(len(rows))))


def moved(count: int) -> pl.DataFrame:
    """Companies of one to three records that tell a name and a town alone; every fourth record says another town."""
    n = np.arange(count)
    party = np.sort(np.concatenate([n, n[n % 2 == 0], n[n % 4 == 0]]))
    names = [f"{LAST[k % 11]} {LAST[k // 11 % 11]} {LAST[k // 121 % 11]}" for k in (party * 7919) % 1331]
    towns = [f"Stadt{(p if k % 4 else k * 31) % 60}" for k, p in enumerate(party.tolist())]
    return companies(names, towns).with_columns(party=pl.Series(party))


def test_what_a_file_of_two_fields_cannot_teach_stays_as_it_is_assumed() -> None:
    records = prepare(moved(600))
    address = adapt(records, START).fields["address"]
    assert address.weight("different") >= -2.6


def test_agreement_counts_the_same_whichever_pairs_are_drawn() -> None:
    """Rare agreement is counted among the candidates: what is left of it by chance does not hang on a few random pairs."""
    frame = moved(600)
    model = adapt(prepare(frame), START)
    order = np.random.default_rng(4).permutation(len(frame))
    other = adapt(prepare(frame[order]), START)
    assert dump(model) == dump(other)


def namesakes(count: int) -> pl.DataFrame:
    """People of 42 names whose addresses are made from name and three letters; every third has a second record."""
    n = np.arange(count)
    mixed = (n * 2_654_435_761) % 2**32
    first = [("Anton", "Boris", "Viktor", "Gleb", "Denis", "Egor")[k % 6] for k in mixed // 101]
    last = [("Petrov", "Sidorov", "Volkov", "Orlov", "Belov", "Zaitsev", "Komarov")[k % 7] for k in mixed // 7]
    sign = ["".join(chr(97 + k // 26**place % 26) for place in range(3)) for k in n]
    rows = pl.DataFrame(
        {
            "last_name": last,
            "first_name": first,
            "birth_date": [f"{1950 + k % 45}-{1 + k % 12:02}-{1 + k % 28:02}" for k in mixed // 19],
            "emails": [
                f"{given}.{letters}.{name}@mail.ru".lower()
                for given, name, letters in zip(first, last, sign, strict=True)
            ],
            "party": n,
        }
    )
    again = rows.filter(pl.col("party") % 3 == 0).with_columns(
        birth_date=pl.when(pl.col("party") % 2 == 0).then("birth_date")
    )
    rows = pl.concat([rows, again])
    return party_records(rows.drop("party")).with_columns(rows["party"])


@pytest.mark.parametrize("keys", [("e-mail", "surname, birth date"), ("e-mail", "birth date", "surname, given name")])
def test_wider_keys_do_not_make_one_party_of_namesakes(keys: tuple[str, ...]) -> None:
    frame = namesakes(2000)
    records = prepare(frame)
    model = adapt(records, START, keys=keys)
    assert model.fields["e-mails"].weight("near") < 4.0
    found = quality(pl.Series(resolve(records, model, within=Caps(1000, 1000)).label), frame["party"])
    assert min(found.precision, found.recall) > 0.99


def test_a_file_in_which_nobody_meets_anybody_is_adapted_to() -> None:
    names = ["Anna Petrova", "Boris Ivanov", "Oleg Sidorov"]
    records = prepare(party_records(pl.DataFrame({"full_name": names})))
    assert len(set(resolve(records, adapt(records, START)).label.tolist())) == 3
