"""Blocking: hashed keys under which records of one party meet (Christen 2012, ch. 4).

A key combines features that together are rare. Many overlapping keys, most of them on two weak fields, find a pair
in spite of an error in any one of them. Each key exists in coarser and finer forms: when a value grows common and
its block passes the cap, the finer keys still bring its records together, so recall does not fall as the base grows.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.arrays import ramp
from hub.matching.hashing import Words, combine, hash_texts, mix
from hub.matching.records import COMPANY, HOUSE, PERSON, Records, Texts
from hub.matching.vocabulary import Values, beginnings

VERSION = "3"  # changes with anything here that changes a key; the base is then keyed and matched anew
BLOCK_CAP = 80  # records; a larger block makes no pairs of its own


@dataclass(frozen=True)
class Keys:
    """Keys of records: row ``rows[k]`` has key ``keys[k]`` of kind ``kinds[k]`` (index into the kinds asked for)."""

    keys: Words
    rows: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]


# Kinds are named by the features they combine. These are looked up by searches, too, and every model has them:
LOOKUPS = ("phone", "e-mail", "VIN", "plate", "tax id", "registration", "account", "company", "name")

# … and these find the people of a dealers' network. A kind that finds nothing of its own is not kept.
NETWORK = (
    *LOOKUPS,
    "surname, birth date",
    "given name, birth date",
    "surname, given name, patronymic",
    "surname, given name, city",
    "surname, given name, street",
    "surname, given name",
    "given name, patronymic, street",
    "given name, street, house",
    "postcode, birth date",
    "city, birth date",
    "surname, postcode",
    "surname, initial, city",
    "all names",
    "phone, given name",
)

Feature = tuple[Words, npt.NDArray[np.int64]]  # hashes and their rows, in the order of rows; a row may have several


class Features:
    """The hashed features of records, each made when first asked for."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._made: dict[str, Feature] = {}

    def __getitem__(self, name: str) -> Feature:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Feature:
        r = self.records
        if name in _SETS:
            return _spread(_SETS[name](r))
        if name == "given name":
            given, rows = _spread(hash_texts(r.given_values)[r.given])
            bare = np.flatnonzero(r.first.present & (r.given[:, 0] == 0))
            words, rows = np.concatenate([given, r.first.hashes()[bare]]), np.concatenate([rows, bare])
            order = np.argsort(rows, kind="stable")
            return words[order], rows[order]
        words = r.extra[name[6:]].hashes() if name.startswith("extra:") else _SINGLE[name](r)
        rows = np.flatnonzero(words)
        return words[rows], rows


def _numbers(values: npt.NDArray[np.integer]) -> Words:
    words = values.astype(np.uint64)
    return np.where(words == 0, words, mix(words))


def _of(codes: npt.NDArray[np.int32], values: Values) -> Words:
    hashed: Words = hash_texts(values)[codes]
    return hashed


def _spread(sets: Words) -> Feature:
    """The used slots of a set column, and their rows."""
    rows, slots = np.nonzero(sets)
    return sets[rows, slots], rows


def _beginning(texts: Texts, letters: int) -> Words:
    return hash_texts(beginnings(texts.values, letters))[texts.codes]


def _token_sums(r: Records) -> Words:
    """One hash for the set of all name tokens, whatever their order: the sum of their hashes."""
    hashed = _of(r.token, r.token_values)
    several = (hashed != 0).sum(axis=1) >= 2
    return np.where(several & (r.kind == PERSON), mix(hashed.sum(axis=1, dtype=np.uint64)), np.uint64(0))


