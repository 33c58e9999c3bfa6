"""A night of a whole network, all feeds in the formats dealers really send: files to golden records."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hub.bench.apart import apart
from hub.bench.deployment import deployed
from hub.bench.input import folder, made
from hub.bench.options import Options
from hub.bench.report import Report
from hub.bench.tables import night_remark, night_rows, quality_remark
from hub.demo import generate

DEALERS, PEOPLE, SEED = 40, 20_000, 1
ROWS_A_PERSON = 6.3  # of all feeds together
TARGET = 45.0  # seconds
DAY = date(2026, 11, 20)


def measure(options: Options) -> Report:
    """One night of 40 dealers."""
    people = round(options.rows / ROWS_A_PERSON) if options.rows else PEOPLE
    with folder(options.keep) as keep, deployed() as hub:
        network = made(keep / f"network-{DEALERS}-{people}", lambda out: _network(out, people), options.tell)
        hub.prepare(network / "dealers.csv", network / "specs")
        options.tell("The night …")
        night = hub.night(network / "night1", DAY)
        quality = hub.quality(network / "truth_night1.csv")
    about = f"{DEALERS} dealers, {people:,} people, all feeds: {night.rows['read']:,} rows, files to golden records."
    return Report(
        about,
        ("step", "seconds", "peak MiB"),
        night_rows(night, TARGET if people == PEOPLE else None),
        (night_remark(night), quality_remark(quality)),
    )


def _network(out: Path, people: int) -> None:
    apart(generate, out, DEALERS, people, SEED)
