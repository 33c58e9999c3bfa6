"""The dealers of the demo: where they are, what they sell, their own phones and e-mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hub.demo import lists
from hub.demo.randomness import Ints, chance, stream
from hub.demo.spelling import romanize

NAMES: Final = [
    "Север",
    "Юг",
    "Восток",
    "Запад",
    "Центр",
    "Авангард",
    "Гарант",
    "Лидер",
    "Премьер",
    "Союз",
    "Форвард",
    "Магистраль",
    "Экспресс",
    "Альянс",
    "Империя",
    "Фаворит",
    "Каскад",
    "Навигатор",
    "Столица",
    "Темп",
]
BRANDS: Final = ("Volkswagen", "Mazda", "Geely")
HOLIDAYS: Final = (
    "2026-12-31",
    "2027-01-01",
    "2027-01-02",
    "2027-01-07",
    "2027-02-23",
    "2027-03-08",
    "2027-05-01",
    "2027-05-09",
)
CURRENCIES: Final = {"ru": "RUB", "by": "BYN", "kz": "KZT"}


@dataclass(frozen=True)
class Dealer:
    """One dealer: ``city`` is a row of `lists.cities`; phones are E.164 digits."""

    number: int
    code: str
    name: str
    city: int
    brands: tuple[str, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    postcode: str
    latitude: float
    longitude: float
    capacity: int

    @property
    def place(self) -> dict[str, str]:
        """City, region, country (lower-case ISO) and time zone of the dealer."""
        row = lists.cities().row(self.city, named=True)
        return {name: str(row[name]) for name in ("city", "region", "country", "timezone")}

    @property
    def currency(self) -> str:
        """ISO 4217 code of the dealer's prices."""
        return CURRENCIES[self.place["country"]]


def open_dealers(seed: int, count: int) -> list[Dealer]:
    """``count`` dealers spread over the cities by weight: large cities have several rivals."""
    rng = stream(seed, "dealers")
    weights = lists.cities()["weight"].to_numpy()
    at = _apportion(weights, count)
    dealers = []
    for number, city in enumerate(at.tolist()):
        row = lists.cities().row(city, named=True)
        code = f"D{number + 1:03d}"
        area = row["area"]
        line = f"{'375' if row['country'] == 'by' else '7'}{area}"
        tail = rng.integers(2_000_000, 8_000_000, 2)
        phones = (f"{line}{tail[0]:07d}", f"{line}{tail[1]:07d}")
        name = f"{NAMES[number % len(NAMES)]} Авто {row['city']}"
        host = f"{romanize(NAMES[number % len(NAMES)]).lower()}-auto{number + 1}.ru"
        brands = tuple(b for b, has in zip(BRANDS, chance(rng, 3, 0.6), strict=True) if has) or BRANDS[:1]
        jitter = rng.normal(0, 0.05, 2)
        dealers.append(
            Dealer(
                number,
                code,
                name,
                city,
                brands,
                phones,
                (f"info@{host}", f"service@{host}"),
                f"{row['postcode']}{number % 60:02d}",
                round(row["latitude"] + jitter[0], 4),
                round(row["longitude"] + jitter[1], 4),
                int(rng.integers(8, 60)),
            )
        )
    return dealers


def city_weights(dealers: list[Dealer]) -> NDArray[np.float64]:
    """People live where dealers are; a few elsewhere."""
    weights = lists.cities()["weight"].to_numpy() * 0.01
    for dealer in dealers:
        weights[dealer.city] += 1.0
    return weights


def nearest(dealers: list[Dealer], size: int) -> Ints:
    """For each city, ``size`` dealers by distance: rows are cities, entries dealer numbers."""
    cities = lists.cities()
    where = np.array([(d.latitude, d.longitude * 0.55) for d in dealers])
    points = np.column_stack([cities["latitude"].to_numpy(), cities["longitude"].to_numpy() * 0.55])
    distance = ((points[:, None, :] - where[None, :, :]) ** 2).sum(axis=2)
    return np.argsort(distance, axis=1, kind="stable")[:, :size].astype(np.int64)


def registry(dealers: list[Dealer]) -> pl.DataFrame:
    """The importer's registry, with the columns of ``dealerhub dealers sync``; lists are joined by ``;``."""
    total = sum(dealer.capacity for dealer in dealers)
    rows = [
        {
            "dealer_code": d.code,
            "name": d.name,
            "city": d.place["city"],
            "region": d.place["region"],
            "postcode": d.postcode,
            "country": d.place["country"],
            "latitude": d.latitude,
            "longitude": d.longitude,
            "brands": ";".join(d.brands),
            "timezone": d.place["timezone"],
            "opening_hours": "Mo-Fr 09:00-20:00; Sa-Su 10:00-18:00",
            "phones": ";".join("+" + p for p in d.phones),
            "emails": ";".join(d.emails),
            "capacity": d.capacity,
            "active_from": "2015-01-01",
            "active_until": "2035-12-31",
            "franchises": ";".join(_franchises(d)),
            "territory": lists.cities().row(d.city, named=True)["postcode"],
            "holidays": ";".join(HOLIDAYS),
            "target_share": round(d.capacity / total, 4),
            "group": d.name.split()[0],
        }
        for d in dealers
    ]
    return pl.DataFrame(rows)


def _franchises(dealer: Dealer) -> list[str]:
    """All purposes of its brands; every ninth dealer only services its last brand, every eleventh loses one in 2027."""
    names = [f"{brand}:" for brand in dealer.brands]
    if dealer.number % 9 == 8 and len(names) > 1:
        names[-1] = f"{dealer.brands[-1]}:service"
    if dealer.number % 11 == 10:
        names[0] = f"{dealer.brands[0]}::2015-01-01:2026-12-31"
    return [name.rstrip(":") for name in names]


def _apportion(weights: NDArray[np.float64], count: int) -> Ints:
    """Cities of ``count`` dealers by Sainte-Laguë, so that any count is spread by weight."""
    seats = np.zeros(len(weights))
    chosen = []
    for _ in range(count):
        city = int(np.argmax(weights / (2 * seats + 1)))
        seats[city] += 1
        chosen.append(city)
    return np.array(chosen, dtype=np.int64)
