"""Party records: canonical text rows of customers or leads to `hub.parties.PARTY_SCHEMA`, in columns.

Each field is read once a distinct value (or combination of values that are read together) and joined back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import polars as pl

from hub.normalize import dates
from hub.normalize.addresses import Address, fold_city, parse_address
from hub.normalize.countries import parse_country
from hub.normalize.emails import normalise_emails, parse_emails
from hub.normalize.folding import fold
from hub.normalize.identity import NAMELESS, Identity, Naming, identify
from hub.normalize.phones import normalise_phones, parse_phones
from hub.normalize.tax_ids import holder, parse_registration_no, parse_tax_id
from hub.parties import PARTY_SCHEMA

_INPUT = (
    *("kind", "full_name", "last_name", "first_name", "middle_name", "birth_date", "gender", "company_name", "tax_id"),
    *("registration_no", "phones", "emails", "address", "city", "postcode", "country", "extra"),
)
_SEXES = {
    "m": "male m man mr herr hr male. м муж муж. мужской мужчина м. ер ер еркек мужчина. männlich mannlich maennlich 男 男性",
    "f": "female f w woman mrs ms frau fr ж жен жен. женский женщина ж. әйел weiblich 女 女性",
}
_SEX_WORDS = {word: sex for sex, words in _SEXES.items() for word in words.split()}
_SMALL = 64  # up to so many rows distinct values are not worth looking for
_CHUNK = 50_000  # distinct values read at a time: Python objects of all of them at once would fill the memory
_TEXTS = pl.List(pl.String)
Dtype = type[pl.DataType] | pl.DataType


def party_records(frame: pl.DataFrame, country: str = "ru") -> pl.DataFrame:
    """The party record of each row of ``frame``, in its order.

    Args:
        frame: canonical text of the customers or leads feed; any column may be absent, further ones are ignored.
        country: ISO 3166-1 alpha-2 of the base, which completes phones and chooses checksums where a row names no country.

    Returns:
        Columns exactly as `hub.parties.PARTY_SCHEMA`. Unknown values are null, lists included: never "" or [].
    """
    rows = _input(frame)
    lists = rows.hstack(_countries(rows, country)).pipe(_with_contacts, country).pipe(_with_numbers)
    rest = lists.drop("kind", "address", "city", "postcode")
    whole = pl.concat([rest, _identities(lists), _addresses(lists)], how="horizontal")
    return _extras(_composed(whole))


def _input(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns read here, trimmed, with null for empty text."""
    columns = []
    for name in _INPUT:
        if name in frame.columns:
            text = pl.col(name).cast(pl.String).str.strip_chars()
            columns.append(pl.when(text != "").then(text).alias(name))
        else:
            columns.append(pl.lit(None, pl.String).alias(name))
    if not frame.width:
        return pl.DataFrame(schema=dict.fromkeys(_INPUT, pl.String))
    return frame.select(columns) if frame.height else pl.DataFrame(schema=dict.fromkeys(_INPUT, pl.String))


