"""Order of a name: which words are surname, given name and middle name, by what they are, commas, and usual order."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.normalize.cleaning import NameField
from hub.normalize.folding import fold_word
from hub.normalize.lexicon import chinese_surnames
from hub.normalize.naming import Word
from hub.normalize.palladius import syllables
from hub.normalize.patronymics import TURKIC_F, TURKIC_M

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


@dataclass(slots=True)
class Parts:
    """Words assigned to the parts of one name."""

    last: list[Word] = field(default_factory=list)
    first: list[Word] = field(default_factory=list)
    middle: list[Word] = field(default_factory=list)


def assign(fields: list[NameField]) -> Parts:
    """Parts from the fields full, last, first, middle; columns of their own win over the full name."""
    full, last, first, middle = (each.words for each in fields)
    if not (last or first or middle):
        return _split_full(full, fields[0].commas)
    if last and not first and not middle and len(last) > 1 and _looks_full(last):
        return _split_full(last, fields[1].commas)
    if first and not last and not middle and len(first) > 1:
        return _split_full(first, fields[2].commas)
    parts = _settle(Parts(list(last), list(first), list(middle)))
    if full:
        _fill(parts, full)
    return parts


def _looks_full(found: list[Word]) -> bool:
    return any(each.given or each.patronymic or each.initial or each.han for each in found[1:]) and not any(
        each.particle for each in found
    )


def _settle(parts: Parts) -> Parts:
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
    return Parts(last, first, middle)


def _swapped(last: Word, first: Word) -> bool:
    """The surname's column holds a given name that is no surname, and the other way round."""
    return (
        last.given is not None
        and not last.surname
        and first.given is None
        and (first.surname >= (1 if first.cyrillic else 2))
    )


def _fill(parts: Parts, full: list[Word]) -> None:
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


def _split_full(found: list[Word], commas: list[int]) -> Parts:
    """Tell the parts of a whole name apart by what its words are, by commas, and by the order usual in its script."""
    if found and all(each.han for each in found):
        return _split_han("".join(each.text for each in found))
    if not _in_palladius(found):
        found = _with_particles_joined(found)
    patronymics = [place for place, each in enumerate(found) if each.patronymic]
    if commas and commas[0] == 1 and len(found) > 1:
        return _settle(Parts(found[:1], *_given_and_middle(found[1:])))
    if len(found) == 1:
        only = found[0]
        is_last = only.surname > 0 and only.given is None
        return Parts(last=found) if is_last else Parts(middle=found) if only.patronymic else Parts(first=found)
    if patronymics:
        return _around_patronymic(found, patronymics)
    if len(found) == 2:
        return _two(*found)
    return _many(found)


_DOUBTFUL = frozenset({"al", "el", "ben", "bin"})  # given names, too; between two words they are particles


def _with_particles_joined(found: list[Word]) -> list[Word]:
    """Join particles with the word that follows (van Beethoven) and Turkic оглы/кызы with the one before."""
    joined: list[Word] = []
    waiting: list[Word] = []
    for each in found:
        if each.folded in TURKIC_M | TURKIC_F and len(joined) > 1:
            before = joined.pop()
            text, folded = f"{before.text} {each.text}", f"{before.folded} {each.folded}"
            sex = "m" if each.folded in TURKIC_M else "f"
            joined.append(Word(text, folded, patronymic=sex, cyrillic=each.cyrillic))
        elif (each.particle and (joined or waiting or each is not found[-1])) or (
            each.folded in _DOUBTFUL and joined and each is not found[-1]
        ):
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


