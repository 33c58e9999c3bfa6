"""Folding: any script to one skeleton of Latin letters, so that spellings of one name meet.

Юлия, Yulia, Julia and Iuliia become ``iulia``; Щербаков, Shcherbakov and Schtscherbakow become ``sherbakov``. The
skeleton is for comparing, never for showing: it drops what the usual transliterations (GOST 7.79, ICAO 9303, BGN,
ISO 9, the Kazakh, Ukrainian and Belarusian passport rules, German and English habit) disagree about. Cyrillic and
Latin spellings go through the same last step, and folding a folded text changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii
from pypinyin import lazy_pinyin

_CYRILLIC = {
    "а": "a",
    "б": "b",
    "в": "v",
    "г": "g",
    "д": "d",
    "е": "e",
    "ё": "e",
    "ж": "zh",
    "з": "z",
    "и": "i",
    "й": "i",
    "к": "k",
    "л": "l",
    "м": "m",
    "н": "n",
    "о": "o",
    "п": "p",
    "р": "r",
    "с": "s",
    "т": "t",
    "у": "u",
    "ф": "f",
    "х": "h",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "sh",
    "ъ": "",
    "ы": "i",
    "ь": "",
    "э": "e",
    "ю": "iu",
    "я": "ia",
    # Ukrainian, Belarusian, Serbian, Macedonian
    "ґ": "g",
    "є": "e",
    "і": "i",
    "ї": "i",
    "ў": "u",
    "ђ": "dzh",
    "ј": "i",
    "љ": "l",
    "њ": "n",
    "ћ": "ch",
    "џ": "dzh",
    "ѓ": "g",
    "ќ": "k",
    # Kazakh, Tatar, Kyrgyz, Bashkir
    "ә": "a",
    "ғ": "g",
    "қ": "k",
    "ң": "n",
    "ө": "o",
    "ұ": "u",
    "ү": "u",
    "һ": "h",
    "җ": "zh",
    "ҳ": "h",
    "ҷ": "ch",
    # before 1918
    "ѣ": "e",
    "ѳ": "f",
    "ѵ": "i",
}
_LATIN = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "oe",
    "å": "a",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ə": "a",
    "ş": "sh",
    "ș": "sh",
    "š": "sh",
    "ŝ": "sh",
    "ś": "s",
    "ç": "ch",
    "č": "ch",
    "ć": "ch",
    "ž": "zh",
    "ż": "zh",
    "ź": "z",
    "ě": "e",
    "ř": "rzh",
    "ğ": "g",
    "ţ": "ts",
    "ț": "ts",
}
_LETTERS = str.maketrans(_CYRILLIC | _LATIN)
_MARKS = str.maketrans("", "", "'’‘ʼʹʺ`´\u00ad\u200b\u200c\u200d\ufeff")

_SLAVIC = r"(?:ov|ova|ev|eva|ich|enko|sk[iy]j?|skiy|skaja|skaya|[iy]n|[iy]na|uk|ak)$"
# In this order, again and again until nothing changes; a vowel or consonant class names folded letters.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=[a-z][a-z][oe])ff$", "v"),  # Smirnoff
        (r"^mc(?=[a-z]{3})", "mak"),  # McDonald and MacDonald
        (r"sc?htsch|shtch|shch", "sh"),  # щ
        (r"tsch|tch", "ch"),
        (r"sch|shh", "sh"),
        (r"dzh", "i"),  # Джон and John, Джамал and Jamal
        (r"chr", "kr"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"[ck]h(?=[lrnm])", "h"),
        (r"kh", "h"),
        (r"gh", "g"),
        (r"tz|tc(?!h)", "ts"),
        (r"cz", "ch"),
        (r"sz", "sh"),
        (r"dt$", "t"),
        (r"(?<=[lnrt])z$", "ts"),  # Schulz and Schultz
        (r"(?<=....)ck(?=(?:ii|iy|ij|i|y|aya|aja|aia)$)", "tsk"),  # Vysockij
        (r"(?<=...)([oe]v)ic$", r"\1ich"),
        (r"(?<=[a-z])ec$", "ets"),
        (rf"c(?=ova?$)|c(?=[eiyv])(?=[a-z]*{_SLAVIC})", "ts"),  # Kuznecov, but Spencer
        (r"ck", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"q", "k"),
        (r"w", "v"),
        (r"x", "ks"),
        (r"(?<=[bdfgklmnprstvzh])[yj]o(?=[a-z])", "e"),  # Semyon, Solovjov
        (r"[yj]", "i"),
        (r"(?<=[bdfghklmnprstvz])ue(?=[bdfghklmnprstvz])", "u"),  # Mueller
        (r"(?<=[bdfghklmnprstvz])oe(?=[bdfghklmnprstz])", "o"),  # Schroeder
        (r"(?<=[bdfghklmnprstvz])ae(?=[bdfghklmnprstvz])|^ae", "e"),  # Jaeger
        (r"ie$", "i"),  # Sophie
        (r"ie", "e"),  # Yelena, Andreyev, Grigoriev
        (r"(?<=[bdfghklmnprstvz])iu(?=[a-z])", "u"),  # Lyuba and Luba
        (r"(?<=[a-z][a-z]a)h$", ""),  # Sarah
        (r"([a-z])\1+", r"\1"),
    )
)

_LATIN_TWINS, _CYRILLIC_TWINS = "aceopxykiABCEHKMOPTXYI", "асеорхукіАВСЕНКМОРТХУІ"
_TO_CYRILLIC = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)
_TO_LATIN = str.maketrans(_CYRILLIC_TWINS, _LATIN_TWINS)
_CYRILLIC_LETTER = re.compile(r"[\u0400-\u052f]")
_LATIN_LETTER = re.compile(r"[A-Za-z]")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_WORD = re.compile(r"[^\W_]+")


def unmix(word: str) -> str:
    """``word`` in one script: Latin letters that look like Cyrillic ones inside a Cyrillic word (or the reverse) are
    replaced. A word that is truly mixed (a letter without a twin) comes back as it was."""
    latin = len(_LATIN_LETTER.findall(word))
    cyrillic = len(_CYRILLIC_LETTER.findall(word)) if latin else 0
    if not (latin and cyrillic):
        return word
    there, back = word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN)
    if not _LATIN_LETTER.search(there) and (cyrillic >= latin or _CYRILLIC_LETTER.search(back)):
        return there
    return word if _CYRILLIC_LETTER.search(back) else back


@lru_cache(maxsize=1 << 18)
def fold_word(word: str) -> str:
    """One word to its skeleton ``[a-z0-9]*``; digits stay. Empty when nothing is left of it."""
    word = unmix(unicodedata.normalize("NFKC", word).translate(_MARKS)).lower()
    if HAN.search(word):
        word = "".join(lazy_pinyin(word)).replace("ü", "v").replace("v", "u")
    word = unicodedata.normalize("NFC", word)
    if word.endswith("ў"):  # Кавалёў is Ковалёв
        word = word[:-1] + "в"
    plain = word.translate(_LETTERS)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
        plain = anyascii(plain.translate(_LETTERS)).lower()
    return skeleton("".join(letter for letter in plain if letter.isascii() and letter.isalnum()))


def skeleton(latin: str) -> str:
    """Lower-case Latin text without spaces to the form that all transliterations of it share."""
    if any(letter.isdigit() for letter in latin):
        return latin
    for _ in range(12):  # each rule shortens the word or moves it towards a, e, i, …: two or three rounds suffice
        before = latin
        for pattern, replacement in _RULES:
            latin = pattern.sub(replacement, latin)
        if latin == before:
            break
    return latin


def fold(text: str | None) -> str | None:
    """Folded words of ``text`` joined by single spaces; None when nothing is left. Han characters become pinyin."""
    if text is None:
        return None
    words = [fold_word(word) for word in _WORD.findall(text.translate(_MARKS))]
    return " ".join(word for word in words if word) or None
