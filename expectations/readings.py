"""How canonical text is read before a rule judges it: null where there is nothing to judge.

A reading takes the rule's columns and gives one column. It decides nothing: the expectation does.
``READINGS_VERSION`` must change with any change of meaning here, so that unchanged rows are judged again.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from hub.intake.dates import ISO_TIME
from hub.normalize import vehicles

READINGS_VERSION = 1

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"

_VIN_SYSTEM_YEAR = 1981  # ISO 3779 numbers of 17 characters bind from this model year on

_INN_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_RUSSIA = ("ru", "rus", "643", "russia", "россия", "рф", "российская федерация")


def _text(text: pl.Expr) -> pl.Expr:
    """The text as it is."""
    return text


def _trimmed(text: pl.Expr) -> pl.Expr:
    """The text without blanks around it; null when nothing is left."""
    stripped = text.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def _date(text: pl.Expr) -> pl.Expr:
    """The day of ``YYYY-MM-DD…``; null when there is no such day. Year 0 is no year."""
    day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return pl.when(text.str.contains(_DATE) & (day.dt.year() >= 1)).then(day)


def _day(text: pl.Expr) -> pl.Expr:
    """Days since 1970-01-01 of a date or time, as it is written (time zones aside); null when unreadable."""
    return _date(text).to_physical()


def _is_date(text: pl.Expr) -> pl.Expr:
    """1 for a day of the calendar as ``YYYY-MM-DD``, else 0."""
    good = (text.str.len_bytes() == 10) & _date(text).is_not_null()
    return pl.when(text.is_not_null()).then(good.cast(pl.Int8))


def _is_time(text: pl.Expr) -> pl.Expr:
    """1 for ``YYYY-MM-DDTHH:MM:SS`` with or without a UTC offset, as `hub.intake.casting` takes it, else 0."""
    clock = text.str.slice(11, 8).str.to_time("%H:%M:%S", strict=False)
    good = text.str.contains(ISO_TIME) & _date(text).is_not_null() & clock.is_not_null()
    return pl.when(text.is_not_null()).then(good.cast(pl.Int8))


def _number(text: pl.Expr) -> pl.Expr:
    """The number; null when unreadable."""
    return text.cast(pl.Float64, strict=False)


def _digits(text: pl.Expr) -> pl.Expr:
    """How many digits the text holds."""
    return text.str.count_matches(r"\d")


def _any_present(*texts: pl.Expr) -> pl.Expr:
    """1 when any of the columns has a value, else 0."""
    return pl.any_horizontal(text.is_not_null() for text in texts).cast(pl.Int8)


def _vin_shape(vin: pl.Expr, model_year: pl.Expr) -> pl.Expr:
    """What a vehicle number looks like, by the normaliser's own reading of it.

    ``vin``: taken by `hub.normalize.vehicles.vin` · ``mistyped``: the shape of a VIN, from a land where the check
    digit binds, and it does not hold · ``frame``: the hyphened number of a car for the Japanese market · ``old``: 5
    to 20 signs, on a car from before the VIN · ``odd``: all else, one sign 17 times included.
    """
    folded = vin.map_batches(vehicles.fold_vin, return_dtype=pl.String)
    taken = vin.map_batches(vehicles.vin, return_dtype=pl.String).is_not_null()
    repeated = folded.str.strip_chars(folded.str.slice(0, 1)) == ""
    mistyped = folded.str.contains(r"^[1-5L][A-HJ-NPR-Z0-9]{16}$") & ~repeated
    frame = vin.str.strip_chars().str.to_uppercase().str.contains(r"^[A-Z][A-Z0-9]{1,6}-[0-9]{5,7}$")
    old = (_number(model_year) < _VIN_SYSTEM_YEAR) & folded.str.contains(r"^[A-Z0-9]{5,20}$")
    known = pl.when(taken).then(pl.lit("vin")).when(mistyped).then(pl.lit("mistyped"))
    shape = known.when(frame).then(pl.lit("frame")).when(old).then(pl.lit("old")).otherwise(pl.lit("odd"))
    return pl.when(vin.is_not_null()).then(shape)


def _inn_checksum(tax_id: pl.Expr, country: pl.Expr, dealers_country: pl.Expr) -> pl.Expr:
    """1 when the check digits of a Russian INN hold, else 0; null for other ids and other countries.

    A row without a country is of its dealer's, and without that of Russia.

    Federal Tax Service, order ММВ-7-6/435@ of 2012: the weighted sum of the digits before it, mod 11 mod 10.
    """
    plain = tax_id.str.replace_all(r"[\s\-]", "")
    land = pl.coalesce(country, dealers_country, pl.lit("ru")).str.to_lowercase().str.strip_chars()
    russian = land.is_in(_RUSSIA)
    digit = [plain.str.slice(place, 1).cast(pl.Int32, strict=False) for place in range(12)]

    def holds(place: int) -> pl.Expr:
        weights = _INN_WEIGHTS[len(_INN_WEIGHTS) - place :]
        total = pl.sum_horizontal(digit[i] * weight for i, weight in enumerate(weights))
        return (total % 11 % 10) == digit[place]

    good = (
        pl.when(plain.str.contains(r"^\d{10}$"))
        .then(holds(9))
        .when(plain.str.contains(r"^\d{12}$"))
        .then(holds(10) & holds(11))
    )
    return pl.when(russian).then(good).cast(pl.Int8)


READINGS: dict[str, Callable[..., pl.Expr]] = {
    "text": _text,
    "trimmed": _trimmed,
    "day": _day,
    "is_date": _is_date,
    "is_time": _is_time,
    "number": _number,
    "digits": _digits,
    "any_present": _any_present,
    "vin_shape": _vin_shape,
    "inn_checksum": _inn_checksum,
}

_TOGETHER = frozenset({"any_present", "vin_shape", "inn_checksum"})


def reads_together(read: str) -> bool:
    """True when the reading makes one column of several; a column that the frame lacks counts as missing."""
    return read in _TOGETHER
