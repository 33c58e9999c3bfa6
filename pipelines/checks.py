"""Asset checks that carry the gate's counts: one a feed, how many rows failed which rule, and no values."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from expectations.gate import RuleCount
from hub.feeds import FEEDS

TOLERATED = 0.1
"""Share of a feed's rows that one rule may set aside before the check fails; the default guard of a single file."""

SOURCE_RECORDS = dg.AssetKey("source_records")


def _name(feed: str) -> str:
    return f"{feed}_pass_the_gate"


CHECKS = [
    dg.AssetCheckSpec(
        _name(feed),
        asset=SOURCE_RECORDS,
        description=f"No rule sets aside more than {TOLERATED:.0%} of the rows of {feed} that are new or changed.",
    )
    for feed in FEEDS
]


def gate_results(counts: Iterable[RuleCount]) -> list[dg.AssetCheckResult]:
    """The result of every check of `CHECKS`; a feed without new rows passes."""
    counts = list(counts)
    return [_result(feed, [count for count in counts if count.feed == feed]) for feed in FEEDS]


def _result(feed: str, counts: list[RuleCount]) -> dg.AssetCheckResult:
    failed = [count for count in counts if count.failed]
    broken = [c.rule for c in failed if c.severity != "warn" and c.failed > TOLERATED * c.checked]
    table = dg.TableMetadataValue(
        records=[
            dg.TableRecord({"rule": c.rule, "severity": c.severity, "failed": c.failed, "rows": c.checked})
            for c in failed
        ],
        schema=dg.TableSchema(
            columns=[
                dg.TableColumn("rule", "string"),
                dg.TableColumn("severity", "string"),
                dg.TableColumn("failed", "int"),
                dg.TableColumn("rows", "int"),
            ]
        ),
    )
    return dg.AssetCheckResult(
        passed=not broken,
        asset_key=SOURCE_RECORDS,
        check_name=_name(feed),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Too many rows fail {', '.join(broken)}." if broken else None,
        metadata={
            "rows": max((count.checked for count in counts), default=0),
            "rules": len(counts),
            "rules_broken": len(failed),
            "failures": table,
        },
    )
