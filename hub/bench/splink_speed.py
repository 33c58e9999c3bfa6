"""Ours and Splink (DuckDB) on the same made-up people: training, scoring and clustering, run after run in turn.

Both get the same columns, the same blocking rules (so the same candidate pairs), the same number of random pairs for u and of
candidates for EM. Splink is run in two set-ups: the comparisons that its library has for such columns, of about as many levels
as ours, and fewer levels with quicker sessions of EM. The target is that beside the more accurate of the two.
Each run is a process of its own, with all cores. Reading the file is counted on neither side; encoding the records is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from hub.bench.apart import Cost, apart
from hub.bench.bars import Bar
from hub.bench.input import folder
from hub.bench.options import Options
from hub.bench.peers import require
from hub.bench.people import people
from hub.bench.report import Report
from hub.bench.speed_runs import SPLINK_SETUPS, Run, ours, splink

RECORDS = 1_000_000
ROUNDS = 3
NARROW = (("surname", "dob"), ("first_name", "dob"), ("email",), ("surname", "first_name", "city"))
WIDE = (*NARROW, ("dob",), ("surname", "first_name"), ("surname", "city"))
TARGETS = {"narrow": 8, "wide": 15}


@dataclass(frozen=True)
class _Side:
    name: str
    run: Callable[[Path, Sequence[tuple[str, ...]]], Run]


def measure(options: Options) -> Report:
    """Narrow rules (about a candidate for each record), then wide ones (about thirty)."""
    versions = require("splink", "duckdb")
    records = options.rows or RECORDS
    peer = f"Splink {versions['splink']}, DuckDB {versions['duckdb']}"
    sides = (_Side("ours", ours), *(_Side(f"{peer}, {setup}", partial(splink, setup)) for setup in SPLINK_SETUPS))
    rows: list[list[Any]] = []
    with folder(options.keep) as work:
        file = work / f"people-{records}.parquet"
        if not file.is_file():
            people(records).write_parquet(file)
        for name, rules in (("narrow", NARROW), ("wide", WIDE)):
            rows += _compared(
                name, [[_told(options, name, side, file, rules) for side in sides] for _ in range(ROUNDS)], sides
            )
    columns = (
        "rules, side",
        "candidates",
        "encode s",
        "train s",
        "score s",
        "cluster s",
        "all s",
        "processor s",
        "peak MiB",
        "F1",
    )
    fewer, more = ("; ".join(", ".join(rule) for rule in some) for some in (NARROW, WIDE[len(NARROW) :]))
    return Report(
        f"{records:,} made-up people of 6 columns. Medians of {ROUNDS} runs in turn, each in its own process.",
        columns,
        rows,
        (
            f"Narrow rules: {fewer}. Wide rules: these and {more}. F1 is that of the pairs in clusters.",
            "The ratio is that of the medians of all seconds; in brackets the least and the greatest of one round.",
        ),
        [
            Bar(
                str(row[0]).partition(",")[0] + " rules",
                str(row[0]).partition(", ")[2],
                float(row[6]),
                f"{row[6]:.1f} s",
            )
            for row in rows
            if isinstance(row[6], float)
        ],
    )


def _told(options: Options, name: str, side: _Side, file: Path, rules: Sequence[tuple[str, ...]]) -> Cost[Run]:
    cost = apart(partial(side.run, file, rules))
    options.tell(f"{name}, {side.name}: {cost.result.seconds:.1f} s, {cost.result.peak:,} MiB")
    return cost


def _compared(name: str, rounds: list[list[Cost[Run]]], sides: Sequence[_Side]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for place, side in enumerate(sides):
        runs = [costs[place] for costs in rounds]
        steps = [
            median(getattr(cost.result, step) for cost in runs) for step in ("encode", "train", "score", "cluster")
        ]
        seconds, processor = (median(getattr(cost.result, what) for cost in runs) for what in ("seconds", "processor"))
        peak, first = int(median(cost.result.peak for cost in runs)), runs[0].result
        rows.append([f"{name}, {side.name}", first.candidates, *steps, seconds, processor, peak, f"{first.f1:.4f}"])
    peers = range(1, len(sides))
    best = max(peers, key=lambda place: rounds[0][place].result.f1)
    for place in peers:
        setup = sides[place].name.rpartition(", ")[2]
        target = f"; target {TARGETS[name]}×" if place == best else ""
        rows.append([f"**{name}, ratio to Splink {setup}**", "", "", "", "", "", *_ratios(rounds, place, target), ""])
    return rows


def _ratios(rounds: list[list[Cost[Run]]], place: int, target: str) -> tuple[str, str, str]:
    """How many times more a peer took: seconds, processor time, memory."""
    mine, peer = ([costs[side] for costs in rounds] for side in (0, place))
    seconds, processor = (
        median(getattr(cost.result, what) for cost in peer) / median(getattr(cost.result, what) for cost in mine)
        for what in ("seconds", "processor")
    )
    single = [theirs.result.seconds / own.result.seconds for own, theirs in zip(mine, peer, strict=True)]
    memory = median(cost.result.peak for cost in peer) / median(cost.result.peak for cost in mine)
    said = f"**{seconds:.1f}×** ({min(single):.1f} to {max(single):.1f}{target})"
    return said, f"{processor:.1f}×", f"{memory:.1f}×"
