"""The true people of the demo: names, birth dates, phones, e-mails and addresses, before any dealer wrote them down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hub.demo import lists
from hub.demo.households import Households, settle
from hub.demo.identifiers import inn_of_person, ogrn
from hub.demo.places import Homes, homes
from hub.demo.randomness import Bools, Days, Ints, Rng, Texts, chance, choose, distinct, stream, texts, weighted
from hub.demo.shares import share
from hub.demo.spelling import romanize

ORIGINS = ("ru", "by", "kz", "de", "cn", "ex")
OPERATORS = np.array([*range(900, 940), 950, 951, 952, 953, *range(958, 970), *range(977, 990), 991, 992, 995, 996])
MAIL = texts(["mail.ru", "yandex.ru", "gmail.com", "bk.ru", "rambler.ru", "list.ru", "inbox.ru", "ya.ru", "icloud.com"])
MAIL_WEIGHTS = np.array([34, 28, 20, 5, 4, 4, 2, 2, 1.0])


@dataclass(frozen=True)
class People:
    """Columns of the true people, one entry a person; texts are ``None`` where the person has no such thing.

    ``last`` … are Cyrillic; ``latin_…`` a foreigner's own spelling, ``native_…`` in Han characters.
    ``maiden`` is the surname before marriage. ``phone`` … are E.164 digits. ``home`` and ``old_home`` index `homes`.
    """

    of: Households
    origin: Ints
    last: Texts
    first: Texts
    middle: Texts
    latin_last: Texts
    latin_first: Texts
    native: Texts
    maiden: Texts
    birth: Days
    phone: Texts
    second_phone: Texts
    old_phone: Texts
    email: Texts
    tax_id: Texts
    registration_no: Texts
    city: Ints
    homes: Homes
    home: Ints
    old_home: Ints

    def __len__(self) -> int:
        return len(self.last)


def populate(seed: int, people: int, city_weights: NDArray[np.float64]) -> People:
    """Draw ``people`` people whose households live in cities by ``city_weights`` (one a row of `lists.cities`)."""
    rng = stream(seed, "people")
    of = settle(rng, people)
    origin_of = weighted(rng, _origin_weights(), of.count)
    origin = origin_of[of.of]
    names = _names(rng, of, origin)
    city_of = weighted(rng, city_weights, of.count)
    city = city_of[of.of]
    birth = _births(rng, of)
    phone = _phones(rng, of, origin)
    spare = _mobiles(rng, 2 * people, low=500_000_000_0)
    email = _emails(stream(seed, "emails"), names, birth)
    trader = chance(rng, people, share("sole_trader"))
    inn, ogrnip = texts([None] * people), texts([None] * people)
    known = trader | chance(rng, people, 0.06)
    inn[known] = inn_of_person(rng, int(known.sum()))
    ogrnip[trader] = ogrn(rng, int(trader.sum()), sole_trader=True)
    where = homes(stream(seed, "homes"), np.concatenate([city_of, _next_city(rng, city)]))
    moved = chance(rng, people, share("moved"))
    old_home = np.where(moved, of.count + np.arange(people), of.of)
    last, first, middle, latin_last, latin_first, native, maiden = names
    return People(
        of=of,
        origin=origin,
        last=last,
        first=first,
        middle=middle,
        latin_last=latin_last,
        latin_first=latin_first,
        native=native,
        maiden=maiden,
        birth=birth,
        phone=phone,
        second_phone=choose(chance(rng, people, 0.3), spare[:people]),
        old_phone=spare[people:],
        email=email,
        tax_id=inn,
        registration_no=ogrnip,
        city=city,
        homes=where,
        home=of.of.copy(),
        old_home=old_home,
    )


def _origin_weights() -> NDArray[np.float64]:
    minor = [share(n) for n in ("belarusian", "kazakh", "german", "chinese", "expatriate")]
    return np.array([1.0 - sum(minor), *minor])


def _next_city(rng: Rng, city: Ints) -> Ints:
    """Where movers lived before: mostly the same city."""
    return np.where(chance(rng, len(city), 0.8), city, rng.integers(0, lists.cities().height, len(city)))


def _names(rng: Rng, of: Households, origin: Ints) -> tuple[Texts, ...]:
    """last, first, middle, latin last, latin first, native, maiden."""
    russian = lists.surnames()
    size = len(of.of)
    surname_of = weighted(rng, russian.weights, of.count)
    own = weighted(rng, russian.weights, size)
    male = of.sex == "m"
    wife = of.role == "wife"
    keeps = wife & chance(rng, size, share("own_surname"))
    index = np.where(keeps, own, surname_of[of.of])
    last = np.where(male, russian.male[index], russian.female[index])
    maiden = choose(wife & ~keeps, russian.female[own], None)
    first, middle = _given(rng, of)
    double = (origin == 0) & chance(rng, size, share("double_surname")) & ~male
    other = weighted(rng, russian.weights, size)
    last = np.where(double, last + "-" + russian.female[other], last)
    latin_last, latin_first, native = (texts([None] * size) for _ in range(3))
    for code in range(1, len(ORIGINS)):
        _foreign_names(rng, of, ORIGINS[code], origin == code, (last, first, middle, latin_last, latin_first, native))
    maiden[origin != 0] = None
    return last, first, middle, latin_last, latin_first, native, maiden


def _given(rng: Rng, of: Households) -> tuple[Texts, Texts]:
    """Given name and patronymic; the head is the father of the household's children."""
    men, women = lists.given("m"), lists.given("f")
    size = len(of.of)
    head = weighted(rng, men.weights, of.count)
    grandfather = weighted(rng, men.weights, of.count)
    grandfather = np.where(grandfather == head, (grandfather + 1) % len(men.names), grandfather)
    male = of.sex == "m"
    name_m, name_f = weighted(rng, men.weights, size), weighted(rng, women.weights, size)
    # siblings never share a given name: step on from the one before
    for names, table in ((name_m, men), (name_f, women)):
        again = (of.place > 0) & (np.roll(names, 1) == names) & (np.roll(of.of, 1) == of.of)
        names[again] = (names[again] + 1) % len(table.names)
    name_m = np.where(np.isin(of.role, ["head", "namesake"]), head[of.of], name_m)
    name_m = np.where(of.role == "grandfather", grandfather[of.of], name_m)
    child = of.generation == 1
    father = np.where(child, head[of.of], weighted(rng, men.weights, size))
    father = np.where(np.isin(of.role, ["head"]), grandfather[of.of], father)
    male_patronymics = texts([lists.patronymic(name, "m") for name in men.names])
    female_patronymics = texts([lists.patronymic(name, "f") for name in men.names])
    first = np.where(male, men.names[name_m], women.names[name_f])
    middle = np.where(male, male_patronymics[father], female_patronymics[father])
    return first, middle


