"""Names of persons: which word of which field is surname, given name, patronymic; sex; generation; house accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hub.normalize import words
from hub.normalize.folding import HAN, fold_word
from hub.normalize.lexicon import chinese_surnames
from hub.normalize.naming import TURKIC_F, TURKIC_M, Word, right_layout, split
from hub.normalize.surnames import PARTICLES, root, sex_of

_HAN_TITLES = re.compile("先生|女士|小姐|太太|经理|老师")
# Characters whose reading as a surname differs from their usual one.
_HAN_SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "解": "xie",
    "仇": "qiu",
    "查": "zha",
    "区": "ou",
    "朴": "piao",
    "乐": "yue",
}
_REMARKS = re.compile("|".join(rf"\b{remark}\b" for remark in words.REMARKS), re.IGNORECASE)
_JUNK = re.compile(r"(.)\1*|(?:(.)\2+ ?)+|(.)\3{3,}.*")


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


@dataclass(slots=True)
class _Parts:
    """Words assigned to the parts of one name."""

    last: list[Word] = field(default_factory=list)
    first: list[Word] = field(default_factory=list)
    middle: list[Word] = field(default_factory=list)


def parse_name(full: str | None, last: str | None, first: str | None, middle: str | None) -> Name:
    """The name that the four name fields of a record hold together. Parts given win over ``full``."""
    texts = _right_layouts([full, last, first, middle])
    stood_in = [text is not None and is_house(text) for text in texts]
    texts = [None if house else text for text, house in zip(texts, stood_in, strict=True)]
    if not any(texts):
        return Name(house=any(stood_in))
    fields = [_clean(text) for text in texts]
    parts = _assign(fields)
    return _finish(parts, fields)


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


def _right_layouts(texts: list[str | None]) -> list[str | None]:
    """Fields typed in the wrong keyboard layout set right; one field that is surely so convinces for the others."""
    right = [None if text is None else right_layout(text) for text in texts]
    if not any(right):
        return texts
    again = [None if text is None else right_layout(text, sure=True) for text in texts]
    return [new or old for new, old in zip(again, texts, strict=True)]


@dataclass(slots=True)
class _Field:
    """One name field without titles and remarks: its words, and what stood beside them."""

    words: list[Word] = field(default_factory=list)
    commas: list[int] = field(default_factory=list)  # places in `words` where a comma stood
    honours: list[Word] = field(default_factory=list)
    maiden: list[Word] = field(default_factory=list)
    generation: str | None = None
    title_sex: str | None = None


def _clean(text: str | None) -> _Field:
    cleaned = _Field()
    if text is None:
        return cleaned
    bracketed = maiden = False
    seen_name = False
    for each in split(_REMARKS.sub(" ", _HAN_TITLES.sub("", text))):
        if each.text in ",()/":
            bracketed = each.text == "(" or (bracketed and each.text != ")")
            maiden = each.text == "/" or (maiden and each.text not in ",)")
            if each.text == "," and cleaned.words:
                cleaned.commas.append(len(cleaned.words))
            continue
        lower = each.text.lower().replace("ё", "е")
        cleaned.title_sex = cleaned.title_sex or each.title_sex
        if each.generation and (seen_name or bracketed):
            cleaned.generation = each.generation
        elif lower in words.MAIDEN_MARKS:
            maiden = True
        elif each.honour:
            cleaned.honours.append(each)
        elif bracketed or maiden:
            if each.surname or (maiden and not each.noise):
                cleaned.maiden.append(each)
        elif each.ordinal:
            if each.folded:
                cleaned.honours.append(each)
        elif not each.noise and not (each.generation and not each.given) and lower not in words.SOLE_TRADER:
            cleaned.words.append(each)
            seen_name = True
    _drop_stand_ins(cleaned)
    return cleaned


def _drop_stand_ins(cleaned: _Field) -> None:
    """«Клиент Анна» is Anna."""
    strong = [each.text.lower() in words.HOUSE - words.HOUSE_WEAK and not each.named for each in cleaned.words]
    if any(strong) and any(each.named for each in cleaned.words):
        cleaned.words = [each for each, drop in zip(cleaned.words, strong, strict=True) if not drop]
        cleaned.commas = []


def _assign(fields: list[_Field]) -> _Parts:
    full, last, first, middle = (each.words for each in fields)
    if not (last or first or middle):
        return _split_full(full, fields[0].commas)
    if last and not first and not middle and len(last) > 1 and _looks_full(last):
        return _split_full(last, fields[1].commas)
    if first and not last and not middle and len(first) > 1:
        return _split_full(first, fields[2].commas)
    parts = _settle(_Parts(list(last), list(first), list(middle)))
    if full:
        _fill(parts, full)
    return parts


def _looks_full(found: list[Word]) -> bool:
    return any(each.given or each.patronymic or each.initial or each.han for each in found[1:]) and not any(
        each.particle for each in found
    )


def _settle(parts: _Parts) -> _Parts:
    """Undo swaps between the columns, and split a patronymic off the given name."""
    last, first, middle = parts.last, parts.first, parts.middle
    if first and middle and first[0].patronymic and not middle[0].patronymic and middle[0].given:
        first, middle = middle, first
    if first and not middle and len(first) == 2 and first[1].patronymic and not first[0].patronymic:
        first, middle = first[:1], first[1:]
    if first and not middle and len(first) > 1 and first[0].initial and first[1].initial:
        first, middle = first[:1], first[1:]
    if len(last) == len(first) == 1 and _swapped(last[0], first[0]):
        last, first = first, last
    return _Parts(last, first, middle)


def _swapped(last: Word, first: Word) -> bool:
    """The surname's column holds a given name that is no surname, and the other way round."""
    return (
        last.given is not None
        and not last.surname
        and first.given is None
        and (first.surname >= (1 if first.cyrillic else 2))
    )