def _over_distinct(
    rows: pl.DataFrame, columns: Sequence[str], function: Callable[..., tuple[object, ...]], schema: dict[str, Dtype]
) -> pl.DataFrame:
    """``function`` of the values of ``columns`` for each row, called once a distinct combination."""
    keys = rows.select(columns)
    if rows.height <= _SMALL:
        return _read(keys, function, schema)
    distinct = keys.unique(maintain_order=True)
    read = pl.concat([_read(chunk, function, schema) for chunk in distinct.iter_slices(_CHUNK)])
    keyed = distinct.rename({name: f"key_{name}" for name in columns}).hstack(read)
    joined = keys.rename({name: f"key_{name}" for name in columns}).join(
        keyed, on=[f"key_{name}" for name in columns], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.select(list(schema))


def _read(keys: pl.DataFrame, function: Callable[..., tuple[object, ...]], schema: dict[str, Dtype]) -> pl.DataFrame:
    results = [function(*values) for values in keys.rows()]
    series = zip(*results, strict=True) if results else ([] for _ in schema)
    return pl.DataFrame(
        [pl.Series(name, values, dtype=schema[name]) for name, values in zip(schema, series, strict=True)]
    )


def _countries(rows: pl.DataFrame, country: str) -> pl.DataFrame:
    def read(text: str | None) -> tuple[object, ...]:
        code = parse_country(text) if text else None
        return code, code or country

    return _over_distinct(rows, ["country"], read, {"country_code": pl.String, "region_code": pl.String})


def _with_contacts(rows: pl.DataFrame, country: str) -> pl.DataFrame:
    def phones(text: str | None, region: str) -> tuple[object, ...]:
        found, unread = parse_phones(text, region) if text else ((), None)
        return list(found) or None, unread

    def emails(text: str | None) -> tuple[object, ...]:
        found, unread = parse_emails(text) if text else ((), None)
        return list(found) or None, unread

    rest = rows.drop("phones", "emails")
    if rows.height > _SMALL and rows["region_code"].n_unique() == 1:
        region = rows["region_code"][0]
        telephones = _over_series(rows["phones"], lambda cells: normalise_phones(cells, region))
    else:
        schema: dict[str, Dtype] = {"phones": _TEXTS, "unread_phones": pl.String}
        telephones = _over_distinct(rows, ["phones", "region_code"], phones, schema)
    if rows.height > _SMALL:
        mail = _over_series(rows["emails"], normalise_emails)
    else:
        mail = _over_distinct(rows, ["emails"], emails, {"emails": _TEXTS, "unread_emails": pl.String})
    return pl.concat([rest, telephones, mail], how="horizontal")


def _over_series(cells: pl.Series, function: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """``function`` of the distinct texts of a list column, joined back: the lists, and what of them was unread."""
    distinct = cells.drop_nulls().unique(maintain_order=True)
    keyed = function(distinct).rename({"unread": f"unread_{cells.name}"}).with_columns(distinct.rename("key"))
    joined = cells.rename("key").to_frame().join(keyed, on="key", how="left", maintain_order="left")
    return joined.drop("key")


def _with_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    def read(tax: str | None, registration: str | None, region: str) -> tuple[object, ...]:
        number = parse_tax_id(tax, region) if tax else None
        registered = parse_registration_no(registration, region) if registration else None
        unread_tax = fold(tax) if tax and not number and len(set(tax)) > 2 else None
        unread_registration = (
            fold(registration) if registration and not registered and len(set(registration)) > 2 else None
        )
        return number, registered, holder(number), unread_tax, unread_registration

    names = ("tax_id", "registration_no", "holder", "unread_tax_id", "unread_registration_no")
    schema: dict[str, Dtype] = dict.fromkeys(names, pl.String)
    read_numbers = _over_distinct(rows, ["tax_id", "registration_no", "region_code"], read, schema)
    return pl.concat([rows.drop("tax_id", "registration_no"), read_numbers], how="horizontal")


_IDENTITY: dict[str, Dtype] = {
    "kind": pl.String, "last": pl.String, "first": pl.String, "middle": pl.String, "last_root": pl.String, "given": pl.String,
    "tokens": pl.String, "name_sex": pl.String, "generation": pl.String, "company": pl.String, "legal_form": pl.String,
    "shown_last": pl.String, "shown_first": pl.String, "shown_middle": pl.String, "shown_company": pl.String,
    "maiden": pl.String, "contact": pl.String, "employer": pl.String,
}  # fmt: skip


def _identities(rows: pl.DataFrame) -> pl.DataFrame:
    columns = ["full_name", "last_name", "first_name", "middle_name", "company_name", "kind", "holder"]
    return _over_distinct(rows, columns, lambda *values: _identity_row(identify(Naming(*values))), _IDENTITY)


def _identity_row(found: Identity) -> tuple[object, ...]:
    """Lists as text joined by spaces: cheaper to build than lists of Python objects."""
    name, organisation = found.name, found.organisation
    named = organisation if found.kind == "company" else None
    tokens = sorted(set((named.core or "").split())) if named else name.tokens
    contact = found.contact
    beside = found.organisation or found.employer
    return (
        found.kind, name.last, name.first, name.middle, name.last_root, " ".join(name.given) or None,
        " ".join(tokens) or None, name.sex, name.generation, named.core if named else None,
        named.legal_form if named else None, name.shown_last, name.shown_first, name.shown_middle,
        beside.shown if beside and not beside.house else None, name.maiden,
        " ".join(filter(None, (contact.last, contact.first, contact.middle))) or None if contact else None,
        found.employer.core if found.employer else None,
    )  # fmt: skip


_ADDRESS: dict[str, Dtype] = {f"read_{name}": pl.String for name in Address._fields}
_CODE = pl.col("postcode").str.to_lowercase().str.strip_suffix(".0").str.replace_all("[^0-9a-z]", "")


def _addresses(rows: pl.DataFrame) -> pl.DataFrame:
    def read(address: str | None, city: str | None) -> tuple[object, ...]:
        return parse_address(address, city) if address else Address()

    lines = _over_distinct(rows, ["address", "city"], read, _ADDRESS)
    cities = _over_distinct(rows, ["city"], lambda city: (fold_city(city) if city else None,), {"own_city": pl.String})
    columns = rows.select(
        "city", "address", pl.when(_CODE.str.strip_chars(_CODE.str.slice(0, 1)) != "").then(_CODE).alias("code")
    )
    return pl.concat([columns, cities, lines], how="horizontal").select(
        pl.coalesce("code", "read_postcode").alias("read_postcode"),
        pl.coalesce("own_city", "read_city").alias("read_city"),
        "read_street",
        "read_house",
        "read_flat",
        pl.col("address").str.replace_all(r"\s+", " ").alias("shown_address"),
        pl.coalesce(pl.col("city").str.replace_all(r"\s+", " "), "read_shown_city").alias("shown_city"),
    )


# With any of these a record without a name may be somebody; with none it stands for nobody.
_REACHABLE = (
    *("phones", "emails", "unread_phones", "unread_emails", "tax_id", "registration_no"),
    *("read_street", "read_postcode", "birth_date", "extra"),
)


def _composed(whole: pl.DataFrame) -> pl.DataFrame:
    """The party's columns and those that `_extras` folds into one."""
    reachable = pl.any_horizontal(pl.col(_REACHABLE).is_not_null())
    nameless = pl.when(reachable).then(pl.lit("person")).otherwise(pl.lit("house"))
    stated = pl.col("gender").str.to_lowercase().replace_strict(_SEX_WORDS, default=None, return_dtype=pl.String)
    return whole.select(
        pl.when(pl.col("kind") != NAMELESS).then("kind").otherwise(nameless).alias("kind"),
        "last", "first", "middle", "last_root", pl.col("given").str.split(" "), pl.col("tokens").str.split(" "),
        pl.when(pl.col("kind") != "company").then(pl.coalesce(stated, "name_sex")).alias("sex"),
        "generation", "company", "legal_form", dates.birth_date(pl.col("birth_date")).alias("birth_date"),
        "phones", "emails", "tax_id", "registration_no", pl.col("read_postcode").alias("postcode"),
        pl.col("read_city").alias("city"), pl.col("read_street").alias("street"), pl.col("read_house").alias("house"),
        pl.col("read_flat").alias("flat"), pl.col("country_code").alias("country"), "extra",
        "shown_last", "shown_first", "shown_middle", "shown_company", "shown_address",
        "shown_city", "maiden", "contact", "employer", "unread_phones", "unread_emails",
        "unread_tax_id", "unread_registration_no", dates.unread_birth_date(pl.col("birth_date")).alias("unread_birth_date"),
    )  # fmt: skip


_EVIDENCE = ("maiden", "contact", "employer", "unread_phones", "unread_emails", "unread_tax_id", "unread_registration_no",
             "unread_birth_date")  # fmt: skip


def _extras(composed: pl.DataFrame) -> pl.DataFrame:
    """Fold ``extra`` and all further evidence into one JSON object; rows without any cost nothing."""
    some = composed.select(pl.any_horizontal(pl.col("extra", *_EVIDENCE).is_not_null())).to_series()
    party = composed.select(list(PARTY_SCHEMA))
    if not some.any():
        return party
    at = some.arg_true()
    read = _over_distinct(composed[at], ["extra", *_EVIDENCE], _extra, {"extra": pl.String})
    return party.with_columns(party["extra"].scatter(at, read["extra"]))


def _extra(extra: str | None, *evidence: str | None) -> tuple[str | None]:
    """One JSON object of folded texts, keys sorted."""
    found: dict[str, str] = {}
    for key, value in _object(extra).items():
        folded = fold(value if isinstance(value, str) else json.dumps(value)) if value is not None else None
        if folded:
            found[str(key)] = folded
    for key, text in zip(_EVIDENCE, evidence, strict=True):
        if text:
            found[key.removeprefix("unread_")] = text
    return (json.dumps(found, ensure_ascii=False, sort_keys=True) if found else None,)


def _object(extra: str | None) -> dict[str, object]:
    try:
        read = json.loads(extra) if extra else {}
    except ValueError:
        read = {"extra": extra}
    return read if isinstance(read, dict) else {"extra": extra}
