"""Comparisons: for each pair of records and each field, the level of agreement.

A comparison maps pairs to levels (small integers with names); the model gives each level its weight. Level 0 is always
"missing": one of the records has no value, which is no evidence at all. The model also says which levels contradict
(a full birth date or patronymic that differs by more than a slip): no cluster may hold such a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from hub.matching.agreement import Rows
from hub.matching.levels_of_contacts import CONTACTS, SAME_CAR, VINS, emails, phones, vins
from hub.matching.levels_of_facts import (
    ACCOUNT,
    BIRTH,
    IDENTIFIER,
    PLACE,
    SEX,
    account,
    birth_date,
    generation,
    place,
    registration,
    sex,
    tax_id,
)
from hub.matching.levels_of_names import APART, COMPANY, GIVEN, MIDDLE, SURNAME, company, given, middle, surname
from hub.matching.records import Bytes, Records
from hub.matching.similarity import near, tokens_alike


@dataclass(frozen=True)
class Comparison:
    """One field's comparison.

    Attributes:
        name: name of the evidence, as people read it.
        levels: names of the levels; index 0 is "missing".
        compare: pairs (rows i, rows j) → level of each pair.
        rarity: level → the column whose value's rarity sharpens the weight of agreement at that level.
        commoner: of these levels at which the two values differ: the rarity of the commoner one counts.
        doubt: level that a glance (`hub.matching.glances`) guesses → the levels that it may turn out to be when texts are read.
    """

    name: str
    levels: tuple[str, ...]
    compare: Callable[[Records, Rows, Rows], Bytes]
    rarity: Mapping[str, str] = field(default_factory=dict)
    commoner: tuple[str, ...] = ()
    doubt: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


EXTRA = ("missing", "exact", "near", "part", "different")


def extra_evidence(name: str) -> Callable[[Records, Rows, Rows], Bytes]:
    """A comparison of one further textual field."""

    def compare(r: Records, i: Rows, j: Rows) -> Bytes:
        if name not in r.extra:
            return np.zeros(len(i), np.uint8)
        column = r.extra[name]
        a, b = column.codes[i], column.codes[j]
        known = (a != 0) & (b != 0)
        level = np.where(known, 4, 0).astype(np.uint8)
        level[known & (a == b)] = 1
        open_ = np.flatnonzero(level == 4)
        level[open_[tokens_alike(column.values, a[open_], b[open_]) >= 90]] = 3
        level[open_[near(column.values, a[open_], b[open_])]] = 2
        return level

    return compare


# Parts of a name go together more often than their frequencies say (Müller, Ursula; Ким, Чен): together they count
# no further than the model's ``name_cap``, so that a name alone, however rare it seems, merges nobody; a company has but one
NAME_PARTS = ("surname", "given name", "patronymic", "company")

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "surname",
        SURNAME,
        surname,
        {"exact": "root", "root": "root", "swapped": "root"},
        doubt={"near": ("missing", *APART), "part": ("near", *APART), "swapped": ("part", "near", *APART)},
    ),
    Comparison(
        "given name",
        GIVEN,
        given,
        {"exact": "first", "swapped": "first"},
        doubt={
            "missing": GIVEN[1:],
            "near": ("unlike", "different"),
            "swapped": ("near", "unlike", "different"),
            "unlike": ("different",),
        },
    ),
    Comparison("patronymic", MIDDLE, middle, {"exact": "middle"}, doubt={"near": ("different",)}),
    Comparison(
        "company",
        COMPANY,
        company,
        {"exact": "company", "alike": "company"},
        ("alike",),
        {"different": ("alike", "part", "akin")},
    ),
    Comparison("birth date", BIRTH, birth_date, {"exact": "birth"}),
    Comparison("phones", CONTACTS, phones),
    Comparison("e-mails", CONTACTS, emails, doubt={"near": ("different",)}),
    Comparison("vehicles", VINS, vins, doubt={"same_time": SAME_CAR[1:]}),
    Comparison(
        "address",
        PLACE,
        place,
        {"postcode": "postcode", "area": "area", "city": "city"},
        doubt={
            "area": ("city", "different"),
            **dict.fromkeys(("flat", "house", "street"), ("postcode", "area", "city")),
        },
    ),
    Comparison("tax id", IDENTIFIER, tax_id),
    Comparison("registration", IDENTIFIER, registration),
    Comparison("sex", SEX, sex),
    Comparison("generation", SEX, generation),
    Comparison("account", ACCOUNT, account),
)


def comparisons(extra: tuple[str, ...] = ()) -> tuple[Comparison, ...]:
    """The hub's comparisons, and one for each further textual field."""
    return COMPARISONS + tuple(
        Comparison(
            extra_name(name),
            EXTRA,
            extra_evidence(name),
            {"exact": extra_name(name)},
            doubt={"different": ("near", "part")},
        )
        for name in extra
    )


def extra_name(field: str) -> str:
    """What the comparison of a further textual field is called: a file may well call it "phones"."""
    return f"extra:{field}"
