"""What a night did, as tables and sentences for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.matching.own_model import is_unlike

if TYPE_CHECKING:
    from hub.store.engine import Database
    from pipelines.job import NightSummary

MOST_WARNINGS = 20  # lines of accepted files with a warning
MOST_DEALERS = 20  # lines of a table; more are summed up in one
COUNTS = ("read", "loaded", "quarantined", "unchanged", "suppressed", "ended")
WAITING = {  # for one, for several
    "uploads_held": (
        "upload is held: `dealerhub uploads --status held` says why, `uploads release N` lets it in",
        "uploads are held: `dealerhub uploads --status held` says why, `uploads release N` lets one in",
    ),
    "pairs_for_a_steward": (
        "pair of records that may be one person waits for a steward",
        "pairs of records that may be one person wait for a steward",
    ),
    "uploads_to_process": ("upload waits to be processed", "uploads wait to be processed"),
}


@dataclass(frozen=True)
class Night:
    """A night's summary beside the ledger's rows of the uploads that it finished, and what waits now."""

    summary: NightSummary
    uploads: list[dict[str, Any]]
    waiting: dict[str, int]


def look_up(db: Database, summary: NightSummary) -> Night:
    """Read what the ledger says of the uploads of a night."""
    from hub.store.queues import queue_lengths
    from hub.store.upload_pages import uploads_by_id

    with db.worker() as conn:
        return Night(summary, uploads_by_id(conn, summary.results["source_records"].verdicts), queue_lengths(conn))


def rows_by_dealer(night: Night, most: int = MOST_DEALERS) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Headings and rows: what became of each dealer's rows, the largest first, and the sum."""
    sums: dict[str, list[int]] = {}
    for upload in night.uploads:
        counts = sums.setdefault(upload["dealer"], [0] * (len(COUNTS) + 1))
        for place, number in enumerate((1, *(upload[f"rows_{name}"] for name in COUNTS))):
            counts[place] += number
    rows: list[list[Any]] = sorted(([dealer, *counts] for dealer, counts in sums.items()), key=lambda r: (-r[2], r[0]))
    total = _sum("all", rows)
    if len(rows) > most:
        rows = [*rows[: most - 1], _sum(f"{len(rows) - most + 1} more", rows[most - 1 :])]
    return ("dealer", "files", *COUNTS), [*rows, total]


def incidents(night: Night) -> list[str]:
    """Sentences about what a person should look at."""
    inbox, staged, edges = (night.summary.results[name] for name in ("uploads", "source_records", "edges"))
    said = list(inbox.warnings)
    said += [
        f"Unknown dealer {code}: {files} {'file' if files == 1 else 'files'} left in the inbox. "
        "`dealerhub dealers sync FILE` makes it known."
        for code, files in inbox.unknown_dealers.items()
    ]
    said += [f"Of no known feed: {name}" for name in inbox.unknown_files]
    said += [f"Still arriving: {name}" for name in inbox.arriving]
    said += [f"Could not be read: {text}" for text in inbox.failed]
    said += [
        f"{dealer}/{feed}: the hub failed on it ({kind}); it is tried again." for dealer, feed, kind in staged.failures
    ]
    said += [
        f"{row['dealer']}/{row['file_name']}: {row['status']} ({row['code']}). {row['reason']}"
        for row in night.uploads
        if row["status"] in ("held", "refused")
    ]
    said += _warnings(night)
    if is_unlike(edges.lost):
        said.append(
            "The base looks unlike what the matching model was made for: of the pairs of records that the base itself "
            f"shows to be of one party, the model neither joins nor asks about {edges.lost:.0%}. `dealerhub model train` "
            "learns from this base; `model compare` shows what changes, `model activate` brings it into force."
        )
    lengths = {name: night.waiting.get(name, 0) for name in WAITING}
    said += [f"{count:,} {WAITING[name][count > 1]}." for name, count in lengths.items() if count]
    return said


def _warnings(night: Night) -> list[str]:
    """What is worth a look about files that were loaded: unknown columns above all."""
    warned = [row for row in night.uploads if row["status"] == "accepted" and row["warnings"]]
    said = [f"{row['dealer']}/{row['file_name']}: {' '.join(row['warnings'])}" for row in warned[:MOST_WARNINGS]]
    if len(warned) > MOST_WARNINGS:
        said.append(f"{len(warned) - MOST_WARNINGS:,} more files with warnings: `dealerhub uploads show N` tells them.")
    return said


def _sum(name: str, rows: list[list[Any]]) -> list[Any]:
    return [name, *(sum(row[place] for row in rows) for place in range(1, len(COUNTS) + 2))]
