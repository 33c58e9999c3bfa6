"""Postal addresses: postcode, city, street, house and flat, from separate columns or one line (RU, DE, EN; CN roughly)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import polars as pl

from hub.normalize import countries
from hub.normalize.folding import HAN, fold, fold_word

# Words before a number, and what the number then is.
_MARKERS = {
    "house": "дом д зд здание владение вл участок уч үй буд будинок house haus nr no №",
    "building": "корпус корп кор к блок bldg building",
    "structure": "строение стр соор с",
    "flat": "квартира кв офис оф помещение пом комната комн ком пәтер flat apartment apt unit suite wohnung whg #",
    "small": "подъезд под п-д этаж эт литера литер лит floor fl а/я room",
}
_ROLES = {marker: role for role, markers in _MARKERS.items() for marker in markers.split()}
_LETTER = "[а-яёa-z]"
# A letter belongs to the number (12а, 12 б), unless it announces a building: 12к2.
_NUMBER = (
    rf"\d+(?:{_LETTER}(?!{_LETTER})(?!(?<=[кс])\s*\d)|\s[абвгдa-h](?![а-яёa-z.]))?"
    rf"(?:\s?[/-]\s?\d+{_LETTER}?(?![^\W_])|/{_LETTER}(?![^\W_]))?"
)
_ALTERNATIVES = "|".join(sorted(map(re.escape, _ROLES), key=len, reverse=True))
_MARKED = re.compile(rf"(?<![^\s,.;\d(])({_ALTERNATIVES})(?![а-яёa-z])\.?\s*№?\s*({_NUMBER}|[а-д](?![^\W_]))")
_POSTCODE = re.compile(r"(?<!\d)(?:\d{6}|\d{5})(?!\d)|\b[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}\b")
_SETTLEMENT = re.compile(
    r"^\s*(?:город|гор|г|пгт|посёлок|поселок|пос|п|рп|село|с|деревня|дер|д|станица|ст-ца|хутор|х|қаласы|қ|місто|м|аг)"
    r"(?![^\W_])\.?\s*(?=\D)|\s+(?:город|г|қаласы|қ|city)\.?\s*$"
)
_REGION = re.compile(
    r"\b(?:обл|область|край|респ|республика|р-н|район|округ|ао|автономный|вобласць|облысы|ауданы|county|province|oblast|с/с)\b"
)
_STREET_TYPES = (
    "улица ул вул вуліца вулиця проспект пр-т пр-кт просп пр переулок пер шоссе ш площадь пл бульвар б-р бул набережная "
    "наб проезд пр-д тракт аллея тупик туп микрорайон мкр мкрн м-н мк-н квартал кв-л линия көшесі даңғылы дангылы "
    "street st road rd avenue ave av lane ln drive dr boulevard blvd square sq court ct close terrace way place "
    "str straße strasse weg platz allee gasse ring damm rue via calle снт днп праспект завулак"
)
_TYPES = "|".join(sorted(map(re.escape, _STREET_TYPES.split()), key=len, reverse=True))
_TYPE = re.compile(rf"(?<![^\s.,\d])(?:{_TYPES})(?:\.|(?=[\s,]|$))")
_GERMAN = re.compile(r"(?<=[a-zäöüß]{3})-?(?:stra(?:ß|ss)e|str)(?![^\W_])\.?")
_BARE = re.compile(rf"(?:№\s*)?({_NUMBER})")
_ENDS = re.compile(rf"(.*?\D)[\s.]\s*({_NUMBER})")
_BEGINS = re.compile(r"(\d+\s?[a-z]?(?:-\d+[a-z]?)?)\s+(?![-йя]|ая\b)(?=[^,]*[a-z])(\D.*)")
_WORDS = re.compile(r"[^\W_]+")
_ORDINAL = re.compile(r"(?<![^\W_])(\d+)-?(?:я|й|ая|ый|ой|е|ое|го|st|nd|rd|th)(?![^\W_])")
# What stands in front of a street's name, often short: 123 W 45th St, ул. Акад. Королёва
_IN_FULL = {
    "n": "north", "s": "south", "e": "east", "w": "west", "mt": "mount", "ft": "fort", "ак": "академика",
    "акад": "академика", "ген": "генерала", "марш": "маршала", "адм": "адмирала", "проф": "профессора",
}  # fmt: skip
_HAN_ADDRESS = re.compile(
    r"(?:(?P<region>[^市区县]{2,8}?(?:省|自治区))?(?P<city>[^省市区县]{2,8}?)市)?(?P<district>[^市区县]{1,8}?[区县])?"
    r"(?P<street>\D{1,12}?(?:路|街|道|巷|大街|大道))?(?:(?P<house>\d+(?:-\d+)?)[号號弄])?(?P<rest>.*)"
)


class Address(NamedTuple):
    """An address taken apart; all but ``shown_*`` folded; None where unknown."""

    postcode: str | None = None
    city: str | None = None
    street: str | None = None
    house: str | None = None
    flat: str | None = None
    shown_city: str | None = None


class _Segment(NamedTuple):
    """A piece between commas: its role (region, number, street, city, loose or ""), and all it may come to mean."""

    role: str
    street: str | None = None
    house: str | None = None
    city: str | None = None
    shown_city: str | None = None


@cache
def _city_names() -> dict[str, str]:
    text = (files("hub.normalize") / "data" / "cities.txt").read_text(encoding="utf-8")
    names: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            folded = [fold(name) or "" for name in line.split(",")]
            names.update(dict.fromkeys(folded, folded[0]))
    return names


@lru_cache(maxsize=1 << 16)
def fold_city(text: str) -> str | None:
    """Folded city without «г.», several names of one city brought to one."""
    folded = fold(_SETTLEMENT.sub("", text.lower()))
    return None if folded is None else _city_names().get(folded, folded)


def parse_postcode(text: str) -> str | None:
    """Lower case without spaces and hyphens; None for zeros or when nothing is left. A lost «.0» of a spreadsheet goes."""
    plain = re.sub("[^0-9a-z]", "", text.lower().removesuffix(".0"))
    return plain if len(set(plain)) > 1 else None


def postcodes(text: pl.Expr) -> pl.Expr:
    """`parse_postcode` over a column."""
    plain = text.str.to_lowercase().str.strip_suffix(".0").str.replace_all("[^0-9a-z]", "")
    return pl.when(plain.str.strip_chars(plain.str.slice(0, 1)) != "").then(plain)


def parse_address(address: str, city: str | None = None) -> Address:
    """What the line ``address`` holds; ``city`` is the city known from its own column, and wins. Never raises."""
    own_city = fold_city(city) if city else None
    found = _han(address) if HAN.search(address) else _line(address.lower(), own_city)
    return found._replace(city=own_city, shown_city=None) if own_city else found


def _line(text: str, own_city: str | None) -> Address:
    postcode = None
    code = _POSTCODE.search(text)
    if code:
        postcode, text = code.group(), f"{text[: code.start()]},{text[code.end() :]}"
    if "ү" in text or "ә" in text:  # Kazakh puts the word behind the number: 12 үй, 5 пәтер
        text = re.sub(r"(\d+\w?)[\s-]*(үй|пәтер)", r"\2 \1", text)
    marked: dict[str, str] = {}

    def take(found: re.Match[str]) -> str:
        role = _ROLES[found[1]]
        if role in marked or (role != "building" and not found[2][0].isdigit()):
            return found.group()
        marked[role] = found[2]
        return ","

    text = _MARKED.sub(take, text)
    street, house, flat, city, shown_city = _places(text, marked.get("house"), marked.get("flat"), own_city)
    for role in ("building", "structure"):
        if flat is None and (both := re.fullmatch(r"(\d+)\s?-\s?(\d+)", marked.get(role, ""))):
            marked[role], flat = both[1], both[2]  # 5к2-12
    extension = "".join(
        sign + (fold_word(marked[role]) or "")
        for role, sign in (("building", "k"), ("structure", "s"))
        if role in marked
    )
    if house and flat is None and (both := re.fullmatch(r"(\d+\s?[а-яёa-z]?)\s?-\s?(\d+)", house)):
        house, flat = both[1], both[2]  # 12-34 is house 12, flat 34
    return Address(
        postcode and postcode.replace(" ", ""), city, street, _number(house, extension), _number(flat), shown_city
    )


def _places(text: str, house: str | None, flat: str | None, own_city: str | None) -> tuple[str | None, ...]:
    """Street, house, flat, city and shown city from the segments between commas."""
    street = city = shown_city = leading = None
    loose: list[_Segment] = []
    for piece in text.replace(";", ",").split(","):
        segment = _segment(piece.strip(" .")) if piece else None
        if segment is None or segment.role in ("", "region"):
            continue
        if segment.role == "number":
            numbered = house is not None or (street is None and any(each.house for each in loose))
            if not numbered and (street or loose):
                house = segment.house
            elif not numbered:
                leading = leading or segment.house  # 10, rue de la Paix
            elif flat is None and numbered:
                flat = segment.house
        elif segment.role == "street" and street is None:
            street, house = segment.street, house or segment.house
            city, shown_city = (city, shown_city) if city else (segment.city, segment.shown_city)
        elif segment.role == "city" and city is None:
            city, shown_city = segment.city, segment.shown_city
        else:
            loose.append(segment)
    for segment in loose:
        if segment.city is None or segment.city in countries.WORDS or segment.city == own_city:
            continue
        if street is None and (segment.house or own_city or city or len(loose) == 1):
            street, house = segment.street, house or segment.house
        elif city is None and not segment.house:
            city, shown_city = segment.city, segment.shown_city
    return street, house or (leading if street else None), flat, city, shown_city


@lru_cache(maxsize=1 << 17)
def _segment(text: str) -> _Segment:
    if not text:
        return _Segment("")
    bare = _BARE.fullmatch(text)
    if bare:
        return _Segment("number", house=bare[1])
    if _REGION.search(text):
        return _Segment("region")
    typed = _TYPE.search(text)
    if typed or _GERMAN.search(text):
        before, rest = _city_before(text, typed)
        street, house = _street(rest)
        return _Segment("street", street, house, fold_city(before) if before else None, _titled(before))
    if _SETTLEMENT.search(text):
        return _Segment("city", city=fold_city(text), shown_city=_titled(text))
    street, house = _street(text)
    return _Segment("loose", street, house, fold_city(text), _titled(text))


def _titled(text: str) -> str | None:
    return _SETTLEMENT.sub("", text).strip().title() or None


def _city_before(text: str, typed: re.Match[str] | None) -> tuple[str, str]:
    """«москва ул ленина 5» without commas: the city in front of the street's type; "" where the type follows its name."""
    if typed is None or typed.start() == 0:
        return "", text
    before, behind = text[: typed.start()].strip(" ."), text[typed.end() :].strip(" .")
    named = re.search(r"[^\W\d_]{2,}", behind)
    return (before, text[typed.start() :]) if named and before and not before[0].isdigit() else ("", text)


