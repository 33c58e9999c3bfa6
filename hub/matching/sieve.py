"""What a sieve asks of pairs, many at a time, before any of them is looked at by itself.

Nearly all candidates agree on nothing but what made them meet. A sieve asks a few plain questions of each comparison (are these
codes equal, do these sets meet, may these texts be near), each of which stands for the levels that a glance
(`hub.matching.glances.told`) may tell where the answer is yes. The greatest of their weights bounds the evidence; a pair whose
bounds do not add up to the review threshold can be no edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hub.matching import glances as g
from hub.matching.blocks import Blocks, Rows
from hub.matching.glances import DOUBT
from hub.matching.levels import Program
from hub.matching.look import Look
from hub.matching.sieves import (
    BITS,
    BOTH,
    CROSS,
    DATE,
    DIGITS,
    EITHER,
    EQUAL,
    FOREIGN,
    LANES,
    MEET,
    NEAR,
    SET,
    SLIPS,
    TOGETHER,
    promising,
)

Feature = (
    int | tuple[int, int, int, int]
)  # a row of what is known of members, or what is derived: kind, row, width, shift


class Question(NamedTuple):
    """What is asked of two records, and the levels that a glance may tell where it is so."""

    asked: int
    one: Feature
    other: Feature
    levels: tuple[int, ...]


class Sieve:
    """The questions of a program, ready to be asked."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._rows = (
            1 + program.look.codes.shape[1] + program.look.words.shape[1]
        )  # the number of the block, codes, words
        self._derived: list[tuple[int, int, int, int]] = []
        tests: list[tuple[int, int, int, int, int]] = []
        weights: list[float] = []
        self._names = 0
        columns = _Columns(program.look)
        for place, number in enumerate(program.number.tolist()):
            for question in columns.questions(number):
                for column, weight in self._answers(place, question):
                    one, other = self._row(question.one), self._row(question.other)
                    tests.append((question.asked, one, other, column + 1, 0))
                    weights.append(weight)
            if tests:
                tests[-1] = (*tests[-1][:4], 1)
            self._names = len(tests) if place + 1 == program.names else self._names
        self._tests = np.array(tests, np.int64).reshape(-1, 5)
        self._weights = np.array(weights, np.float32)
        self._table = np.array(self._derived, np.int64).reshape(-1, 4)

    def _row(self, feature: Feature) -> int:
        if isinstance(feature, int):
            return feature
        if feature not in self._derived:
            self._derived.append(feature)
        place: int = self._rows + self._derived.index(feature)
        return place

    def _answers(self, place: int, question: Question) -> list[tuple[int, float]]:
        """The greatest weight of the levels that no rarity sharpens, and of those that each column does."""
        answers: dict[int, float] = {}
        for level in question.levels:
            column = int(self._program.sharp[place, level])
            weight = float(self._program.most[place, level])
            if column >= 0 and question.asked != EQUAL:
                column, weight = -1, weight + float(self._program.rare[:, column].max())
            answers[column] = max(answers.get(column, -np.inf), weight)
        return list(answers.items())

    def promising(self, blocks: Blocks, begin: int, end: int, touched: npt.NDArray[np.bool_]) -> tuple[Rows, Rows]:
        """The pairs of a stretch of members that may be worth a look; each once."""
        look = self._program.look
        room = TOGETHER + (max(LANES, int(blocks.starts[blocks.number[end - 1] + 1]) - begin) if end > begin else LANES)
        own = np.zeros(room * (self._rows + len(self._derived)), np.uint64)
        rarity = np.zeros(room * (1 + self._program.rare.shape[1]), np.float32)
        most = blocks.pairs_between(begin, end)
        low, high = np.empty(most, np.int64), np.empty(most, np.int64)
        found = promising(
            blocks.members, blocks.number, blocks.starts, blocks.first, blocks.of_row, touched, begin, end,
            look.codes, look.words, self._table, self._tests, self._weights, self._program.rare,
            self._names, self._program.cap, self._program.needed,
            own, rarity, np.empty(room, np.float32), np.full(room, np.float32(-np.inf)), low, high,
        )  # fmt: skip
        return low[:found], high[:found]


