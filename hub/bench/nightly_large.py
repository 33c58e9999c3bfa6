"""A million customer records of 200 dealers in one night; then a night with 1 % changed, by delta and by full feeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

from hub.bench.apart import apart
from hub.bench.deployment import Night, deployed
from hub.bench.input import folder, made
from hub.bench.options import Options
from hub.bench.report import Report
from hub.bench.tables import night_remark, night_rows, quality_remark
from hub.bench.thinning import thin
from hub.demo import generate

DEALERS, ROWS, SEED = 200, 1_000_000, 5
PEOPLE_A_ROW = 0.53
CHANGED = 0.01
TARGETS = {"first night": 360.0, "second night, delta feeds": 18.0, "second night, full feeds": 90.0}  # seconds
DAYS = (date(2026, 11, 20), date(2026, 11, 21))


def measure(options: Options) -> Report:
    """Three nights: the first, and the second twice."""
    rows = options.rows or ROWS
    with folder(options.keep) as keep, deployed() as hub:
        network = network_of(keep, rows, options.tell)
        hub.prepare(network / "dealers.csv")
        nights: dict[str, Night] = {}
        remarks = []
        for name, inbox, day in zip(TARGETS, ("night1", "delta", "full"), (DAYS[0], DAYS[1], DAYS[1]), strict=True):
            options.tell(f"The {name} …")
            nights[name] = night = hub.night(network / inbox, day)
            truth = network / ("truth_night1.csv" if inbox == "night1" else "truth.csv")
            quality = hub.quality(truth)
            remarks.append(f"{name[0].upper()}{name[1:]}: {night_remark(night)} {quality_remark(quality)}")
            if inbox == "night1":
                hub.rest()
                hub.save()
            elif inbox == "delta":
                hub.restore()
    table = [
        [name, *cells]
        for name, night in nights.items()
        for cells in night_rows(night, TARGETS[name] if rows == ROWS else None)
    ]
    first = nights["first night"].rows["read"]
    about = (
        f"{first:,} customer records of {DEALERS} dealers in canonical CSV, then the next night with {CHANGED:.0%} of "
        "them changed, new or gone. Between the nights PostgreSQL vacuums and analyzes, which takes no part in the "
        "figures; both second nights begin from the same base."
    )
    return Report(about, ("night", "step", "seconds", "peak MiB"), table, remarks)


def network_of(keep: Path, rows: int, tell: Callable[[str], None]) -> Path:
    """The generated network, made in ``keep`` unless it lies there."""
    return made(keep / f"customers-{DEALERS}-{rows}", lambda out: _network(out, rows), tell)


def _network(out: Path, rows: int) -> None:
    apart(generate, out, DEALERS, round(rows * PEOPLE_A_ROW), SEED, plain=True, customers_only=True,
          second_night="full", changed=CHANGED)  # fmt: skip
    apart(thin, out / "night1", out / "night2", out / "full", out / "delta", CHANGED)
    shutil.rmtree(out / "night2")
