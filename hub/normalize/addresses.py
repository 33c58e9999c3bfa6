"""Postal addresses: postcode, city, street, house and flat, from separate columns or one line (RU, DE, EN; CN roughly)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from hub.normalize import countries
from hub.normalize.folding import HAN, fold, fold_word

_NUMBER = r"(\d+\s?(?:[а-яёa-z](?![а-яёa-z]))?(?:\s?[/-]\s?\d*[а-яёa-z]?(?![а-яёa-z0-9]))?)"
_START = r"(?:(?<=[\s,.;])|^|(?<=\d))"
_HOUSE = re.compile(
    rf"{_START}(?:дом|д|зд|здание|владение|вл|участок|уч|үй|буд|будинок|house|haus|nr|no)\b\.?\s*№?\s*{_NUMBER}"
)
_BUILDING = re.compile(r"(?:корпус|корп|кор|к|блок|bldg|building)\b\.?\s*№?\s*(\d+[а-яa-z]?(?![а-яёa-z])|[а-г]\b)")
_STRUCTURE = re.compile(r"(?:строение|стр|соор|с)\b\.?\s*(\d+[а-яa-z]?)\b")
_FLAT = re.compile(
    rf"{_START}(?:квартира|кв|офис|оф|помещение|пом|комната|комн|ком|пәтер|flat|apartment|apt|unit|suite|wohnung|whg|#)\b"
    r"\.?\s*№?\s*(\d+\s?[а-яёa-z]?(?![а-яёa-z]))"
)
_GLUED = re.compile(r"(\d+[а-яa-z]?)\s?(корпус|корп|кор|к|стр|с)\.?\s?(\d+)(?!\d)")
_SMALL = re.compile(rf"{_START}(?:подъезд|под|этаж|эт|литера?|лит|floor|fl|а/я)\b\.?\s*\d*\w?(?!\w)")
_POSTCODE = re.compile(r"(?<!\d)(\d{6})(?!\d)|(?<!\d)(\d{5})(?!\d)|\b([a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2})\b")
_CITY = re.compile(
    r"^\s*(?:г|гор|город|пгт|пос|посёлок|поселок|п|рп|село|с|деревня|дер|станица|ст-ца|хутор|х|қ|қаласы|м|місто|аг)\b\.?\s*(?=\D)"
    r"|\s+(?:г|город|қаласы|city)\.?\s*$"
)
_REGION = re.compile(
    r"\b(?:обл|область|край|респ|республика|р-н|район|округ|ао|автономный|вобласць|облысы|ауданы|county|province|oblast|с/с)\b"
)
_STREET_TYPES = (
    "улица ул вул вуліца вулиця проспект пр-т пр-кт просп пр переулок пер шоссе ш площадь пл бульвар б-р бул набережная "
    "наб проезд пр-д тракт аллея тупик туп микрорайон мкр мкрн м-н мк-н квартал кв-л линия көшесі даңғылы дангылы "
    "street st road rd avenue ave av lane ln drive dr boulevard blvd square sq court ct close terrace way place "
    "str straße strasse weg platz allee gasse ring damm rue via calle snt снт днп"
)
_TYPES = frozenset(_STREET_TYPES.split())
_TYPE = re.compile(
    r"(?:^|(?<=[\s.,\d]))(?:" + "|".join(sorted(map(re.escape, _TYPES), key=len, reverse=True)) + r")(?:\.|(?=[\s,]|$))"
)
_GERMAN = re.compile(r"(?<=[a-zäöüß]{3})(?:stra(?:ß|ss)e|str)\b\.?|(?<=[a-zäöüß]{3})-(?:stra(?:ß|ss)e|str)\b\.?")
_WORDS = re.compile(r"[^\W_]+")
_BARE = re.compile(rf"^(?:№\s*)?{_NUMBER}$")
_ENDS = re.compile(rf"^(.*?\D)[\s.]\s*{_NUMBER}$")
_BEGINS = re.compile(r"^(\d+\s?[a-z]?(?:-\d+[a-z]?)?)\s+(\D.*)$")
_HAN_ADDRESS = re.compile(
    r"(?:(?P<region>[^市区县]{2,8}?(?:省|自治区))?(?P<city>[^省市区县]{2,8}?)市)?(?P<district>[^市区县]{1,8}?[区县])?"
    r"(?P<street>\D{1,12}?(?:路|街|道|巷|大街|大道))?(?:(?P<house>\d+(?:-\d+)?)[号號弄])?(?P<rest>.*)"
)
_CITY_NAMES = {
    "moskou": "moskva",
    "moskov": "moskva",
    "moskau": "moskva",
    "msk": "moskva",
    "moskva gorod": "moskva",
    "mosku": "moskva",
    "spb": "sankt peterburg",
    "sankt peterburg gorod": "sankt peterburg",
    "piter": "sankt peterburg",
    "st petersburg": "sankt peterburg",
    "saint petersburg": "sankt peterburg",
    "s peterburg": "sankt peterburg",
    "peterburg": "sankt peterburg",
    "leningrad": "sankt peterburg",
    "ekb": "ekaterinburg",
    "eburg": "ekaterinburg",
    "nsk": "novosibirsk",
    "n novgorod": "nizhni novgorod",
    "nn": "nizhni novgorod",
    "rostov": "rostov na donu",
    "rnd": "rostov na donu",
    "alma ata": "almati",
    "nur sultan": "astana",
    "nursultan": "astana",
    "tselinograd": "astana",
    "peking": "beiing",
    "pekin": "beiing",
    "shanhai": "shanghai",
    "shangai": "shanghai",
    "munchen": "munhen",
    "munich": "munhen",
    "munik": "munhen",
    "miunhen": "munhen",
    "keln": "koln",
    "cologne": "koln",
    "kologne": "koln",
    "kiev": "kiiv",
    "mensk": "minsk",
    "vena": "vin",
    "vienna": "vin",
    "viena": "vin",
}


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; all but ``shown_*`` folded; None where unknown."""

    postcode: str | None = None
    city: str | None = None
    street: str | None = None
    house: str | None = None
    flat: str | None = None
    shown_address: str | None = None
    shown_city: str | None = None