def _around_patronymic(found: list[Word], places: list[int]) -> Parts:
    """Иванов Иван Иванович, Иван Иванович Иванов, Иван Иванович; of two in -ович one is the surname."""
    after_given = [place for place in places if place and (found[place - 1].given or found[place - 1].initial)]
    place = after_given[0] if after_given else places[-1]
    before, after = found[:place], found[place + 1 :]
    if len(found) == 2:
        in_front = not before and found[0].patronymic == "m"
        if in_front or found[1].surname > 1 or (before and before[0].initial and found[1].surname):
            return Parts(found[:1], after) if in_front else Parts([found[1]], before)
    if not before:
        first = [each for each in after if each.given][:1]
        return Parts([each for each in after if each not in first], first, [found[place]])
    if len(before) == 1 and not before[0].given and before[0].surname and len(after) == 1:
        return Parts(before, after, [found[place]])  # Иванов Иванович Иван
    return Parts(before[:-1] + after, before[-1:], [found[place]])


def _two(one: Word, two: Word) -> Parts:
    if one.initial or two.initial:
        return Parts([two], [one]) if one.initial else Parts([one], [two])
    if is_chinese_surname(one) and not two.given and syllables(two.text):
        return Parts([one], [two])  # Си Цзиньпин, although Russian surnames end in -ин
    first_last = 2.0 * (one.given is not None) + _surname_weight(two)
    last_first = 2.0 * (two.given is not None) + _surname_weight(one)
    slavic_or_chinese = one.cyrillic or one.folded in chinese_surnames()
    if first_last > last_first or (first_last == last_first and not slavic_or_chinese):
        return Parts([two], [one])
    return Parts([one], [two])


def _in_palladius(found: list[Word]) -> bool:
    """Ван Сяомин: a family name of China in Cyrillic, which may look like a particle, before words that read so, too."""
    if len(found) < 2 or not is_chinese_surname(found[0]):
        return False
    return all(not each.given and syllables(each.text) for each in found[1:])


def is_chinese_surname(each: Word) -> bool:
    """Whether a word in Cyrillic reads, by the Palladius system, as a surname that Chinese bear."""
    read = syllables(each.text) if each.cyrillic and each.given is None else None
    return bool(read) and fold_word("".join(read or ())) in chinese_surnames()


def _surname_weight(each: Word) -> float:
    if each.surname:
        return each.surname
    if each.folded in chinese_surnames() and not each.cyrillic:
        return 1.5
    return 0.0 if each.given else 0.5


def _many(found: list[Word]) -> Parts:
    """Three words and more without a patronymic."""
    if all(each.initial for each in found[1:]):
        return Parts(found[:1], found[1:2], found[2:])
    if all(each.initial for each in found[:-1]):
        return Parts(found[-1:], found[:1], found[1:-1])
    head, tail = found[0], found[-1]
    chinese = head.folded in chinese_surnames() and not head.given and not any(each.given for each in found[1:])
    if chinese and len(found) == 3 and all(len(each.text) <= 7 for each in found):
        text, folded = found[1].text + found[2].text.lower(), found[1].folded + found[2].folded
        return Parts([head], [Word(text, folded)])
    if len(found) == 3 and tail.given and not tail.surname and head.cyrillic and not (head.given or found[1].given):
        return Parts(found[:2], [tail])  # Салтыков Щедрин Михаил
    front = _surname_weight(head) + 2.0 * (found[1].given is not None) + 1.0 * (tail.given is not None or tail.initial)
    back = _surname_weight(tail) + 2.0 * (head.given is not None) + 1.0 * (found[1].given is not None)
    if front > back or (front == back and head.cyrillic):
        return Parts([head], found[1:2], found[2:])
    return Parts([tail], [head], found[1:-1])


def _split_han(text: str) -> Parts:
    """Chinese in characters: the family name is the first one, or the first two of a compound surname."""
    long = len(text) > 2 and text[:2] in chinese_surnames()
    last, first = (text[:2], text[2:]) if long else (text[:1], text[1:])
    family = Word(last, fold_word(_HAN_SURNAMES.get(last, last)), han=True, surname=2.0)
    return Parts([family], [Word(first, fold_word(first), han=True)] if first else [])