def _foreign_names(rng: Rng, of: Households, origin: str, mask: Bools, columns: tuple[Texts, ...]) -> None:
    last, first, middle, latin_last, latin_first, native = columns
    rows = np.flatnonzero(mask)
    table = lists.foreign().filter(pl.col("origin") == origin)
    family = table.filter(pl.col("part") == "last").rows()
    pick = rng.integers(0, len(family), of.count)[of.of[rows]]
    male = of.sex[rows] == "m"
    given_draw = rng.integers(0, 1 << 20, of.count)
    father_draw = rng.integers(0, 1 << 20, of.count)
    by_sex = {sex: table.filter(pl.col("part") == sex).rows() for sex in "mf"}
    slavic = origin in ("by", "kz")
    for row, chosen, man in zip(rows.tolist(), pick.tolist(), male.tolist(), strict=True):
        home, place = int(of.of[row]), int(of.place[row])
        _, _, cyrillic, latin, han = family[chosen]
        last[row] = cyrillic if man or not slavic else lists.feminine(cyrillic)
        latin_last[row] = latin
        given = by_sex["m" if man else "f"]
        if given:  # siblings differ by their place; a namesake has the head's name
            at = int(given_draw[home]) + (0 if of.role[row] == "namesake" else place)
            _, _, first[row], latin_first[row], han_first = given[at % len(given)]
            native[row] = han + han_first if han and han_first else None
        else:
            latin_first[row] = romanize(first[row])
        if origin == "kz":
            at = int(given_draw[home]) + (0 if of.generation[row] == 1 else 1 + place + int(father_draw[home]) % 5)
            middle[row] = lists.patronymic(by_sex["m"][at % len(by_sex["m"])][2], "m" if man else "f")
        elif not slavic:
            middle[row] = None


