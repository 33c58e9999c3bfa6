"""Tax and registration numbers: checksums verified, country in front: ``ru:7707083893``.

Checksums: python-stdnum for Russia (INN), Belarus (UNP), China (USCC) and the VAT numbers of the European Union; OGRN and
OGRNIP (remainder by 11 and 13) and the Kazakh IIN/BIN (two rounds of weights modulo 11) are our own.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from stdnum import exceptions, get_cc_module

from hub.normalize.folding import unmix
from hub.normalize.words import word_list

_EU = word_list("at be bg cy cz dk ee es fi fr gr hr hu ie it lt lu lv mt nl pl pt ro se si sk")
_KEEP = re.compile(r"[^0-9A-Z]")
_LABEL = re.compile(r"^(?:ИНН|INN|УНП|UNP|БИН|ИИН|BIN|IIN|ОГРНИП|ОГРН|OGRN|USTIDNR|USTID|VATID|VAT|TAXID|ИНН/КПП)")
_SEPARATORS = re.compile(r"[\s.:№#-]+")


def parse_tax_id(text: str, country: str = "ru") -> str | None:
    """The number in ``text`` as ``country:number``, or None when no checksum that could apply holds.

    ``country`` (ISO 3166-1 alpha-2) says which rule goes first; a number of another country is recognised by its shape.
    """
    return _parse(text, country)


@lru_cache(maxsize=1 << 17)
def _parse(text: str, country: str) -> str | None:
    plain = _SEPARATORS.sub("", unmix(text).upper())
    plain = _LABEL.sub("", plain)
    number = _KEEP.sub("", plain.split("/")[0])
    if len(number) < 6 or len(set(number)) <= 2:
        return None
    checks = {"ru": _ru, "by": _by, "kz": _kz, "cn": _cn, "de": _de}
    order = [country, *(each for each in checks if each != country)]
    for each in order:
        if each in checks and checks[each](number):
            return f"{each}:{number.removeprefix('DE') if each == 'de' else number}"
    return _eu(number)


def parse_registration_no(text: str, country: str = "ru") -> str | None:
    """A company's registration number: OGRN/OGRNIP verified; elsewhere any checksum of `parse_tax_id`, else None."""
    number = _KEEP.sub("", _LABEL.sub("", _SEPARATORS.sub("", text.upper())))
    if number.isdigit() and _ogrn(number):
        return f"ru:{number}"
    return parse_tax_id(text, country)


def holder(tax_id: str | None) -> str | None:
    """``company`` or ``person`` where the number tells which: INN by its length, Kazakh numbers by their fifth digit."""
    if tax_id is None:
        return None
    country, number = tax_id.split(":", 1)
    if country == "ru":
        return "company" if len(number) == 10 else "person"
    if country == "kz":
        return "company" if number[4] in "456" else "person"
    return "company" if country == "cn" or (country == "by" and number.isdigit()) else None


@cache
def _checker(module: str) -> Any:
    country, kind = module.split(".")
    return get_cc_module(country, kind)


def _valid(module: str, number: str) -> bool:
    checker = _checker(module)
    try:
        checker.validate(number)
    except exceptions.ValidationError:
        return False
    return True


def _ru(number: str) -> bool:
    if not number.isdigit() or len(number) not in (10, 12) or number.startswith("00"):
        return False
    return _valid("ru.inn", number)


def _ogrn(number: str) -> bool:
    if len(number) not in (13, 15) or number[0] not in "1235" or len(set(number)) <= 2:
        return False
    modulus = 11 if len(number) == 13 else 13
    return int(number[:-1]) % modulus % 10 == int(number[-1])


def _by(number: str) -> bool:
    return len(number) == 9 and _valid("by.unp", number)


def _kz(number: str) -> bool:
    """IIN/BIN: weights 1…11, and once more 3…11, 1, 2 where the first round gives 10."""
    if not number.isdigit() or len(number) != 12 or number[2] not in "01" or number[4] not in "0123456":
        return False
    digits = [int(digit) for digit in number]
    check = sum(weight * digit for weight, digit in zip(range(1, 12), digits, strict=False)) % 11
    if check == 10:
        weights = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]
        check = sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11
    return check < 10 and check == digits[11]


def _cn(number: str) -> bool:
    return len(number) == 18 and _valid("cn.uscc", number)


def _de(number: str) -> bool:
    plain = number.removeprefix("DE")
    return len(plain) == 9 and plain.isdigit() and number.startswith("DE") and _valid("de.vat", plain)


def _eu(number: str) -> str | None:
    country = number[:2].lower()
    country = "gr" if country == "el" else country
    if country in _EU and _valid(f"{country}.vat", number):
        return f"{country}:{number[2:]}"
    return None
