"""The words of the trade, from ``words.yml``: what dealers write for canonical choices, and for "no
value"."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

NAMES = ("full_name", "last_name", "first_name", "middle_name", "company_name", "salesperson", "advisor")
"""Columns of names, where fewer words mean "no value": Nan is a given name."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # ten times as fast, where libyaml is there
_ANSWERS = ("нет", "没有", "жоқ")  # in a column of truth values these are answers


@cache
def _words() -> dict[str, Any]:
    text = files("hub.dealers").joinpath("words.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=_LOADER)
    return found


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split(" | ")]


def missing_words(kind: str = "") -> tuple[str, ...]:
    """Lower-case words that mean "no value"; ``kind`` is ``name`` or ``flag`` where other words count."""
    common = ["", "|", *_split(_words()["missing"])]
    if kind == "name":
        return tuple(common)
    return tuple(word for word in [*common, "nan"] if kind != "flag" or word not in _ANSWERS)


@cache
def flag_words() -> dict[str, str]:
    """Lower-case word → ``true`` or ``false``."""
    return _inverted(_words()["flags"])


@cache
def choice_words(feed: str, column: str) -> dict[str, str]:
    """Lower-case word → canonical value of one column that has choices; empty for any other column."""
    choices = _words()["choices"]
    return _inverted(choices.get(f"{feed}.{column}") or choices.get(column) or {})


def _inverted(table: dict[str, str]) -> dict[str, str]:
    return {word.lower(): value for value, words in table.items() for word in _split(words)}


@cache
def heading_words(feed: str, column: str) -> tuple[str, ...]:
    """What dealers call one canonical column, as lower-case words; the canonical name itself first."""
    table = _headings()
    known = table.get(f"{feed}.{column}") or table.get(column) or ""
    return tuple(dict.fromkeys([column.replace("_", " "), *(_split(known) if known else [])]))


@cache
def _headings() -> dict[str, str]:
    text = files("hub.dealers").joinpath("headings.yml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.load(text, Loader=_LOADER)
    return found
