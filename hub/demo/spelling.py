"""The many ways one name is written: transliteration in three manners, wrong keyboard layout, slips of the fingers."""

from __future__ import annotations

from functools import cache
from typing import Final

from hub.demo.randomness import Rng

_PASSPORT = (
    "а a б b в v г g д d е e ё e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch "
    "ъ ie ы y ь _ э e ю iu я ia"
)
_COMMON = (
    "а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ sch "
    "ъ _ ы y ь _ э e ю yu я ya"
)
_HOMELY = (
    "а a б b в v г g д d е e ё yo ж j з z и i й j к k л l м m н n о o п p р r с s т t у u ф f х h ц c ч ch ш sh щ sch "
    "ъ _ ы i ь _ э e ю ju я ja"
)


def _table(pairs: str) -> dict[int, str]:
    words = pairs.split()
    lower = {a: "" if b == "_" else b for a, b in zip(words[::2], words[1::2], strict=True)}
    return {ord(k): v for k, v in lower.items()} | {ord(k.upper()): v.capitalize() for k, v in lower.items()}


# how passports (ICAO 9303), web forms and people themselves write Russian names in Latin letters
MANNERS: Final = (_table(_PASSPORT), _table(_COMMON), _table(_HOMELY))

_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
LAYOUT: Final = str.maketrans(_RUSSIAN + _RUSSIAN.upper(), _LATIN + 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~')
_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS: Final = {
    key: [row[place + step] for step in (-1, 1) if 0 <= place + step < len(row)]
    for row in _ROWS
    for place, key in enumerate(row)
}


def romanize(text: str, manner: int = 1) -> str:
    """``text`` in Latin letters; ``manner`` 0 passports, 1 web forms, 2 people's own habit."""
    return text.translate(MANNERS[manner])


def mistyped_layout(text: str) -> str:
    """``text`` as it comes out when the keyboard was left in Latin: Иванов → Bdfyjd."""
    return text.translate(LAYOUT)


@cache
def slip(text: str, kind: int, place: int) -> str:
    """``text`` with one slip: 0 letter lost, 1 doubled, 2 two swapped, 3 a neighbouring key. Short texts stay."""
    if len(text) < 4:
        return text
    at = 1 + place % (len(text) - 2)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    near = NEIGHBOURS.get(text[at], ["а", "о"])
    return text[:at] + near[place % len(near)] + text[at + 1 :]


def slips(rng: Rng, values: list[str]) -> list[str]:
    """Each of ``values`` with one random slip."""
    kinds = rng.integers(0, 4, len(values)).tolist()
    places = rng.integers(0, 40, len(values)).tolist()
    return [slip(value, kind, place) for value, kind, place in zip(values, kinds, places, strict=True)]
