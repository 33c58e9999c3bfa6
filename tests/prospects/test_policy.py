"""Policies: what is sound, and errors that name key and cure."""

from __future__ import annotations

import pytest

from hub.errors import Invalid
from hub.prospects.policy import DAY, HOUR, START_POLICY, duration_text, load, start_policy

WRONG = [
    ("claims: {}", "version: give the policy a name"),
    ("version: a\nclaim: {}", "unknown key 'claim'; did you mean 'claims'?"),
    ("version: a\nclaims: {protect: 90d}", "claims: unknown key 'protect'; did you mean 'protected'?"),
    ("version: a\nclaims: {protected: 90}", "claims.protected: '90' is no duration; write hours"),
    ("version: a\nclaims: {protected: 200d}", "claims.protected is longer than claims.longest"),
    ("version: a\nclaims: {silence: 100d}", "claims.silence is longer than claims.protected"),
    ("version: a\nrules: [legal_stop, only_claims, head_office]", "unknown rule 'only_claims'; did you mean 'only_claim'?"),
    ("version: a\nrules: [customer_choice, head_office]", "legal_stop must come first"),
    ("version: a\nrules: [legal_stop, only_claim]", "head_office must come last"),
    ("version: a\nrules: [legal_stop, ruling, ruling, head_office]", "listed twice"),
    ("version: a\nquota: {unproven_a_day: 3}", "no whole number of 20 or more"),
    ("version: a\nbelief: {first_load: yes}", "belief.first_load: 'yes' is not one of hub, dealer, none"),
    ("version: a\nfor: [{claims: {silence: 3d}}]", "for[1]: names neither brand nor purpose"),
    ("version: a\nfor: [{purpose: sell}]", "for[1].purpose: 'sell' is not one of new, used, service"),
    ("version: a\nfor: [{brand: X, holds: {contracts: 3d}}]", "for[1].holds: unknown key 'contracts'; did you mean 'contract'?"),
    ("version: a\nfor: {brand: X}", "for: must be a list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_errors_name_key_and_cure(text: str, says: str) -> None:
    with pytest.raises(Invalid) as error:
        load(text, "p.yml")
    assert error.value.detail.startswith("p.yml: ")
    assert says in error.value.detail


def test_what_is_left_out_is_as_in_the_policy_that_ships() -> None:
    policy = load("version: mine\nclaims: {silence: 10d}\n")
    assert policy.terms.silence == 10 * DAY
    assert policy.terms.rules == start_policy().terms.rules
    assert load(START_POLICY.read_text(encoding="utf-8")).terms == start_policy().terms


@pytest.mark.parametrize(
    ("text", "length"),
    [("72 hours", 72 * HOUR), ("90 days", 90 * DAY), ("1 year", 365 * DAY), ("5 years", 5 * 365 * DAY)],
)
def test_durations_in_words(text: str, length: int) -> None:
    assert duration_text(length) == text
