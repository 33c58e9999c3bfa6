from __future__ import annotations

import pytest

from expectations.gate import RuleCount
from hub.feeds import FEEDS
from pipelines.checks import gate_results


@pytest.mark.parametrize(
    ("label", "severity", "failed", "passed"),
    [
        ("nothing failed", "value", 0, True),
        ("a tenth", "value", 10, True),
        ("more than a tenth of the values", "value", 11, False),
        ("more than a tenth of the rows", "row", 11, False),
        ("warnings set nothing aside", "warn", 100, True),
    ],
)
def test_a_check_fails_when_a_rule_sets_aside_too_much(label: str, severity: str, failed: int, passed: bool) -> None:
    counts = [RuleCount("leads", "phones.too_few_digits", "phones", severity, 100, failed)]
    results = {result.check_name: result for result in gate_results(counts)}
    assert len(results) == len(FEEDS)
    assert results["leads_pass_the_gate"].passed is passed, label
    assert results["leads_pass_the_gate"].metadata["rows"].value == 100
    assert results["sales_pass_the_gate"].passed
