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
_MASCULINE_SURE = re.compile(r"(?<=..)(?:[oe]v|sk[i])$")
_MASCULINE_CYRILLIC = re.compile(r"(?<=..)in$")
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
    """The sex that the ending of the folded surname ``last`` tells, or None. ``cyrillic``: it came in that script, where
    -in and -oi are Slavic endings (Martin and Savoy are not)."""
    word = last.rsplit(" ", 1)[-1]
    if any(ending.search(word) for ending, _ in _FEMININE[: 1 if not cyrillic else 3]):
        return "f" if cyrillic or not word.endswith("ina") else None
    if _MASCULINE_SURE.search(word) or (cyrillic and (_MASCULINE_CYRILLIC.search(word) or _ADJECTIVE.search(word))):
        return "m"
    return None
