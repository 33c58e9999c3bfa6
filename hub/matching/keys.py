"""Blocking: hashed keys under which records of one party meet (Christen 2012, ch. 4).

A key combines features that together are rare. Many overlapping keys, most of them on two weak fields, find a pair
in spite of an error in any one of them. Each key exists in coarser and finer forms: when a value grows common and
its block passes the cap, the finer keys still bring its records together, so recall does not fall as the base grows.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.ahead import THREADS
from hub.matching.crossing import Feature, count_keys, cross
from hub.matching.hashing import Words, combine, hash_texts, mix
from hub.matching.records import PERSON, Longs, Records, Texts
from hub.matching.vocabulary import beginnings

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
        if name.startswith("extra:"):
            return _of(r.extra[name[6:]])
        return _given(r) if name == "given name" else {**_SETS, **_SINGLE}[name](r)


def _numbers(values: npt.NDArray[np.integer]) -> Words:
    words = values.astype(np.uint64)
    return np.where(words == 0, words, mix(words))


def _each(words: Words) -> Feature:
    """A word or several for each record."""
    return Feature(words.ravel(), np.arange(words.size, dtype=np.int32).reshape(words.shape))


def _of(texts: Texts) -> Feature:
    return Feature(hash_texts(texts.values), texts.codes)


def _given(r: Records) -> Feature:
    """The given names that a first name may stand for; itself where it is none that is known."""
    bare = r.first.present & (r.given[:, 0] == 0)
    codes = r.given.copy()
    codes[bare, 0] = r.first.codes[bare] + np.int32(len(r.given_values))
    return Feature(np.concatenate([hash_texts(r.given_values), hash_texts(r.first.values)]), codes)


def _phones(r: Records) -> Feature:
    return _each(_numbers(r.phones)) if r.phones.any() else Feature(np.zeros(1, np.uint64), np.zeros_like(r.emails))


def _birth(r: Records, part: Callable[[Longs], Longs]) -> Feature:
    dob = np.zeros(len(r.birth.values), np.int64)
    dob[r.birth.codes] = r.dob
    return Feature(_numbers(part(dob)), r.birth.codes)


def _token_sums(r: Records) -> Feature:
    """One hash for the set of all name tokens, whatever their order: the sum of their hashes."""
    hashed: Words = hash_texts(r.token_values)[r.token]
    several = (hashed != 0).sum(axis=1) >= 2
    return _each(np.where(several & (r.kind == PERSON), mix(hashed.sum(axis=1, dtype=np.uint64)), np.uint64(0)))


_SETS: dict[str, Callable[[Records], Feature]] = {
    "phone": _phones,
    "e-mail": lambda r: Feature(hash_texts(r.email_values), r.emails),
    "VIN": lambda r: Feature(hash_texts(r.vin_values), r.vins),
    "plate": lambda r: Feature(hash_texts(r.plate_values), r.plates),
    "name": lambda r: Feature(hash_texts(r.token_values), r.token),
    "name's beginning": lambda r: Feature(hash_texts(beginnings(r.token_values, 4)), r.token),
}
_SINGLE: dict[str, Callable[[Records], Feature]] = {
    "tax id": lambda r: _of(r.tax),
    "registration": lambda r: _of(r.registration),
    "account": lambda r: _of(r.account),
    "company": lambda r: _of(r.company),
    "surname": lambda r: _of(r.root),
    "initial": lambda r: Feature(hash_texts(beginnings(r.first.values, 1)), r.first.codes),
    "patronymic": lambda r: _of(r.middle),
    "all names": _token_sums,
    "birth date": lambda r: _birth(r, lambda dob: dob),
    "birth year": lambda r: _birth(r, lambda dob: dob // 10_000),
    "birthday": lambda r: _birth(r, lambda dob: dob % 10_000),
    "city": lambda r: _of(r.city),
    "postcode": lambda r: _of(r.postcode),
    "postal area": lambda r: _of(r.area),
    "street": lambda r: _of(r.street),
    "house": lambda r: _of(r.house),
}


def blocking_keys(r: Records, kinds: Sequence[str] = NETWORK) -> Keys:
    """All keys of all records; house accounts have none.

    Keys are a function of the record alone: common contact values are keys, too, and their blocks soon pass the cap.

    Args:
        kinds: names of features, comma-separated, whose combinations are keys.
    """
    if not len(r):
        return Keys(np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.uint8))
    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(lambda make: make(), keys_by_kind(r, kinds)))
    numbers = np.repeat(np.arange(len(kinds), dtype=np.uint8), [len(keys) for keys, _ in made])
    keys, rows = (np.concatenate(column) for column in zip(*made, strict=True))
    return Keys(keys, rows, numbers)


def keys_by_kind(r: Records, kinds: Sequence[str]) -> list[Callable[[], tuple[Words, npt.NDArray[np.int32]]]]:
    """The keys of each kind and their records, as work to be done by whatever thread."""
    features = Features(r)
    names = sorted({name for kind in kinds for name in kind.split(", ")})
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(features.__getitem__, names))
    return [partial(_keys, r, kind, tuple(features[name] for name in kind.split(", "))) for kind in kinds]


def _keys(r: Records, kind: str, features: tuple[Feature, ...]) -> tuple[Words, npt.NDArray[np.int32]]:
    count = count_keys(features, r.kind)
    keys, rows = np.empty(count, np.uint64), np.empty(count, np.int32)
    cross(kind_number(kind), features, r.kind, keys, rows)
    return keys, rows


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
