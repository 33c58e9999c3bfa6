"""What judgements amount to: sets, partings, and which of two that contradict holds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.judgements import Book, Judgement, bonds, constraints, parts_of
from hub.matching.records import COMPANY, HOUSE, PERSON

RECORDS = "abcdefg"


def say(number: int, verdict: str, *groups: str) -> Judgement:
    """A judgement on records of one letter."""
    return Judgement(number, verdict, parts_of(verdict, groups))


def together(book: Book) -> set[str]:
    return {"".join(sorted(one)) for one in book.sets()}


def apart(book: Book) -> set[str]:
    return {
        "".join(sorted(x + y)) for one, other in book.apart() for x in book.members(one) for y in book.members(other)
    }


CASES = {
    "same carries over": ([say(1, "same", "ab"), say(2, "same", "bc")], {"abc"}, set(), set()),
    "different holds for all that are the same": (
        [say(1, "same", "ab"), say(2, "different", "bc"), say(3, "same", "cd")],
        {"ab", "cd"},
        {"ac", "bc", "ad", "bd"},
        set(),
    ),
    "different parts each from each": ([say(1, "different", "abc")], set(), {"ab", "ac", "bc"}, set()),
    "a split joins and parts": ([say(1, "split", "ab", "c")], {"ab"}, {"ac", "bc"}, set()),
    "unsure binds nothing": ([say(1, "unsure", "ab")], set(), set(), set()),
    "the newer wins: different": ([say(1, "same", "ab"), say(2, "different", "ab")], set(), {"ab"}, {1}),
    "the newer wins: same": ([say(1, "different", "ab"), say(2, "same", "ab")], {"ab"}, set(), {1}),
    "of a chain the oldest link yields": (
        [say(1, "same", "ab"), say(2, "same", "bc"), say(3, "different", "ac")],
        {"bc"},
        {"ac", "ab"},
        {1},
    ),
    "what is not contradicted of a judgement holds": (
        [say(1, "same", "abc"), say(2, "different", "ab")],
        {"ac"},
        {"ab", "bc"},
        {1},
    ),
    "others of a part hold without its first": (
        [say(1, "same", "abc"), say(2, "different", "ab"), say(3, "different", "ac")],
        {"bc"},
        {"ab", "ac"},
        {1},
    ),
}


@pytest.mark.parametrize(("judgements", "sets", "parted", "overruled"), CASES.values(), ids=CASES)
def test_what_follows(judgements: list[Judgement], sets: set[str], parted: set[str], overruled: set[int]) -> None:
    book = Book(judgements)
    assert (together(book), apart(book), book.overruled) == (sets, parted, overruled)


OPPOSING = {
    "nothing said": ([], say(9, "same", "ab"), []),
    "the same again": ([say(1, "same", "ab")], say(9, "same", "ab"), []),
    "the opposite": ([say(1, "different", "ab")], say(9, "same", "ab"), [1]),
    "by way of others": (
        [say(1, "same", "ab"), say(2, "same", "bc"), say(3, "same", "cd")],
        say(9, "different", "ac"),
        [1, 2],
    ),
    "two sets that are parted": (
        [say(1, "same", "ab"), say(2, "same", "cd"), say(3, "different", "ac")],
        say(9, "same", "bd"),
        [3],
    ),
    "a split of a set": ([say(1, "same", "abc")], say(9, "split", "ab", "c"), [1]),
    "a part that is parted": ([say(1, "different", "ab")], say(9, "split", "ab", "c"), [1]),
    "unsure contradicts nothing": ([say(1, "same", "ab")], say(9, "unsure", "ab"), []),
}


@pytest.mark.parametrize(("book", "judgement", "expected"), OPPOSING.values(), ids=OPPOSING)
def test_what_a_judgement_contradicts(book: list[Judgement], judgement: Judgement, expected: list[int]) -> None:
    assert Book(book).opposing(judgement) == expected


def test_what_is_said_already() -> None:
    book = Book([say(1, "same", "ab"), say(2, "different", "bc")])
    assert book.says(say(9, "same", "ab"))
    assert book.says(say(9, "different", "ac"))
    assert book.says(say(9, "split", "ab", "c"))
    assert not book.says(say(9, "same", "abc"))
    assert not book.says(say(9, "unsure", "ab"))


WRONG = {
    "maybe": [["a", "b"]],
    "same": [["a"]],
    "different": [["a", "a"]],
    "split": [["a", "b"]],
    "unsure": [[str(number) for number in range(201)]],
}


@pytest.mark.parametrize("verdict", WRONG)
def test_a_verdict_that_does_not_fit_its_records(verdict: str) -> None:
    with pytest.raises(ValueError, match=r"verdict|named twice|speaks of|two groups"):
        parts_of(verdict, WRONG[verdict])


@st.composite
def judged(draw: st.DrawFn) -> list[Judgement]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        verdict = draw(st.sampled_from(["same", "different", "split"]))
        records = draw(st.lists(st.sampled_from(RECORDS), min_size=2, max_size=4, unique=True))
        cut = draw(st.integers(1, len(records) - 1))
        groups = [records[:cut], records[cut:]] if verdict == "split" else [records]
        found.append(Judgement(number, verdict, parts_of(verdict, groups)))
    return found


@given(judged(), st.randoms())
def test_laws_of_the_book(judgements: list[Judgement], dice: object) -> None:
    book = Book(judgements)
    # no set holds two that are parted
    for one, other in combinations(RECORDS, 2):
        if book.root(one) == book.root(other):
            assert "".join((one, other)) not in apart(book)
    # the newest holds whole
    newest = judgements[-1]
    assert newest.number not in book.overruled
    assert book.says(newest)
    # the order in which they are read decides nothing
    shuffled = list(judgements)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    again = Book(shuffled)
    assert (together(again), apart(again), again.overruled) == (together(book), apart(book), book.overruled)
    # what was accepted without opposition overrules nobody
    sound: list[Judgement] = []
    for judgement in judgements:
        if not Book(sound).opposing(judgement):
            sound.append(judgement)
    assert Book(sound).overruled == set()


@given(judged())
def test_opposition_is_what_would_be_overruled(judgements: list[Judgement]) -> None:
    *former, newest = judgements
    before, after = Book(former).overruled, Book(judgements).overruled
    if not before:
        assert bool(Book(former).opposing(newest)) == bool(after)


@given(judged())
def test_bonds_hold_all_that_matters(judgements: list[Judgement]) -> None:
    bond = bonds((one.number, record) for one in judgements for record in one.records)
    whole = Book(judgements)
    for name in set(bond.values()):
        part = Book(one for one in judgements if bond[one.number] == name)
        records = {r for one in judgements if bond[one.number] == name for r in one.records}
        assert together(part) == {one for one in together(whole) if set(one) <= records}
        assert apart(part) == {one for one in apart(whole) if set(one) <= records}


def demanded(judgements: list[Judgement], identities: str, kinds: list[int]) -> tuple[list[str], list[str], list[str]]:
    found = constraints(judgements, pl.Series(list(identities)), np.array(kinds, np.uint8))
    if found is None:
        return [], [], []
    named = [["".join(sorted(identities[row] for row in rows)) for rows in part] for part in
             (found.together, found.apart, found.unsure)]  # fmt: skip
    return tuple(sorted(part) for part in named)  # type: ignore[return-value]


def test_constraints_reach_over_records_that_are_gone() -> None:
    said = [say(1, "same", "ab"), say(2, "same", "bc"), say(3, "different", "bd"), say(4, "unsure", "ae")]
    assert demanded(said, "acde", [PERSON] * 4) == (["ac"], ["ad"], ["ae"])
    assert demanded(said, "xyz", [PERSON] * 3) == ([], [], [])
    assert demanded([], "abc", [PERSON] * 3) == ([], [], [])


def test_a_company_is_never_a_person_and_a_house_account_nobody() -> None:
    said = [say(1, "same", "abcdef"), say(2, "different", "ag")]
    kinds = [PERSON, COMPANY, PERSON, COMPANY, HOUSE, HOUSE, PERSON]
    sets, parted, _ = demanded(said, "abcdefg", kinds)
    assert sets == ["ac", "bd"]
    assert parted == ["ag", "bg", "eg", "fg"]
