"""Organisations: legal form in one spelling over languages, and the name without it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from hub.normalize.folding import HAN, fold_word
from hub.normalize.words import HOUSE, word_list

# canonical form: its spellings, `;` between them. LLC is how a Russian ООО writes itself in English, LLP a Kazakh ТОО,
# JSC an АО: so they share a form. Spellings are compared as folded words.
_FORMS = {
    "ooo": "ооо; общество с ограниченной ответственностью; ooo; llc; l l c; limited liability company; тов; "
    "товариство з обмеженою відповідальністю; осоо",
    "ao": "ао; акционерное общество; jsc; ao; joint stock company; непубличное акционерное общество; нао",
    "pao": "пао; публичное акционерное общество; pjsc; pao",
    "oao": "оао; открытое акционерное общество; ojsc; oao",
    "zao": "зао; закрытое акционерное общество; cjsc; zao; фзао",
    "too": "тоо; товарищество с ограниченной ответственностью; жшс; жауапкершілігі шектеулі серіктестік; too; llp",
    "odo": "одо; общество с дополнительной ответственностью; odo",
    "chup": "чуп; частное унитарное предприятие; чтуп; чпуп; частное торговое унитарное предприятие; chup; уп; "
    "унитарное предприятие; чсуп",
    "gup": "гуп; государственное унитарное предприятие; ргп; кгп",
    "mup": "муп; муниципальное унитарное предприятие",
    "fgup": "фгуп; федеральное государственное унитарное предприятие; фгбу; фгку; фгбоу; фку",
    "gu": "гу; гбу; мбу; мку; гку; государственное учреждение; гбуз; муниципальное бюджетное учреждение; мбоу; гу рб",
    "ano": "ано; автономная некоммерческая организация; нко; некоммерческая организация; нп; фонд",
    "kfh": "кфх; крестьянское фермерское хозяйство; спк; снт; тсж; тсн; гск",
    "gmbh": "gmbh; gesellschaft mit beschränkter haftung; гмбх; g m b h; mbh; ggmbh",
    "gmbh kg": "gmbh co kg; gmbh & co kg; gmbh und co kg; gmbh co kgaa; gmbh co ohg",
    "ug": "ug; ug haftungsbeschränkt; unternehmergesellschaft",
    "ag": "ag; aktiengesellschaft; a g",
    "kg": "kg; kommanditgesellschaft",
    "ohg": "ohg; offene handelsgesellschaft",
    "gbr": "gbr; gesellschaft bürgerlichen rechts",
    "ev": "e v; ev; eingetragener verein",
    "ek": "e k; ek; e kfm; e kfr",
    "se": "se",
    "ltd": "ltd; limited; co ltd; company limited; private limited; pvt ltd; pty ltd; 有限公司; 有限责任公司; лтд; co limited",
    "cn ag": "股份有限公司; 股份公司",
    "plc": "plc; public limited company",
    "inc": "inc; incorporated; corp; corporation; инк; корп",
    "llp": "limited liability partnership; lp; limited partnership",
    "sa": "sa; s a; société anonyme; sociedad anónima",
    "sarl": "sarl; s a r l",
    "sas": "sas",
    "srl": "srl; s r l",
    "spa": "spa; s p a",
    "bv": "bv; b v",
    "nv": "nv; n v",
    "ab": "ab; aktiebolag",
    "as": "a s; aps",
    "oy": "oy; oyj",
    "spzoo": "sp z o o; spzoo; sp zoo",
    "doo": "doo; d o o",
    "ou": "oü; osaühing",
    "sia": "sia",
    "uab": "uab",
}
# Spellings that are also a name's particle, initial or word: they count only at the end of the name, never in front.
_ONLY_LAST = word_list("sa se ab as a s ag kg nv bv ev ek lp inc ltd llc spa sas too oy n v b v s a a g e v e k")
# Words that make a name a company's although no legal form stands by it.
_TELLING = (
    "банк bank лизинг leasing компания company фирма холдинг holding группа завод комбинат фабрика предприятие "
    "организация администрация министерство департамент управление университет university институт школа больница "
    "поликлиника автосервис автоцентр автопарк таксопарк такси логистик логистика logistics транс trans trading строй "
    "стройсервис агентство учреждение кооператив ассоциация представительство филиал branch gruppe autohaus werkstatt verein "
    "solutions services consulting industries enterprises motors autos international 公司 集团 银行"
)
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"[«\"„“]([^«»\"„“”]{2,})[»\"“”]")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}(?:[^\W\d_]\b)?")
_HAN_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "股份公司")
_BRANCH = re.compile(
    r"\(.*?\)|\b(?:филиал|обособленное подразделение|оп|представительство|niederlassung|zweigstelle)\b.*", re.I
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A company's name taken apart.

    Attributes:
        core: folded name without legal form and branch, or None when nothing else was there.
        legal_form: canonical form ("ooo", "gmbh" …) or None.
        telling: a word says that it is an organisation (bank, завод …).
        house: the name is a stand-in (ООО «Тест»).
        shown: trimmed, quotes of one kind removed from outside only.
    """

    core: str | None
    legal_form: str | None
    telling: bool
    house: bool
    shown: str


