"""Vehicles: VINs and number plates in one spelling."""

from __future__ import annotations

import polars as pl

# Cyrillic letters that look like Latin ones; I, O and Q never occur in a VIN (ISO 3779).
_LIKE = {
    "А": "A",
    "В": "B",
    "С": "C",
    "Е": "E",
    "Н": "H",
    "К": "K",
    "М": "M",
    "О": "O",
    "Р": "P",
    "Т": "T",
    "Х": "X",
    "У": "Y",
    "З": "3",
}
_VIN_ONLY = {"O": "0", "Q": "0", "I": "1", "І": "1"}
_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", (*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_SHAPE = r"^[A-HJ-NPR-Z0-9]{17}$"
_CHECKED = "12345L"  # North America and China: the only places where the ninth sign is a check digit


def vin(values: pl.Series) -> pl.Series:
    """Upper-case VINs of 17 signs with look-alikes folded; null where the shape is wrong, all signs are alike, or the check
    digit (49 CFR 565, GB 16735; only for first sign 1-5 and L) does not hold."""
    folded = _upper(values, _LIKE | _VIN_ONLY)
    shaped = folded.set(~folded.str.contains(_SHAPE).fill_null(False), None)
    distinct = shaped.drop_nulls().unique()
    wrong = [each for each in distinct.to_list() if not _plausible(each)]
    return shaped.set(shaped.is_in(wrong).fill_null(False), None) if wrong else shaped


def fold_vin(values: pl.Series) -> pl.Series:
    """As `vin`, but any text that may be a VIN, or a part of one, stays: for search, and for evidence of broken VINs."""
    return _upper(values, _LIKE | _VIN_ONLY)


def check_digit_holds(number: str) -> bool:
    """The ninth sign of a VIN of 17 legal signs is its check digit."""
    total = sum(weight * _VALUES[sign] for weight, sign in zip(_WEIGHTS, number, strict=True))
    return number[8] == "0123456789X"[total % 11]


def _plausible(number: str) -> bool:
    if len(set(number)) < 5:
        return False
    return number[0] not in _CHECKED or check_digit_holds(number)


def plate(values: pl.Series) -> pl.Series:
    """Number plates: upper case, no separators, Cyrillic letters as the Latin ones they look like; null when empty."""
    return _upper(values, _LIKE | {"І": "I"})


def _upper(values: pl.Series, like: dict[str, str]) -> pl.Series:
    text = values.cast(pl.String).str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", "")
    text = text.str.replace_many(list(like), list(like.values()))
    return text.set((text == "").fill_null(False), None)
