"""Ten million records in memory: encode, adapt a model, score, cluster, with the memory of each step.

The people are made up (`hub.bench.people`). ``--rows`` scales it down; the report says what the whole would need by the last
step's memory for each record.
"""

from __future__ import annotations

from pathlib import Path

from hub.bench.apart import apart
from hub.bench.input import folder
from hub.bench.options import Options
from hub.bench.people import people
from hub.bench.report import Report
from hub.bench.speed_runs import ours_by_steps

RECORDS = 10_000_000
LIMIT_GIB = 24
RULES = (("surname", "dob"), ("first_name", "dob"), ("email",), ("surname", "first_name", "city"))


def measure(options: Options) -> Report:
    """One run, in a process of its own."""
    records = options.rows or RECORDS
    with folder(options.keep) as work:
        file = work / f"people-{records}.parquet"
        if not file.is_file():
            options.tell(f"Making {records:,} people …")
            apart(_make, records, file)
        options.tell("Matching …")
        cost = apart(ours_by_steps, file, RULES)
    run, steps = cost.result
    rows = [[step.name, step.seconds, step.peak_mib, step.peak_mib * 2**20 / records] for step in steps]
    whole = cost.peak_mib * RECORDS / records / 1024
    return Report(
        f"{records:,} made-up records, {run.candidates:,} candidates, pairwise F1 {run.f1:.4f}.",
        ("step", "seconds", "peak MiB so far", "bytes a record"),
        [*rows, ["**all**", run.seconds, cost.peak_mib, cost.peak_mib * 2**20 / records]],
        (f"By this, {RECORDS:,} records need {whole:.1f} GiB at most (limit {LIMIT_GIB} GiB).",),
    )


def _make(records: int, file: Path) -> None:
    people(records).write_parquet(file)
