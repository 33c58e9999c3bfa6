"""Chinese names in Cyrillic (the Palladius system) to pinyin: Чжао Юйхань is Zhao Yuhan.

The syllables are built from the initials and finals of the system as any textbook of Chinese for Russians tables them.
"""

from __future__ import annotations

from functools import cache, lru_cache

_HARD = {
    "а": "a", "э": "e", "о": "o", "ай": "ai", "эй": "ei", "ао": "ao", "оу": "ou", "ань": "an", "энь": "en", "ан": "ang",
    "эн": "eng", "ун": "ong", "у": "u", "уа": "ua", "уо": "uo", "уай": "uai", "уй": "ui", "уань": "uan", "унь": "un",
    "уан": "uang",
}  # fmt: skip
_SOFT = {
    "и": "i", "я": "ia", "е": "ie", "яо": "iao", "ю": "iu", "янь": "ian", "инь": "in", "ян": "iang", "ин": "ing",
    "юн": "iong", "юй": "u", "юэ": "ue", "юань": "uan", "юнь": "un",
}  # fmt: skip
_BARE = {
    "а": "a", "э": "e", "о": "o", "ай": "ai", "ао": "ao", "оу": "ou", "ань": "an", "энь": "en", "ан": "ang", "эр": "er",
    "и": "yi", "я": "ya", "е": "ye", "яо": "yao", "ю": "you", "янь": "yan", "инь": "yin", "ян": "yang", "ин": "ying",
    "юн": "yong", "у": "wu", "ва": "wa", "во": "wo", "вай": "wai", "вэй": "wei", "вань": "wan", "вэнь": "wen",
    "ван": "wang", "вэн": "weng", "юй": "yu", "юэ": "yue", "юань": "yuan", "юнь": "yun",
}  # fmt: skip
_BOTH = {"б": "b", "п": "p", "м": "m", "д": "d", "т": "t", "н": "n", "л": "l"}
_ONLY_HARD = {"ф": "f", "г": "g", "к": "k", "х": "h", "чж": "zh", "ч": "ch", "ш": "sh", "ж": "r"}
_SIBILANTS = {"цз": ("z", "j"), "ц": ("c", "q"), "с": ("s", "x")}  # before a hard and before a soft final


@cache
def _syllables() -> dict[str, str]:
    found = dict(_BARE)
    for initial, latin in (_BOTH | _ONLY_HARD).items():
        found.update({initial + final: latin + pinyin for final, pinyin in _HARD.items()})
    for initial, latin in _BOTH.items():
        found.update({initial + final: latin + pinyin for final, pinyin in _SOFT.items()})
    for initial, (hard, soft) in _SIBILANTS.items():
        found.update({initial + final: hard + pinyin for final, pinyin in _HARD.items()})
        found.update({initial + final: soft + pinyin for final, pinyin in _SOFT.items()})
        found[initial + "ы"] = hard + "i"
    found.update(
        {"чжи": "zhi", "чи": "chi", "ши": "shi", "жи": "ri", "го": "guo", "хо": "huo", "ко": "kuo", "до": "duo"}
    )
    found.update({"то": "tuo", "но": "nuo", "ло": "luo", "чжо": "zhuo", "чо": "chuo", "шо": "shuo", "жо": "ruo"})
    found.update({"цзо": "zuo", "цо": "cuo", "со": "suo", "хэй": "hei", "хуэй": "hui"})
    return found


@lru_cache(maxsize=1 << 16)
def syllables(word: str) -> tuple[str, ...] | None:
    """Pinyin of the one or two syllables that the Cyrillic ``word`` (Сяомин, Сяо-мин) is made of; None for another word."""
    lower = word.lower().replace("-", "")
    if lower in _syllables():
        return (_syllables()[lower],)
    for place in range(len(lower) - 1, 0, -1):  # the first syllable as long as it can be
        one, two = _syllables().get(lower[:place]), _syllables().get(lower[place:])
        if one and two:
            return one, two
    return None
