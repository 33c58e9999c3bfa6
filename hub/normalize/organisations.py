"""Organisations: legal form in one spelling over languages, and the name without it."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from hub.normalize.folding import HAN, fold_word, unmix
from hub.normalize.words import HOUSE, word_list

# Spellings that are also a particle, initial or word of a name: they count only at its end, never in front.
_ONLY_LAST = word_list(
    "sa se ab as ag kg nv bv ev ek lp inc ltd spa sas too oy ou sia n v b s a g e k corp limited corporation incorporated"
)
# Spellings that a person's name may hold by chance: in a person's field they count only in capitals within mixed case.
_FAINT = word_list(
    "sa se ab as ag kg nv bv ev ek ug ou oy oü sia ao too lp sas spa pao oao odo zao гу тов ooo uab aps doo"
)
# Words that make a name a company's although no legal form stands by it.
_TELLING = (
    "банк bank лизинг leasing компания company фирма холдинг holding группа завод комбинат фабрика предприятие "
    "организация администрация министерство департамент управление университет university институт школа больница "
    "поликлиника автосервис автоцентр автопарк таксопарк такси логистик логистика logistics транс trans trading строй "
    "стройсервис агентство учреждение кооператив ассоциация представительство филиал branch gruppe autohaus werkstatt verein "
    "solutions services consulting industries enterprises motors autos international company bäckerei baeckerei metzgerei "
    "apotheke telekom нпо нпп объединение колледж лицей гимназия 公司 集团 银行"
)
_WORD = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}(?:[^\W\d_]\b)?")
# Words that one writes and another leaves out, and abbreviations of what a company is.
_IDLE = word_list("the and und & et и й")
_SPELLED = {
    "тд": "торговый дом",
    "гк": "группа компаний",
    "пк": "производственная компания",
    "ук": "управляющая компания",
    "нпо": "научно производственное объединение",
    "нпп": "научно производственное предприятие",
    "атп": "автотранспортное предприятие",
    "сош": "средняя общеобразовательная школа",
    "жби": "железобетонных изделий",
}
_HAN_FORMS = {"股份有限公司": "cn ag", "有限责任公司": "ltd", "有限公司": "ltd", "股份公司": "cn ag"}
_HAN_TELLING = re.compile("公司|集团|银行")
_HAN_TRADE = re.compile("汽车|贸易|科技|电子|机械|医院|大学|学校|酒店|工厂")  # in no person's name
_HAN_KINDS = re.compile("|".join(_HAN_FORMS) + "|" + _HAN_TELLING.pattern)
_BRANCH = re.compile(
    r"\(.*?\)|第?[一二三四五六七八九十]*分公司"
    r"|\b(?:филиал|обособленное подразделение|оп|представительство|(?:zweig)?niederlassung|zweigstelle|filiale)\b.*",
    re.IGNORECASE,
)
_SOLE_TRADER = re.compile(
    r"^\s*(?:индивидуальн\w+ предпринимател\w+|(?:ип|и\.п\.|пбоюл|чп|жк|глава кфх|фоп)(?=[\s.:\"«]))[\s.:]*"
    r"|[\s,(]+ип\)?\s*$",
    re.IGNORECASE,
)


class Organisation(NamedTuple):
    """A company's name taken apart.

    Attributes:
        core: folded name without legal form and branch, or None when nothing else was there.
        legal_form: canonical form ("ooo", "gmbh" …) or None.
        spelling: the legal form as it was written, lower case.
        telling: a word says that it is an organisation (bank, завод …).
        house: there is no name beside the form, or a stand-in (ООО «Тест»).
        shown: the name as it came, white space collapsed.
    """

    core: str | None
    legal_form: str | None
    spelling: str | None
    telling: bool
    house: bool
    shown: str


@lru_cache(maxsize=1 << 16)
def parse_organisation(text: str) -> Organisation:
    """Take the company name ``text`` apart; never raises."""
    plain, form, spelling = _region_first(text) if HAN.search(text) else text, None, None
    for han, canonical in _HAN_FORMS.items() if HAN.search(text) else ():
        if han in plain:
            plain, form, spelling = plain.replace(han, " "), canonical, han
            break
    found = _words_of(plain)
    if form is None:
        form, spelling, core = _without_form(_words_of(_BRANCH.sub(" ", plain)))
        form, spelling, found = (form, spelling, core) if form and core else _without_form(found)
    core = _without_form(_words_of(_BRANCH.sub(" ", plain)))[2] or found
    core = [word for word in core if word not in _IDLE] or core
    core = [piece for word in core for piece in _SPELLED.get(word, word).split()]
    telling = any(word in _telling() for word in found) or any(sign.search(text) for sign in (_HAN_TELLING, _HAN_TRADE))
    house = all(word in HOUSE for word in core)
    folded = " ".join(each for word in core if (each := fold_word(word))) or None
    return Organisation(folded, form, spelling, telling, house or not folded, " ".join(text.split()))


@cache
def _region() -> re.Pattern[str]:
    """A region of China, as a company's name has it."""
    text = (files("hub.normalize") / "data" / "chinese_regions.txt").read_text(encoding="utf-8")
    known = " ".join(line for line in text.splitlines() if not line.startswith("#")).split()
    names = "|".join(sorted(known, key=len, reverse=True))
    return re.compile(f"({names})(?:省|市|(?:维吾尔|壮族|回族)?自治区|特别行政区)?")


