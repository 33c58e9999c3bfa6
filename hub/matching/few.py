"""A handful of party records as `Records`, and the blocking keys of one, without polars: the way of the online match.

`hub.matching.records.encode`, `hub.matching.frequency.weigh_contacts` and `hub.matching.keys.blocking_keys` do the same for
columns of a million; a call of theirs costs milliseconds before the first record. Tests hold that both say the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import chain, product
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.matching.comparison import Comparison
from hub.matching.frequency import FIELDS
from hub.matching.hashing import combine_one, hash_text, mix_one
from hub.matching.holdings import packed
from hub.matching.keys import kind_number
from hub.matching.model import Floats, Model
from hub.matching.records import SLOTS, Bytes, Ints, Longs, Records, Texts, column_of
from hub.matching.score import Scorer, rarity
from hub.matching.vocabulary import FewTexts, gather
from hub.normalize.lexicon import given_names

Columns = Mapping[str, Sequence[Any]]
Row = Mapping[str, Any]  # a party record by column; `dealer`, `account`, `vins`, `holdings` and `plates` may be absent
Shared = Mapping[tuple[str, str], Mapping[str, str]]  # (field, value) → dealer ('' for the whole base) → class

_KINDS = {"person": 0, "company": 1, "house": 2}
_SEXES = {"m": 1, "f": 2}
_GENERATIONS = {"senior": 1, "junior": 2}
_UNKNOWN_KIND = 255  # as `encode` has it
_WRITTEN_DATE = re.compile(r"[0-9]{4}.?[0-9]{2}.?[0-9]{2}")
_NO_DIGIT = re.compile("[^0-9]")


def columns_of(rows: Sequence[Row]) -> Columns:
    """Party records by column."""
    return {name: [row.get(name) for row in rows] for name in COLUMNS}


def encode_few(columns: Columns, shared: Shared, extra: Sequence[str] = (), asked: int | None = None) -> Records:
    """Encode party records in the order given, which also breaks ties.

    Args:
        columns: of `COLUMNS` those that there are, all of one length.
        shared: the contact values that are no evidence, or little.
        extra: names of further textual evidence to take from the JSON object ``extra``.
        asked: if given, only pairs with one of so many first rows will be scored: what none of these has is left out.
    """
    n = len(next(iter(columns.values())))
    missing: Sequence[Any] = [None] * n
    every = {name: columns.get(name, missing) for name in COLUMNS}
    few = {name: column if any(column[:asked]) else missing for name, column in every.items()}
    last, root, first, middle = _coded([every["last"], every["last_root"], every["first"], every["middle"]])
    (given,), given_values = _sets([every["given"]], 3)
    (token,), token_values = _sets([missing])  # no comparison asks for it
    emails, email_values = _sets(_weighed(few["emails"], every["dealer"], "emails", shared))
    phones, phone_values = _sets(_weighed(few["phones"], every["dealer"], "phones", shared))
    numbers = np.array([_number(text) for text in phone_values.to_list()], np.int64)
    (vins,), vin_values = _sets([few["vins"]])
    (plates,), plate_values = _sets([few["plates"]])
    births = _births(every["birth_date"], every["extra"])
    dob = births if any(births[:asked]) else [0] * n
    names = given_names()
    objects = [_object(text) for text in every["extra"]] if extra else []
    text = {name: _texts(few[name]) for name in _TEXTS}
    return Records(
        rid=np.zeros(n, np.int64),
        rank=np.arange(n, dtype=np.int64),
        dealer=_texts(few["dealer"]),
        account=_texts([*map(_account, few["dealer"], few["account"])]),
        kind=_choices(every["kind"], _KINDS, _UNKNOWN_KIND),
        last=last,
        root=root,
        first=first,
        middle=middle,
        known=np.array([value in names for value in first.values.to_list()]),
        given=given,
        given_values=given_values,
        token=token,
        token_values=token_values,
        sex=_choices(every["sex"], _SEXES),
        generation=_choices(few["generation"], _GENERATIONS),
        dob=np.array(dob, np.int32),
        birth=_texts([str(number) if number else None for number in dob]),
        phones=numbers[phones[0]],
        own_phones=numbers[phones[1]],
        common_phones=numbers[phones[2]],
        emails=emails[0],
        own_emails=emails[1],
        common_emails=emails[2],
        email_values=email_values,
        vins=vins,
        held=_held(every["holdings"], few["vins"], vins.shape),
        vin_values=vin_values,
        plates=plates,
        plate_values=plate_values,
        tax=text["tax_id"],
        registration=text["registration_no"],
        company=text["company"],
        postcode=text["postcode"],
        area=_texts([*map(_area, few["postcode"])]),
        city=text["city"],
        street=text["street"],
        house=text["house"],
        flat=text["flat"],
        extra={name: _texts([_text(read.get(name)) for read in objects]) for name in extra},
    )


_TEXTS = ("tax_id", "registration_no", "company", "postcode", "city", "street", "house", "flat")
# What scoring asks of a party record
COLUMNS = (
    *("kind", "dealer", "account", "last", "last_root", "first", "middle", "given", "sex", "generation"),
    *("birth_date", "phones", "emails", *_TEXTS, "extra", "vins", "holdings", "plates"),
)


def _texts(column: Sequence[str | None]) -> Texts:
    return _coded([column])[0]


def _coded(columns: Sequence[Sequence[str | None]]) -> list[Texts]:
    """Dictionary-encode columns with one dictionary."""
    texts = ["", *filter(None, dict.fromkeys(chain(*columns)))]
    values = FewTexts(texts)
    code: dict[str | None, int] = {None: 0, **dict(zip(texts, range(len(texts)), strict=True))}
    return [Texts(np.array([*map(code.__getitem__, column)], np.int32), values) for column in columns]


def _sets(columns: Sequence[Sequence[Sequence[str] | None]], slots: int = SLOTS) -> tuple[list[Ints], FewTexts]:
    """Encode columns of lists with one dictionary, as codes of shape (N, up to ``slots``)."""
    index: dict[str, int] = {"": 0}
    coded: dict[int, Ints] = {}
    for column in columns:
        if id(column) not in coded:
            filled = [(row, values[:slots]) for row, values in enumerate(column) if values]
            codes = np.zeros((len(column), max([len(values) for _, values in filled], default=1)), np.int32)
            for row, values in filled:
                for slot, value in enumerate(values):
                    codes[row, slot] = index.setdefault(value, len(index))
            coded[id(column)] = codes
    return [coded[id(column)] for column in columns], FewTexts(list(index))


def _held(
    holdings: Sequence[Sequence[str] | None], vehicles: Sequence[Sequence[str] | None], shape: tuple[int, ...]
) -> Longs:
    """Beside each VIN in its slot the holding of the car."""
    held = np.zeros(shape, np.int64)
    for place, (told, vins) in enumerate(zip(holdings, vehicles, strict=True)):
        if vins and told:
            of = packed(told)
            held[place, : len(vins)] = [of.get(vin, 0) for vin in vins[: shape[1]]]
    return held


def _choices(column: Sequence[str | None], choices: Mapping[str, int], otherwise: int = 0) -> Bytes:
    return np.array([choices.get(value, otherwise) for value in column], np.uint8)  # type: ignore[arg-type]


def _weighed(
    every: Sequence[Sequence[str] | None], dealers: Sequence[str | None], field: str, shared: Shared
) -> list[Sequence[Sequence[str] | None]]:
    """All values of a contact field, those that are good evidence, and those that are little."""
    if not any((field, value) in shared for values in every if values for value in values):
        return [every, every, [None] * len(every)]
    both = [
        [(value, _class(shared, field, value, dealer)) for value in values or ()]
        for values, dealer in zip(every, dealers, strict=True)
    ]
    own: list[Sequence[str] | None] = [[value for value, known in one if known is None] for one in both]
    return [every, own, [[value for value, known in one if known == "common"] for one in both]]


def _class(shared: Shared, field: str, value: str, dealer: str | None) -> str | None:
    known = shared.get((field, value))
    return (known.get(dealer or "") or known.get("")) if known else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _births(dates: Sequence[date | None], extras: Sequence[str | None]) -> list[int]:
    return [birth_number(born, extra) for born, extra in zip(dates, extras, strict=True)]


def birth_number(born: date | None, extra: str | None) -> int:
    """The birth date as yyyymmdd, 0 when unknown; of one that no calendar has the digits still tell how far off it is."""
    if born is not None:
        return born.year * 10_000 + born.month * 100 + born.day
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


def _account(dealer: str | None, account: str | None) -> str | None:
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
        self._asked = asked
        self.absent = frozenset(name for name, known in KNOWN.items() if not known(records)[:asked].any())
        self._rarity = cache(self._rarity_of)
        super().__init__(model, records)

    def _rarities(self, comparison: Comparison) -> list[tuple[int, Ints, Floats]]:
        """As the scorer has it, for the values of the rows that come first: each row is its own code."""
        if comparison.name in self.absent:
            return []
        told = [(comparison.levels.index(level), self._rarity(name)) for level, name in comparison.rarity.items()]
        rows = np.arange(self._asked, dtype=np.int32)
        return [(level, rows, rarity) for level, rarity in told if rarity is not None]

    def _rarity_of(self, name: str) -> Floats | None:
        column, table = column_of(self.records, name), self.model.frequencies.get(name)
        if column is None or table is None:
            return None
        return rarity(FewTexts(gather(column.values, column.codes[: self._asked])), table)


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


def _born(row: Row) -> int:
    return birth_number(row.get("birth_date"), row.get("extra"))


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
    "account": lambda row: (hash_text(_account(row.get("dealer"), row.get("account"))),),
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
