from __future__ import annotations

import pytest
from pydantic import ValidationError

from expectations import rules as rules_module
from expectations.rules import Rule, _expand, rules_of, rules_version
from hub.feeds import FEEDS, Type

ENTRY = {
    "rule": "x.y",
    "columns": "phones",
    "expect": "expect_column_values_to_not_be_null",
    "severity": "warn",
    "reason": "Wrong. Mend it.",
}


@pytest.mark.parametrize("feed", FEEDS)
def test_every_typed_column_is_read_and_bounded(feed: str) -> None:
    ids = {rule.rule for rule in rules_of(feed)}
    for column in FEEDS[feed].columns:
        if column.type is Type.CHOICE:
            assert f"{column.name}.unknown" in ids
        elif column.type not in (Type.TEXT, Type.LIST):
            assert f"{column.name}.unreadable" in ids
        if column.type in (Type.DATE, Type.TIME):
            assert {f"{column.name}.too_early", f"{column.name}.too_late"} <= ids
        if column.type in (Type.NUMBER, Type.INTEGER):
            assert {f"{column.name}.too_small", f"{column.name}.too_large"} <= ids


@pytest.mark.parametrize("feed", FEEDS)
def test_every_reason_says_what_is_wrong_and_the_cure(feed: str) -> None:
    for rule in rules_of(feed):
        assert rule.reason.endswith("."), rule.rule
        assert rule.reason.count(". ") >= 1, rule.rule
        assert "{column}" not in rule.reason, rule.rule


@pytest.mark.parametrize("feed", FEEDS)
def test_only_a_missing_or_absurd_key_sets_a_row_aside(feed: str) -> None:
    assert {rule.rule for rule in rules_of(feed) if rule.severity == "row"} == {
        "record_no.missing",
        "record_no.too_long",
    }


def test_the_version_follows_the_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rules_version.__wrapped__()
    assert before == rules_version() == rules_version.__wrapped__()
    monkeypatch.setattr(rules_module, "READINGS_VERSION", "other")
    assert rules_version.__wrapped__() != before


@pytest.mark.parametrize(
    ("label", "change"),
    [
        ("an unknown field", {"sevrity": "row"}),
        ("an unknown severity", {"severity": "fatal"}),
        ("an unknown reading", {"read": "telepathy"}),
    ],
)
def test_a_malformed_entry_is_refused(label: str, change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        _expand({**ENTRY, **change}, FEEDS["customers"])


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(KeyError):
        _expand({**ENTRY, "columns": "fones"}, FEEDS["customers"])


def test_an_entry_for_columns_makes_a_rule_for_each_that_the_feed_has() -> None:
    entry = {**ENTRY, "rule": "{column}.y", "for": ["phones", "vin", "emails"], "columns": "{column}"}
    made = _expand(entry, FEEDS["customers"])
    assert [(rule.rule, rule.columns) for rule in made] == [
        ("phones.y", ("phones",)),
        ("emails.y", ("emails",)),
    ]
    assert all(isinstance(rule, Rule) for rule in made)
