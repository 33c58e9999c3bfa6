"""Cars with VINs and plates, who holds them in which role and when, and what dealers know of it."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from hub.demo.columns import text_column
from hub.demo.companies import Companies
from hub.demo.identifiers import plates, vins
from hub.demo.memberships import TODAY, Memberships, number_records
from hub.demo.people import People
from hub.demo.randomness import Ints, Rng, chance, stream, texts, weighted
from hub.demo.shares import share

# brand → models, makers' codes (WMI); China's (L) and North America's (1–5) carry check digits
CATALOGUE: Final[dict[str, tuple[list[str], list[str]]]] = {
    "Volkswagen": (["Polo", "Tiguan", "Passat", "Jetta", "Touareg", "Teramont"], ["XW8", "WVW", "WVG", "3VW", "1V2"]),
    "Mazda": (["3", "6", "CX-5", "CX-9", "CX-30"], ["RUM", "JMZ", "JM7", "LVR"]),
    "Geely": (["Coolray", "Atlas", "Monjaro", "Tugella", "Emgrand"], ["L6T", "LB3", "Y7W"]),
    "Lada": (["Vesta", "Granta", "Largus", "Niva"], ["XTA"]),
    "Kia": (["Rio", "Sportage", "Ceed"], ["XWE", "KNA"]),
    "Hyundai": (["Solaris", "Creta", "Tucson"], ["Z94", "KMH"]),
    "Toyota": (["Camry", "RAV4", "Corolla"], ["XW7", "JTN", "4T1"]),
    "Ford": (["Focus", "Explorer", "Mustang"], ["X9F", "1FM", "WF0"]),
}
BRAND_WEIGHTS: Final = np.array([26, 24, 26, 7, 5, 5, 5, 2.0])
CHECKED: Final = tuple("L12345")  # first letter of VINs that have a check digit
LOOK_ALIKES: Final = str.maketrans("ABCEHKMPTXY", "АВСЕНКМРТХУ")
PLATE_LATIN: Final = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")


def cars(seed: int, people: People, companies: Companies, owners_below: int | None = None) -> pl.DataFrame:
    """Cars of companies and of the people numbered below ``owners_below``, one row a car.

    Columns: car, owner (party), brand, model, year, vin, plate, since (day), sold (day or null), next_owner (party).
    """
    rng = stream(seed, "cars")
    owners = _owners(rng, people, companies)
    if owners_below is not None:
        owners = owners[(owners < owners_below) | (owners >= len(people))]
    size = len(owners)
    brand = weighted(rng, BRAND_WEIGHTS, size)
    names = list(CATALOGUE)
    draws = rng.integers(0, 1 << 30, (size, 2)).tolist()
    model = texts(
        [CATALOGUE[names[b]][0][d[0] % len(CATALOGUE[names[b]][0])] for b, d in zip(brand, draws, strict=True)]
    )
    maker = texts(
        [CATALOGUE[names[b]][1][d[1] % len(CATALOGUE[names[b]][1])] for b, d in zip(brand, draws, strict=True)]
    )
    year = rng.integers(2012, 2027, size)
    checked = np.array([wmi[0] in CHECKED for wmi in maker], dtype=bool)
    since = _since(rng, year)
    sold = chance(rng, size, 0.15)
    sold_on = since + ((TODAY - since).astype(np.int64) * (0.3 + 0.7 * rng.random(size))).astype(np.int64)
    return pl.DataFrame(
        {
            "car": np.arange(size),
            "owner": owners,
            "brand": texts(names)[brand].tolist(),
            "model": model.tolist(),
            "year": year,
            "vin": vins(rng, maker, year, checked).tolist(),
            "plate": plates(rng, size).tolist(),
            "since": pl.Series(since),
            "sold": pl.Series(np.where(sold, sold_on, np.datetime64("NaT", "D")).astype("datetime64[D]")),
            "next_owner": _heirs(seed, people, owners, _buyers(rng, owners_below or len(people), owners)),
        }
    )


def holdings(seed: int, people: People, companies: Companies, fleet: pl.DataFrame) -> pl.DataFrame:
    """Who holds each car: car, party, role, since, until. Owners, next owners, spouses, companies' drivers."""
    rng = stream(seed, "holdings")
    leased = pl.Series(chance(rng, fleet.height, share("leased"))) & (fleet["owner"] >= len(people))
    holder = pl.when(leased).then(pl.lit("lessee")).otherwise(pl.lit("owner"))
    first = fleet.select("car", party="owner", role=holder, since="since", until="sold")
    second = fleet.filter(pl.col("sold").is_not_null()).select(
        "car", party="next_owner", role=pl.lit("owner"), since="sold", until=pl.lit(None, dtype=pl.Date)
    )
    mate_of = mates(people)
    owner = fleet["owner"].to_numpy()
    person = owner < len(people)
    mate = np.where(person, mate_of[np.where(person, owner, 0)], -1)
    shares_car = (mate >= 0) & chance(rng, len(owner), 0.35)
    as_owner = chance(rng, len(owner), 0.3)
    spouse = (
        fleet.with_columns(party=pl.Series(mate), role=pl.Series(np.where(as_owner, "owner", "driver").tolist()))
        .filter(pl.Series(shares_car))
        .select("car", "party", "role", "since", until="sold")
    )
    return pl.concat([first, second, spouse, _drivers(rng, people, companies, fleet)])


