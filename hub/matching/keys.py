"""Blocking: hashed keys under which records of one party meet (Christen 2012, ch. 4).

A key combines features that together are rare. Many overlapping keys, most of them on two weak fields, find a pair
in spite of an error in any one of them. Each key exists in coarser and finer forms: when a value grows common and
its block passes the cap, the finer keys still bring its records together, so recall does not fall as the base grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.hashing import Words, combine, hash_texts, mix
from hub.matching.records import COMPANY, HOUSE, PERSON, Records

VERSION = "1"  # changes with anything here that changes a key; the base is then keyed and matched anew
BLOCK_CAP = 80  # records; a larger block makes no pairs of its own


@dataclass(frozen=True)
class Keys:
    """Keys of records: row ``rows[k]`` has key ``keys[k]`` of kind ``kinds[k]`` (index into ``KINDS``)."""

    keys: Words
    rows: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]


KINDS = (
    "phone",
    "e-mail",
    "VIN",
    "tax id",
    "registration",
    "account",
    "surname, birth date",
    "given name, birth date",
    "surname, given name, patronymic",
    "surname, given name, city",
    "surname, given name, street",
    "surname, given name",
    "given name, patronymic, street",
    "given name, street, house",
    "surname, initial, city",
    "postcode, birth date",
    "city, birth date",
    "all names",
    "phone, given name",
    "company",
    "surname, postcode",
    "plate",
    "name",
)
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


def blocking_keys(r: Records) -> Keys:
    """All keys of all records; house accounts have none.

    Keys are a function of the record alone: common contact values are keys, too, and their blocks soon pass the cap.
    """
    parts = [(key, rows, np.full(len(key), kind, np.uint8)) for kind, key, rows in _keys(r)]
    keys, rows, kinds = (np.concatenate(column) for column in zip(*parts, strict=True))
    keep = (keys != 0) & (r.kind[rows] != HOUSE)
    return Keys(keys[keep], rows[keep].astype(np.int32), kinds[keep])


def _keys(r: Records) -> Iterator[tuple[int, Words, npt.NDArray[np.int64]]]:
    all_rows = np.arange(len(r))
    # companies and persons never meet, so the kind is part of every key
    side = np.where(r.kind == COMPANY, np.uint64(1), np.uint64(0))

    def key(
        kind: str, *features: Words, rows: npt.NDArray[np.int64] = all_rows
    ) -> tuple[int, Words, npt.NDArray[np.int64]]:
        number = _NUMBER[kind]
        combined = combine(number, *features)
        return number, np.where(combined == 0, combined, mix(combined + side[rows])), rows

    given, given_rows = _spread(hash_texts(r.given_values)[r.given])
    bare = np.flatnonzero(r.first.present & (r.given[:, 0] == 0))
    given = np.concatenate([given, r.first.hashes()[bare]])
    given_rows = np.concatenate([given_rows, bare])
    root, middle, city = r.root.hashes(), r.middle.hashes(), r.city.hashes()
    postcode, street, house = r.postcode.hashes(), r.street.hashes(), r.house.hashes()
    dob = _numbers(r.dob)
    g = given_rows

    for kind, values in (
        ("phone", _numbers(r.phones)),
        ("e-mail", _of(r.emails, r.email_values)),
        ("VIN", _of(r.vins, r.vin_values)),
        ("plate", _of(r.plates, r.plate_values)),
        ("name", _of(r.token, r.token_values)),
    ):
        flat, rows = _spread(values)
        yield key(kind, flat, rows=rows)
    yield key("tax id", r.tax.hashes())
    yield key("registration", r.registration.hashes())
    yield key("account", r.account.hashes())
    yield key("surname, birth date", root, dob)
    yield key("given name, birth date", given, dob[g], rows=g)
    yield key("surname, given name, patronymic", root[g], given, middle[g], rows=g)
    yield key("surname, given name, city", root[g], given, city[g], rows=g)
    yield key("surname, given name, street", root[g], given, street[g], rows=g)
    yield key("surname, given name", root[g], given, rows=g)
    yield key("given name, patronymic, street", given, middle[g], street[g], rows=g)
    yield key("given name, street, house", given, street[g], house[g], rows=g)
    yield key("postcode, birth date", postcode, dob)
    yield key("city, birth date", city, dob)
    yield key("surname, postcode", root, postcode)
    yield key("surname, initial, city", root, _initials(r), city)
    yield key("all names", _token_sums(r))
    flat, rows = _spread(_numbers(r.phones))
    yield key("phone, given name", flat, r.first.hashes()[rows], rows=rows)
    yield key("company", r.company.hashes())


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
    combined = combine(_NUMBER[kind], feature)
    return [mix(combined + np.uint64(side)).view(np.int64) for side in (0, 1)]


def _numbers(values: npt.NDArray[np.integer]) -> Words:
    words = values.astype(np.uint64)
    return np.where(words == 0, words, mix(words))


def _of(codes: npt.NDArray[np.int32], values: pl.Series) -> Words:
    hashed: Words = hash_texts(values)[codes]
    return hashed


def _spread(sets: Words) -> tuple[Words, npt.NDArray[np.int64]]:
    """The used slots of a set column, and their rows."""
    rows, slots = np.nonzero(sets)
    return sets[rows, slots], rows


def _initials(r: Records) -> Words:
    return hash_texts(r.first.values.str.slice(0, 1))[r.first.codes]


def _token_sums(r: Records) -> Words:
    """One hash for the set of all name tokens, whatever their order: the sum of their hashes."""
    hashed = _of(r.token, r.token_values)
    several = (hashed != 0).sum(axis=1) >= 2
    return np.where(several & (r.kind == PERSON), mix(hashed.sum(axis=1, dtype=np.uint64)), np.uint64(0))
