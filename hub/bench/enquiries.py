"""Whom callers ask for: people of the base as a call centre or a web form knows them, in part and with slips; and strangers."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

STRANGERS = 0.1  # share of enquiries about nobody in the base
SLIPS = 0.3  # share of names with a letter left out, doubled, or swapped with the next
KNOWN = 0.6  # chance that a caller knows a column beside the name
_NAMES = ("full_name", "last_name", "first_name", "middle_name", "company_name", "kind")
_REST = ("phones", "emails", "birth_date", "city", "postcode", "address", "tax_id")


def enquiries(inbox: Path, count: int, seed: int = 1) -> list[dict[str, str]]:
    """Canonical columns of ``count`` persons and companies, drawn from the dealers' files of canonical CSV in ``inbox``."""
    chance = random.Random(seed)
    files = sorted(inbox.glob("*/customers*"))
    each = -(-count // len(files))
    found = [_asked(row, chance) for file in files for row in _some(file, each, chance)]
    chance.shuffle(found)
    return found[:count]


def _some(file: Path, count: int, chance: random.Random) -> Iterator[dict[str, str]]:
    """Rows of a file, stand-in accounts (a surname alone, such as «Частное лицо») left out: nobody asks for them."""
    heading, *lines = file.read_text(encoding="utf-8-sig").splitlines()
    names = next(csv.reader([heading]))
    for _ in range(4 * count):
        row = dict(zip(names, next(csv.reader([chance.choice(lines)])), strict=False))
        if row.get("first_name") or row.get("company_name") or " " in row.get("full_name", ""):
            yield {name: value for name, value in row.items() if value}
            count -= 1
        if not count:
            return


def _asked(row: dict[str, str], chance: random.Random) -> dict[str, str]:
    if chance.random() < STRANGERS:
        return {"full_name": _stranger(chance), "phones": f"+79{chance.randrange(10**9):09}"}
    asked = {name: row[name] for name in _NAMES if name in row}
    asked |= {name: row[name] for name in _REST if name in row and chance.random() < KNOWN}
    slipping = next((name for name in ("full_name", "last_name", "first_name") if name in asked), None)
    if slipping and chance.random() < SLIPS:
        asked[slipping] = _slip(asked[slipping], chance)
    return asked


def _slip(text: str, chance: random.Random) -> str:
    if len(text) < 4:
        return text
    at = chance.randrange(1, len(text) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    return text[:at] + (text[at] * 2 + text[at + 1 :] if kind == 1 else text[at + 1] + text[at] + text[at + 2 :])


def _stranger(chance: random.Random) -> str:
    syllables = ["ба", "во", "ги", "до", "же", "зу", "ки", "ла", "мо", "ну", "пе", "ра", "со", "ту", "фи", "хо"]
    return " ".join("".join(chance.choice(syllables) for _ in range(3)).capitalize() for _ in range(2))
