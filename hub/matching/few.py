"""A handful of party records as `Records`, and the blocking keys of one, without polars.

`hub.matching.records.encode`, `hub.matching.frequency.weigh_contacts` and `hub.matching.keys.blocking_keys` do the same for
columns of a million; a call of theirs costs milliseconds before the first record. Tests hold that both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, product
from typing import Any

import numpy as np

from hub.matching.few_comparisons import Row, Shared, area_of, birth_number, number_of, object_of, text_of
from hub.matching.frequency import FIELDS
from hub.matching.hashing import combine_one, hash_text, mix_one
from hub.matching.holdings import packed
from hub.matching.keys import kind_number
from hub.matching.records import GIVEN_SLOTS, SLOTS, Bytes, Ints, Longs, Records, Texts
from hub.matching.vocabulary import FewTexts
from hub.normalize.lexicon import given_names

Columns = Mapping[str, Sequence[Any]]

_KINDS = {"person": 0, "company": 1, "house": 2}
_SEXES = {"m": 1, "f": 2}
_GENERATIONS = {"senior": 1, "junior": 2}
_UNKNOWN_KIND = 255  # as `encode` has it


def columns_of(rows: Sequence[Row]) -> Columns:
    """Party records by column."""
    return {name: [row.get(name) for row in rows] for name in COLUMNS}


def encode_few(columns: Columns, shared: Shared, extra: Sequence[str] = ()) -> Records:
    """Encode party records in the order given, which also breaks ties.

    Args:
        columns: of `COLUMNS` those that there are, all of one length.
        shared: the contact values that are no evidence, or little.
        extra: names of further textual evidence to take from the JSON object ``extra``.
    """
    n = len(next(iter(columns.values())))
    missing: Sequence[Any] = [None] * n
    every = {name: columns.get(name, missing) for name in COLUMNS}
    last, root, first, middle = _coded([every["last"], every["last_root"], every["first"], every["middle"]])
    (given,), given_values = _sets([every["given"]], GIVEN_SLOTS)
    (token,), token_values = _sets([missing])  # no comparison asks for it
    emails, email_values = _sets(_weighed(every["emails"], every["dealer"], "emails", shared))
    phones, phone_values = _sets(_weighed(every["phones"], every["dealer"], "phones", shared))
    numbers = np.array([number_of(text) for text in phone_values.to_list()], np.int64)
    (vins,), vin_values = _sets([every["vins"]])
    (plates,), plate_values = _sets([every["plates"]])
    dob = [birth_number(*each) for each in zip(every["birth_date"], every["extra"], strict=True)]
    names = given_names()
    objects = [object_of(text) for text in every["extra"]] if extra else []
    text = {name: _texts(every[name]) for name in _TEXTS}
    return Records(
        rid=np.zeros(n, np.int64),
        rank=np.arange(n, dtype=np.int64),
        dealer=_texts(every["dealer"]),
        account=_texts([*map(account_of, every["dealer"], every["account"])]),
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
        generation=_choices(every["generation"], _GENERATIONS),
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
        held=_held(every["holdings"], every["vins"], vins.shape),
        vin_values=vin_values,
        plates=plates,
        plate_values=plate_values,
        tax=text["tax_id"],
        registration=text["registration_no"],
        company=text["company"],
        postcode=text["postcode"],
        area=_texts([*map(area_of, every["postcode"])]),
        city=text["city"],
        street=text["street"],
        house=text["house"],
        flat=text["flat"],
        extra={name: _texts([text_of(read.get(name)) for read in objects]) for name in extra},
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
        [(value, _class(shared, field, value, dealer) if n < SLOTS else None) for n, value in enumerate(values or ())]
        for values, dealer in zip(every, dealers, strict=True)
    ]
    own: list[Sequence[str] | None] = [[value for value, known in one if known is None] for one in both]
    return [every, own, [[value for value, known in one if known == "common"] for one in both]]


def _class(shared: Shared, field: str, value: str, dealer: str | None) -> str | None:
    known = shared.get((field, value))
    return (known.get(dealer or "") or known.get("")) if known else None


def account_of(dealer: str | None, account: str | None) -> str | None:
    """A dealer's account as one text."""
    return None if dealer is None or account is None else f"{dealer}\x1f{account}"


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
    return _of_set("given", GIVEN_SLOTS)(row) or (hash_text(row.get("first")),)


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
    "postal area": lambda row: (hash_text(area_of(row.get("postcode")) or ""),),
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
