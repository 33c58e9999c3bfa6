"""Addresses: where households live, and the ways dealers write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.demo import lists
from hub.demo.randomness import Ints, Rng, Texts, chance, texts

TYPES = {"ул.": "улица", "пр-т": "проспект", "ш.": "шоссе", "пер.": "переулок", "б-р": "бульвар", "пл.": "площадь"}
MANNERS = 5


@dataclass(frozen=True)
class Homes:
    """Addresses by number: city (row of `lists.cities`), street, house, block (0 = none), flat (0 = none), postcode."""

    city: Ints
    street: Texts
    house: Ints
    block: Ints
    flat: Ints
    postcode: Texts

    def written(self, rows: Ints, manner: Ints) -> Texts:
        """The addresses ``rows``, each in a ``manner`` of 0 … 4, without city."""
        out = []
        columns = (self.street[rows], self.house[rows], self.block[rows], self.flat[rows], manner)
        for street, house, block, flat, how in zip(*(c.tolist() for c in columns), strict=True):
            out.append(_WRITE[how](street, house, block, flat))
        return texts(out)


def homes(rng: Rng, city: Ints) -> Homes:
    """One random address in each of ``city``."""
    size = len(city)
    names = lists.streets()
    street = names[(rng.random(size) ** 1.3 * len(names)).astype(np.int64)]
    block = np.where(chance(rng, size, 0.15), rng.integers(1, 5, size), 0)
    flat = np.where(chance(rng, size, 0.88), rng.integers(1, 280, size), 0)
    prefix = texts(lists.cities()["postcode"].to_list())[city].tolist()
    ends = rng.integers(1, 60, size).tolist()
    postcode = texts([f"{start}{end:02d}" for start, end in zip(prefix, ends, strict=True)])
    return Homes(city, street, rng.integers(1, 160, size), block, flat, postcode)


def _full(street: str, house: int, block: int, flat: int) -> str:
    return f"{street}, д. {house}" + (f", корп. {block}" if block else "") + (f", кв. {flat}" if flat else "")


def _short(street: str, house: int, block: int, flat: int) -> str:
    return f"{street.replace('. ', '.')}, {house}" + (f"к{block}" if block else "") + (f"-{flat}" if flat else "")


def _bare(street: str, house: int, block: int, flat: int) -> str:
    return f"{street.split(' ', 1)[1]} {house}" + (f" к {block}" if block else "") + (f" кв {flat}" if flat else "")


def _long(street: str, house: int, block: int, flat: int) -> str:
    kind, name = street.split(" ", 1)
    text = f"{TYPES.get(kind, kind)} {name}, дом {house}"
    return text + (f", корпус {block}" if block else "") + (f", квартира {flat}" if flat else "")


def _behind(street: str, house: int, block: int, flat: int) -> str:
    kind, name = street.split(" ", 1)
    return f"{name} {kind}, д.{house}" + (f" корп.{block}" if block else "") + (f" кв.{flat}" if flat else "")


_WRITE = (_full, _short, _bare, _long, _behind)
