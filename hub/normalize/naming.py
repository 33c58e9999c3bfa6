"""Words of a name field: what each is by itself (given name, patronymic, initial, particle, title …)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from hub.normalize import layouts, words
from hub.normalize.folding import HAN, fold_word, unmix
from hub.normalize.lexicon import Given, given_names, spellings, surnames
from hub.normalize.organisations import organisation_words
from hub.normalize.patronymics import TURKIC_F, TURKIC_M, of_known_father, sex_told
from hub.normalize.surnames import PARTICLES, SURNAME_ENDING, root

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_PIECES = re.compile(r"[-\u2010-\u2015]")
_JUNK = re.compile(r"(.)\1*|(.)\2{3,}.*")  # one letter repeated; a key held down
_REMARK_WORDS = frozenset(each for remark in words.REMARKS for each in remark.split())
WORD = re.compile(r"[^\W_]+(?:[-\u2010-\u2015'’ʼ`‘][^\W_]+)*\.?|[,()/]")
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)?|\d+\W*")

# Keys of endings that no English word has: ов ова ева ина ский ская енко ович евич овна евна
_RUSSIAN_KEYS = re.compile(r"(?:..jd|.jdf|.tdf|.byf|.crbq|.crfz|.tyrj|[jt]dbx|[jt]dyf)$", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Word:
    """One word of a name field with all that can be said of it alone."""

    text: str  # as it came, in one script, without a final dot
    folded: str  # pieces of a hyphenated word separated by one space
    given: Given | None = None
    patronymic: str | None = None  # the sex it tells
    surname: float = 0.0  # how much it looks like a surname: 2 known, 1 by its ending, 0 not
    initial: bool = False
    particle: bool = False
    honour: bool = False
    noise: bool = False
    title_sex: str | None = None
    generation: str | None = None
    cyrillic: bool = False
    han: bool = False
    ordinal: bool = False
    punctuation: bool = False
    stand_in: bool = False  # may be part of a stand-in for a name: «Частное», "test", "xxx"
    remark: bool = False  # may begin a remark of several words
    organisation: bool = False  # may be part of an organisation's name: ООО, банк
    lower: str = field(init=False)  # the text as the tables of `hub.normalize.words` hold it
    named: bool = field(init=False)  # known as (part of) a person's name by itself
    special: bool = field(init=False)  # not simply a part of the name: the field that holds it must be cleaned

    def __post_init__(self) -> None:
        self.lower = self.text.lower().replace("ё", "е")
        self.named = self.given is not None or self.patronymic is not None or self.surname >= 2
        self.special = (
            any((self.punctuation, self.honour, self.noise, self.ordinal, self.han, self.stand_in, self.remark))
            or bool(self.title_sex or self.generation)
            or self.lower in words.SOLE_TRADER
        )


@lru_cache(maxsize=1 << 17)
def word(raw: str) -> Word:
    """What the single word ``raw`` (a match of `WORD`) is."""
    if raw in ",()/":
        return Word(raw, "", punctuation=True)
    text = raw.rstrip(".")
    if _ORDINAL.fullmatch(text.lower()):
        return Word(text, "" if text.isdigit() else text.lower(), ordinal=True)
    if any(letter.isdigit() for letter in text):  # a slip of the finger: dix0n, Иванов2
        text = re.sub(r"\d", "", re.sub(r"(?<=\w)0(?=\w)", "o", text)).strip("-'") or text
    text = unmix(text)
    folded = " ".join(filter(None, (fold_word(piece) for piece in _PIECES.split(text))))
    lower = text.lower().replace("ё", "е")
    found = Word(
        text,
        folded,
        cyrillic=bool(_CYRILLIC.search(text)),
        han=bool(HAN.search(text)),
        stand_in=all(piece in words.HOUSE or _JUNK.fullmatch(piece) for piece in _PIECES.split(lower)),
        remark=lower in _REMARK_WORDS,
        organisation=lower in organisation_words(),
    )
    return found if found.han else _read(found, raw)


def _read(found: Word, raw: str) -> Word:
    """``found`` as a Turkic patronymic's word, title, generation, noise, initial, or else a part of the name."""
    lower, folded = found.lower, found.folded
    given = given_names().get(folded) or _joined(folded)
    if given is None and (folded in TURKIC_M or folded in TURKIC_F):
        return replace(found, patronymic="m" if folded in TURKIC_M else "f")
    title = "m" if lower in words.MALE_TITLES else "f" if lower in words.FEMALE_TITLES else None
    abbreviated = lower if raw.endswith(".") else ""
    junior, senior = lower in words.JUNIOR or abbreviated == "jun", lower in words.SENIOR or abbreviated == "sen"
    generation = "junior" if junior else "senior" if senior else None
    honour = lower in words.HONOURS
    if generation or ((lower in words.NOISE or honour) and given is None):
        noise = lower in words.NOISE and not honour
        return replace(found, honour=honour, noise=noise, title_sex=title, generation=generation)
    if len(found.text) == 1 or (raw.endswith(".") and len(found.text) <= 2 and given is None):
        return replace(found, folded=folded[:1], initial=True)
    return _part_of_name(replace(found, given=given, title_sex=title))


