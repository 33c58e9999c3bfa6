"""The demo network: many dealers' two nightly exports of people whose true identity is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from hub.demo import contact_history, customers, leads, noise, sales, second_night, truth, vehicles, visits
from hub.demo.companies import Companies, found
from hub.demo.dealers import Dealer, city_weights, open_dealers, registry
from hub.demo.inbox import Inbox
from hub.demo.memberships import Memberships, enrol
from hub.demo.people import People, populate
from hub.demo.profiles import SecondNight, profile_of
from hub.demo.randomness import stream
from hub.demo.shares import share
from hub.demo.specs import write_specifications

LEADS_A_PERSON: Final = 0.42
LEAD_DAYS: Final = 1400
Feeds = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class DemoNetwork:
    """Where the demo's files are, and how many rows they hold.

    Attributes:
        night1, night2: inboxes: ``<dealer>/<feed>….<ext>``; days 2026-11-20 and 2026-11-21.
        specs: specifications, ``<dealer>.yml``, and ``bases/`` that these extend.
        dealers: the importer's registry (CSV).
        truth: who each record of customers and leads really is, after both nights (CSV, one row a record number).
        truth_night1: the same after the first night alone.
        rows: rows written, by night and feed.
        files: number of files, manifests not counted.
        parties: people, companies and households in the network.
    """

    night1: Path
    night2: Path
    specs: Path
    dealers: Path
    truth: Path
    truth_night1: Path
    rows: dict[str, dict[str, int]]
    files: int
    parties: dict[str, int]


@dataclass(frozen=True)
class World:
    """Everything true, before any dealer wrote it down. ``first_fresh`` … are people of the second night."""

    seed: int
    dealers: list[Dealer]
    people: People
    companies: Companies
    members: Memberships
    first_fresh: int

    def fresh(self, party: pl.Series) -> pl.Series:
        """Which parties appear on the second night only."""
        return (party >= self.first_fresh) & (party < len(self.people))


def generate(
    out: Path,
    dealers: int,
    people: int,
    seed: int,
    *,
    plain: bool = False,
    customers_only: bool = False,
    second_night: SecondNight = "mixed",
    changed: float | None = None,
) -> DemoNetwork:
    """Write the network of ``dealers`` dealers and ``people`` people under ``out``; same arguments, same bytes.

    Args:
        plain: canonical UTF-8 CSV from all dealers, no specifications, nothing held on the second night.
        customers_only: the customers feed alone.
        second_night: full or delta feeds for all, or as each dealer is used to (``mixed``).
        changed: share of records that a clerk corrects for the second night; the table's by default.
    """
    world = _world(seed, dealers, people)
    first, second = _nights(world, customers_only, share("changed") if changed is None else changed)
    profiles = [profile_of(number, plain, second_night) for number in range(dealers)]
    inbox = Inbox(out, world.dealers, profiles, seed, incidents=not plain)
    rows = {"night1": inbox.first_night(first), "night2": inbox.second_night(first, second)}
    registry(world.dealers).write_csv(out / "dealers.csv")
    (out / "specs").mkdir(parents=True, exist_ok=True)
    write_specifications(out / "specs", world.dealers, profiles)
    _write_truth(out, world, first, inbox.arrived(first, second))
    parties = {"people": len(world.people), "companies": len(world.companies), "households": world.people.of.count}
    return DemoNetwork(
        out / "night1",
        out / "night2",
        out / "specs",
        out / "dealers.csv",
        out / "truth.csv",
        out / "truth_night1.csv",
        rows,
        inbox.files,
        parties,
    )


def household_roles(dealers: int, people: int, seed: int) -> pl.DataFrame:
    """What each person of a network is at home: ``party_id``, ``role`` (of `hub.demo.households`), ``sex``, ``generation``."""
    of = _world(seed, dealers, people).people.of
    ids = pl.format("P{}", pl.int_range(len(of.of)))
    return pl.select(ids.alias("party_id")).with_columns(
        sex=pl.Series(of.sex.tolist()), generation=pl.Series(of.generation), role=pl.Series(of.role.tolist())
    )


def _world(seed: int, dealers: int, people: int) -> World:
    network = open_dealers(seed, dealers)
    fresh = max(3, round(people * share("new_people")))
    folk = populate(seed, people + fresh, city_weights(network))
    firms = found(seed, folk)
    return World(seed, network, folk, firms, enrol(seed, folk, firms, network, fresh), people)


def _nights(world: World, customers_only: bool, changed: float) -> tuple[Feeds, Feeds]:
    """The canonical rows of both nights; those of the second have ``_changed``."""
    base = _customers(world)
    fresh = base["_fresh"]
    before = noise.repeat_and_break(world.seed, "customers", base.filter(~fresh))
    after = second_night.customers(
        world.seed, world.people, world.companies, before.filter(~pl.col("_repeat")), changed
    )
    new = base.filter(fresh).with_columns(_repeat=pl.lit(False), _changed=pl.lit(True))
    after = second_night.reuse_numbers(world.seed, pl.concat([after, new.select(after.columns)]))
    first, second = {"customers": before}, {"customers": after.sort("_dealer", maintain_order=True)}
    if not customers_only:
        for feed, (early, late) in _others(world).items():
            first[feed], second[feed] = early, late
    return first, second


def _customers(world: World) -> pl.DataFrame:
    frame = customers.describe(world.seed, world.people, world.companies, world.members, world.dealers, "customers")
    house = noise.house_accounts(world.seed, world.dealers, frame)
    frame = pl.concat([house, frame]).sort("_dealer", maintain_order=True)
    return noise.spoil(world.seed, "customers", frame.with_columns(_fresh=world.fresh(frame["_party"])))


def _others(world: World) -> dict[str, tuple[pl.DataFrame, pl.DataFrame]]:
    seed, people, members, dealers = world.seed, world.people, world.members, world.dealers
    settled = members.without(world.fresh(pl.Series(members.party)).to_numpy())
    fleet = vehicles.cars(seed, people, world.companies, world.first_fresh)
    held = vehicles.holdings(seed, people, world.companies, fleet)
    wanted = leads.wishes(
        stream(seed, "wishes"), people, members, dealers, max(10, int(world.first_fresh * LEADS_A_PERSON)), LEAD_DAYS
    )
    asked = leads.describe(seed, people, world.companies, members, dealers, wanted, "leads")
    sold = sales.feed(seed, people, fleet, held, settled, dealers)
    visited = visits.feed(seed, fleet, held, settled, dealers)
    frames = {
        "vehicles": vehicles.feed(seed, fleet, held, settled),
        "sales": sold,
        "service_visits": visited,
        "leads": asked,
        "interactions": contact_history.interactions(seed, settled, asked.filter(~world.fresh(asked["_party"]))),
        "consents": contact_history.consents(seed, settled),
        "surveys": contact_history.surveys(seed, sold, visited),
    }
    return {feed: _two_nights(world, feed, noise.spoil(seed, feed, frame)) for feed, frame in frames.items()}


def _two_nights(world: World, feed: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hold the latest rows back for the second night, and change some of the others."""
    late = second_night.held_back(frame)
    if feed == "leads":
        late |= world.fresh(frame["_party"])
    before = noise.repeat_and_break(world.seed, feed, frame.filter(~late))
    once = before.filter(~pl.col("_repeat"))
    match feed:
        case "vehicles":
            once = second_night.vehicles(world.seed, once, sales.known_at(world.members))
        case "consents":
            once = second_night.consents(world.seed, once)
        case "leads":
            once = second_night.leads(world.seed, once)
        case _:
            once = once.with_columns(_changed=pl.lit(False))
    new = frame.filter(late).with_columns(_repeat=pl.lit(False), _changed=pl.lit(True))
    return before, pl.concat([once, new.select(once.columns)]).sort("_dealer", maintain_order=True)


def _write_truth(out: Path, world: World, first: Feeds, arrived: Feeds) -> None:
    parties = [feed for feed in ("customers", "leads") if feed in first]
    households = world.people.of.of.tolist()
    early = truth.table({feed: first[feed] for feed in parties}, world.dealers, households, 1)
    late = truth.table({feed: arrived[feed] for feed in parties}, world.dealers, households, 2)
    early.select(truth.COLUMNS).write_csv(out / "truth_night1.csv")
    truth.after_both(early, late).write_csv(out / "truth.csv")
