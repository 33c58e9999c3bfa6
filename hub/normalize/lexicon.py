"""What names are known: given names with their variants and sex, surnames, Chinese family names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hub.normalize.folding import fold_word

_DATA = files("hub.normalize") / "data"


@dataclass(frozen=True)
class Given:
    """A known given name: the canonical names it may stand for, and the sex they agree on."""

    canonical: tuple[str, ...]
    sex: str | None


def _lines(name: str) -> list[list[str]]:
    text = (_DATA / name).read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def given_names() -> dict[str, Given]:
    """Folded spelling → what it stands for."""
    labels: dict[str, dict[str, str]] = {}
    for label, sex, *variants in _lines("given_names.txt"):
        for variant in (label, *variants):
            labels.setdefault(fold_word(variant), {})[label] = sex
    return {spelling: Given(tuple(sorted(found)), _agreed(found)) for spelling, found in labels.items()}


@cache
def fathers() -> dict[str, str]:
    """Canonical name of a man → its Russian form, folded; only names whose table begins with one in Cyrillic."""
    return {
        label: fold_word(first) for label, sex, first, *_ in _lines("given_names.txt") if sex == "m" and first[0] > "Ё"
    }


def _agreed(found: dict[str, str]) -> str | None:
    sexes = set(found.values())
    return sexes.pop() if sexes in ({"m"}, {"f"}) else None


@cache
def surnames() -> frozenset[str]:
    """Folded surnames in the masculine form."""
    return frozenset(fold_word(word) for line in _lines("surnames.txt") for word in line)


@cache
def spellings() -> frozenset[str]:
    """Names exactly as the tables spell them, lower case, ё as е, surnames in both sexes: what a text typed in the wrong
    keyboard layout must turn into. Folded names would be too easy to hit."""
    found = {name for _, _, *names in _lines("given_names.txt") for name in names}
    for line in _lines("surnames.txt"):
        found.update(line)
        found.update(name + "а" for name in line if name.endswith(("ов", "ёв", "ев", "ин")))
        found.update(name[:-2] + "ая" for name in line if name.endswith(("ий", "ый", "ой")))
    return frozenset(name.lower().replace("ё", "е") for name in found if len(name) > 2)


@cache
def chinese_surnames() -> frozenset[str]:
    """Compound surnames in characters, and folded surnames in pinyin."""
    found = [word for line in _lines("chinese_names.txt") for word in line]
    return frozenset(fold_word(word) if word.isascii() or "ü" in word else word for word in found)