def _fill(parts: _Parts, full: list[Word]) -> None:
    """Take from the full name what the columns do not hold: the words between first and last, or a missing part."""
    taken = {each.folded for each in (*parts.last, *parts.first, *parts.middle)}
    rest = [each for each in full if each.folded not in taken and not each.particle]
    if parts.middle or not rest:
        return
    if parts.first and parts.last:
        ends = full[0].folded == parts.first[0].folded and full[-1].folded == parts.last[-1].folded
        if any(each.patronymic for each in rest):
            parts.middle = [each for each in rest if each.patronymic][:1]
        elif ends and len(rest) <= 2 and not any(each.particle for each in full):
            parts.middle = rest
        return
    whole = _split_full(full, [])
    parts.last, parts.first = parts.last or whole.last, parts.first or whole.first
    parts.middle = whole.middle if {each.folded for each in whole.middle}.isdisjoint(taken) else []


def _split_full(found: list[Word], commas: list[int]) -> _Parts:
    """Tell the parts of a whole name apart by what its words are, by commas, and by the order usual in its script."""
    if found and all(each.han for each in found):
        return _split_han("".join(each.text for each in found))
    found = _with_particles_joined(found)
    patronymics = [place for place, each in enumerate(found) if each.patronymic]
    if commas and commas[0] == 1 and len(found) > 1:
        return _settle(_Parts(found[:1], *_given_and_middle(found[1:])))
    if len(found) == 1:
        only = found[0]
        is_last = only.surname > 0 and only.given is None
        return _Parts(last=found) if is_last else _Parts(middle=found) if only.patronymic else _Parts(first=found)
    if patronymics:
        return _around_patronymic(found, patronymics)
    if len(found) == 2:
        return _two(*found)
    return _many(found)


def _with_particles_joined(found: list[Word]) -> list[Word]:
    """Join particles with the word that follows (van Beethoven) and Turkic оглы/кызы with the one before."""
    joined: list[Word] = []
    waiting: list[Word] = []
    for each in found:
        if each.folded in TURKIC_M | TURKIC_F and len(joined) > 1:
            before = joined.pop()
            text, folded = f"{before.text} {each.text}", f"{before.folded} {each.folded}"
            joined.append(Word(text, folded, patronymic=each.patronymic, cyrillic=each.cyrillic))
        elif each.particle and (joined or waiting or each is not found[-1]):
            waiting.append(each)
        elif waiting:
            text = " ".join([*(one.text for one in waiting), each.text])
            folded = " ".join([*(one.folded for one in waiting), each.folded])
            joined.append(Word(text, folded, surname=2.0, particle=True, cyrillic=each.cyrillic))
            waiting = []
        else:
            joined.append(each)
    return joined + waiting


def _given_and_middle(found: list[Word]) -> tuple[list[Word], list[Word]]:
    return found[:1], found[1:]


def _around_patronymic(found: list[Word], places: list[int]) -> _Parts:
    """Иванов Иван Иванович, Иван Иванович Иванов, Иван Иванович; of two in -ович one is the surname."""
    after_given = [place for place in places if place and (found[place - 1].given or found[place - 1].initial)]
    place = after_given[0] if after_given else places[-1]
    before, after = found[:place], found[place + 1 :]
    if len(found) == 2:
        in_front = not before and found[0].patronymic == "m"
        if in_front or found[1].surname > 1 or (before and before[0].initial and found[1].surname):
            return _Parts(found[:1], after) if in_front else _Parts([found[1]], before)
    if not before:
        first = [each for each in after if each.given][:1]
        return _Parts([each for each in after if each not in first], first, [found[place]])
    if len(before) == 1 and not before[0].given and before[0].surname and len(after) == 1:
        return _Parts(before, after, [found[place]])  # Иванов Иванович Иван
    return _Parts(before[:-1] + after, before[-1:], [found[place]])


