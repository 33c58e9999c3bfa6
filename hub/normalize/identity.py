"""Who a record is about: person, company or house account, with the name that goes with it."""

from __future__ import annotations

from typing import NamedTuple

from hub.normalize.names import Name, parse_name
from hub.normalize.naming import split
from hub.normalize.organisations import Organisation, organisation_in, parse_organisation, sole_trader
from hub.normalize.patronymics import sex_told

NAMELESS = "nameless"  # neither name nor stand-in: contacts decide between person and house account


class Naming(NamedTuple):
    """The fields of a record that say who it is about. ``holder`` is what its tax id says: "person", "company" or None."""

    full: str | None
    last: str | None
    first: str | None
    middle: str | None
    company: str | None
    stated: str | None
    holder: str | None


class Identity(NamedTuple):
    """A record's kind, with the person's name or the organisation that decided it (never both as names)."""

    kind: str  # person, company, house, or NAMELESS
    name: Name
    organisation: Organisation | None = None
    contact: Name | None = None  # the person a company's record names beside it
    employer: Organisation | None = None  # the company a person's record names beside it


def identify(naming: Naming) -> Identity:
    """Decide the kind from legal forms, the tax id's holder, the words of the name, and at last from what is stated."""
    naming, trader = _sole_trader(naming)
    stated_company = naming.stated == "company" or naming.holder == "company"
    organisation, naming = _organisation(naming, stated_company)
    name = parse_name(naming.full, naming.last, naming.first, naming.middle)
    if organisation is None:
        return _without_organisation(naming, name, stated_company and not trader)
    if not trader and _is_company(naming, organisation, name):
        contact = name if name.tokens else None
        return Identity(
            "house" if organisation.house and not naming.holder else "company", Name(), organisation, contact
        )
    if not name.tokens:  # a person's name typed into the company's column
        name = parse_name(naming.company)
        return Identity(_kind_of(name), name)
    return Identity("person", name, employer=None if organisation.house else organisation)


def _sole_trader(naming: Naming) -> tuple[Naming, bool]:
    """«ИП Иванов И.И.» in any field names a person; the words ИП go."""
    found = {
        field: stripped
        for field in ("company", "full", "last")
        if (text := getattr(naming, field)) and (stripped := sole_trader(text)) is not None
    }
    if not found:
        return naming, False
    full = found.get("full", naming.full)
    last = found.get("last", naming.last)
    company = None if "company" in found else naming.company
    if "company" in found and not (full or last or naming.first):
        full = found["company"] or None
    return Naming(full, last, naming.first, naming.middle, company, "person", naming.holder), True


def _organisation(naming: Naming, stated: bool) -> tuple[Organisation | None, Naming]:
    """The organisation in the company's column, else in a name column, which is then no person's name."""
    if naming.company:
        organisation = parse_organisation(naming.company)
        if organisation.core or organisation.legal_form or organisation.house:
            return organisation, naming
    for text in (naming.full, naming.last, naming.first):
        hinted = text and (text.count(".") > 2 or any(each.organisation or each.han for each in split(text)))
        company = stated or bool(hinted and _nobody_in(naming, text))
        organisation_found = organisation_in(text, company) if text and hinted else None
        if text and organisation_found:
            emptied = Naming(None, None, None, None, text, "company", naming.holder)
            if text is naming.full and naming.last and naming.last not in text:
                emptied = Naming(None, naming.last, naming.first, naming.middle, text, "company", naming.holder)
            return organisation_found, emptied
    return None, naming


def _nobody_in(naming: Naming, text: str | None) -> bool:
    """``text`` is all that the record says of a name, and holds no known given name: Autohaus Schmidt, Почта России."""
    alone = sum(map(bool, (naming.full, naming.last, naming.first, naming.middle))) == 1
    return alone and naming.stated != "person" and naming.holder != "person" and not parse_name(text).certain


def _is_company(naming: Naming, organisation: Organisation, name: Name) -> bool:
    if naming.holder:
        return naming.holder == "company" or (organisation.legal_form is not None and not name.tokens)
    if organisation.house:
        return not name.tokens
    if name.certain and naming.stated == "person" and organisation.legal_form is None:
        return False
    if organisation.legal_form or organisation.telling:
        return True
    if naming.stated == "company":
        return bool(name.tokens) or not _whole_person(naming.company)
    if name.tokens:
        return False
    return "&" in (naming.company or "") or not parse_name(naming.company).certain


def _whole_person(text: str | None) -> bool:
    """Surname, known given name and patronymic, and nothing else: no company is called so, whatever is stated."""
    name = parse_name(text)
    return bool(name.given and name.last) and len(name.tokens) == 3 and sex_told(name.middle or "") is not None


def _without_organisation(naming: Naming, name: Name, company: bool) -> Identity:
    """Only name fields: a person, unless a company is stated and the name is nobody's given name."""
    if company and name.tokens and naming.holder != "person" and not (name.certain and naming.holder is None):
        text = naming.full or " ".join(filter(None, (naming.last, naming.first, naming.middle)))
        return Identity("company", Name(), parse_organisation(text))
    return Identity(_kind_of(name) if name.tokens or not naming.holder else NAMELESS, name)


def _kind_of(name: Name) -> str:
    if name.tokens:
        return "person"
    return "house" if name.house else NAMELESS
