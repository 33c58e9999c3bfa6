"""The policy: which rules decide whose prospect somebody is, in which order and with which terms. Versioned data.

A policy is YAML. What it says holds for all brands and purposes; ``for:`` lists exceptions, later ones over earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from hub.dealers.documents import parse_yaml
from hub.dealers.franchises import PURPOSES
from hub.errors import Invalid

START_POLICY = files("hub.prospects") / "policies" / "start.yml"
HOUR = 3_600_000_000  # microseconds, the unit of all times and durations of this room
DAY = 24 * HOUR
_UNITS = {"h": HOUR, "d": DAY, "y": 365 * DAY}

RULES: dict[str, str] = {  # every rule by name, with what it says when it names nobody
    "legal_stop": "no erasure, and no objection to processing, is in force",
    "customer_choice": "the customer has chosen no dealer",
    "ruling": "head office has not ruled on this prospect",
    "open_contract": "no contract or order with deposit is open",
    "protected_claim": "no claim with proven two-way contact is live",
    "last_seller": "nobody sold or serviced a car here within the term",
    "allocation": "head office has allocated this prospect to nobody",
    "only_claim": "there is not just one live claim",
    "territory": "the address is unknown, or lies nowhere near a claimant",
    "head_office": "nothing is left to decide by",
}
DURATIONS = {
    "claims": ("provisional", "protected", "silence", "longest"),
    "holds": ("choice", "ruling", "contract", "last_seller", "last_servicer", "allocation"),
}
LEAST_QUOTA = 20  # leads a day; a lower quota would bite honest dealers, and days below it are not counted
FIRST_LOADS = ("hub", "dealer", "none")


@dataclass(frozen=True)
class Terms:
    """What holds for one brand and purpose; durations in microseconds.

    Attributes:
        provisional, protected, silence, longest: lives of claims.
        choice, ruling, contract, last_seller, last_servicer, allocation: how long other grounds hold.
        rules: names of `RULES`, the first that names a dealer decides.
    """

    provisional: int
    protected: int
    silence: int
    longest: int
    choice: int
    ruling: int
    contract: int
    last_seller: int
    last_servicer: int
    allocation: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Departure:
    """Terms for a brand, a purpose, or both; None: any."""

    brand: str | None
    purpose: str | None
    changes: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Policy:
    """A version of the policy.

    Attributes:
        terms: for all brands and purposes.
        exceptions: what differs for some; later ones win.
        tolerance: microseconds by which a dealer's date may precede the hub's first sight of the row.
        first_load: whose first day's rows are believed as stated: ``hub``, ``dealer``, ``none``.
        no_answer: outcomes of contacts, lower-case, that prove no contact.
        unproven_a_day: leads of one dealer first seen on one day from which proof is asked of each.
        empty_contacts: contacts without an answer from which a lead counts as kept alive by them.
        body: the YAML as it was installed.
    """

    version: str
    terms: Terms
    exceptions: tuple[Departure, ...]
    tolerance: int
    first_load: str
    no_answer: tuple[str, ...]
    unproven_a_day: int
    empty_contacts: int
    body: str

    def terms_for(self, brand: str, purpose: str) -> Terms:
        """The terms for a brand (lower-case) and purpose."""
        found = self.terms
        for item in self.exceptions:
            if item.brand in (None, brand) and item.purpose in (None, purpose):
                found = replace(found, **dict(item.changes))
        return found


@cache
def start_policy() -> Policy:
    """The policy that ships with the hub."""
    return load(START_POLICY.read_text(encoding="utf-8"), START_POLICY.name)


def load(text: str, name: str = "policy") -> Policy:
    """Read and check a policy.

    What it leaves out is as in the policy that ships with the hub.

    Raises:
        Invalid: naming file, key and cure.
    """
    given = parse_yaml(text, name)
    start = parse_yaml(START_POLICY.read_text(encoding="utf-8"), START_POLICY.name)
    _known(given, ("version", *(key for key in start if key != "version"), "for"), name)
    version = given.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"[\w.-]{1,64}", version):
        raise Invalid(f"{name}: version: give the policy a name of letters, digits, '.', '-' and '_'.")
    for key in ("belief", "claims", "holds", "quota"):
        section = given.get(key, {})
        if not isinstance(section, dict):
            raise Invalid(f"{name}: {key}: must be a mapping, as in the policy that ships with the hub.")
        _known(section, start[key], f"{name}: {key}")
        start[key] = start[key] | section
    values = _changes(start, ("claims", "holds"), name) | {"rules": _rules(given.get("rules", start["rules"]), name)}
    first_load = start["belief"]["first_load"]
    if first_load not in FIRST_LOADS:
        raise Invalid(f"{name}: belief.first_load: {first_load!r} is not one of {', '.join(FIRST_LOADS)}.")
    return Policy(
        version,
        _checked(Terms(**values), name),
        tuple(_exceptions(given.get("for") or [], Terms(**values), name)),
        _duration(start["belief"]["tolerance"], f"{name}: belief.tolerance"),
        first_load,
        _words(start["claims"]["no_answer"], f"{name}: claims.no_answer"),
        _number(start["quota"]["unproven_a_day"], LEAST_QUOTA, f"{name}: quota.unproven_a_day"),
        _number(start["quota"]["empty_contacts"], 1, f"{name}: quota.empty_contacts"),
        text,
    )


def _exceptions(listed: Any, terms: Terms, name: str) -> Iterable[Departure]:
    if not isinstance(listed, list):
        raise Invalid(f"{name}: for: must be a list such as `- {{brand: Mazda, claims: {{protected: 60d}}}}`.")
    for number, item in enumerate(listed, 1):
        place = f"{name}: for[{number}]"
        if not isinstance(item, dict):
            raise Invalid(f"{place}: must be a mapping with brand, purpose, or both.")
        _known(item, ("brand", "purpose", "claims", "holds", "rules"), place)
        brand, purpose = item.get("brand"), item.get("purpose")
        if brand is None and purpose is None:
            raise Invalid(f"{place}: names neither brand nor purpose; say which prospects it is for.")
        if purpose is not None and purpose not in PURPOSES:
            raise Invalid(f"{place}.purpose: {purpose!r} is not one of {', '.join(PURPOSES)}.")
        changes: dict[str, Any] = {}
        for key in ("claims", "holds"):
            section = item.get(key) or {}
            _known(section, DURATIONS[key], f"{place}.{key}")
            changes |= {word: _duration(value, f"{place}.{key}.{word}") for word, value in section.items()}
        if item.get("rules") is not None:
            changes["rules"] = _rules(item["rules"], place)
        _checked(replace(terms, **changes), place)
        yield Departure(" ".join(str(brand).lower().split()) if brand else None, purpose, tuple(changes.items()))


def _changes(body: Mapping[str, Any], sections: Iterable[str], name: str) -> dict[str, Any]:
    return {
        word: _duration(body[key][word], f"{name}: {key}.{word}") for key in sections for word in DURATIONS[key]
    }  # fmt: skip


def _rules(listed: Any, name: str) -> tuple[str, ...]:
    if not isinstance(listed, list) or not listed:
        raise Invalid(f"{name}: rules: must be a list of rules; known are {', '.join(RULES)}.")
    for rule in listed:
        if rule not in RULES:
            near = get_close_matches(str(rule), RULES, 1)
            cure = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(RULES)}."
            raise Invalid(f"{name}: rules: unknown rule {rule!r}; {cure}")
    if len(set(listed)) < len(listed):
        raise Invalid(f"{name}: rules: a rule is listed twice; keep the first.")
    if listed[0] != "legal_stop":
        raise Invalid(f"{name}: rules: legal_stop must come first: what the law forbids, no rule grants.")
    if listed[-1] != "head_office":
        raise Invalid(f"{name}: rules: head_office must come last: a person decides what is left.")
    return tuple(listed)


def _checked(terms: Terms, name: str) -> Terms:
    if terms.protected > terms.longest:
        raise Invalid(f"{name}: claims.protected is longer than claims.longest; shorten it.")
    if terms.silence > terms.protected:
        raise Invalid(f"{name}: claims.silence is longer than claims.protected, so it would never act; shorten it.")
    return terms


def _known(body: Any, keys: Iterable[str], place: str) -> None:
    if not isinstance(body, dict):
        raise Invalid(f"{place}: must be a mapping.")
    known = list(keys)
    for key in body:
        if key not in known:
            near = get_close_matches(key, known, 1)
            cure = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
            raise Invalid(f"{place}: unknown key {key!r}; {cure}")


def _duration(value: Any, place: str) -> int:
    match = re.fullmatch(r"([0-9]{1,5})\s*([hdy])", str(value).strip())
    if not match:
        raise Invalid(f"{place}: {value!r} is no duration; write hours, days or years: 72h, 90d, 5y.")
    return int(match[1]) * _UNITS[match[2]]


def _number(value: Any, least: int, place: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", str(value)) or int(value) < least:
        raise Invalid(f"{place}: {value!r} is no whole number of {least} or more.")
    return int(value)


def _words(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Invalid(f"{place}: must be a list of words.")
    return tuple(" ".join(str(word).lower().split()) for word in value)


def duration_text(microseconds: int) -> str:
    """A duration as people say it: ``72 hours``, ``90 days``, ``5 years``."""
    for unit, size in (("year", 365 * DAY), ("day", DAY), ("hour", HOUR)):
        if microseconds % size == 0 and (unit != "day" or microseconds >= 5 * DAY or microseconds == DAY):
            count = microseconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{microseconds / HOUR:g} hours"


TERM_NAMES = tuple(item.name for item in fields(Terms) if item.name != "rules")
