"""Surnames: the root that husband and wife share, and the sex that an ending tells."""

from __future__ import annotations

import re
from functools import lru_cache

from hub.normalize.words import word_list

# Endings on folded words. Feminine → masculine, so that both sexes meet; Толстой/Толстая and Белый/Белая meet in -i.
_FEMININE = (
    (re.compile(r"(?<=..)(ov|ev|in)a$"), r"\1"),
    (re.compile(r"(?<=..)(sk|tsk)(?:aia|a)$"), r"\1i"),
    (re.compile(r"(?<=..)aia$"), "i"),
)
_ADJECTIVE = re.compile(r"(?<=...)oi$")
_FEMININE_SURE = re.compile(r"(?<=..)(?:[oe]va|skaia)$")
_MASCULINE = re.compile(r"(?<=..)(?:[oe]v|in|ski)$")
SURNAME_ENDING = re.compile(
    r"(?<=..)(?:[oe]va?|ina?|sk(?:i|aia|a)|aia|enko|chuk|iuk|uk|shvili|dze|ian|oglu|iev|son|mann?|berg|stein)$"
)
PARTICLES = word_list(
    "von van der den de del della di da dos du la le el al ibn bin ben bint abu bei bek fon tsu zu zur "
    "zum af av ter ten dem des und saint st"
)


@lru_cache(maxsize=1 << 17)
def root(last: str) -> str:
    """The folded surname ``last`` without gendered endings and particles: ivanova → ivanov, tolstaia → tolsti."""
    words = [word for word in last.split() if word not in PARTICLES] or last.split()
    return " ".join(_root_of_word(word) for word in words)


def _root_of_word(word: str) -> str:
    for ending, masculine in _FEMININE:
        replaced, count = ending.subn(masculine, word)
        if count:
            return replaced
    return _ADJECTIVE.sub("i", word) if len(word) > 4 else word


def sex_of(last: str, cyrillic: bool) -> str | None:
    """The sex that the ending of the folded surname ``last`` tells, or None.

    ``cyrillic``: it came in that script. In Latin letters only -ova, -eva and -skaia tell: outside the Slavic countries
    women keep the masculine form, and Martin, Medina and Savoy only look Slavic.
    """
    word = last.rsplit(" ", 1)[-1]
    if not cyrillic:
        return "f" if _FEMININE_SURE.search(word) else None
    if any(ending.search(word) for ending, _ in _FEMININE):
        return "f"
    return "m" if _MASCULINE.search(word) or _ADJECTIVE.search(word) else None