class _Columns:
    """The columns of a look as features, and the questions of each comparison that they can answer.

    What both say of themselves is asked first: the level of two that both say something, if nothing of it agrees.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._flags = int(np.bitwise_or.reduce(look.codes[:, int(look.at[g.FLAGS])], initial=0))

    def questions(self, number: int) -> Iterator[Question]:
        """Of a comparison by its number in `hub.matching.glances.told`."""
        return _ASKED[number](self) if number < len(_ASKED) else self._text(g.PLACES + number - len(_ASKED))

    def _first(self, place: int) -> int:
        """The row of its first column."""
        before = 1 + int(self._look.codes.shape[1]) if g.CODES <= place < g.PLACES else 1
        return before + int(self._look.at[place])

    def _of(self, place: int) -> Feature:
        """One value, or the set of several."""
        width = int(self._look.width[place])
        return self._first(place) if width == 1 else (SET, self._first(place), width, 0)

    def _bits(self, shift: int, mask: int) -> Feature:
        return BITS, self._first(g.FLAGS), mask, int(shift)

    def _ask(self, asked: int, place: int, *levels: int) -> Iterator[Question]:
        """One question of one column; of none that no record fills."""
        if self._look.at[place]:
            yield Question(asked, self._of(place), self._of(place), levels)

    def _meet(self, place: int, *levels: int) -> Iterator[Question]:
        yield from self._ask(MEET if self._look.width[place] > 1 else EQUAL, place, *levels)

    def _crossed(self, one: int, other: int, *levels: int) -> Iterator[Question]:
        if self._look.at[one] and self._look.at[other]:
            yield Question(CROSS, self._of(one), self._of(other), levels)

    def _near(self, line: int, slips: int, *levels: int) -> Iterator[Question]:
        if not self._look.at[line]:
            return
        yield Question(NEAR, self._of(line), (SLIPS, self._first(g.FLAGS), 1, int(slips)), levels)
        if (self._look.words[:, int(self._look.at[line])] == g.ANY).any():
            foreign = (FOREIGN, self._first(line), 1, 0)
            yield Question(EITHER, foreign, foreign, levels)

    def _either(self, flag: int, *levels: int) -> Iterator[Question]:
        if self._flags >> int(flag) & 1:
            yield Question(EITHER, self._bits(flag, 1), self._bits(flag, 1), levels)

    def _surname(self) -> Iterator[Question]:
        yield from self._ask(BOTH, g.LAST, 6, 7)
        yield from self._ask(EQUAL, g.LAST, 1)
        codes, at = self._look.codes, self._look.at
        if not np.array_equal(codes[:, int(at[g.LAST])], codes[:, int(at[g.ROOT])]):
            yield from self._ask(EQUAL, g.ROOT, 2)
        yield from self._crossed(g.LAST, g.FIRST, 5, 5 | DOUBT)
        yield from self._crossed(g.LAST, g.MIDDLE, 4)
        yield from self._either(g.SPACED, 4 | DOUBT)
        yield from self._either(g.LONE, 0, 1, 3 | DOUBT)
        yield from self._near(g.ROOT_LINE, g.ROOT_SLIPS, 3, 3 | DOUBT)

    def _given(self) -> Iterator[Question]:
        yield from self._ask(BOTH, g.FIRST, 6 | DOUBT, 7)
        yield from self._ask(EQUAL, g.FIRST, 1)
        yield from self._meet(g.GIVEN, 2)
        yield from self._either(g.ONE_LETTER, 3)
        yield from self._crossed(g.LAST, g.FIRST, 5, 5 | DOUBT)
        yield from self._either(g.LONE, 0, DOUBT)
        yield from self._near(g.FIRST_LINE, g.FIRST_SLIPS, 4, 4 | DOUBT)

    def _middle(self) -> Iterator[Question]:
        yield from self._ask(BOTH, g.MIDDLE, 4)
        yield from self._ask(EQUAL, g.MIDDLE, 1)
        yield from self._either(g.ONE_MIDDLE_LETTER, 2)
        yield from self._near(g.MIDDLE_LINE, g.MIDDLE_SLIPS, 3, 3 | DOUBT)

    def _text(self, place: int) -> Iterator[Question]:
        yield from self._ask(BOTH, place, 4 | DOUBT)
        yield from self._ask(EQUAL, place, 1)

    def _birth(self) -> Iterator[Question]:
        yield from self._ask(BOTH, g.BORN, 4, 5)
        yield from self._ask(EQUAL, g.BORN, 1)
        yield from self._ask(DIGITS, g.BORN, 3)
        if self._look.at[g.BORN]:
            turned = (DATE, self._first(g.BORN), 1, 0)
            yield Question(EQUAL, turned, turned, (2,))

    def _phones(self) -> Iterator[Question]:
        yield from self._ask(BOTH, g.OWN_PHONES, 4)
        yield from self._meet(g.OWN_PHONES, 1)
        yield from self._meet(g.COMMON_PHONES, 2)
        yield from self._ask(DIGITS, g.FIRST_PHONE, 3)

    def _emails(self) -> Iterator[Question]:
        yield from self._ask(BOTH, g.OWN_EMAILS, 4)
        yield from self._meet(g.OWN_EMAILS, 1)
        yield from self._meet(g.COMMON_EMAILS, 2)
        yield from self._near(g.EMAIL_LINE, g.EMAIL_SLIPS, 3, 3 | DOUBT)

    def _vins(self) -> Iterator[Question]:
        yield from self._ask(BOTH, g.VINS, 6)
        yield from self._meet(g.VINS, 1 | DOUBT)

    def _place(self) -> Iterator[Question]:
        for place in (g.CITY, g.POSTCODE, g.STREET):
            yield from self._ask(BOTH, place, 7)
        yield from self._ask(EQUAL, g.CITY, 6)
        yield from self._ask(EQUAL, g.POSTCODE, 4)
        yield from self._ask(EQUAL, g.AREA, 5)
        yield from self._near(g.POSTCODE_LINE, g.POSTCODE_SLIPS, 5, 5 | DOUBT)
        yield from self._ask(EQUAL, g.STREET, 1, 2, 3)
        yield from self._near(g.STREET_LINE, g.STREET_SLIPS, 1, 2, 3, 1 | DOUBT, 2 | DOUBT, 3 | DOUBT)

    def _identifier(self, place: int) -> Iterator[Question]:
        yield from self._ask(BOTH, place, 2)
        yield from self._ask(EQUAL, place, 1)

    def _choice(self, shift: int) -> Iterator[Question]:
        if self._flags >> shift & 3:
            chosen = self._bits(shift, 3)
            yield Question(BOTH, chosen, chosen, (2,))
            yield Question(EQUAL, chosen, chosen, (1,))

    def _account(self) -> Iterator[Question]:
        yield from self._ask(EQUAL, g.ACCOUNT, 1)
        yield from self._ask(EQUAL, g.DEALER, 2)


_ASKED: tuple[Callable[[_Columns], Iterator[Question]], ...] = (
    _Columns._surname,
    _Columns._given,
    _Columns._middle,
    lambda columns: columns._text(g.COMPANY),
    _Columns._birth,
    _Columns._phones,
    _Columns._emails,
    _Columns._vins,
    _Columns._place,
    lambda columns: columns._identifier(g.TAX),
    lambda columns: columns._identifier(g.REGISTRATION),
    lambda columns: columns._choice(int(g.SEX)),
    lambda columns: columns._choice(int(g.GENERATION)),
    _Columns._account,
)
