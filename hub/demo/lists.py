"""Names and places that the demo's people are made of: our own lists, with weights by the order of their frequency."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hub.demo.randomness import Texts, texts

LISTS = Path(__file__).parent / "lists"

# Head of the surname list: share of all people, and the slope of its fall with rank (Zipf–Mandelbrot).
HEAD_SHARE = 0.38
HEAD_SHIFT, HEAD_SLOPE = 6, 0.8
TAIL_SLOPE = 0.45

IRREGULAR_PATRONYMICS = {
    "Павел": "Павлович",
    "Пётр": "Петрович",
    "Лев": "Львович",
    "Михаил": "Михайлович",
    "Яков": "Яковлевич",
    "Илья": "Ильич",
    "Никита": "Никитич",
    "Данила": "Данилович",
    "Игорь": "Игоревич",
    "Юрий": "Юрьевич",
    "Василий": "Васильевич",
    "Анатолий": "Анатольевич",
    "Геннадий": "Геннадьевич",
    "Виталий": "Витальевич",
    "Григорий": "Григорьевич",
    "Валерий": "Валерьевич",
    "Евгений": "Евгеньевич",
    "Аркадий": "Аркадьевич",
    "Арсений": "Арсеньевич",
    "Савелий": "Савельевич",
}


@dataclass(frozen=True)
class Names:
    """A list of names with weights; ``female`` is the feminine form (surnames) or the same."""

    male: Texts
    female: Texts
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """Given names of one sex, with weights and diminutives."""

    names: Texts
    weights: NDArray[np.float64]
    diminutives: dict[str, list[str]]


def feminine(surname: str) -> str:
    """The feminine form of a Russian surname; surnames that do not change come back as they are."""
    if surname.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return surname + "а"
    if surname.endswith(("ский", "цкий")):
        return surname[:-2] + "ая"
    return surname


def patronymic(father: str, sex: str) -> str:
    """The patronymic of a child of ``father``; ``sex`` is ``m`` or ``f``."""
    if father in IRREGULAR_PATRONYMICS:
        male = IRREGULAR_PATRONYMICS[father]
    elif father.endswith(("й", "ь")):
        male = father[:-1] + "евич"
    else:
        male = father + "ович"
    if sex == "m":
        return male
    if male.endswith("ьич"):
        return male[:-2] + "инична"
    return male[:-2] + ("ична" if male.endswith("тич") else "на")


def rare_surnames() -> list[str]:
    """More than 20,000 rare surnames, each a root and a suffix, in a fixed order that mixes roots."""
    roots = _words("roots.txt")
    suffixes = _words("suffixes.txt")
    known = set(_words("surnames.txt"))
    found: dict[str, None] = {}
    for shift in range(len(suffixes)):
        for number, root in enumerate(roots):
            name = _join(root, suffixes[(number + shift) % len(suffixes)])
            if name and name not in known:
                found[name] = None
    return list(found)


def _join(root: str, suffix: str) -> str:
    stem = root[:-1] if root[-1] in "аеиоуыэюяйь" and suffix[0] in "аеиоуыя" else root
    if len(stem) < 2 or (stem[-1] == suffix[0]):
        return ""
    if stem[-1] in "жшчщц" and suffix.startswith("ов"):
        suffix = "е" + suffix[1:]
    if stem[-1] in "гкхжшчщ" and suffix.startswith("ы"):
        suffix = "и" + suffix[1:]
    return (stem + suffix).capitalize()


@cache
def surnames() -> Names:
    """Russian surnames: 300 frequent ones carry 38 % of the people, rare ones the long tail."""
    head, tail = _words("surnames.txt"), rare_surnames()
    first = (np.arange(len(head)) + 1.0 + HEAD_SHIFT) ** -HEAD_SLOPE
    rest = (np.arange(len(tail)) + 200.0) ** -TAIL_SLOPE
    weights = np.concatenate([first / first.sum() * HEAD_SHARE, rest / rest.sum() * (1 - HEAD_SHARE)])
    male = head + tail
    return Names(texts(male), texts([feminine(name) for name in male]), weights)


@cache
def given(sex: str) -> Given:
    """Russian given names of one sex (``m`` or ``f``)."""
    names, weights, diminutives = [], [], {}
    for line in (LISTS / ("male.txt" if sex == "m" else "female.txt")).read_text("utf-8").splitlines():
        name, weight, *short = line.split()
        names.append(name)
        weights.append(float(weight))
        diminutives[name] = short[0].split(",") if short else []
    return Given(texts(names), np.array(weights), diminutives)


@cache
def foreign() -> pl.DataFrame:
    """Names of minorities and foreigners: origin, part (last, m, f), cyrillic, latin, native."""
    return pl.read_csv(LISTS / "foreign.csv", infer_schema=False)


@cache
def cities() -> pl.DataFrame:
    """Cities with region, country, postcode prefix, coordinates, time zone, area code and weight."""
    types = {"weight": pl.Float64, "latitude": pl.Float64, "longitude": pl.Float64}
    return pl.read_csv(LISTS / "cities.csv", infer_schema=False).with_columns(
        pl.col(name).cast(kind) for name, kind in types.items()
    )


@cache
def streets() -> Texts:
    """Streets, each with its type in front: ``ул. Ленина``."""
    text = (LISTS / "streets.txt").read_text("utf-8")
    return texts([street for line in text.splitlines() for street in line.split(";")])


def _words(file: str) -> list[str]:
    return list(dict.fromkeys((LISTS / file).read_text("utf-8").split()))
