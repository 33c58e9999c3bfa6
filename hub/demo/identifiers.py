"""Identifiers with right check digits: INN, OGRN, VIN; and number plates.

INN and OGRN as the Federal Tax Service defines them; VIN check digit by ISO 3779's North American use (49 CFR 565),
which China's GB 16735 shares. Elsewhere position 9 is free, so VINs of other regions carry any character there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub.demo.randomness import Ints, Rng, Texts, texts

Digits = NDArray[np.int64]

VIN_LETTERS: Final = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_VALUES: Final = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
VIN_WEIGHTS: Final = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
YEAR_CODES: Final = "ABCDEFGHJKLMNPRSTVWXY123456789"  # 2010 = A, repeats after 30 years
PLATE_LETTERS: Final = "АВЕКМНОРСТУХ"
REGIONS: Final = [
    "77",
    "97",
    "99",
    "177",
    "197",
    "199",
    "777",
    "78",
    "98",
    "178",
    "66",
    "96",
    "54",
    "16",
    "116",
    "52",
    "63",
    "23",
    "93",
    "61",
    "161",
    "74",
    "02",
    "59",
    "36",
    "24",
    "34",
    "64",
    "72",
    "18",
    "22",
    "38",
]


def inn_of_company(rng: Rng, size: int) -> Texts:
    """Ten-digit INNs of companies."""
    digits = _digits(rng, size, 9)
    return _joined(np.column_stack([digits, _inn_check(digits, [2, 4, 10, 3, 5, 9, 4, 6, 8])]))


def inn_of_person(rng: Rng, size: int) -> Texts:
    """Twelve-digit INNs of people."""
    digits = _digits(rng, size, 10)
    eleventh = _inn_check(digits, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
    digits = np.column_stack([digits, eleventh])
    return _joined(np.column_stack([digits, _inn_check(digits, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])]))


def ogrn(rng: Rng, size: int, sole_trader: bool = False) -> Texts:
    """OGRN of companies (13 digits) or OGRNIP of sole traders (15 digits)."""
    first = np.full(size, 3 if sole_trader else 1)
    years = rng.integers(2, 25, size)
    rest = rng.integers(0, 10 ** (11 if sole_trader else 9), size)
    number = (first * 100 + years) * 10 ** (11 if sole_trader else 9) + rest
    modulus = 13 if sole_trader else 11
    number -= np.where(number % modulus >= 10, 3, 0)  # checkers disagree on remainders of two digits: avoid them
    check = number % modulus
    return texts([f"{n}{c}" for n, c in zip(number.tolist(), check.tolist(), strict=True)])


def vins(rng: Rng, makers: Texts, years: Ints, checked: NDArray[np.bool_]) -> Texts:
    """VINs for makers (WMI, three characters) and model years; where ``checked``, with the right check digit."""
    size = len(makers)
    letters = rng.integers(0, len(VIN_LETTERS), (size, 4))
    serial = rng.integers(0, 1_000_000, size)
    plant = rng.integers(10, len(VIN_LETTERS), size)
    free = rng.integers(0, len(VIN_LETTERS), size)
    tables = [[VIN_LETTERS[i] for i in row] for row in letters.tolist()]
    rows = zip(makers, tables, free.tolist(), years.tolist(), plant.tolist(), serial.tolist(), strict=True)
    plain = [
        f"{wmi}{''.join(vds)}{wmi[0]}{VIN_LETTERS[nine]}{YEAR_CODES[(year - 2010) % 30]}{VIN_LETTERS[where]}{number:06d}"
        for wmi, vds, nine, year, where, number in rows
    ]
    return texts([with_check_digit(vin) if fix else vin for vin, fix in zip(plain, checked.tolist(), strict=True)])


def vin_check_digit(vin: str) -> str:
    """The character that position 9 of ``vin`` must be where check digits are enforced."""
    total = sum(int(VIN_VALUES.get(c, c)) * int(w) for c, w in zip(vin, VIN_WEIGHTS, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def with_check_digit(vin: str) -> str:
    """``vin`` with position 9 replaced by the right check digit."""
    return vin[:8] + vin_check_digit(vin) + vin[9:]


def plates(rng: Rng, size: int) -> Texts:
    """Russian number plates in Cyrillic letters: ``А123ВС77``."""
    letters = rng.integers(0, len(PLATE_LETTERS), (size, 3)).tolist()
    numbers = rng.integers(1, 1000, size).tolist()
    regions = rng.integers(0, len(REGIONS), size).tolist()
    a = PLATE_LETTERS
    return texts(
        [f"{a[x]}{n:03d}{a[y]}{a[z]}{REGIONS[r]}" for (x, y, z), n, r in zip(letters, numbers, regions, strict=True)]
    )


def _digits(rng: Rng, size: int, width: int) -> Digits:
    digits = rng.integers(0, 10, (size, width))
    region = rng.integers(1, 90, size)
    digits[:, 0], digits[:, 1] = region // 10, region % 10
    return digits


def _inn_check(digits: Digits, weights: list[int]) -> Digits:
    check: Digits = (digits * np.array(weights)).sum(axis=1) % 11 % 10
    return check


def _joined(digits: Digits) -> Texts:
    return texts(["".join(map(str, row)) for row in digits.tolist()])
