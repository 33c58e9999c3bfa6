"""Sentences that the hub made and keeps, in the reader's language.

The store holds a reason as its rule, guard or policy wrote it: in English, with figures and names filled in. `tell` finds
the sentences in it by their templates, which are the msgids of the catalogues, and puts what stood in them into the
translation. A text that no template knows stays as it is. ``tests/web/test_phrases.py`` goes through the sources of the
sentences, so that none is changed there without being noticed here.

Placeholders say what may stand in them: ``{n}`` a number, ``{share}`` percent, ``{day}`` a date, ``{word}`` a word that has
a translation of its own, ``{levels}`` fields with the level of each, any other name any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from gettext import NullTranslations

from babel.numbers import format_decimal

from api.web.moments import day_in
from api.web.sentences import SENTENCES
from api.web.wording import ENGLISH, catalogue
from expectations.rules import reasons

PLACE = re.compile(r"(\{\w+(?:\{\w+\})?\})")
LONGEST = (
    2_000  # characters; the hub's own reasons have some hundreds, and a text made for it could be searched for minutes
)
_KINDS = {"n": r"\d+(?:,\d{3})*", "share": r"[+-]?\d+%", "day": r"\d{4}-\d\d-\d\d"}


@dataclass(frozen=True)
class Phrase:
    """A template ready to be found.

    Attributes:
        places: its placeholders, in the order of the pattern's groups.
        landmark: its longest literal part; a text without it need not be searched.
    """

    template: str
    pattern: re.Pattern[str]
    places: tuple[str, ...]
    landmark: str

    def told(self, words: NullTranslations, language: str, text: str) -> str:
        """The text with this sentence, wherever it stands in it, translated."""
        if self.landmark not in text:
            return text
        sentence = words.gettext(self.template)
        return self.pattern.sub(lambda found: _filled(sentence, self._values(found, words, language)), text)

    def _values(self, found: re.Match[str], words: NullTranslations, language: str) -> dict[str, str]:
        values = {}
        for place, value in zip(self.places, found.groups(), strict=True):
            kind = _kind(place)
            values[place] = (
                words.gettext(value)
                if kind == "word"
                else _levels(words, value)
                if kind == "levels"
                else _shown(language, value)
            )
        return values


@cache
def templates() -> tuple[str, ...]:
    """All sentences that may stand in the store or in an error, the longest first: a short one may be part of a long one."""
    return tuple(sorted({*reasons(), *SENTENCES}, key=lambda template: (-len(template), template)))


@lru_cache(10_000)
def tell(language: str, text: str) -> str:
    """A text of the hub in the reader's language, whole or sentence by sentence; what is unknown stays."""
    if language == ENGLISH or not text or len(text) > LONGEST:
        return text
    words = catalogue(language)
    whole = words.gettext(text)
    if whole != text:
        return whole
    for phrase in _phrases():
        text = phrase.told(words, language, text)
    return text


@cache
def _phrases() -> tuple[Phrase, ...]:
    return tuple(map(_phrase, templates()))


def _phrase(template: str) -> Phrase:
    parts = PLACE.split(template)
    places: list[str] = []
    pattern = ""
    for number, part in enumerate(parts):
        if not number % 2:
            pattern += re.escape(part)
        elif part in places:
            pattern += f"\\{places.index(part) + 1}"
        else:
            places.append(part)
            pattern += f"({_KINDS.get(_kind(part), '.+?')})"
    if not parts[0] and len(parts) > 1 and _kind(parts[1]) not in _KINDS:  # a text of any length at the beginning
        pattern = r"\A" + pattern
    if not parts[-1] and _kind(parts[-2]) not in _KINDS:  # or at the end
        pattern += r"\Z"
    return Phrase(template, re.compile(pattern, re.DOTALL), tuple(places), max(parts[::2], key=len))


def _kind(place: str) -> str:
    return place.strip("{}").rstrip("0123456789")


def _filled(sentence: str, values: dict[str, str]) -> str:
    return PLACE.sub(lambda found: values.get(found.group(), found.group()), sentence)


def _levels(words: NullTranslations, value: str) -> str:
    """``tax id: different; kind: person, company``, word by word."""
    parts = re.split(r"([:;,] )", value)
    return "".join(
        words.gettext(part.replace("_", " ")) if part and not number % 2 else part for number, part in enumerate(parts)
    )


def _shown(language: str, value: str) -> str:
    """Dates, numbers and shares as people write them; else the text as it is."""
    if re.fullmatch(_KINDS["day"], value):
        try:
            return day_in(language, date.fromisoformat(value), "short")
        except ValueError:
            return value
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", value):
        return format_decimal(int(value.replace(",", "")), locale=language)
    return value.replace("%", "\u00a0%") if re.fullmatch(_KINDS["share"], value) else value
