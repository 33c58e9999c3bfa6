"""The errors of a partition by kind: where missed pairs were lost, and what pairs that were wrongly joined have in common."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.blocks import Rows
from hub.matching.comparison import COMPARISONS
from hub.matching.keys import BLOCK_CAP, Keys
from hub.matching.levels_of_contacts import SAME_CAR
from hub.matching.records import COMPANY, Records
from hub.matching.score import Scorer

Bools = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]

GENERATION = 15  # years between the births of a parent and a child, at least

MISSED = (
    "not comparable",  # a person and a company, or a house account
    "by blocking",  # no key of a block within the cap in common
    "by score: contradiction",
    "by score: below review",
    "by score: left to a steward",
    "by clustering",  # the pair is at or above the threshold and yet apart
)
FALSE = ("company", "father and son", "household", "shared phone", "shared e-mail or vehicle", "namesakes", "other")


def pairs_apart(together: pl.Series, divided: pl.Series) -> tuple[Rows, Rows]:
    """Pairs of rows (i < j) that one labelling puts together and another apart."""
    frame = pl.DataFrame({"t": together, "d": divided}).with_row_index("row")
    mixed = frame.filter((pl.col("d").n_unique() > 1).over("t"))
    pairs = mixed.join(mixed, on="t").filter((pl.col("row") < pl.col("row_right")) & (pl.col("d") != pl.col("d_right")))
    pairs = pairs.sort("row", "row_right")
    return pairs["row"].cast(pl.Int64).to_numpy(), pairs["row_right"].cast(pl.Int64).to_numpy()


def missed_kinds(scorer: Scorer, keys: Keys, i: Rows, j: Rows) -> npt.NDArray[np.str_]:
    """For each missed pair the first step that lost it, of `MISSED`."""
    model, scores = scorer.model, scorer.score(i, j)
    conditions = [
        ~scorer.comparable(i, j),
        ~meet(keys, i, j),
        scores.forbidden,
        scores.weight < model.review,
        scores.weight < model.match,
    ]
    return np.select(conditions, MISSED[:-1], MISSED[-1])


def meet(keys: Keys, i: Rows, j: Rows) -> Bools:
    """Whether the two records of each pair stand in one block that makes pairs."""
    held = pl.DataFrame({"key": keys.keys, "row": keys.rows.astype(np.int64)}).unique()
    held = held.filter(pl.len().over("key").is_between(2, BLOCK_CAP))
    pairs = pl.DataFrame({"pair": np.arange(len(i)), "i": i, "j": j})
    left = pairs.join(held, left_on="i", right_on="row")
    both = left.join(held, left_on=["j", "key"], right_on=["row", "key"], how="semi")
    result = np.zeros(len(i), bool)
    result[both["pair"].unique().to_numpy()] = True
    return result


def false_kinds(records: Records, i: Rows, j: Rows) -> npt.NDArray[np.str_]:
    """For each wrongly joined pair the first of `FALSE` that describes it."""
    level = {c.name: np.array(c.levels)[c.compare(records, i, j)] for c in COMPARISONS}
    phone = np.isin(level["phones"], ("shared", "common"))
    place = np.isin(level["address"], ("flat", "house"))
    root = (records.root.codes[i] == records.root.codes[j]) & records.root.present[i]
    household = root & (phone | place)
    conditions = [
        (records.kind[i] == COMPANY) | (records.kind[j] == COMPANY),
        household & _generations(records, i, j),
        household,
        phone,
        (level["e-mails"] == "shared") | (level["e-mails"] == "common") | np.isin(level["vehicles"], SAME_CAR),
        root & np.isin(level["given name"], ("exact", "variant", "initial")),
    ]
    return np.select(conditions, FALSE[:-1], FALSE[-1])


def _generations(records: Records, i: Rows, j: Rows) -> Bools:
    """Two of one family, a generation apart: by birth, by senior and junior, or one's patronymic is the other's name."""
    born, other = records.dob[i] // 10_000, records.dob[j] // 10_000
    apart = (born > 0) & (other > 0) & (np.abs(born - other) >= GENERATION)
    said = (records.generation[i] != records.generation[j]) & (records.generation[i] > 0) & (records.generation[j] > 0)
    fathers = np.array(
        [_is_patronymic(records, a, b) or _is_patronymic(records, b, a) for a, b in zip(i, j, strict=True)]
    )
    women = (records.sex[i] == 2) | (records.sex[j] == 2)
    result: Bools = ~women & (apart | said | fathers.astype(bool))
    return result


def _is_patronymic(records: Records, father: int, son: int) -> bool:
    """Whether the son's patronymic is made from the father's given name, and is not the father's own."""
    values = records.first.values
    name, middle = values[int(records.first.codes[father])], values[int(records.middle.codes[son])]
    own = values[int(records.middle.codes[father])]
    return len(name) > 2 and len(middle) > len(name) and middle.startswith(name[:-1]) and own != middle