def _births(rng: Rng, of: Households) -> Days:
    """Adults of three generations; twins share a day."""
    head_year = rng.integers(1952, 1996, of.count)
    has_child = np.zeros(of.count, dtype=bool)
    has_child[of.of[of.generation == 1]] = True
    head_year = np.where(has_child, 1950 + (head_year - 1952) * 30 // 44, head_year)
    gap = np.where(of.generation == 0, rng.integers(-6, 7, len(of.of)), rng.integers(21, 28, len(of.of)))
    twin = np.char.startswith(of.role.astype(str), "twin")
    gap = np.where(twin, 24, gap)
    gap = np.where(np.isin(of.role, ["head", "single_man", "single_woman"]), 0, gap)
    year = head_year[of.of] + np.where(of.generation == -1, -gap, gap)
    day = np.where(twin, rng.integers(0, 365, of.count)[of.of], rng.integers(0, 365, len(of.of)))
    return (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + day


def _phones(rng: Rng, of: Households, origin: Ints) -> Texts:
    """Each person's own mobile; namesakes share one, some wives and grandparents give a relative's."""
    size = len(of.of)
    phone = _mobiles(rng, size)
    abroad = ((origin == 1) | (origin == 2)) & chance(rng, size, 0.4)
    numbers = distinct(rng, 0, 10_000_000, size)
    for code, prefixes in ((1, ("37529", "37533", "37544")), (2, ("7701", "7705", "7777"))):
        for row in np.flatnonzero(abroad & (origin == code)).tolist():
            phone[row] = f"{prefixes[row % 3]}{numbers[row] % 10_000_000:07d}"
    first_of = np.zeros(of.count, dtype=np.int64)
    first_of[of.of[::-1]] = np.arange(size)[::-1]
    shared = (of.role == "namesake") | ((of.role == "wife") & chance(rng, size, share("phone_of_spouse")))
    shared |= (of.generation == -1) & chance(rng, size, share("phone_of_child"))
    return np.where(shared, phone[first_of[of.of]], phone)


def _mobiles(rng: Rng, size: int, low: int = 0) -> Texts:
    """Different Russian mobiles; ``low`` keeps series apart."""
    numbers = distinct(rng, 0, len(OPERATORS) * 5_000_000, size)
    half = 5_000_000 if low else 0
    prefix = OPERATORS[numbers // 5_000_000].tolist()
    rest = (numbers % 5_000_000 + half).tolist()
    return texts([f"7{p}{n:07d}" for p, n in zip(prefix, rest, strict=True)])


def _emails(rng: Rng, names: tuple[Texts, ...], birth: Days) -> Texts:
    """An e-mail for some: surname in Latin letters, a number that makes it unique, a mail host."""
    last = names[0]
    size = len(last)
    has = np.flatnonzero(chance(rng, size, share("email")))
    hosts = MAIL[weighted(rng, MAIL_WEIGHTS, len(has))]
    email = texts([None] * size)
    distinct_names = {name: romanize(name).lower().replace(" ", "").replace("'", "") for name in set(last[has])}
    numbers = distinct(rng, 10, max(20_000, size * 12), len(has))
    email[has] = [
        f"{distinct_names[last[row]]}{number}@{host}" for row, number, host in zip(has, numbers, hosts, strict=True)
    ]
    return email
