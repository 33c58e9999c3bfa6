"""A handful of party records as `Records`, and the blocking keys of one, without polars: the way of the online match.

`hub.matching.records.encode`, `hub.matching.frequency.weigh_contacts` and `hub.matching.keys.blocking_keys` do the same for
columns of a million; a call of theirs costs milliseconds before the first record. Tests hold that both say the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.matching.comparison import Comparison, Rows
from hub.matching.frequency import FIELDS
from hub.matching.hashing import combine_one, hash_text, mix_one
from hub.matching.holdings import packed
from hub.matching.keys import kind_number
from hub.matching.model import Floats, Model
from hub.matching.records import SLOTS, Bytes, Ints, Longs, Records, Texts
from hub.matching.score import Scorer
from hub.matching.vocabulary import FewTexts
from hub.normalize.lexicon import given_names

Row = Mapping[str, Any]  # a party record by column; `dealer`, `account`, `vins`, `holdings` and `plates` may be absent
Shared = Mapping[tuple[str, str], Mapping[str, str]]  # (field, value) → dealer ('' for the whole base) → class

_KINDS = {"person": 0, "company": 1, "house": 2}
_SEXES = {"m": 1, "f": 2}
_GENERATIONS = {"senior": 1, "junior": 2}
_UNKNOWN_KIND = 255  # as `encode` has it
_WRITTEN_DATE = re.compile(r"[0-9]{4}.?[0-9]{2}.?[0-9]{2}")
_NO_DIGIT = re.compile("[^0-9]")


def encode_few(rows: Sequence[Row], shared: Shared, extra: Sequence[str] = (), asked: int | None = None) -> Records:
    """Encode party records in the order given, which also breaks ties.

    Args:
        shared: the contact values that are no evidence, or little.
        extra: names of further textual evidence to take from the JSON object ``extra``.
        asked: if given, only pairs with one of so many first rows will be scored: what none of these has is left out.
    """
    few = rows[:asked]
    last, root, first, middle = _texts_together(rows, "last", "last_root", "first", "middle")
    given, given_values = _sets([[row.get("given") for row in rows]], 3)
    token, token_values = _sets([[row.get("tokens") for row in rows]])
    emails, email_values = _sets(_weighed(rows, "emails", shared))
    phones, phone_values = _sets(_weighed(rows, "phones", shared))
    vehicles = _values(rows, few, "vins")
    vins, vin_values = _sets([vehicles])
    plates, plate_values = _sets([_values(rows, few, "plates")])
    numbers = np.array([_number(text) for text in phone_values.to_list()], np.int64)
    dob = [birth_number(row) for row in rows]
    names = given_names()
    objects = [_object(row.get("extra")) for row in rows] if extra else []
    return Records(
        rid=np.zeros(len(rows), np.int64),
        rank=np.arange(len(rows), dtype=np.int64),
        dealer=_texts([row.get("dealer") for row in rows]),
        account=_texts([_account(row) for row in rows]),
        kind=_choices(rows, "kind", _KINDS, _UNKNOWN_KIND),
        last=last,
        root=root,
        first=first,
        middle=middle,
        known=np.array([value in names for value in first.values.to_list()]),
        given=given[0],
        given_values=given_values,
        token=token[0],
        token_values=token_values,
        sex=_choices(rows, "sex", _SEXES),
        generation=_choices(rows, "generation", _GENERATIONS),
        dob=np.array(dob, np.int32),
        birth=_texts([str(number) if number else None for number in dob]),
        phones=numbers[phones[0]],
        own_phones=numbers[phones[1]],
        common_phones=numbers[phones[2]],
        emails=emails[0],
        own_emails=emails[1],
        common_emails=emails[2],
        email_values=email_values,
        vins=vins[0],
        held=_held(rows, vehicles, vins[0].shape),
        vin_values=vin_values,
        plates=plates[0],
        plate_values=plate_values,
        tax=_texts(_values(rows, few, "tax_id")),
        registration=_texts(_values(rows, few, "registration_no")),
        company=_texts(_values(rows, few, "company")),
        postcode=_texts(_values(rows, few, "postcode")),
        area=_texts([_area(postcode) for postcode in _values(rows, few, "postcode")]),
        city=_texts(_values(rows, few, "city")),
        street=_texts(_values(rows, few, "street")),
        house=_texts(_values(rows, few, "house")),
        flat=_texts(_values(rows, few, "flat")),
        extra={name: _texts([_text(read.get(name)) for read in objects]) for name in extra},
    )


def _values(rows: Sequence[Row], few: Sequence[Row], name: str) -> list[Any]:
    """A column; nothing but missing values if none of the few has any."""
    for row in few:
        if row.get(name):
            return [row.get(name) for row in rows]
    return [None] * len(rows)


def _texts(column: Sequence[str | None]) -> Texts:
    return _coded([column])[0]


def _texts_together(rows: Sequence[Row], *names: str) -> list[Texts]:
    return _coded([[row.get(name) for row in rows] for name in names])


def _coded(columns: Sequence[Sequence[str | None]]) -> list[Texts]:
    """Dictionary-encode columns with one dictionary."""
    index: dict[str | None, int] = {None: 0, "": 0}
    codes = [[index.setdefault(value, len(index) - 1) for value in column] for column in columns]
    values = FewTexts(list(index)[1:])  # type: ignore[arg-type]  # all but None
    return [Texts(np.array(column, np.int32), values) for column in codes]


def _sets(columns: Sequence[Sequence[Sequence[str] | None]], slots: int = SLOTS) -> tuple[list[Ints], FewTexts]:
    """Encode columns of lists with one dictionary, as codes of shape (N, up to ``slots``)."""
    index: dict[str, int] = {"": 0}
    coded: list[Ints] = []
    for column in columns:
        width = max(1, min(slots, max([len(values) for values in column if values], default=1)))
        blank = [0] * width
        codes = [
            ([index.setdefault(value, len(index)) for value in values[:width]] + blank)[:width] if values else blank
            for values in column
        ]
        coded.append(np.array(codes, np.int32).reshape(len(column), width))
    return coded, FewTexts(list(index))


def _held(rows: Sequence[Row], vehicles: Sequence[Sequence[str] | None], shape: tuple[int, ...]) -> Longs:
    """Beside each VIN in its slot the holding of the car."""
    held = np.zeros(shape, np.int64)
    for place, (row, vins) in enumerate(zip(rows, vehicles, strict=True)):
        told = packed(row.get("holdings") or ()) if vins else {}
        for slot, vin in enumerate((vins or ())[: shape[1]] if told else ()):
            held[place, slot] = told.get(vin, 0)
    return held


def _choices(rows: Sequence[Row], name: str, choices: Mapping[str, int], otherwise: int = 0) -> Bytes:
    return np.array([choices.get(row.get(name), otherwise) for row in rows], np.uint8)  # type: ignore[arg-type]


def _weighed(rows: Sequence[Row], field: str, shared: Shared) -> list[list[Sequence[str] | None]]:
    """All values of a contact field, those that are good evidence, and those that are little."""
    every: list[Sequence[str] | None] = [row.get(field) for row in rows]
    if not shared:
        return [every, every, [None] * len(rows)]
    classes = [[_class(shared, field, value, row.get("dealer")) for value in row.get(field) or ()] for row in rows]
    both = [list(zip(values or (), found, strict=True)) for values, found in zip(every, classes, strict=True)]
    own: list[Sequence[str] | None] = [[value for value, known in one if known is None] for one in both]
    return [every, own, [[value for value, known in one if known == "common"] for one in both]]


def _class(shared: Shared, field: str, value: str, dealer: str | None) -> str | None:
    known = shared.get((field, value))
    return (known.get(dealer or "") or known.get("")) if known else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def birth_number(row: Row) -> int:
    """The birth date as yyyymmdd, 0 when unknown; of one that no calendar has the digits still tell how far off it is."""
    born: date | None = row.get("birth_date")
    if born is not None:
        return born.year * 10_000 + born.month * 100 + born.day
    extra = row.get("extra")
    if extra and '"birth_date"' in extra:
        written = _text(_object(extra).get("birth_date")) or ""
        if _WRITTEN_DATE.fullmatch(written):
            digits = _NO_DIGIT.sub("", written)
            return int(digits) if len(digits) < 10 else 0
    return 0


def _object(extra: str | None) -> dict[str, Any]:
    read = json.loads(extra) if extra else {}
    return read if isinstance(read, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _account(row: Row) -> str | None:
    dealer, account = row.get("dealer"), row.get("account")
    return None if dealer is None or account is None else f"{dealer}\x1f{account}"


def _area(postcode: str | None) -> str | None:
    return postcode[:-3] or None if postcode else None


class FewScorer(Scorer):
    """The scorer for pairs of one of the first rows with any other: what none of them has is not compared.

    Args:
        records: as from `encode_few`.
        asked: how many rows come first.
    """

    def __init__(self, model: Model, records: Records, asked: int) -> None:
        self._absent = frozenset(name for name, known in KNOWN.items() if not known(records)[:asked].any())
        super().__init__(model, records)

    def levels(self, comparison: Comparison, i: Rows, j: Rows) -> Bytes:
        """The level of each pair in one comparison."""
        return np.zeros(len(i), np.uint8) if comparison.name in self._absent else super().levels(comparison, i, j)

    def _rarities(self, comparison: Comparison) -> list[tuple[int, Ints, Floats]]:
        return [] if comparison.name in self._absent else super()._rarities(comparison)


# comparison → the values without which its level is "missing"; any that does not stand here is always made
KNOWN: Mapping[str, Callable[[Records], npt.NDArray[np.integer | np.bool_]]] = {
    "surname": lambda r: r.last.codes | r.root.codes | r.first.codes,
    "given name": lambda r: r.first.codes | r.last.codes,
    "patronymic": lambda r: r.middle.codes,
    "company": lambda r: r.company.codes,
    "birth date": lambda r: r.dob,
    "phones": lambda r: r.phones[:, 0],
    "e-mails": lambda r: r.emails[:, 0],
    "vehicles": lambda r: r.vins[:, 0],
    "address": lambda r: r.postcode.codes | r.city.codes | r.street.codes,
    "tax id": lambda r: r.tax.codes,
    "registration": lambda r: r.registration.codes,
    "generation": lambda r: r.generation,
    "account": lambda r: r.dealer.codes,
}


# ------------------------------------------------------------------ keys


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
    for kind in kinds:
        number, features = kind_number(kind), kind.split(", ")
        for name in features:
            if name not in made:
                made[name] = [word for word in _words(row, name) if word]
        for parts in product(*(made[name] for name in features)):
            key = mix_one(combine_one(number, *parts) + side)
            keys.add(key - (1 << 64) if key >> 63 else key)
    return keys


def _words(row: Row, feature: str) -> Sequence[int]:
    if feature.startswith("extra:"):
        return (hash_text(_text(_object(row.get("extra")).get(feature[6:]))),)
    return FEATURES[feature](row)


def _of_column(name: str) -> Callable[[Row], Sequence[int]]:
    return lambda row: (hash_text(row.get(name)),)


def _of_set(name: str, slots: int = SLOTS) -> Callable[[Row], Sequence[int]]:
    return lambda row: [hash_text(value) for value in (row.get(name) or ())[:slots]]


def _hashed_number(number: int) -> tuple[int]:
    return (mix_one(number) if number else 0,)


def _given(row: Row) -> Sequence[int]:
    return _of_set("given", 3)(row) or (hash_text(row.get("first")),)


def _all_names(row: Row) -> Sequence[int]:
    hashed = _of_set("tokens")(row)
    return (mix_one(sum(hashed)),) if row.get("kind") == "person" and len(hashed) >= 2 else ()


# feature → its hashes, by the names of `hub.matching.keys`
FEATURES: Mapping[str, Callable[[Row], Sequence[int]]] = {
    "phone": lambda row: [_hashed_number(_number(value))[0] for value in (row.get("phones") or ())[:SLOTS]],
    "e-mail": _of_set("emails"),
    "VIN": _of_set("vins"),
    "plate": _of_set("plates"),
    "name": _of_set("tokens"),
    "name's beginning": lambda row: [hash_text(value[:4]) for value in (row.get("tokens") or ())[:SLOTS]],
    "given name": _given,
    "tax id": _of_column("tax_id"),
    "registration": _of_column("registration_no"),
    "account": lambda row: (hash_text(_account(row)),),
    "company": _of_column("company"),
    "surname": _of_column("last_root"),
    "initial": lambda row: (hash_text((row.get("first") or "")[:1]),),
    "patronymic": _of_column("middle"),
    "all names": _all_names,
    "birth date": lambda row: _hashed_number(birth_number(row)),
    "birth year": lambda row: _hashed_number(birth_number(row) // 10_000),
    "birthday": lambda row: _hashed_number(birth_number(row) % 10_000),
    "city": _of_column("city"),
    "postcode": _of_column("postcode"),
    "postal area": lambda row: (hash_text(_area(row.get("postcode"))),),
    "street": _of_column("street"),
    "house": _of_column("house"),
}


def shared_of(rows: Sequence[tuple[str, str, str, str]]) -> Shared:
    """Classified contact values (field, value, dealer, class) as `encode_few` looks them up."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for field, value, dealer, kind in rows:
        if field in FIELDS:
            found.setdefault((field, value), {})[dealer] = kind
    return found
