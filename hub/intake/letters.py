"""Whether text was decoded with the right character encoding, told from its letters.

A wrong encoding gives letters too, only not those of a name: «Иванов» becomes ``Èâàíîâ``, ``РРІР°РЅРѕРІ``, ``╚трэют``,
``йБЮМНБ`` or ``штрэют``. Most of it shows in characters that no name holds, in scripts mixed within a word, or in case
that flips; pure Cyrillic nonsense shows in the letters that follow each other (``letters.txt``). Correct names in
Russian, Kazakh, English, German or Chinese show none of it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise

import polars as pl

_SYMBOLS = re.compile(
    "[\ufffd\ufdd0\x80-\x9f\u2500-\u259f\u2320\u2321\u2219\u221a\u2248\u2264\u2265]"  # lost, control, boxes of DOS pages
    "|[^\\W\\d_][\u00a1-\u00a9\u00ac-\u00b1\u00b4-\u00b6\u00b8\u00bc-\u00bf\u20ac\u2020\u2021\u2030\u2122\u2022]"
    "|[\u00a1-\u00a6\u00ac\u00ad\u00b1\u00b4-\u00b6\u00b8\u20ac\u2020\u2021\u2030\u2122\u2022][^\\W\\d_]"
)
_UTF8_AS_1251 = re.compile(r"(?:[РС][\u00a0-\u00bfЂЃѓЉЊЌЋЏђљњќћџЎўЈҐЁЄЇІіґёєјЅѕї‚„…†‡€‰‹‘’“”•–—™›№]){2}")
_UTF8_AS_LATIN = re.compile(r"[ÃÂÐÑ][\u00a0-\u00bf\u2010-\u203a\u20ac\u2122ŠšŒœŽžŸƒˆ˜]")
_MIXED = re.compile(r"[A-Za-z\u00c0-\u024f][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z\u00c0-\u024f]")
_FLIPPED = re.compile(r"\b[а-яё][А-ЯЁ]{2,}|[а-яё][А-ЯЁ]+[а-яё]+[А-ЯЁ]|[а-яё][А-ЯЁ][А-ЯЁ]*\b(?<=[А-ЯЁ]{2})")
_SHORT_U = re.compile(r"(?<![аеёиоуыэюяіўАЕЁИОУЫЭЮЯІЎ])[ўЎ]")  # stands behind vowels only, in Belarusian
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]{4,}")
_CYRILLIC_WORD = re.compile(r"(?<![\u0400-\u04ff])[А-Яа-яЁё]{4,}(?![\u0400-\u04ff])")
_ALPHABET = "абвгдежзийклмнопрстуфхцчшщъыьэюяё$"
_NEVER = -4.0
_PLAUSIBLE = 3.0  # mean figure of a word's pairs; true names lie above it, nonsense below


@cache
def _table() -> dict[str, float]:
    """Figure of each pair of letters."""
    lines = files("hub.intake").joinpath("letters.txt").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if not line.startswith("#")]
    return {
        row[0] + letter: _NEVER if figure == "." else float(figure)
        for row in rows
        for letter, figure in zip(_ALPHABET, row[1:], strict=True)
    }


def word_plausibility(word: str) -> float:
    """Mean figure of a Cyrillic word's pairs of letters, its edges included; about 5 for Russian names."""
    table = _table()
    marked = f"^{word.lower()}$"
    pairs = [table.get(a + b, _NEVER) for a, b in pairwise(marked)]
    return sum(pairs) / len(pairs)


def looks_misread(text: str) -> bool:
    """True for text that a wrong encoding is likelier to have made than a person."""
    if text.isascii():
        return False
    if any(sign.search(text) for sign in (_SYMBOLS, _UTF8_AS_1251, _UTF8_AS_LATIN, _MIXED, _FLIPPED, _SHORT_U)):
        return True
    foreign = [
        word for word in _LATIN_WORD.findall(text) if sum(not letter.isascii() for letter in word) > 0.6 * len(word)
    ]
    if foreign:
        return True
    words = _CYRILLIC_WORD.findall(text)
    return bool(words) and sum(map(word_plausibility, words)) / len(words) < _PLAUSIBLE


_LOST = r"\?{2,}"  # what a conversion writes for each letter that its target cannot hold


def lost(values: pl.Series) -> tuple[int, int]:
    """How many values have question marks in place of letters («??????»), of how many there are."""
    known = values.drop_nulls()
    return int(known.str.contains(_LOST).sum()), len(known)


def misread(values: pl.Series, most: int = 5_000) -> tuple[int, int]:
    """How many distinct values look misread, of how many that hold anything beyond ASCII.

    ASCII cannot be misread, and does not count: a German column shows a wrong encoding in its few umlauts only. At
    most ``most`` distinct values are looked at, spread evenly.
    """
    beyond = [value for value in dict.fromkeys(values.to_list()) if value and not value.isascii()]
    if len(beyond) > most:
        beyond = beyond[:: len(beyond) // most + 1]
    return sum(map(looks_misread, beyond)), len(beyond)
