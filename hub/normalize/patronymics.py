"""Patronymics: what their endings tell, and the Russian form that those of neighbouring languages share.

Dealers write one man's patronymic in the language of his passport or as Russians say it: Серікұлы and Серикович,
Гасан оглы and Гасанович, Уладзіміравіч and Владимирович.
"""

from __future__ import annotations

import re
from functools import cache

from hub.normalize.folding import fold_word
from hub.normalize.lexicon import fathers, given_names

# On folded words, with the sex they tell. The second group of endings is Turkic.
_MALE = re.compile(
    r"(?<=..)[oeia]vich$|(?<=...)(?:uli|ogli|oglu)$"
    r"|^(?:ilich|lukich|fomich|kuzmich|savich|nikitich|ivanich|palich|mihalich|sergeich|nikolaich|alekseich)$"
)
_FEMALE = re.compile(r"(?<=..)(?:[oei]vna|[ae]una|ichna|inishna)$|(?<=...)(?:kizi|gizi)$")
TURKIC_M = frozenset({"ogli", "oglu", "ugli", "uli"})
TURKIC_F = frozenset({"kizi", "gizi"})

# The same as written: folding joins Серік and қызы to serikizi, which no longer tells where the father's name ends.
_SON = r"[ұу]лы|оглы|оглу|угли|o[ʻ‘'’`]?[gğ][ʻ‘'’`]?l[iıuy]|ul[iyı]"
_DAUGHTER = r"[қкг][ыи]з[ыи]|[qkg][iyı]z[iyı]"
_TURKIC = re.compile(rf"(?<=..)[-\s]*(?:(?P<son>{_SON})|(?:{_DAUGHTER}))$", re.IGNORECASE)
_SLAVIC = re.compile(r"^(?P<father>..+?)i?[oeia](?:vich|vna|una)$")
_SOFT_END = re.compile(r"(?:[aeiou]|[scz]h|ts)$")  # Мусаевич, Абишевич, but Серикович

_NEVER_RUSSIAN = ("avich", "auna", "euna", "ivna", "iovich")  # Іванавіч, Іванаўна, Іванівна, Миколайович
_NO_RUSSIAN_LETTER = re.compile(r"[іїєўґ]", re.IGNORECASE)

# Fathers, folded, whose patronymics follow no rule: sons, daughters.
_IRREGULAR = {
    "igor": ("igorevich", "igorevna"),
    "ilia": ("ilich", "ilinichna"),
    "iakov": ("iakovlevich", "iakovlevna"),
    "lev": ("lvovich", "lvovna"),
    "mihail": ("mihailovich", "mihailovna"),
    "nikita": ("nikitich", "nikitichna"),
    "pavel": ("pavlovich", "pavlovna"),
    "foma": ("fomich", "fominichna"),
    "luka": ("lukich", "lukinichna"),
    "kuzma": ("kuzmich", "kuzminichna"),
    "sava": ("savich", "savichna"),
}


def sex_told(folded: str) -> str | None:
    """The sex ``m`` or ``f`` that the ending of a folded word tells if it ends as patronymics do; some surnames do, too."""
    return "m" if _MALE.search(folded) else "f" if _FEMALE.search(folded) else None


def of_known_father(folded: str) -> bool:
    """Whether the stem of a patronymic in -ovich or -evich is a known given name: petrovich, but not stankevich."""
    stem = folded[:-5]
    return any(stem + ending in given_names() for ending in ("", "i", "ei", "ai", "a", "ia"))


def in_russian(text: str, folded: str) -> str:
    """The folded patronymic as Russian makes it of the father's name; ``folded`` itself where nothing else is known.

    Args:
        text: the patronymic as written, of one word or two.
        folded: the same, folded.
    """
    turkic = _TURKIC.search(text)
    if turkic:
        father = fold_word(text[: turkic.start()])
        return _made(_russian_father(father) or father, male=turkic["son"] is not None)
    slavic = _SLAVIC.search(folded)
    if slavic is None or not (folded.endswith(_NEVER_RUSSIAN) or _NO_RUSSIAN_LETTER.search(text)):
        return folded
    father = slavic["father"]
    russian = next(
        filter(None, (_russian_father(father + ending) for ending in ("", "i", "ai", "ei", "a", "ia"))), None
    )
    return _made(russian, male=folded.endswith("vich")) if russian else folded


def _russian_father(name: str) -> str | None:
    """What the folded given name is in Russian, if it can be one man's name only."""
    found = given_names().get(name)
    return fathers().get(found.canonical[0]) if found and len(found.canonical) == 1 else None


@cache
def _made(father: str, male: bool) -> str:
    irregular = _IRREGULAR.get(father)
    if irregular:
        return irregular[0 if male else 1]
    stem = father[:-1] if father.endswith(("i", "ei", "ai")) else father
    soft = "e" if stem != father or _SOFT_END.search(father) else "o"
    return fold_word(stem + soft + ("vich" if male else "vna"))
