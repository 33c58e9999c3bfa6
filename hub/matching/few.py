"""The blocking keys of one party record, without polars: the way of the online match.

`hub.matching.keys.blocking_keys` does the same for columns of a million; a call of it costs milliseconds before the first record.
Tests hold that both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import product

from hub.matching.few_comparisons import Row, Shared, birth_number, number_of, object_of, text_of
from hub.matching.frequency import FIELDS
from hub.matching.hashing import combine_one, hash_text, mix_one
from hub.matching.keys import kind_number
from hub.matching.records import SLOTS


def account_of(dealer: str | None, account: str | None) -> str | None:
    """A dealer's account as one text."""
    return None if dealer is None or account is None else f"{dealer}\x1f{account}"


def keys_of_one(row: Row, kinds: Sequence[str]) -> set[int]:
    """The blocking keys of one party record, as the signed integers that are stored; a house account has none.

    Args:
        kinds: names of features, comma-separated, whose combinations are keys, as for `hub.matching.keys.blocking_keys`.
    """
    if row.get("kind") == "house":
        return set()
    made: dict[str, list[int]] = {}
    side = 1 if row.get("kind") == "company" else 0
    keys = set()
    for number, features in _plan(tuple(kinds)):
        parts: list[list[int]] = []
        for name in features:
            words = made.get(name)
            if words is None:
                words = made[name] = [word for word in _words(row, name) if word]
            if not words:
                break
            parts.append(words)
        else:
            for each in product(*parts):
                key = mix_one(combine_one(number, *each) + side)
                keys.add(key - (1 << 64) if key >> 63 else key)
    return keys


@lru_cache(maxsize=16)
def _plan(kinds: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    """The number and the features of each kind."""
    return [(kind_number(kind), kind.split(", ")) for kind in kinds]


def _words(row: Row, feature: str) -> Sequence[int]:
    if feature.startswith("extra:"):
        return (hash_text(text_of(object_of(row.get("extra")).get(feature[6:]))),)
    return FEATURES[feature](row)


def _of_column(name: str) -> Callable[[Row], Sequence[int]]:
    return lambda row: (hash_text(row.get(name)),)


def _of_set(name: str, slots: int = SLOTS) -> Callable[[Row], Sequence[int]]:
    return lambda row: [hash_text(value) for value in (row.get(name) or ())[:slots]]


def _hashed_number(number: int) -> tuple[int]:
    return (mix_one(number) if number else 0,)


def _born(row: Row) -> int:
    return birth_number(row.get("birth_date"), row.get("extra"))


def _given(row: Row) -> Sequence[int]:
    return _of_set("given", 3)(row) or (hash_text(row.get("first")),)


def _all_names(row: Row) -> Sequence[int]:
    hashed = _of_set("tokens")(row)
    return (mix_one(sum(hashed)),) if row.get("kind") == "person" and len(hashed) >= 2 else ()


# feature → its hashes, by the names of `hub.matching.keys`
FEATURES: Mapping[str, Callable[[Row], Sequence[int]]] = {
    "phone": lambda row: [_hashed_number(number_of(value))[0] for value in (row.get("phones") or ())[:SLOTS]],
    "e-mail": _of_set("emails"),
    "VIN": _of_set("vins"),
    "plate": _of_set("plates"),
    "name": _of_set("tokens"),
    "name's beginning": lambda row: [hash_text(value[:4]) for value in (row.get("tokens") or ())[:SLOTS]],
    "given name": _given,
    "tax id": _of_column("tax_id"),
    "registration": _of_column("registration_no"),
    "account": lambda row: (hash_text(account_of(row.get("dealer"), row.get("account"))),),
    "company": _of_column("company"),
    "surname": _of_column("last_root"),
    "initial": lambda row: (hash_text((row.get("first") or "")[:1]),),
    "patronymic": _of_column("middle"),
    "all names": _all_names,
    "birth date": lambda row: _hashed_number(_born(row)),
    "birth year": lambda row: _hashed_number(_born(row) // 10_000),
    "birthday": lambda row: _hashed_number(_born(row) % 10_000),
    "city": _of_column("city"),
    "postcode": _of_column("postcode"),
    "postal area": lambda row: (hash_text((row.get("postcode") or "")[:-3]),),
    "street": _of_column("street"),
    "house": _of_column("house"),
}


def shared_of(rows: Sequence[tuple[str, str, str, str]]) -> Shared:
    """Classified contact values (field, value, dealer, class) by what they are looked up with."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for field, value, dealer, kind in rows:
        if field in FIELDS:
            found.setdefault((field, value), {})[dealer] = kind
    return found
