"""Countries: the words for them that dealers type, to ISO 3166-1 alpha-2."""

from __future__ import annotations

from hub.normalize.folding import fold

_COUNTRIES = {
    "ru": "Россия; РФ; Российская Федерация; Russia; Russian Federation; Russland; RUS; 俄罗斯; 643",
    "by": "Беларусь; Белоруссия; Республика Беларусь; РБ; Belarus; BLR; 112",
    "kz": "Казахстан; Республика Казахстан; РК; Қазақстан; Kazakhstan; KAZ; 398",
    "ua": "Украина; Україна; Ukraine; UKR",
    "cn": "Китай; КНР; China; PRC; CHN; 中国; 中华人民共和国",
    "de": "Германия; Germany; Deutschland; BRD; DEU; ГЕРМАНИЯ ФРГ; ФРГ",
    "uz": "Узбекистан; Uzbekistan; UZB; Oʻzbekiston",
    "kg": "Киргизия; Кыргызстан; Kyrgyzstan; KGZ",
    "am": "Армения; Armenia; ARM",
    "az": "Азербайджан; Azerbaijan; AZE",
    "ge": "Грузия; Georgia; GEO",
    "tj": "Таджикистан; Tajikistan; TJK",
    "md": "Молдова; Молдавия; Moldova; MDA",
    "at": "Австрия; Austria; Österreich; AUT",
    "ch": "Швейцария; Switzerland; Schweiz; CHE",
    "fr": "Франция; France; Frankreich; FRA",
    "it": "Италия; Italy; Italia; Italien; ITA",
    "es": "Испания; Spain; España; Spanien; ESP",
    "pl": "Польша; Poland; Polska; Polen; POL",
    "cz": "Чехия; Czechia; Czech Republic; CZE",
    "lt": "Литва; Lithuania; LTU",
    "lv": "Латвия; Latvia; LVA",
    "ee": "Эстония; Estonia; EST",
    "tr": "Турция; Turkey; Türkiye; TUR",
    "gb": "Великобритания; Англия; UK; United Kingdom; Great Britain; England; GBR",
    "us": "США; USA; United States; United States of America; US",
    "au": "Австралия; Australia; AUS",
    "nl": "Нидерланды; Netherlands; Nederland; NLD",
    "be": "Бельгия; Belgium; BEL",
    "jp": "Япония; Japan; JPN; 日本",
    "kr": "Корея; South Korea; Korea; KOR",
}
_BY_WORD = {
    fold(word): code for code, words in _COUNTRIES.items() for word in words.split(";") if fold(word) is not None
}
WORDS = frozenset(word for word in _BY_WORD if word)


def parse_country(text: str) -> str | None:
    """The code of the country that ``text`` names; two Latin letters are taken as a code; else None."""
    plain = text.strip().lower()
    found = _BY_WORD.get(fold(plain))
    if found:
        return found
    return plain if len(plain) == 2 and plain.isascii() and plain.isalpha() else None
