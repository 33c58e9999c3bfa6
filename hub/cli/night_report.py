"""What a night did, as tables and sentences for a person."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.job import NightSummary

MOST_DEALERS = 20  # lines of a table; more are summed up in one
COUNTS = ("read", "loaded", "quarantined", "unchanged", "suppressed", "ended")
WAITING = {
    "uploads_held": "uploads held: `dealerhub uploads --status held` says why, `uploads release N` lets one in",
    "pairs_for_a_steward": "pairs of records that may be one person wait for a steward",
    "uploads_to_process": "uploads wait to be processed",
}


def rows_by_dealer(summary: NightSummary, most: int = MOST_DEALERS) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Headings and rows: what became of each dealer's rows, the largest first, and the sum."""
    receipts = summary.results["receipts"]
    files = Counter(receipt.dealer for receipt in receipts.uploads)
    sums = sorted(receipts.by_dealer().items(), key=lambda item: (-item[1].get("read", 0), item[0]))
    rows = [[dealer, files[dealer], *(counts.get(name, 0) for name in COUNTS)] for dealer, counts in sums]
    total = ["all", *(sum(row[place] for row in rows) for place in range(1, len(COUNTS) + 2))]
    if len(rows) > most:
        others = rows[most - 1 :]
        summed = [sum(row[place] for row in others) for place in range(1, len(COUNTS) + 2)]
        rows = [*rows[: most - 1], [f"{len(others)} more", *summed]]
    return ("dealer", "files", *COUNTS), [*rows, total]


def incidents(summary: NightSummary) -> list[str]:
    """Sentences about what a person should look at."""
    inbox, staged, receipts = (summary.results[name] for name in ("uploads", "source_records", "receipts"))
    said = list(inbox.warnings)
    said += [
        f"Unknown dealer {code}: {files} files left where they are." for code, files in inbox.unknown_dealers.items()
    ]
    said += [f"Of no known feed: {name}" for name in inbox.unknown_files]
    said += [f"Still arriving: {name}" for name in inbox.arriving]
    said += [f"Could not be read: {text}" for text in inbox.failed]
    said += [
        f"{dealer}/{feed}: the hub failed on it ({kind}); it is tried again." for dealer, feed, kind in staged.failures
    ]
    said += [
        f"{r.dealer}/{r.file_name}: {r.status} ({r.code}). {r.reason}"
        for r in receipts.uploads
        if r.status in ("held", "refused")
    ]
    said += [f"{receipts.waiting[name]:,} {text}." for name, text in WAITING.items() if receipts.waiting.get(name)]
    return said