def _part_of_name(found: Word) -> Word:
    """``found`` with what its ending tells: patronymic, surname, particle."""
    folded = found.folded
    patronymic = sex_told(folded)
    looks = _surname(folded)
    if patronymic == "m" and folded.endswith("vich") and not of_known_father(folded):
        looks = max(looks, 1.5)  # Станкевич
    return replace(
        found,
        patronymic=None if found.given else patronymic,
        surname=looks,
        particle=folded in PARTICLES and found.given is None,
    )


def _joined(folded: str) -> Given | None:
    """A hyphenated given name stands for what its pieces stand for: Анна-Мария."""
    pieces = folded.split(" ")
    known = [given_names().get(piece) for piece in pieces]
    if len(pieces) < 2 or None in known:
        return None
    found = [each for each in known if each is not None]
    sexes = {each.sex for each in found if each.sex}
    canonical = sorted({name for each in found for name in each.canonical})
    return Given(tuple(canonical), sexes.pop() if len(sexes) == 1 else None)


def _surname(folded: str) -> float:
    if folded in surnames() or root(folded) in surnames():
        return 2.0
    return 1.0 if SURNAME_ENDING.search(folded) else 0.0


@lru_cache(maxsize=1 << 17)
def _chunk(chunk: str) -> tuple[Word, ...]:
    return tuple(word(piece) for piece in WORD.findall(chunk))


def split(text: str) -> list[Word]:
    """The words of ``text`` in order; ``, ( ) /`` are words of their own."""
    return [each for chunk in text.split() for each in _chunk(chunk)]


def right_layout(text: str, sure: bool = False) -> str | None:
    """``text`` on the keyboard layout it was meant for, or None when it reads well as it is.

    Accepted only when the result is a known name and the original is not. ``sure``: another field of the same record
    was typed in the wrong layout, so that this one follows although it is not known itself.
    """
    cyrillic, latin = bool(_CYRILLIC.search(text)), bool(_LATIN.search(text))
    if cyrillic == latin or not text.isprintable():
        return None
    chunks = text.split()
    verdicts = [_layout_verdict(chunk, cyrillic) for chunk in chunks]
    if "as it is" in verdicts or ("other" not in verdicts and not sure):
        return None
    return layouts.as_english(text) if cyrillic else layouts.as_russian(text)


@lru_cache(maxsize=1 << 17)
def _layout_verdict(chunk: str, cyrillic: bool) -> str:
    """ "as it is", "other" (a known name on the other layout) or "" (known on neither)."""
    here = WORD.fullmatch(chunk.strip(",.;()"))
    if here and len(chunk) > 2:
        found = word(here.group())
        if found.named or found.noise or found.honour or found.particle:
            return "as it is"
    there = layouts.as_english(chunk) if cyrillic else layouts.as_russian(chunk)
    looks = "as it is" if cyrillic and here and len(chunk) > 2 and word(here.group()).surname else ""
    if WORD.fullmatch(there) is None or len(there) < (4 if cyrillic else 3):
        return looks
    known = there.lower().replace("ё", "е") in spellings()  # «Зуеук» ends as surnames do, but is Peter
    return "other" if known or (not cyrillic and _RUSSIAN_KEYS.search(chunk)) else looks
