"""Names of persons: folded and shown parts, root of the surname, given names, sex, generation, house accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from hub.normalize.cleaning import NameField, clean_fields
from hub.normalize.folding import fold_word
from hub.normalize.lexicon import chinese_surnames
from hub.normalize.naming import Word
from hub.normalize.ordering import Parts, assign
from hub.normalize.palladius import syllables
from hub.normalize.patronymics import TURKIC_F, TURKIC_M, in_russian
from hub.normalize.surnames import PARTICLES, root, sex_of


@dataclass(slots=True)
class Name:
    """A person's name, folded and shown; every field may be None."""

    last: str | None = None
    first: str | None = None
    middle: str | None = None
    last_root: str | None = None
    given: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    sex: str | None = None
    generation: str | None = None
    maiden: str | None = None
    shown_last: str | None = None
    shown_first: str | None = None
    shown_middle: str | None = None
    house: bool = False  # the fields hold a stand-in («Частное лицо»), no name
    certain: bool = False  # holds a known given name or patronymic, so that it must be a person's


def parse_name(full: str | None, last: str | None = None, first: str | None = None, middle: str | None = None) -> Name:
    """The name that the four name fields of a record hold together. Parts of their own columns win over ``full``."""
    fields = clean_fields((full, last, first, middle))
    parts = _from_palladius(assign(fields))
    written = parts.middle
    parts.middle = _in_russian(written)
    tokens = {
        token
        for one in fields
        for found in (one.words, one.honours, one.maiden)
        for each in found
        if not each.han
        for token in each.folded.split()
    }
    if parts.middle != written:
        tokens.difference_update(token for each in written for token in each.folded.split())
    tokens.update(token for each in (*parts.last, *parts.first, *parts.middle) for token in each.folded.split())
    if not tokens:
        return Name(house=any(one.house for one in fields))
    return _finish(parts, fields, tokens)


def _in_russian(middle: list[Word]) -> list[Word]:
    """A patronymic folds as Russians would say it, and a column's Гасан оглы is one word."""
    if len(middle) == 2 and middle[1].folded in TURKIC_M | TURKIC_F:
        text = " ".join(each.text for each in middle)
        middle = [replace(middle[1], text=text, folded=" ".join(each.folded for each in middle))]
    return [_said_in_russian(each) if each.patronymic else each for each in middle]


def _said_in_russian(each: Word) -> Word:
    folded = in_russian(each.text, each.folded)
    return each if folded == each.folded else replace(each, folded=folded)


def _from_palladius(parts: Parts) -> Parts:
    """A Chinese name in Cyrillic letters folds as pinyin: the surname is one that Chinese bear, and all the rest reads so."""
    if len(parts.last) != 1 or not parts.last[0].cyrillic or len(parts.first) > 2 or parts.middle:
        return parts
    surname = syllables(parts.last[0].text)
    if not parts.first or not surname or fold_word("".join(surname)) not in chinese_surnames():
        return parts
    given = [None if each.given else syllables(each.text) for each in parts.first]
    if not all(given):
        return parts
    joined = "".join(syllable for each in given if each for syllable in each)
    first = replace(parts.first[0], text=" ".join(each.text for each in parts.first), folded=fold_word(joined))
    return Parts([replace(parts.last[0], folded=fold_word("".join(surname)))], [first])


def _finish(parts: Parts, fields: list[NameField], tokens: set[str]) -> Name:
    last, first = _folded(parts.last), _folded(parts.first)
    known = [each.given for each in parts.first if each.given]
    given: tuple[str, ...] = ()
    if len(known) == 1:
        given = known[0].canonical
    elif known:
        given = tuple(sorted({name for each in known for name in each.canonical}))
    elif first and not all(each.initial for each in parts.first):
        given = (first,)
    special = [one for one in fields if one.special]
    return Name(
        last=last,
        first=first,
        middle=_folded(parts.middle),
        last_root=root(last) if last else None,
        given=given,
        tokens=tuple(sorted(tokens)),
        sex=_sex(parts, special),
        generation=next((one.generation for one in special if one.generation), None) if special else None,
        maiden=_folded([each for one in special for each in one.maiden]) if special else None,
        shown_last=_shown(parts.last),
        shown_first=_shown(parts.first),
        shown_middle=_shown(parts.middle),
        certain=bool(known) or any(each.patronymic for each in parts.middle),
    )


def _sex(parts: Parts, fields: list[NameField]) -> str | None:
    """From the patronymic, else the given name, else a title, else the surname's ending."""
    for each in (*parts.middle, *parts.last):
        if each.patronymic and (each in parts.middle or each.patronymic == "f"):
            return each.patronymic
    for each in parts.first[:1]:
        if each.given and each.given.sex:
            return each.given.sex
    title = next((one.title_sex for one in fields if one.title_sex), None)
    if title or not parts.last:
        return title
    return sex_of(parts.last[-1].folded, parts.last[-1].cyrillic)


def _folded(found: list[Word]) -> str | None:
    if len(found) == 1:
        return found[0].folded or None
    return " ".join(dict.fromkeys(each.folded for each in found if each.folded)) or None


def _shown(found: list[Word]) -> str | None:
    if len(found) == 1:
        return _cased(found[0].text) or None
    return " ".join(_cased(each.text) for each in found) or None


@lru_cache(maxsize=1 << 17)
def _cased(text: str) -> str:
    """Capital first letters where the case was all of one kind; ``McDonald`` and ``von Braun`` stay as written."""
    if not (text.islower() or text.isupper()):
        return text
    pieces = re.split(r"([-\s'’])", text.lower())
    return "".join(
        piece if fold_word(piece) in PARTICLES and len(pieces) > 1 else piece[:1].upper() + piece[1:]
        for piece in pieces
    )
