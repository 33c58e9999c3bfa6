"""How dealers write people's names: left out, shortened, mistyped, transliterated, swapped."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hub.demo import lists
from hub.demo.randomness import Bools, Rng, Texts, chance, choose, texts
from hub.demo.records import Records
from hub.demo.shares import share
from hub.demo.spelling import mistyped_layout, romanize, slips
from hub.demo.traps import Traps

Parts = tuple[Texts, Texts, Texts]


def write(rng: Rng, records: Records, traps: Traps) -> Parts:
    """Surname, given name and patronymic of each record, ``None`` where missing; companies have none."""
    people, person, is_person = records.people, records.person, records.is_person
    last, first, middle = (choose(is_person, part[person]) for part in (people.last, people.first, people.middle))
    maiden = people.maiden[person]
    born = traps.draw(rng, "maiden_name", is_person & (maiden != None))  # noqa: E711
    last = np.where(born, maiden, last)
    foreign = _foreign(rng, records, traps, (last, first, middle))
    has_middle = is_person & (middle != None)  # noqa: E711
    middle[traps.draw(rng, "patronymic_missing", has_middle)] = None
    has_middle = is_person & (middle != None)  # noqa: E711
    _diminutives(rng, is_person & ~foreign, traps, first)
    short = traps.draw(rng, "initials", is_person & ~foreign)
    _typos(rng, traps, (last, first, middle), is_person, has_middle, short)
    _yo(rng, traps, (last, first, middle), is_person)
    first = _map(first, short, lambda name: name[0] + ".")
    middle = _map(middle, short & (middle != None), lambda name: name[0] + ".")  # noqa: E711
    cyrillic = is_person & ~foreign
    parts = _scripts(rng, traps, (last, first, middle), cyrillic)
    parts = _cases(rng, traps, parts, is_person)
    swapped = traps.draw(rng, "swapped", is_person)
    last, first, middle = parts
    return np.where(swapped, first, last), np.where(swapped, last, first), middle


def _foreign(rng: Rng, records: Records, traps: Traps, parts: Parts) -> Bools:
    """Foreigners in their own spelling; Chinese sometimes in Han characters, surname first. In place."""
    people, person, is_person = records.people, records.person, records.is_person
    (last, first, middle), origin = parts, people.origin[person]
    native = is_person & (people.native[person] != None)  # noqa: E711
    native = traps.draw(rng, "native_script", native)
    latin = traps.draw(rng, "latin_name", is_person & (origin > 0) & ~native)
    last[latin], first[latin] = people.latin_last[person][latin], people.latin_first[person][latin]
    middle[latin] = None
    for row in np.flatnonzero(native).tolist():
        whole = people.native[person[row]]
        cut = 2 if whole.startswith("欧阳") else 1
        last[row], first[row] = whole[:cut], whole[cut:]
    return latin | native


def _diminutives(rng: Rng, among: Bools, traps: Traps, first: Texts) -> None:
    short = {**lists.given("m").diminutives, **lists.given("f").diminutives}
    mask = chance(rng, len(first), share("diminutive")) & among
    pick = rng.integers(0, 6, len(first)).tolist()
    for row in np.flatnonzero(mask).tolist():
        known = short.get(first[row])
        if known:
            first[row] = known[pick[row] % len(known)]
        else:
            mask[row] = False
    traps.mark("diminutive", mask)


def _typos(rng: Rng, traps: Traps, parts: Parts, is_person: Bools, has_middle: Bools, short: Bools) -> None:
    """One slip in a part of the name; in place. Nothing to mistype in initials."""
    for part, name, among in zip(
        parts,
        ("typo_last", "typo_first", "typo_middle"),
        (is_person, is_person & ~short, has_middle & ~short),
        strict=True,
    ):
        rows = np.flatnonzero(chance(rng, len(part), share(name)) & among)
        before = part[rows]
        part[rows] = texts(slips(rng, before.tolist()))
        changed = np.zeros(len(part), dtype=bool)
        changed[rows] = part[rows] != before
        traps.mark(name, changed)


def _yo(rng: Rng, traps: Traps, parts: Parts, is_person: Bools) -> None:
    drops = chance(rng, len(is_person), share("yo_as_ye"))
    marked = np.zeros(len(is_person), dtype=bool)
    for part in parts:
        has = np.fromiter((bool(v) and ("ё" in v or "Ё" in v) for v in part), dtype=bool, count=len(part))
        has &= drops
        marked |= has
        part[has] = texts([v.replace("ё", "е").replace("Ё", "Е") for v in part[has]])
    traps.mark("yo_as_ye", marked)


def _scripts(rng: Rng, traps: Traps, parts: Parts, cyrillic: Bools) -> Parts:
    latin = traps.draw(rng, "transliterated", cyrillic)
    layout = traps.draw(rng, "wrong_layout", cyrillic & ~latin)
    manner = rng.integers(0, 3, len(latin))
    out = []
    for part in parts:
        for how in range(3):
            part = _map(part, latin & (manner == how), lambda name, how=how: romanize(name, how))  # type: ignore[misc]
        out.append(_map(part, layout, mistyped_layout))
    return out[0], out[1], out[2]


def _cases(rng: Rng, traps: Traps, parts: Parts, is_person: Bools) -> Parts:
    upper = traps.draw(rng, "upper_case", is_person)
    lower = traps.draw(rng, "lower_case", is_person & ~upper)
    last, first, middle = (_map(_map(part, upper, str.upper), lower, str.lower) for part in parts)
    return last, first, middle


def _map(values: Texts, mask: Bools, change: Callable[[str], str]) -> Texts:
    """``change`` applied to the values in ``mask`` that are present; a copy."""
    out = values.copy()
    rows = np.flatnonzero(mask & (values != None))  # noqa: E711
    out[rows] = texts([change(value) for value in values[rows]])
    return out
