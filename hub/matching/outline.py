"""Which of the records that the changed ones meet are worth reading in full: told from names and birth dates alone.

Four of five pairs of a night contradict each other in these already (two known given names, two birth dates), and no other field
outweighs a contradiction. Evidence from a few columns is part of the evidence from all, so what is left out can be no edge.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.candidates import candidate_pairs
from hub.matching.keys import Keys
from hub.matching.model import Model
from hub.matching.records import complete, encode
from hub.matching.score import Scorer

COLUMNS = ("kind", "last", "last_root", "first", "middle", "given", "sex", "generation", "birth_date")


def worth_reading(
    model: Model, outline: pl.DataFrame, keys: Keys, touched: npt.NDArray[np.bool_], cap: int | None = None
) -> npt.NDArray[np.bool_]:
    """Which rows are touched, or meet a touched one that they do not contradict.

    Args:
        outline: ``COLUMNS`` of the records. A house account may yet be of another kind, by the customer that it names.
        keys: of the records, as rows of ``outline``.
        touched: rows whose pairs are wanted.
        cap: as for `hub.matching.candidates.candidate_pairs`.
    """
    scorer = Scorer(model, encode(complete(outline)))
    unknown = (outline["kind"] == "house").to_numpy()
    worth = touched.copy()
    for i, j in candidate_pairs(keys, touched, cap):
        open_ = ~scorer.score(i, j).forbidden | unknown[i] | unknown[j]
        worth[i[open_]] = worth[j[open_]] = True
    return worth
