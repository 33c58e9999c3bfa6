"""The policy file: what is read, what is refused, and overrides."""

from __future__ import annotations

import re

import pytest

from hub.errors import Invalid
from hub.routing.policy import load_policy, start_text

START = start_text()


def test_the_policy_that_ships_is_valid() -> None:
    policy = load_policy(START, "start.yml")
    assert policy.version == "start-1"
    assert policy.same_lead_days == 30


# what is changed in the file, and what the error must say
FAULTS = {
    "unknown key": ("near_equal: 0.05", "near_equal: 0.05\nnear: 1", "unknown key 'near'"),
    "missing": ("half_km: 40", "", "half_km is missing"),
    "no number": ("offers: 3 ", "offers: three ", "clock.offers"),
    "negative": ("distance: 4 ", "distance: -4 ", "weights.distance"),
    "beyond": ("challenge_share: 0.1", "challenge_share: 1.1", "lost.challenge_share"),
    "not a number": ("near_equal: 0.05", "near_equal: nan", "near_equal"),
    "choice": ("owner_unavailable: others", "owner_unavailable: nobody", "filters.owner_unavailable"),
    "hours": ("Mo-Su 09:00-20:00", "Mo-Su 9-20", "is not understood"),
    "override of nobody": ("- purpose: service", "- near_equal: 0.1", "names neither brand nor purpose"),
    "override of nothing": ("{accept_minutes: 120,", "{accept: 120,", "override 1: unknown key 'clock.accept'"),
    "override out of bounds": ("{accept_minutes: 120,", "{accept_minutes: 0,", "override 1: clock.accept_minutes"),
    "version": ("version: start-1", "version: start 1", "version"),
    "yaml": ("weights:", "weights: [", "not valid YAML"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_name_file_key_and_cure(name: str) -> None:
    old, new, told = FAULTS[name]
    assert old in START
    with pytest.raises(Invalid, match=re.escape("mine.yml")) as raised:
        load_policy(START.replace(old, new, 1), "mine.yml")
    assert told in raised.value.detail


def test_the_first_override_that_fits_counts() -> None:
    policy = load_policy(
        START
        + """
  - brand: LADA
    near_equal: 0.2
  - brand: Lada
    purpose: new
    near_equal: 0.3
"""
    )
    got = {
        (brand, purpose): (found.near_equal, found.clock.accept_minutes)
        for brand, purpose in (("lada", "new"), ("lada", "service"), ("bmw", "service"), ("bmw", "used"))
        for found in [policy.for_lead(brand, purpose)]
    }
    assert got == {
        ("lada", "new"): (0.2, 60),
        ("lada", "service"): (0.05, 120),
        ("bmw", "service"): (0.05, 120),
        ("bmw", "used"): (0.05, 60),
    }
