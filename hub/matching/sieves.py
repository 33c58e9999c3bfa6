"""Compiled: of the pairs of many blocks those that may be worth a look, many pairs at a time.

The members of neighbouring blocks stand side by side, feature by feature. A pair is a place and the one so many places behind it,
so all pairs of one distance are told by going through each feature once, without a branch: the processor does eight of
them in one instruction. `hub.matching.sieve` says what is asked. Kernels take arrays and numbers one by one, and no objects; so
their lists of parameters are long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import inlined, looking

Number = Any  # a number or a truth value of whatever width; the compiler knows
Codes = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

LANES = 256  # members side by side
TOGETHER = 16  # of which it is asked at once whether any is worth a look
# what is derived of what records hold …
BITS, SLIPS, FOREIGN, DATE, SET = range(5)
# … and of what is asked of two of them
BOTH, EQUAL, MEET, CROSS, EITHER, NEAR, DIGITS = range(7)

ZERO, ONE, TWO, THREE, FOUR, EIGHT, TWO_BYTES, SIX_BITS, BYTE = (np.uint64(n) for n in (0, 1, 2, 3, 4, 8, 16, 58, 255))
ANY = np.uint64(2**64 - 1)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
NEVER = np.float32(-1e30)


@looking
def promising(
    members: Codes, number: Codes, starts: Rows, first: Rows, of_row: Codes, touched: Bools, begin: int, end: int,
    codes: Codes, words: Words, derived: Rows, tests: Rows, weights: Floats, rare: Floats,
    names: int, cap: float, needed: float, own: Words, rarity: Floats, level: Floats, total: Floats, low: Rows, high: Rows,
) -> int:  # fmt: skip
    """Write the pairs of a stretch of members with those behind them whose evidence may reach ``needed``; how many.

    Args:
        members, number, starts, first, of_row: as of `hub.matching.blocks.Blocks`.
        touched: if of any length, only pairs of which one record is touched.
        codes, words: as of `hub.matching.look.Look`.
        derived: rows of kind, row of ``own``, width and shift.
        tests: rows of what is asked, of two rows of ``own``, of the row of ``rarity`` that adds to it, and 1 at the
            end of each comparison; ``weights``: the evidence where the answer is yes.
        names: tests of names, whose evidence is no more than ``cap`` together.
        own, rarity, level, total: room for what is known of the members, row after row; the first row of ``rarity`` is 0.
    """
    found, place = 0, begin
    room = np.uint64(len(total))
    while place < end:
        stop = starts[number[place] + 1]
        reach = size = stop - place
        while stop < end:
            after = starts[number[stop] + 1]
            if after - place > LANES or after - stop > 2 * size:
                break
            reach = max(reach, after - stop)
            stop = after
        last = min(stop, end)
        _gather(members, number, place, stop - place, codes, words, derived, rare, own, rarity, room)
        for distance in range(1, reach):
            lanes = min(last - place, stop - place - distance)
            _told(
                np.uint64(lanes),
                np.uint64(distance),
                tests,
                weights,
                names,
                cap,
                own,
                rarity,
                level,
                total,
                room,
            )
            for group in range(0, lanes, TOGETHER):
                if not _any(np.uint64(group), total, needed):
                    continue
                for lane in range(group, min(group + TOGETHER, lanes)):
                    if total[lane] < needed:
                        continue
                    i, j = members[place + lane], members[place + lane + distance]
                    if len(touched) and not (touched[i] or touched[j]):
                        continue
                    if _first_in_common(first[i], first[j], of_row) == number[place + lane]:
                        low[found], high[found] = i, j
                        found += 1
        place = last
    return found


@looking
def _any(begin: Number, total: Floats, needed: float) -> Any:
    found = False
    for lane in range(begin, begin + np.uint64(TOGETHER)):
        found |= total[lane] >= needed
    return found


# as in `hub.matching.meetings`: a kernel takes no part of another file, which could change unnoticed (`hub.matching.glances`)
@inlined
def _first_in_common(a: int, b: int, blocks: Codes) -> Any:
    """The first block that two rows share, whose lists begin at ``a`` and ``b``; they do share one, so the walk ends."""
    while blocks[a] != blocks[b]:
        if blocks[a] < blocks[b]:
            a += 1
        else:
            b += 1
    return blocks[a]


@looking
def _gather(
    members: Codes, number: Codes, place: int, count: int, codes: Codes, words: Words, derived: Rows, rare: Floats,
    own: Words, rarity: Floats, room: Number,
) -> None:  # fmt: skip
    """Put what is known of members side by side: the number of their block, codes, words, and what follows of these."""
    for lane in range(count):
        at, x = np.uint64(lane), members[place + lane]
        own[at] = number[place + lane]
        for column in range(codes.shape[1]):
            at += room
            own[at] = codes[x, column]
        for column in range(words.shape[1]):
            at += room
            own[at] = words[x, column]
        at = np.uint64(lane)
        for column in range(rare.shape[1]):
            at += room
            rarity[at] = rare[x, column]
    into, lanes = np.uint64(1 + codes.shape[1] + words.shape[1]) * room, np.uint64(count)
    for feature in range(len(derived)):
        kind, row, width, shift = derived[feature]
        begin, mask, by = np.uint64(row) * room, np.uint64(width), np.uint64(shift)
        if kind == BITS:
            for lane in range(lanes):
                own[into + lane] = own[begin + lane] >> by & mask
        elif kind == SLIPS:  # one more than the bits by which outlines of texts that are near may differ
            for lane in range(lanes):
                slips = own[begin + lane] >> by & THREE
                own[into + lane] = slips * TWO + ONE if slips != ZERO else ZERO
        elif kind == FOREIGN:
            for lane in range(lanes):
                own[into + lane] = ONE if own[begin + lane] == ANY else ZERO
        elif kind == DATE:  # the same with day and month in each other's place
            for lane in range(lanes):
                date = own[begin + lane]
                day, month = date & BYTE, date >> EIGHT & BYTE
                own[into + lane] = date >> TWO_BYTES << TWO_BYTES | max(day, month) << EIGHT | min(day, month)
        else:  # a set: a bit for each value
            for lane in range(lanes):
                held = ZERO
                for column in range(mask):
                    value = own[begin + column * room + lane]
                    if value != ZERO:
                        held |= ONE << (value * GOLDEN >> SIX_BITS)
                own[into + lane] = held
        into += room


@looking
def _told(
    lanes: Number, distance: Number, tests: Rows, weights: Floats, names: int, cap: float,
    own: Words, rarity: Floats, level: Floats, total: Floats, room: Number,
) -> None:  # fmt: skip
    """The greatest evidence of the pairs of one distance; none at all where they are of two blocks."""
    for lane in range(lanes):
        total[lane] = np.float32(0) if own[lane] == own[lane + distance] else NEVER
        level[lane] = np.float32(0)
    for test in range(len(tests)):
        asked, weight = tests[test, 0], weights[test]
        a, b = np.uint64(tests[test, 1]) * room, np.uint64(tests[test, 2]) * room
        sharp = np.uint64(tests[test, 3]) * room
        if asked == BOTH:
            _both(lanes, a, a + distance, own, level, weight)
        elif asked == EQUAL:
            _equal(lanes, a, a + distance, own, level, weight, rarity, sharp)
        elif asked == MEET:
            _meet(lanes, a, a + distance, own, level, weight)
        elif asked == CROSS:
            _cross(lanes, a, b, distance, own, level, weight)
        elif asked == EITHER:
            _either(lanes, a, a + distance, own, level, weight)
        elif asked == NEAR:
            _near(lanes, a, b, distance, own, level, weight)
        else:
            _digits(lanes, a, a + distance, own, level, weight)
        if tests[test, 4]:
            for lane in range(lanes):
                total[lane] += level[lane]
                level[lane] = np.float32(0)
        if test + 1 == names:
            for lane in range(lanes):
                total[lane] = min(total[lane], np.float32(cap))


@looking
def _both(lanes: Number, x: Number, y: Number, own: Words, level: Floats, weight: Number) -> None:
    for lane in range(lanes):
        level[lane] = weight if own[x + lane] != ZERO and own[y + lane] != ZERO else level[lane]


@looking
def _equal(
    lanes: Number, x: Number, y: Number, own: Words, level: Floats, weight: Number, rarity: Floats, sharp: Number
) -> None:
    for lane in range(lanes):
        met = own[x + lane] == own[y + lane] and own[x + lane] != ZERO
        level[lane] = max(level[lane], weight + rarity[sharp + lane] if met else NEVER)


@looking
def _meet(lanes: Number, x: Number, y: Number, own: Words, level: Floats, weight: Number) -> None:
    for lane in range(lanes):
        level[lane] = max(level[lane], weight if own[x + lane] & own[y + lane] != ZERO else NEVER)


@looking
def _cross(lanes: Number, a: Number, b: Number, distance: Number, own: Words, level: Floats, weight: Number) -> None:
    for lane in range(lanes):
        one = own[a + lane] == own[b + distance + lane] and own[a + lane] != ZERO
        other = own[b + lane] == own[a + distance + lane] and own[b + lane] != ZERO
        level[lane] = max(level[lane], weight if one or other else NEVER)


@looking
def _either(lanes: Number, x: Number, y: Number, own: Words, level: Floats, weight: Number) -> None:
    for lane in range(lanes):
        level[lane] = max(level[lane], weight if own[x + lane] | own[y + lane] != ZERO else NEVER)


@looking
def _near(lanes: Number, a: Number, b: Number, distance: Number, own: Words, level: Floats, weight: Number) -> None:
    """By outlines and how far these may differ (`hub.matching.similarity.may_be_near`)."""
    for lane in range(lanes):
        bits = _ones(own[a + lane] ^ own[a + distance + lane])
        level[lane] = max(level[lane], weight if bits < min(own[b + lane], own[b + distance + lane]) else NEVER)


@looking
def _digits(lanes: Number, x: Number, y: Number, own: Words, level: Floats, weight: Number) -> None:
    """Whether no more than two digits differ."""
    for lane in range(lanes):
        differs = own[x + lane] ^ own[y + lane]
        differs |= differs >> ONE
        differs |= differs >> TWO
        few = _ones(differs & np.uint64(0x1111111111111111)) <= TWO
        level[lane] = max(level[lane], weight if few and own[x + lane] != ZERO and own[y + lane] != ZERO else NEVER)


@inlined
def _ones(word: Number) -> Number:
    """How many bits are set; compiled to one instruction."""
    word -= word >> ONE & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + (word >> TWO & np.uint64(0x3333333333333333))
    word = word + (word >> FOUR) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return word * np.uint64(0x0101010101010101) >> np.uint64(56)
