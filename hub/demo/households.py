"""Who lives with whom: households drawn from a few kinds, each a list of roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hub.demo.randomness import Ints, Rng, Texts, texts, weighted
from hub.demo.shares import share

# role → sex, generation (0 = head's, 1 = children's, -1 = parents')
ROLES: Final[dict[str, tuple[str, int]]] = {
    "head": ("m", 0),
    "wife": ("f", 0),
    "single_man": ("m", 0),
    "single_woman": ("f", 0),
    "son": ("m", 1),
    "daughter": ("f", 1),
    "namesake": ("m", 1),
    "twin_brother": ("m", 1),
    "twin_sister": ("f", 1),
    "sister": ("f", 1),
    "grandfather": ("m", -1),
    "grandmother": ("f", -1),
}

KINDS: Final[dict[str, tuple[float, tuple[str, ...]]]] = {
    "couple": (share("couple"), ("head", "wife")),
    "couple with son": (share("family") * 0.3, ("head", "wife", "son")),
    "couple with daughter": (share("family") * 0.3, ("head", "wife", "daughter")),
    "couple with both": (share("family") * 0.4, ("head", "wife", "son", "daughter")),
    "namesakes": (share("namesake"), ("head", "namesake")),
    "twin brothers": (share("twins") * 0.4, ("twin_brother", "twin_brother")),
    "twin sisters": (share("twins") * 0.4, ("twin_sister", "twin_sister")),
    "twins of both sexes": (share("twins") * 0.2, ("twin_brother", "twin_sister")),
    "sisters": (share("sisters"), ("sister", "sister")),
    "with grandfather": (share("grandparents") * 0.5, ("head", "wife", "grandfather")),
    "with grandmother": (share("grandparents") * 0.5, ("head", "wife", "grandmother")),
    "man alone": (0.0, ("single_man",)),
    "woman alone": (0.0, ("single_woman",)),
}


@dataclass(frozen=True)
class Households:
    """People by household: one entry a person.

    Attributes:
        of: household of the person, 0 … count - 1.
        role: a key of `ROLES`.
        sex: ``m`` or ``f``.
        generation: -1, 0 or 1.
        place: position of the person in the household, from 0.
        count: number of households.
    """

    of: Ints
    role: Texts
    sex: Texts
    generation: Ints
    place: Ints
    count: int


def settle(rng: Rng, people: int) -> Households:
    """Draw households until ``people`` people live in them; the last one may be cut."""
    weights = np.array([weight for weight, _ in KINDS.values()])
    weights[-2:] = (1.0 - weights.sum()) / 2
    members = [roles for _, roles in KINDS.values()]
    kinds = weighted(rng, weights, people)
    sizes = np.array([len(roles) for roles in members])[kinds]
    count = int(np.searchsorted(np.cumsum(sizes), people)) + 1
    kinds, sizes = kinds[:count], sizes[:count]
    of = np.repeat(np.arange(count), sizes)[:people]
    place = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)[:people]
    role = texts([role for kind in kinds.tolist() for role in members[kind]][:people])
    sex = texts([ROLES[name][0] for name in role])
    generation = np.array([ROLES[name][1] for name in role], dtype=np.int64)
    return Households(of, role, sex, generation, place, count)
