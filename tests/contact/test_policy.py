"""The policy as data: what it must hold, and how a mistake is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.contact.policy import CHANNELS, PURPOSES, load_policy, start_policy, start_text
from hub.errors import Invalid

MISTAKES = {
    "an unknown key": ("version: start-1", "version: start-1\ncolour: red", "unknown key 'colour'"),
    "a missing part": ("version: start-1", "", "version is missing"),
    "an unknown purpose of consent": ("any: network, legal", "anything: network, legal", "no such purpose 'anything'"),
    "a purpose left out": ("  safety:     {stops", "  #", "safety is missing"),
    "a purpose that ignores the law": ("recall:     {stops: [legal]", "recall:     {stops: []", "legal stop holds"),
    "hours that end before they begin": ('phone:     {weekdays: "09:00-20:', 'phone:     {weekdays: "20:00-09:', "begin before"),
    "hours that are none": ('weekends: "10:00-18:00"', 'weekends: "10-18"', "HH:MM-HH:MM"),
    "a cap that leaves no room": ("most: 4, kept: 1", "most: 4, kept: 4", "must be less than"),
    "two caps of one name": ("name: day,", "name: month,", "'month' is given twice"),
    "a cap of nothing": ("days: 14, most: 1", "days: 14, most: 0", "greater than or equal to 1"),
    "no YAML": ("version: start-1", "version: [", "not valid YAML"),
}  # fmt: skip


def test_what_ships_is_whole() -> None:
    policy = start_policy()
    assert set(policy.purposes) == set(PURPOSES)
    assert set(policy.hours) <= set(CHANNELS)
    assert policy.longest == timedelta(days=30)
    assert policy.open_hours("recall", "phone")
    assert not policy.open_hours("recall", "sms")


@pytest.mark.parametrize("label", MISTAKES)
def test_a_mistake_is_told_with_its_place(label: str) -> None:
    old, new, message = MISTAKES[label]
    assert old in start_text()
    with pytest.raises(Invalid) as error:
        load_policy(start_text().replace(old, new), "mine.yml")
    assert error.value.detail.startswith("mine.yml")
    assert message in error.value.detail