@lru_cache(maxsize=1 << 16)
def fold_city(text: str) -> str | None:
    """Folded city without «г.», frequent other names brought to one."""
    folded = fold(_CITY.sub("", text.lower()))
    return None if folded is None else _CITY_NAMES.get(folded, folded)


def parse_postcode(text: str) -> str | None:
    """Lower case without spaces and hyphens; None for zeros or when nothing is left. A lost «.0» of a spreadsheet goes."""
    plain = re.sub(r"[^0-9a-z]", "", text.strip().lower().removesuffix(".0"))
    return plain if plain and len(set(plain)) > 1 else None


def parse_address(address: str | None, city: str | None, postcode: str | None) -> Address:
    """What the address columns say together; columns win over what the line holds. Never raises."""
    own_city = fold_city(city) if city else None
    own_code = parse_postcode(postcode) if postcode else None
    shown_city = _shown(city)
    if not address:
        return Address(own_code, own_city, shown_city=shown_city)
    found = _han(address) if HAN.search(address) else _line(address.lower(), own_city)
    return Address(
        own_code or found.postcode,
        own_city or found.city,
        found.street,
        found.house,
        found.flat,
        _shown(address),
        shown_city or found.shown_city,
    )


def _shown(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _take(pattern: re.Pattern[str], text: str, mark: str = " ") -> tuple[str | None, str]:
    """The pattern's first group and the text without the match."""
    found = pattern.search(text)
    if not found:
        return None, text
    value = next((group for group in found.groups() if group), None)
    return value, text[: found.start()] + mark + text[found.end() :]


def _line(text: str, own_city: str | None) -> Address:
    postcode, text = _take(_POSTCODE, text, " , " if "," not in text else " ")
    flat, text = _take(_FLAT, text, ",")
    text = _SMALL.sub(" ", text)
    house, text, extension = _house(text)
    street: str | None = None
    city = shown_city = None
    loose: list[str] = []
    for segment in text.replace(";", ",").split(","):
        segment = segment.strip(" .")
        if not segment or _REGION.search(segment):
            continue
        if _BARE.match(segment):
            if house is None and (street or loose):
                house = segment
            elif flat is None and house is not None:
                flat = segment
        elif street is None and (_TYPE.search(segment) or _GERMAN.search(segment)):
            street, house, flat = _street(segment, house, flat)
        elif city is None and _CITY.search(segment):
            city, shown_city = fold_city(segment), _CITY.sub("", segment).strip().title()
        else:
            loose.append(segment)
    for segment in loose:
        folded = fold_city(segment)
        if folded is None or folded in countries.WORDS or folded == own_city:
            continue
        numbered = any(letter.isdigit() for letter in segment)
        if street is None and (numbered or own_city or city or len(loose) == 1):
            street, house, flat = _street(segment, house, flat)
        elif city is None and not numbered:
            city, shown_city = folded, segment.title()
    number, flat = _split_house(house, flat)
    return Address(
        postcode and postcode.replace(" ", ""),
        city,
        street,
        _number(number, extension),
        _number(flat),
        None,
        shown_city,
    )


def _house(text: str) -> tuple[str | None, str, str]:
    """House number said as such, the rest of the text, and the folded building (корп. 2, стр. 1)."""
    extension = ""
    glued = _GLUED.search(text)
    if glued:
        kind = "s" if glued[2] in ("с", "стр") else "k"
        extension = kind + glued[3]
        text = text[: glued.start()] + glued[1] + "," + text[glued.end() :]
    house, text = _take(_HOUSE, text, ",")
    if not extension and any(letter.isdigit() for letter in text):
        building, text = _take(_BUILDING, text, ",")
        structure, text = _take(_STRUCTURE, text, ",")
        extension = (f"k{fold_word(building)}" if building else "") + (f"s{fold_word(structure)}" if structure else "")
    return house, text, extension


def _street(segment: str, house: str | None, flat: str | None) -> tuple[str | None, str | None, str | None]:
    """Street without its type, and the house number in front of it or behind it."""
    plain = _GERMAN.sub(" ", segment)
    if house is None:
        found = _BEGINS.match(plain)
        if (
            found
            and not plain[found.end(1) :].lstrip().startswith(("-", "й", "я", "ая"))
            and not found[1].endswith("-")
        ):
            house, plain = found[1], found[2]
        else:
            found = _ENDS.match(plain)
            if found:
                plain, house = found[1], found[2]
    plain = _TYPE.sub(" ", plain)
    words = [folded for word in _WORDS.findall(plain) if (folded := fold_word(word))]
    if not words:  # «ул.» alone, or a street called Way: the type is all there is
        words = [folded for word in _WORDS.findall(segment) if (folded := fold_word(word)) and not folded.isdigit()]
    return " ".join(words) or None, house, flat


def _split_house(house: str | None, flat: str | None) -> tuple[str | None, str | None]:
    """12-34 is house 12, flat 34."""
    if house and flat is None and (found := re.fullmatch(r"(\d+\s?[а-яёa-z]?)\s?-\s?(\d+)", house)):
        return found[1], found[2]
    return house, flat


def _number(text: str | None, extension: str = "") -> str | None:
    if not text:
        return None
    plain = "".join(fold_word(piece) or "" if piece.isalnum() else piece for piece in re.findall(r"[^\W_]+|/", text))
    return (plain.strip("/") + extension) or None


def _han(text: str) -> Address:
    """Chinese: 省 市 区 路 号 室, the largest unit in front."""
    postcode, text = _take(_POSTCODE, text, "")
    found = _HAN_ADDRESS.match(re.sub(r"[\s,，]+", "", text))
    if not found:
        return Address(postcode)
    flat = re.search(r"(\d+)(?:室|房|户)", found["rest"] or "")
    return Address(
        postcode,
        fold(found["city"]),
        fold((found["street"] or "").rstrip("路街道巷大")),
        found["house"],
        flat[1] if flat else None,
        None,
        found["city"],
    )
