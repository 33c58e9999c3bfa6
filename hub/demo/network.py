"""The demo network: many dealers' two nightly exports of people whose true identity is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hub.demo import customers, leads, vehicles
from hub.demo.companies import found
from hub.demo.dealers import Dealer, city_weights, open_dealers, registry
from hub.demo.memberships import enrol
from hub.demo.people import populate
from hub.demo.randomness import stream


@dataclass(frozen=True)
class DemoNetwork:
    """Where the demo's files are, and how many rows each feed has.

    Attributes:
        night1, night2: inboxes: ``<dealer>/<feed>….<ext>``.
        specs: specifications, ``<dealer>.yml`` and the bases these extend.
        dealers: the importer's registry (CSV).
        truth: who each record of customers and leads really is, after both nights (CSV, one row a record).
        rows: rows by feed, both nights.
        files: number of files.
    """

    night1: Path
    night2: Path
    specs: Path
    dealers: Path
    truth: Path
    rows: dict[str, int]
    files: int


def generate(out: Path, dealers: int, people: int, seed: int) -> DemoNetwork:
    """Write the network of ``dealers`` dealers and ``people`` people under ``out``; same arguments, same bytes."""
    network = open_dealers(seed, dealers)
    folk = populate(seed, people, city_weights(network))
    firms = found(seed, folk)
    members = enrol(seed, folk, firms, network)
    fleet = vehicles.cars(seed, folk, firms)
    held = vehicles.holdings(seed, folk, firms, fleet)
    wanted = leads.wishes(stream(seed, "wishes"), folk, members, network, max(10, int(people * 0.42)), 1400)
    feeds = {
        "customers": customers.describe(seed, folk, firms, members, network, "customers"),
        "vehicles": vehicles.feed(seed, fleet, held, members),
        "leads": leads.describe(seed, folk, firms, members, network, wanted, "leads"),
    }
    for name in ("night1", "night2", "specs"):
        (out / name).mkdir(parents=True, exist_ok=True)
    registry(network).write_csv(out / "dealers.csv")
    files = 0
    for feed, frame in feeds.items():
        for (number,), rows in frame.partition_by("_dealer", as_dict=True, maintain_order=True).items():
            folder = out / "night1" / network[int(str(number))].code
            folder.mkdir(exist_ok=True)
            rows.select(pl.exclude("^_.*$")).write_csv(folder / f"{feed}_2026-11-20.csv")
            files += 1
    _truth(network, len(folk), {k: feeds[k] for k in ("customers", "leads")}, folk.of.of.tolist()).write_csv(out / "truth.csv")
    return DemoNetwork(
        out / "night1", out / "night2", out / "specs", out / "dealers.csv", out / "truth.csv",
        {name: frame.height for name, frame in feeds.items()}, files,
    )  # fmt: skip


def _truth(network: list[Dealer], people: int, feeds: dict[str, pl.DataFrame], household: list[int]) -> pl.DataFrame:
    codes = pl.Series([d.code for d in network])
    homes = pl.Series(household, dtype=pl.Int64)
    parts = []
    for feed, frame in feeds.items():
        person = pl.col("_party") < people
        parts.append(frame.select(
            dealer=codes.gather(frame["_dealer"]),
            feed=pl.lit(feed),
            record_no="record_no",
            party_id=pl.when(person).then(pl.format("P{}", pl.col("_party"))).otherwise(pl.format("C{}", pl.col("_party") - people)),
            kind=pl.when(person).then(pl.lit("person")).otherwise(pl.lit("company")),
            household_id=pl.when(person).then(pl.format("H{}", homes.gather(frame["_party"].clip(0, people - 1)))),
            night=pl.lit(1),
            traps="_traps",
        ))  # fmt: skip
    return pl.concat(parts)
