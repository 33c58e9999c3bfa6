"""Name fields set right and cleaned: keyboard layout, titles, generation, maiden name, remarks, stand-ins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hub.normalize import words
from hub.normalize.folding import HAN
from hub.normalize.naming import Word, right_layout, split

_HAN_TITLES = re.compile("先生|女士|小姐|太太|经理|老师")
_REMARKS = re.compile("|".join(rf"\b{remark}\b" for remark in words.REMARKS), re.IGNORECASE)
_JUNK = re.compile(r"(.)\1*|(?:(.)\2+ ?)+|(.)\3{3,}.*")


@dataclass(slots=True)
class NameField:
    """One name field without titles and remarks: its words, and what stood beside them."""

    words: list[Word] = field(default_factory=list)
    commas: list[int] = field(default_factory=list)  # places in `words` where a comma stood
    honours: list[Word] = field(default_factory=list)
    maiden: list[Word] = field(default_factory=list)
    generation: str | None = None
    title_sex: str | None = None
    special: bool = False  # something beside the name's words may be set
    house: bool = False  # a stand-in («Частное лицо»), no name


_EMPTY = NameField()


def clean_fields(texts: tuple[str | None, ...]) -> list[NameField]:
    """Each of a record's name fields cleaned. Stand-ins («Частное лицо») leave a field without words, marked as house."""
    found = [split(text) if text else [] for text in texts]
    if any(each and not any(word.named for word in each) for each in found):
        texts, found = _right_layouts(texts, found)
    return [_clean(text, each) if text else _EMPTY for text, each in zip(texts, found, strict=True)]


def _right_layouts(
    texts: tuple[str | None, ...], found: list[list[Word]]
) -> tuple[tuple[str | None, ...], list[list[Word]]]:
    """Fields typed in the wrong keyboard layout set right; one field that is surely so convinces for the others."""
    doubtful = [
        text if text and not any(word.named for word in each) else None for text, each in zip(texts, found, strict=True)
    ]
    if not any(text and right_layout(text) for text in doubtful):
        return texts, found
    right = [text and right_layout(text, sure=True) for text in doubtful]
    settled = tuple(new or old for new, old in zip(right, texts, strict=True))
    return settled, [split(text) if text else [] for text in settled]


def _clean(text: str, found: list[Word]) -> NameField:
    for each in found:
        if each.special:
            break
    else:
        if found:
            return NameField(words=found)
    if all(each.stand_in or each.punctuation or each.ordinal for each in found) and is_house(text):
        return NameField(house=True)
    if any(each.remark or each.han for each in found):
        found = split(_REMARKS.sub(" ", _HAN_TITLES.sub("", text)))
    cleaned = NameField(special=True)
    _sort_out(found, cleaned)
    _drop_stand_ins(cleaned)
    return cleaned


def _sort_out(found: list[Word], cleaned: NameField) -> None:
    bracketed = maiden = False
    for each in found:
        if each.punctuation:
            bracketed = each.text == "(" or (bracketed and each.text != ")")
            maiden = each.text == "/" or (maiden and each.text not in ",)")
            if each.text == "," and cleaned.words:
                cleaned.commas.append(len(cleaned.words))
            continue
        cleaned.title_sex = cleaned.title_sex or each.title_sex
        if each.generation and (cleaned.words or bracketed):
            cleaned.generation = each.generation
        elif each.lower in words.MAIDEN_MARKS:
            maiden = True
        elif each.honour or each.ordinal:
            cleaned.honours.append(each)
        elif maiden and not bracketed and cleaned.maiden and (each.given or each.patronymic):
            maiden = False  # «Петрова урожд. Сидорова Мария»: a maiden name is a surname, and here it ended
            cleaned.words.append(each)
        elif bracketed or maiden:
            if each.surname or (maiden and not each.noise):
                cleaned.maiden.append(each)
        elif not each.noise and not (each.generation and not each.given) and each.lower not in words.SOLE_TRADER:
            cleaned.words.append(each)


def _drop_stand_ins(cleaned: NameField) -> None:
    """«Клиент Анна» is Anna."""
    named = any(each.named for each in cleaned.words)
    if named and any(each.stand_in and not each.named for each in cleaned.words):
        kept = [
            each
            for each in cleaned.words
            if each.named or each.initial or not each.stand_in or each.lower in words.HOUSE_WEAK
        ]
        cleaned.words, cleaned.commas = kept, []


def is_house(text: str) -> bool:
    """True when ``text`` is a stand-in for a name («Частное лицо», "walk-in customer", digits or one letter repeated)."""
    plain = re.sub(r"[\W\d_]+", " ", text.lower().replace("ё", "е")).strip()
    if not plain:
        return True
    if HAN.search(plain):
        return plain in words.HOUSE
    if plain in words.HOUSE_PHRASES or (len(plain) > 2 and _JUNK.fullmatch(plain)):
        return True
    found = plain.split()
    return all(each in words.HOUSE for each in found) and not all(each in words.HOUSE_WEAK for each in found)