def _two(one: Word, two: Word) -> _Parts:
    if one.initial or two.initial:
        return _Parts([two], [one]) if one.initial else _Parts([one], [two])
    first_last = 2.0 * (one.given is not None) + _surname_weight(two)
    last_first = 2.0 * (two.given is not None) + _surname_weight(one)
    slavic_or_chinese = one.cyrillic or one.folded in chinese_surnames()
    if first_last > last_first or (first_last == last_first and not slavic_or_chinese):
        return _Parts([two], [one])
    return _Parts([one], [two])


def _surname_weight(each: Word) -> float:
    if each.surname:
        return each.surname
    if each.folded in chinese_surnames() and not each.cyrillic:
        return 1.5
    return 0.0 if each.given else 0.5


def _many(found: list[Word]) -> _Parts:
    """Three words and more without a patronymic."""
    if all(each.initial for each in found[1:]):
        return _Parts(found[:1], found[1:2], found[2:])
    if all(each.initial for each in found[:-1]):
        return _Parts(found[-1:], found[:1], found[1:-1])
    head, tail = found[0], found[-1]
    chinese = head.folded in chinese_surnames() and not head.given and not any(each.given for each in found[1:])
    if chinese and len(found) == 3 and all(len(each.text) <= 7 for each in found):
        text, folded = found[1].text + found[2].text.lower(), found[1].folded + found[2].folded
        return _Parts([head], [Word(text, folded)])
    front = _surname_weight(head) + 2.0 * (found[1].given is not None) + 1.0 * (tail.given is not None or tail.initial)
    back = _surname_weight(tail) + 2.0 * (head.given is not None) + 1.0 * (found[1].given is not None)
    if front > back or (front == back and head.cyrillic):
        return _Parts([head], found[1:2], found[2:])
    return _Parts([tail], [head], found[1:-1])


def _split_han(text: str) -> _Parts:
    """Chinese in characters: the family name is the first one, or the first two of a compound surname."""
    long = len(text) > 2 and text[:2] in chinese_surnames()
    last, first = (text[:2], text[2:]) if long else (text[:1], text[1:])
    family = Word(last, fold_word(_HAN_SURNAMES.get(last, last)), han=True, surname=2.0)
    return _Parts([family], [Word(first, fold_word(first), han=True)] if first else [])


def _finish(parts: _Parts, fields: list[_Field]) -> Name:
    last, first, middle = (_folded(each) for each in (parts.last, parts.first, parts.middle))
    everything = [each for one in fields for each in (*one.words, *one.honours, *one.maiden)]
    if any(each.han for each in everything):
        everything = [each for each in everything if not each.han] + parts.last + parts.first + parts.middle
    tokens = {token for each in everything for token in each.folded.split() if token}
    known = [each.given for each in parts.first if each.given]
    given = sorted({name for each in known for name in each.canonical})
    if first and not given and not all(each.initial for each in parts.first):
        given = [first]
    sex = _sex(parts, fields)
    return Name(
        last=last,
        first=first,
        middle=middle,
        last_root=root(last) if last else None,
        given=tuple(given),
        tokens=tuple(sorted(tokens)),
        sex=sex,
        generation=next((one.generation for one in fields if one.generation), None),
        maiden=_folded([each for one in fields for each in one.maiden]),
        shown_last=_shown(parts.last),
        shown_first=_shown(parts.first),
        shown_middle=_shown(parts.middle),
        house=not tokens,
        certain=bool(known) or any(each.patronymic for each in parts.middle),
    )


def _sex(parts: _Parts, fields: list[_Field]) -> str | None:
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
    return " ".join(dict.fromkeys(each.folded for each in found if each.folded)) or None


def _shown(found: list[Word]) -> str | None:
    return " ".join(_cased(each.text) for each in found) or None


def _cased(text: str) -> str:
    """Capital first letters where the case was all of one kind; ``McDonald`` and ``von Braun`` stay as written."""
    if not (text.islower() or text.isupper()):
        return text
    pieces = re.split(r"([-\s'’])", text.lower())
    return "".join(
        piece if fold_word(piece) in PARTICLES and len(pieces) > 1 else piece[:1].upper() + piece[1:]
        for piece in pieces
    )