def _street(text: str) -> tuple[str | None, str | None]:
    """Street folded without its type, and the house number in front of it or behind it."""
    plain = _GERMAN.sub(" ", text)
    house = None
    if found := _BEGINS.fullmatch(plain):
        house, plain = found[1], found[2]
    elif found := _ENDS.fullmatch(plain):
        plain, house = found[1], found[2]
    # «улица Набережная», «Ring 5»: a type may be all the name there is
    folded = _named(_TYPE.sub(" ", plain)) or _named(_TYPE.sub(" ", plain, count=1)) or _named(plain)
    return folded, house


def _named(text: str) -> str | None:
    """A street's name folded, numbers in front and words in full: Парковая 2-я is 2-я Парковая."""
    found = _WORDS.findall(_ORDINAL.sub(r"\1", text))
    if len(found) > 1:
        found = sorted((_IN_FULL.get(word, word) for word in found), key=lambda word: not word[0].isdigit())
    return " ".join(folded for word in found if (folded := fold_word(word))) or None


def _number(text: str | None, extension: str = "") -> str | None:
    if not text:
        return None
    plain = "".join(fold_word(piece) if piece.isalnum() else piece for piece in re.findall(r"[^\W_]+|/", text))
    return (plain.strip("/") + extension) or None


def _han(text: str) -> Address:
    """Chinese: 省 市 区 路 号 室, the largest unit in front."""
    code = _POSTCODE.search(text)
    found = _HAN_ADDRESS.match(re.sub(r"[\s,，]+", "", text.replace(code.group(), "") if code else text))
    if not found:
        return Address(code.group() if code else None)
    flat = re.search(r"(\d+)(?:室|房|户)", found["rest"] or "")
    street = fold(re.sub(r"(?:大街|大道|路|街|道|巷)$", "", found["street"] or ""))
    city = fold_city(found["city"]) if found["city"] else None
    return Address(
        code.group() if code else None, city, street, found["house"], flat[1] if flat else None, found["city"]
    )