_SETS: dict[str, Callable[[Records], Words]] = {
    "phone": lambda r: _numbers(r.phones),
    "e-mail": lambda r: _of(r.emails, r.email_values),
    "VIN": lambda r: _of(r.vins, r.vin_values),
    "plate": lambda r: _of(r.plates, r.plate_values),
    "name": lambda r: _of(r.token, r.token_values),
    "name's beginning": lambda r: _of(r.token, beginnings(r.token_values, 4)),
}
_SINGLE: dict[str, Callable[[Records], Words]] = {
    "tax id": lambda r: r.tax.hashes(),
    "registration": lambda r: r.registration.hashes(),
    "account": lambda r: r.account.hashes(),
    "company": lambda r: r.company.hashes(),
    "surname": lambda r: r.root.hashes(),
    "initial": lambda r: _beginning(r.first, 1),
    "patronymic": lambda r: r.middle.hashes(),
    "all names": _token_sums,
    "birth date": lambda r: _numbers(r.dob),
    "birth year": lambda r: _numbers(r.dob // 10_000),
    "birthday": lambda r: _numbers(r.dob % 10_000),
    "city": lambda r: r.city.hashes(),
    "postcode": lambda r: r.postcode.hashes(),
    "postal area": lambda r: r.area.hashes(),
    "street": lambda r: r.street.hashes(),
    "house": lambda r: r.house.hashes(),
}


def blocking_keys(r: Records, kinds: Sequence[str] = NETWORK) -> Keys:
    """All keys of all records; house accounts have none.

    Keys are a function of the record alone: common contact values are keys, too, and their blocks soon pass the cap.

    Args:
        kinds: names of features, comma-separated, whose combinations are keys.
    """
    features = Features(r)
    parts = [(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.uint8))]
    for number, kind in enumerate(kinds):
        key, rows = _combined(features, kind)
        parts.append((key, rows, np.full(len(key), number, np.uint8)))
    keys, rows, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    keep = r.kind[rows] != HOUSE
    return Keys(keys[keep], rows[keep].astype(np.int32), numbers[keep])


def _combined(features: Features, kind: str) -> Feature:
    """The keys of one kind; rows that lack a feature have none."""
    names = kind.split(", ")
    words, rows = features[names[0]]
    parts = [words]
    for name in names[1:]:
        other, other_rows = features[name]
        rows, parts, joined = _joined(rows, parts, other, other_rows, len(features.records))
        parts.append(joined)
    # companies and persons never meet, so the side is part of every key
    side = (features.records.kind[rows] == COMPANY).astype(np.uint64)
    return mix(combine(kind_number(kind), *parts) + side), rows


def _joined(
    rows: npt.NDArray[np.int64], parts: list[Words], other: Words, other_rows: npt.NDArray[np.int64], n: int
) -> tuple[npt.NDArray[np.int64], list[Words], Words]:
    """Pair each key so far with each value that its row has of a further feature."""
    counts = np.bincount(other_rows, minlength=n)
    starts = np.cumsum(counts) - counts
    times = counts[rows]
    place = np.repeat(starts[rows], times) + ramp(times)
    return np.repeat(rows, times), [np.repeat(part, times) for part in parts], other[place]


@cache
def kind_number(kind: str) -> int:
    """The stable number of a kind."""
    return zlib.crc32(kind.encode())


def lookup_keys(kind: str, values: list[str]) -> list[list[int]]:
    """The stored keys under which the records with each value stand, persons' and companies', as signed integers.

    Args:
        kind: "phone" (E.164 digits), "e-mail", "VIN", "plate", "tax id", "registration" or "name" (one folded token).
    """
    hashed = _lookup(kind, pl.Series(values, dtype=pl.String))
    return [[int(side[place]) for side in hashed] for place in range(len(values))]


def contact_keys(values: pl.DataFrame) -> pl.DataFrame:
    """The stored keys under which the holders of contact values stand.

    Args:
        values: ``field`` ('phones' or 'emails') and ``value``.

    Returns:
        the same rows with ``key`` (Int64), once for persons and once for companies.
    """
    parts = []
    for field, kind in (("phones", "phone"), ("emails", "e-mail")):
        part = values.filter(pl.col("field") == field)
        parts += [part.with_columns(key=pl.Series(side)) for side in _lookup(kind, part["value"])]
    return pl.concat(parts)


def _lookup(kind: str, values: pl.Series) -> list[npt.NDArray[np.int64]]:
    feature = (
        _numbers(values.cast(pl.Int64, strict=False).fill_null(0).to_numpy()) if kind == "phone" else hash_texts(values)
    )
    combined = combine(kind_number(kind), feature)
    return [mix(combined + np.uint64(side)).view(np.int64) for side in (0, 1)]
