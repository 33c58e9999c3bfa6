"""docs/matching.md and docs/domain.md: levels, keys, constants and formulas are those of the code."""

from __future__ import annotations

import math
from importlib import import_module

import pytest
import yaml

from hub.golden import survivorship
from hub.matching.blocking_report import SKEWED_BLOCKS, SKEWED_SHARE
from hub.matching.comparison import COMPARISONS
from hub.matching.keys import BLOCK_CAP
from hub.matching.model import START_MODEL, start_model
from tests.docs.pages import codes, page, section, table

PAGE = page("matching.md")
FLAT = " ".join(PAGE.split())
MODEL = start_model()


def test_the_comparisons_and_their_levels() -> None:
    told = [(name, tuple(levels.split(", "))) for name, levels in table(PAGE, "comparison")]
    assert told == [(comparison.name, comparison.levels) for comparison in COMPARISONS]


def test_what_rarity_sharpens() -> None:
    told = [tuple(row) for row in table(PAGE, "sharpened")]
    assert told == [(c.name, level, column) for c in COMPARISONS for level, column in c.rarity.items()]
    assert {"root", "first", "middle"} <= set(MODEL.frequencies)


def test_the_kinds_of_keys() -> None:
    told = [cell for row in table(PAGE, "kind") for cell in row if cell]
    assert sorted(told) == sorted(MODEL.keys)


@pytest.mark.parametrize("row", table(PAGE, "constant"), ids=lambda row: row[0])
def test_the_constants(row: list[str]) -> None:
    place, _, name = codes(row[0])[0].rpartition(".")
    assert getattr(import_module(place), name) == float(row[1])


def test_numbers_in_the_text_are_those_of_the_table() -> None:
    value = {codes(row[0])[0].rpartition(".")[2]: row[1] for row in table(PAGE, "constant")}
    assert f"A key that more than {value['BLOCK_CAP']} records share" in FLAT
    assert f"at least {value['DEALER_PLACEHOLDER']} names at one dealer, or {value['PLACEHOLDER']} in the" in FLAT
    assert f"at least {value['COMMON']} names in the whole base" in FLAT
    assert f"at most {value['COMPONENT_CAP']} records" in FLAT


def test_when_a_value_is_called_skewed() -> None:
    assert f"in more than {SKEWED_BLOCKS * BLOCK_CAP} records and a hundredth of the base" in FLAT
    assert SKEWED_SHARE == 0.01


def test_the_keys_of_the_model_file() -> None:
    body = yaml.safe_load(START_MODEL.read_text(encoding="utf-8"))
    assert [codes(row[0])[0] for row in table(PAGE, "key")] == list(body)
    assert {"m", "u"} <= set(body["fields"]["surname"])
    assert "forbids" in body["fields"]["birth date"]
    assert set(body["frequencies"]["root"]) == {"rest", "values"}


def test_the_arithmetic_of_the_page() -> None:
    birth = MODEL.fields["birth date"]
    assert round(birth.weight("exact"), 1) == 14.2 == round(math.log2(0.95 / 0.00005), 1)
    assert (MODEL.prior, MODEL.match) == (-19, 3), "with a prior of −19 and a threshold of 3"
    bits = [float(row[2].replace("−", "-")) for row in table(PAGE, "field")[:-1]]
    assert round(sum(bits), 1) == pytest.approx(28.1, abs=0.2)


def test_neither_a_name_nor_a_phone_alone_merges() -> None:
    assert MODEL.prior + MODEL.name_cap < MODEL.match
    assert MODEL.prior + MODEL.fields["phones"].weight("shared") < MODEL.match


def test_what_contradicts() -> None:
    forbidding = {name for name, field in MODEL.fields.items() if field.forbids}
    assert forbidding == {"given name", "patronymic", "birth date", "tax id", "registration", "generation"}


def test_the_votes_of_survivorship() -> None:
    rows = {row[0]: row[1] for row in table(section(page("domain.md"), "The best value"), "part")}
    for feed, trust in survivorship.TRUST.items():
        assert f"`{feed}` {trust}" in rows["trust"]
    assert f"times {survivorship.ENDED} " in rows["trust"]
    assert f"{survivorship.HALF_LIFE:.0f} days" in rows["recency"]
