"""How alike the names of two companies are by chance, told from the words that a file's names are made of.

Where a file tells nothing but names, EM cannot know which of the names that agree are one party's: any share of them fits the
file as well. Chance can be had without the parties, though: names put together from halves of two others belong to nobody, and
are made of the same words as often. How often such a name agrees with a third is what chance does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from hub.matching.comparison import COMPARISONS
from hub.matching.hashing import mix
from hub.matching.records import Records, Texts
from hub.matching.train import level_shares
from hub.matching.vocabulary import Values

DRAWS = 400_000  # pairs
_COMPANY = next(comparison for comparison in COMPARISONS if comparison.name == "company")


def chance_levels(records: Records) -> dict[str, float]:
    """How many of `DRAWS` pairs of a made-up name and a real one show each level of agreement.

    Empty where fewer than half of the names have several words to mix: of what single words agree by chance this says nothing.
    """
    names = sorted(_distinct(records.company.values))  # not in the order of the rows
    words = [name.split() for name in names]
    several = [place for place, parts in enumerate(words) if len(parts) > 1]
    if len(several) < max(3, len(names) / 2):
        return {}
    draw = mix(np.arange(3 * DRAWS, dtype=np.uint64)).reshape(3, DRAWS)
    one, other = (np.array(several)[(draw[row] % np.uint64(len(several))).astype(np.int64)] for row in (0, 1))
    third = (draw[2] % np.uint64(len(names))).astype(np.int64)
    apart = (one != other) & (one != third) & (other != third)
    one, other, third = one[apart], other[apart], third[apart]
    made = [_mixed(words[a], words[b]) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    values = pl.concat([pl.Series([""]), pl.Series(names), pl.Series(made)]).unique().sort()
    codes = values.to_frame("v").with_row_index("code")

    def coded(texts: list[str]) -> np.ndarray:
        found = pl.DataFrame({"v": texts}).join(codes, on="v", how="left", maintain_order="left")["code"]
        return found.to_numpy().astype(np.int32)

    real = coded(names)[third]
    both = replace(records, company=Texts(np.concatenate([coded(made), real]), values))
    rows = np.arange(len(real))
    return level_shares(_COMPANY, _COMPANY.compare(both, rows, rows + len(real)))


def _distinct(values: Values) -> list[str]:
    return [text for text in values.to_list() if text]


def _mixed(one: list[str], other: list[str]) -> str:
    """The first half of a name and the second half of another."""
    return " ".join([*one[: (len(one) + 1) // 2], *other[(len(other) + 1) // 2 :]])