def feed(seed: int, fleet: pl.DataFrame, held: pl.DataFrame, members: Memberships) -> pl.DataFrame:
    """Canonical text columns of the vehicles feed with ``_dealer``; half of what a dealer could know, with look-alikes."""
    rng = stream(seed, "vehicles")
    known = pl.DataFrame({"party": members.party, "_dealer": members.dealer, "customer_no": members.record_no.tolist()})
    known = known.filter(pl.Series(~members.again))
    rows = held.join(known, on="party", maintain_order="left_right").join(
        fleet, on="car", suffix="_car", maintain_order="left"
    )
    rows = rows.filter(pl.Series(chance(rng, rows.height, 0.5))).sort("_dealer", maintain_order=True)
    return _written(rng, rows)


def _written(rng: Rng, rows: pl.DataFrame) -> pl.DataFrame:
    size = rows.height
    vin, plate = texts(rows["vin"].to_list()), texts(rows["plate"].to_list())
    for column, table in ((vin, LOOK_ALIKES), (plate, PLATE_LATIN)):
        look = np.flatnonzero(chance(rng, size, share("look_alike")))
        column[look] = texts(
            [  # all letters, or only those typed after the keyboard was switched
                value.translate(table) if row % 2 else value[:6] + value[6:].translate(table)
                for row, value in zip(look.tolist(), column[look], strict=True)
            ]
        )
    plate[chance(rng, size, 0.25)] = None
    vin[chance(rng, size, 0.04)] = None
    spaced = np.flatnonzero(chance(rng, size, 0.1) & (plate != None))  # noqa: E711
    plate[spaced] = texts([f"{p[0]} {p[1:4]} {p[4:6]} {p[6:]}" for p in plate[spaced]])
    age = 2027 - rows["year"].to_numpy()
    odometer = (age * rng.integers(6_000, 26_000, size) // 10 * 10).astype(str)
    return pl.DataFrame(
        {
            "record_no": number_records(rows["_dealer"].to_numpy(), "A", 1).tolist(),
            "vin": vin.tolist(),
            "plate": plate.tolist(),
            "brand": rows["brand"],
            "model": rows["model"],
            "model_year": rows["year"].cast(pl.String),
            "customer_no": rows["customer_no"],
            "role": rows["role"],
            "since": rows["since"].dt.to_string("%Y-%m-%d"),
            "until": rows["until"].dt.to_string("%Y-%m-%d"),
            "odometer": pl.Series(odometer.tolist()),
            "_dealer": rows["_dealer"],
            "_car": rows["car"],
            "_party": rows["party"],
        },
        schema_overrides={"vin": pl.String, "plate": pl.String, "until": pl.String},
    )


def _owners(rng: Rng, people: People, companies: Companies) -> Ints:
    driven = np.bincount(companies.employer[companies.employer >= 0], minlength=len(companies))
    persons = np.flatnonzero(chance(rng, len(people), 0.55))
    return np.concatenate([persons, np.repeat(np.arange(len(companies)), driven + 1) + len(people)])


def _since(rng: Rng, year: Ints) -> Ints:
    start = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + rng.integers(0, 300, len(year))
    start += np.where(chance(rng, len(year), 0.35), rng.integers(300, 2200, len(year)), 0)
    latest = TODAY - rng.integers(1, 200, len(year))
    since: Ints = np.minimum(start, latest)
    return since


def _buyers(rng: Rng, people: int, owners: Ints) -> Ints:
    """Who buys a car from its owner: anyone in the network."""
    buyer = rng.integers(0, people, len(owners))
    return np.where(buyer == owners, (buyer + 1) % people, buyer)


def _heirs(seed: int, people: People, owners: Ints, buyers: Ints) -> Ints:
    """The buyers, but where a car stays in the family: the next of the owner's household."""
    rng = stream(seed, "heirs")
    mate_of = mates(people)
    mate = np.where(owners < len(people), mate_of[np.where(owners < len(people), owners, 0)], -1)
    kept = chance(rng, len(owners), share("kept_in_family")) & (mate >= 0)
    return np.where(kept, mate, buyers)


def mates(people: People) -> Ints:
    """Another person of the household, or -1."""
    of = people.of.of
    mate = np.full(len(of), -1, dtype=np.int64)
    with_next = np.flatnonzero(of[:-1] == of[1:])
    mate[with_next + 1] = with_next
    mate[with_next] = with_next + 1
    return mate


def _drivers(rng: Rng, people: People, companies: Companies, fleet: pl.DataFrame) -> pl.DataFrame:
    """Each driver has one of the company's cars; some are down as the one who pays or answers the phone."""
    who = np.flatnonzero(companies.employer >= 0)
    drivers = pl.DataFrame({"party": who, "owner": companies.employer[who] + len(people)})
    numbered = drivers.with_columns(seat=pl.int_range(pl.len()).over("owner"))
    cars_of = fleet.with_columns(seat=pl.int_range(pl.len()).over("owner"))
    roles = texts(["driver", "contact", "payer"])[weighted(rng, np.array([80, 12, 8.0]), len(who))]
    return (
        numbered.with_columns(role=text_column(roles))
        .join(cars_of, on=["owner", "seat"], maintain_order="left")
        .select("car", "party", "role", "since", until="sold")
    )
