from __future__ import annotations

import polars as pl
import pytest

from hub.demo import DemoNetwork
from hub.demo.lists import cities
from hub.demo.people import People, populate
from hub.demo.shares import SHARES, markdown, share
from hub.settings import ROOT
from tests.demo.reading import read_plain, read_truth

PERSON = pl.col("kind") == "person"


@pytest.fixture(scope="module")
def people() -> People:
    return populate(3, 20_000, cities()["weight"].to_numpy())


@pytest.fixture(scope="module")
def truth(plain: DemoNetwork) -> pl.DataFrame:
    return read_truth(plain.truth_night1)


def close(found: float, name: str, slack: float = 0.0) -> None:
    """Within three standard deviations of a thousand draws, or a fifth of the share."""
    wanted = share(name)
    assert abs(found - wanted) <= max(0.2 * wanted, 3 * (wanted / 12_000) ** 0.5) + slack, (name, found, wanted)


@pytest.mark.parametrize(
    "name",
    [
        "no_phone", "phone_blank", "phone_word", "phone_placeholder", "phone_of_dealer", "phone_digit", "old_phone",
        "second_phone", "birth_date_missing", "birth_date_placeholder", "diminutive", "typo_last", "typo_first",
        "initials", "swapped", "upper_case", "lower_case", "email_placeholder", "email_of_dealer", "email_word",
        "address_missing", "transliterated", "wrong_layout",
    ],
)  # fmt: skip
def test_traps_of_people_occur_as_often_as_the_table_says(truth: pl.DataFrame, name: str) -> None:
    # `close` asserts
    rows = truth.filter(PERSON & (pl.col("feed") == "customers"))
    close(rows.select(pl.col("traps").list.contains(name).mean()).item(), name)


@pytest.mark.parametrize("name", ["lead_first_name_phone", "lead_email_only"])
def test_traps_of_leads_occur_as_often_as_the_table_says(truth: pl.DataFrame, name: str) -> None:
    # `close` asserts
    close(truth.filter(pl.col("feed") == "leads").select(pl.col("traps").list.contains(name).mean()).item(), name)


@pytest.mark.parametrize("name", ["kind_blank", "kind_wrong", "duplicate"])
def test_traps_of_records_occur_as_often_as_the_table_says(truth: pl.DataFrame, name: str) -> None:
    # `close` asserts
    close(truth.filter(pl.col("feed") == "customers").select(pl.col("traps").list.contains(name).mean()).item(), name)


def test_what_the_files_lack_agrees_with_the_table(plain: DemoNetwork, truth: pl.DataFrame) -> None:
    customers = read_plain(plain, "customers").unique(["dealer", "record_no"])
    truth = truth.filter(PERSON & (pl.col("feed") == "customers"))
    rows = customers.join(truth, on=["dealer", "record_no"], suffix="_true")
    words = ["нет", "н/д", "-", "NULL", "Н/Д", "n/a"]
    lacking = {
        name: pl.col(name).is_null() | pl.col(name).is_in(words) for name in ("middle_name", "birth_date", "phones")
    }
    found = rows.select(expression.mean().alias(name) for name, expression in lacking.items()).row(0, named=True)
    close(found["birth_date"], "birth_date_missing")
    close(found["phones"], "phone_blank", slack=share("phone_word"))
    assert share("patronymic_missing") - 0.03 < found["middle_name"] < share("patronymic_missing") + 0.08


def test_half_of_the_people_are_at_several_dealers(truth: pl.DataFrame) -> None:
    # `close` asserts
    rows = truth.filter(PERSON & (pl.col("feed") == "customers"))
    dealers = rows.group_by("party_id").agg(pl.col("dealer").n_unique())["dealer"]
    close(float((dealers > 1).mean() or 0), "several_dealers")


def test_households_have_namesakes_who_differ_in_their_patronymic_only(people: People) -> None:
    of = people.of
    roles = pl.DataFrame({
        "household": of.of, "role": of.role.tolist(), "last": people.last.tolist(), "first": people.first.tolist(),
        "middle": people.middle.tolist(), "phone": people.phone.tolist(), "home": people.home, "origin": people.origin,
    })  # fmt: skip
    sons = roles.filter((pl.col("role") == "namesake") & (pl.col("origin") == 0))
    both = sons.join(roles.filter(pl.col("role") == "head"), on="household", suffix="_father")
    close(sons.height / of.count, "namesake", slack=0.004)
    for column in ("last", "first", "phone", "home"):
        assert both.select((pl.col(column) == pl.col(f"{column}_father")).all()).item(), column
    assert both.select((pl.col("middle") != pl.col("middle_father")).all()).item()


def test_twins_share_birth_date_and_surname_and_differ_in_name(people: People) -> None:
    of = people.of
    twins = pl.DataFrame({
        "household": of.of, "role": of.role.tolist(), "first": people.first.tolist(), "birth": people.birth,
    }).filter(pl.col("role").str.starts_with("twin"))  # fmt: skip
    pairs = twins.group_by("household").agg(pl.col("first").n_unique(), pl.col("birth").n_unique(), pl.len())
    pairs = pairs.filter(pl.col("len") == 2)
    assert pairs.height > 50
    assert (pairs["first"] == 2).all()
    assert (pairs["birth"] == 1).all()


def test_mobiles_are_their_owners_alone_unless_shared_at_home(people: People) -> None:
    table = pl.DataFrame({"phone": people.phone.tolist(), "household": people.of.of})
    assert table.group_by("phone").agg(pl.col("household").n_unique())["household"].max() == 1


def test_a_switchboard_is_shared_by_many(plain: DemoNetwork, truth: pl.DataFrame) -> None:
    rows = truth.filter(pl.col("traps").list.contains("switchboard"))
    assert rows["party_id"].n_unique() > 40


def test_an_own_contact_is_the_dealers(plain: DemoNetwork, truth: pl.DataFrame) -> None:
    customers = read_plain(plain, "customers").unique(["dealer", "record_no"])
    own = truth.filter(pl.col("traps").list.contains("email_of_dealer") & (pl.col("feed") == "customers"))
    registry = pl.read_csv(plain.dealers, infer_schema=False).select(dealer="dealer_code", own="emails")
    rows = customers.join(own.select("dealer", "record_no"), on=["dealer", "record_no"]).join(registry, on="dealer")
    corrected = pl.col("emails").is_in(["нет", "н/д", "-", "NULL"])
    assert rows.select((pl.col("own").str.contains(pl.col("emails"), literal=True) | corrected).mean()).item() > 0.95


def test_the_table_prints() -> None:
    lines = markdown().splitlines()
    assert len(lines) == len(SHARES) + 2
    assert "| `patronymic_missing` | 20.00% |" in markdown()


def test_the_documentation_prints_the_table() -> None:
    assert markdown() in (ROOT / "docs" / "demo.md").read_text("utf-8")