_PROPER = 4  # signs of a name that stands without its region: 上海汽车 is one name, as 北京汽车 is another


def _region_first(text: str) -> str:
    """A Chinese company's name with its region as a word of its own in front.

    A registered name is region, name proper, trade and form; the region is written with or without 市, in brackets, or left out
    (上海市华和贸易, 上海华和贸易, 华和（上海）贸易).
    """
    region = None
    for bracketed in re.finditer(r"[(（]([^()（）]+)[)）]", text):
        if told := _region().fullmatch(bracketed.group(1).strip()):
            region, text = told.group(1), text.replace(bracketed.group(), "")
    for _ in range(2):  # province and city
        told = _region().match(text)
        proper = _HAN_KINDS.sub("", text[told.end() :]) if told else ""
        if told is None or sum(map(len, HAN.findall(proper))) < _PROPER:
            break
        region, text = told.group(1), text[told.end() :]
    return text if region is None else f"{region} {text}"


def _words_of(text: str) -> list[str]:
    """Lower-case words in one script; dotted abbreviations (G.m.b.H., О.О.О.) count as one word."""
    text = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found.group()) + " ", text)
    return [unmix(word).lower().replace("ё", "е") for word in _WORD.findall(text)]


@cache
def _forms() -> dict[tuple[str, ...], str]:
    """Words of each spelling of a legal form → its canonical form."""
    text = (files("hub.normalize") / "data" / "legal_forms.txt").read_text(encoding="utf-8")
    found: dict[tuple[str, ...], str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            form, spellings = line.split(":", 1)
            for spelling in spellings.split(";"):
                found.setdefault(tuple(_words_of(spelling)), form)
    return found


@cache
def _telling() -> frozenset[str]:
    return word_list(_TELLING)


def _without_form(found: list[str]) -> tuple[str | None, str | None, list[str]]:
    """The longest legal form in ``found`` and how it was spelled, and the words without it."""
    for length in range(min(6, len(found)), 0, -1):
        for start in (len(found) - length, *range(len(found) - length)):
            spelling = tuple(found[start : start + length])
            form = _forms().get(spelling) or _spaced_form(spelling)
            if form and (start + length == len(found) or spelling[0] not in _ONLY_LAST):
                rest = found[:start] + found[start + length :]
                inner, _, shorter = _without_form(rest) if rest else (None, None, rest)
                return form, " ".join(spelling), shorter if inner else rest
    return None, None, found


def _spaced_form(spelling: tuple[str, ...]) -> str | None:
    """The form that single letters spell: N V, G m b H."""
    if len(spelling) < 2 or any(len(letter) > 1 for letter in spelling):
        return None
    return _forms().get(("".join(spelling),))


@cache
def organisation_words() -> frozenset[str]:
    """Lower-case words of which one stands in every text that may name an organisation."""
    return frozenset(word for spelling in _forms() for word in spelling if len(word) > 1) | _telling()


def organisation_in(text: str, stated: bool) -> Organisation | None:
    """The organisation that a *person's* name field holds, or None; ``stated``: something else says it is a company."""
    organisation = parse_organisation(text)
    if organisation.legal_form is None:
        return organisation if organisation.telling and stated else None
    if organisation.spelling in _FAINT and not stated and not organisation.telling:
        loud = not text.isupper() and (organisation.spelling or "").upper() in text
        return organisation if loud else None
    return organisation


def sole_trader(text: str) -> str | None:
    """The person's name in «ИП Иванов И.И.», or None when ``text`` names no sole trader."""
    found = _SOLE_TRADER.sub("", text, count=1)
    return found.strip(' "«»') if found != text else None
