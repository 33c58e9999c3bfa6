"""The levels of what several may share and one may have many of: phones, e-mail addresses, cars."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.matching.agreement import Rows, near_but_for_digits, sets_meet, slip_of_digits
from hub.matching.holdings import relation
from hub.matching.records import Bytes, Records

CONTACTS = ("missing", "shared", "common", "near", "different")


def phones(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of phones: one in common, one that many parties share, one a digit off, or none in common."""
    level = _contacts(r.own_phones, r.common_phones, i, j)
    open_ = np.flatnonzero(level == 4)
    a, b = r.first_phone[i[open_]], r.first_phone[j[open_]]
    level[open_[slip_of_digits(a, b) & (a != 0) & (b != 0)]] = 3
    return level


def emails(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of e-mail addresses: one in common, one that many parties share, one a slip apart, or none in common.

    Other digits are no slip: providers tell namesakes apart by them (ivan.petrov1, ivan.petrov2).
    """
    level = _contacts(r.own_emails, r.common_emails, i, j)
    open_ = np.flatnonzero(level == 4)
    a, b = r.own_emails[i[open_], 0], r.own_emails[j[open_], 0]
    level[open_[near_but_for_digits(r.email_values, a, b)]] = 3
    return level


def _contacts(own: npt.NDArray[np.integer], common: npt.NDArray[np.integer], i: Rows, j: Rows) -> Bytes:
    level: Bytes
    if own.shape[1] == common.shape[1] == 1:  # as a rule a record has one value
        a, b = own[:, 0][i], own[:, 0][j]
        level = ((a != 0) & (b != 0)) * np.uint8(4)
        level[sets_meet(common[i], common[j])] = 2
        level[(a == b) & (a != 0)] = 1
        return level
    one, other = own[i], own[j]
    level = ((one != 0).any(axis=1) & (other != 0).any(axis=1)) * np.uint8(4)
    level[sets_meet(common[i], common[j])] = 2
    known = np.flatnonzero(level)
    level[known[sets_meet(one[known], other[known])]] = 1
    return level


SAME_CAR = ("same_time", "shared", "undated", "other_role", "in_turn")

VINS = ("missing", *SAME_CAR, "different")


def vins(r: Records, i: Rows, j: Rows) -> Bytes:
    """Sets of VINs: evidence, never a key, since spouses, drivers and next owners share them.

    Of a car in common the dated roles count (`hub.matching.holdings.relation`): in one role at one time, at times that one
    party may have had it, time unknown, in different roles, or one after the other. Of several cars the first of these.
    """
    a, b = r.vins[i], r.vins[j]
    level = np.where((a != 0).any(axis=1) & (b != 0).any(axis=1), 6, 0).astype(np.uint8)
    for x in range(a.shape[1]):
        for y in range(b.shape[1]):
            common = np.flatnonzero((a[:, x] == b[:, y]) & (a[:, x] != 0))
            if len(common):
                told = relation(r.held[i[common], x], r.held[j[common], y])
                level[common] = np.minimum(level[common], told)
    return level