def _words_of(text: str) -> list[str]:
    """Folded words; dotted abbreviations (G.m.b.H., О.О.О.) count as one word."""
    text = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found.group()) + " ", text)
    return [folded for word in _WORD.findall(text) if (folded := fold_word(word))]


@cache
def _spellings() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for form, spellings in _FORMS.items():
        for spelling in spellings.split(";"):
            found.setdefault(tuple(fold_word(word) for word in _WORD.findall(spelling)), form)
    return found


@cache
def _telling() -> frozenset[str]:
    return frozenset(fold_word(word) for word in _TELLING.split())


@lru_cache(maxsize=1 << 16)
def parse_organisation(text: str) -> Organisation:
    """Take the company name ``text`` apart; never raises."""
    shown = " ".join(text.split())
    form, plain = _without_han_form(text)
    found = _words_of(plain)
    if form is None:
        form, found = _without_form(found)
    core = _without_form(_words_of(_BRANCH.sub(" ", plain)))[1] or found
    lower = _WORD.findall(text.lower().replace("ё", "е"))
    telling = any(word in _telling() for word in found) or any(word in text for word in ("公司", "集团", "银行"))
    names = [word for word in lower if (fold_word(word),) not in _spellings()]
    house = bool(names) and all(word in HOUSE for word in names)
    return Organisation(" ".join(core) or None, form, telling, house or not (core or form), shown)


def _without_han_form(text: str) -> tuple[str | None, str]:
    if HAN.search(text):
        for form in _HAN_FORMS:
            if form in text:
                return ("cn ag" if form.startswith("股份") else "ltd"), text.replace(form, " ")
    return None, text


def _without_form(found: list[str]) -> tuple[str | None, list[str]]:
    """The longest legal form in ``found`` (in front, at the end, or within where it cannot be a name's word)."""
    for length in range(min(6, len(found)), 0, -1):
        for start in (len(found) - length, *range(len(found) - length)):
            form = _spellings().get(tuple(found[start : start + length]))
            at_end = start + length == len(found)
            if form and (at_end or (length > 1 and found[start] not in _ONLY_LAST) or found[start] not in _ONLY_LAST):
                rest = found[:start] + found[start + length :]
                inner, rest_without = (None, rest) if not rest else _without_form(rest)
                return form, rest_without if inner else rest
    return None, found


@cache
def organisation_words() -> frozenset[str]:
    """Lower-case words of which one stands in every text that may name an organisation."""
    forms = {word.lower() for spellings in _FORMS.values() for word in _WORD.findall(spellings)}
    return frozenset(forms | set(_TELLING.split())) - word_list("s a g m b h p l r o o z d v n e k co с без and und")


def organisation_in(text: str, stated: bool) -> Organisation | None:
    """The organisation that a *person's* name field holds, or None. A two-letter form (SA, AG) is a word of many names:
    it counts only in capitals within mixed case, or when something else (``stated``) says that this is a company."""
    organisation = parse_organisation(text)
    if organisation.legal_form in _FAINT and not stated:
        loud = not text.isupper() and any(word.isupper() and len(word) == 2 for word in _WORD.findall(text))
        return organisation if loud or organisation.telling else None
    return organisation if organisation.legal_form or (organisation.telling and stated) else None


_FAINT = word_list("sa se as ab ag kg nv bv ev ek ug ou oy sia gu")
_SOLE_TRADER = re.compile(
    r"^\s*(?:индивидуальн\w+ предпринимател\w+|(?:ип|и\.п\.|пбоюл|чп|жк|глава кфх|фоп)(?=[\s.:\"«]))[\s.:]*|[\s,(]+ип\)?\s*$",
    re.I,
)


def sole_trader(text: str) -> str | None:
    """The person's name in «ИП Иванов И.И.», or None when ``text`` names no sole trader."""
    found = _SOLE_TRADER.sub("", text, count=1)
    return found.strip(' "«»') if found != text else None
