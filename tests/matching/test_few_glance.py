"""A glance at the text of a record rules out only whom scoring would drop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.matching.few_comparisons import Party
from hub.matching.few_glance import Cell, Glance
from hub.matching.few_scores import FewScorer
from hub.matching.model import start_model

RULING = ("given name", "patronymic", "birth date", "tax id")
SCORER = FewScorer(start_model())


def cells(parties: Sequence[Party]) -> Cell:
    """Records' columns as PostgreSQL writes them."""
    return lambda place, column: _written(parties[place][column])


def _written(value: object) -> bytes | None:
    if isinstance(value, list | tuple):
        return f"{{{','.join(map(_element, value))}}}".encode()
    return None if value is None else str(value).encode()


def _element(text: str) -> str:
    if text.isascii() and text.isalnum() and text.lower() != "null":
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


IVAN = Party("person", last="petrov", first="ivan", given=["ivan"], middle="sergeevich", birth_date=date(1984, 5, 17))


@pytest.mark.parametrize(
    ("other", "ruled_out"),
    [
        ({"first": "sergei", "given": ["sergei"]}, True),
        ({"first": "vania", "given": ["ivan"]}, False),
        ({"first": "i", "given": None}, False),
        ({"first": "s", "given": None}, False),  # left to scoring: an initial may stand for another name of his
        ({"first": "ivna", "given": ["ivna"]}, False),
        ({"first": "zzyzx", "given": ["zzyzx"]}, True),
        ({"first": "petrov", "last": "ivan", "given": ["petrov"]}, False),  # filed the other way round
        (
            {"first": "sergei", "given": ["sergei"], "last": None},
            False,
        ),  # left to scoring: a single name may be a surname
        ({"first": None}, False),
        ({"middle": "ivanovich"}, True),
        ({"middle": "s"}, False),
        ({"middle": "sergeevch"}, False),
        ({"birth_date": date(1971, 12, 3)}, True),
        ({"birth_date": date(1984, 12, 3)}, False),  # left to scoring
        ({"birth_date": date(1948, 5, 17)}, False),  # a slip
        ({"tax_id": "7707083893"}, False),
        ({}, False),
    ],
)
def test_a_glance_at_ivan(other: dict[str, object], ruled_out: bool) -> None:
    assert Glance(IVAN, RULING).rules_out(cells([IVAN._replace(**other)]), 0) is ruled_out


def test_another_tax_id_rules_out() -> None:
    one, other = IVAN._replace(tax_id="500100732259"), IVAN._replace(tax_id="7707083893")
    assert Glance(one, RULING).rules_out(cells([other]), 0)
    assert not Glance(one, RULING).rules_out(cells([one]), 0)


def test_nothing_is_ruled_out_by_what_the_model_does_not_hold_for_a_contradiction() -> None:
    assert not Glance(IVAN, ()).rules_out(
        cells([IVAN._replace(first="sergei", given=["sergei"], middle="ivanovich")]), 0
    )


_NAMES = st.sampled_from(
    ["ivan", "vania", "sergei", "petrov", "i", "s", "ivna", "ann marie", "null", 'a"b', "iulia", "é", "ыы"]
)
_DATES = st.sampled_from(
    [date(1984, 5, 17), date(1948, 5, 17), date(1984, 7, 15), date(1971, 12, 3), date(1948, 6, 17)]
)
_PARTIES = st.builds(
    Party,
    kind=st.sampled_from(["person", "person", "company", "house", "nameless"]),
    last=st.none() | _NAMES,
    first=st.none() | _NAMES,
    last_root=st.none() | _NAMES,
    given=st.none() | st.lists(_NAMES, max_size=3),
    middle=st.none() | st.sampled_from(["ivanovich", "sergeevich", "sergeevch", "s", "i", "ivan"]),
    birth_date=st.none() | _DATES,
    tax_id=st.none() | st.sampled_from(["7707083893", "500100732259"]),
    sex=st.none() | st.sampled_from("mf"),
)


@given(_PARTIES, st.lists(_PARTIES, min_size=1, max_size=6))
@example(IVAN, [IVAN._replace(first="sergei", given=["sergei", "ivan"])])
def test_pairs_are_the_same_with_and_without_a_glance(one: Party, others: list[Party]) -> None:
    met = [range(len(others))]
    assert SCORER.score([one], met, others, {}, cells(others)) == SCORER.score([one], met, others, {})
