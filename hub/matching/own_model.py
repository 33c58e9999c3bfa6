"""A base unlike the one that a model was made for: how that shows without labels, and a model of the base's own kind.

`hub.matching.retrain.train_unlabelled` learns how values coincide and differ in a base; what contradicts, under which keys
records meet, and the thresholds stay those of the model before. That is right for one more network of dealers. A base of other
people (no phones, dates that are often wrong, evidence that no dealer's system has) needs all of it from its own evidence, as a
file has it that `dedupe` reads once (`hub.matching.adapt`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.adapt import adapt
from hub.matching.blocks import Blocks, Rows
from hub.matching.candidates import candidate_pairs
from hub.matching.crowding import Caps
from hub.matching.hashing import hash_texts
from hub.matching.keys import LOOKUPS, blocking_keys
from hub.matching.model import Field, Model
from hub.matching.records import Records
from hub.matching.score import Scorer
from hub.matching.train import SOCIAL, some_candidates

Bools = npt.NDArray[np.bool_]

SURE = 4.0  # bits; a pair is fifteen times as likely of one party as not
ENOUGH = 200  # sure pairs that a judgement needs
UNLIKE = 0.04  # share of them that the model in force loses; of networks of dealers it loses 0.01
PART = 20_000  # records
GAIN = 0.001  # share of the sure pairs that a kind of keys must add
MOST_PAIRS = 100_000_000  # that a choice of keys may cost a base
ALONE = 2.0  # bits that a phone, a car or a house alone lacks to merge two records
SHARED = ("phones", "vehicles", "address")


def own_model(records: Records, start: Model, extra: tuple[str, ...] = ()) -> Model:
    """A model of which everything follows from the base: keys, contradictions, thresholds and weights."""
    learned = adapt(
        records, start, extra, within=Caps(), pairs_per_record=int(np.clip(MOST_PAIRS / len(records), 40, 400))
    )
    most = learned.match - learned.prior - ALONE
    fields = {
        name: _bounded(field, SOCIAL[name], most) if name in SHARED else field for name, field in learned.fields.items()
    }
    return replace(learned, fields=fields, keys=needed_keys(records, learned))


def _bounded(field: Field, levels: Sequence[str], most: float) -> Field:
    u = {level: max(share, field.m[level] / 2**most) if level in levels else share for level, share in field.u.items()}
    return replace(field, u=u)


def needed_keys(records: Records, model: Model) -> tuple[str, ...]:
    """Of the model's keys the few that find nearly all sure pairs, and those of searches: each key of a record is stored."""
    sure = _sure_pairs(records, model)
    found = {kind: _found(records, kind, sure) for kind in dict.fromkeys((*LOOKUPS, *model.keys))}
    chosen = list(LOOKUPS)
    open_ = ~np.logical_or.reduce([found[kind] for kind in LOOKUPS])
    while True:
        gains = {kind: int((mask & open_).sum()) for kind, mask in found.items() if kind not in chosen}
        best = max(gains, key=lambda kind: gains[kind], default=None)  # of equals the first, which costs least
        if best is None or gains[best] <= GAIN * len(sure):
            return tuple(chosen)
        chosen.append(best)
        open_ &= ~found[best]


def _sure_pairs(records: Records, model: Model) -> Rows:
    """Candidates that the model would merge, in order, packed as row << 32 | row."""
    sample = some_candidates(records, Blocks.of_records(records, model.keys))
    scores = Scorer(model, records).score(sample.i, sample.j)
    sure: Rows = np.sort((sample.i << 32 | sample.j)[(scores.weight >= model.match) & ~scores.forbidden])
    return sure


def _found(records: Records, kind: str, sure: Rows) -> Bools:
    found = np.zeros(len(sure), bool)
    if len(sure):
        for i, j in candidate_pairs(blocking_keys(records, (kind,))):
            packed = i << 32 | j
            place = np.minimum(np.searchsorted(sure, packed), len(sure) - 1)
            found[place[sure[place] == packed]] = True
    return found


def part_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Of a large base some `PART` records, of surnames and companies drawn evenly: records of one party stand or go together."""
    parts = -(-len(frame) // PART)
    if parts < 2:
        return frame
    names = frame.select(pl.coalesce("last_root", "company", pl.lit(""))).to_series()
    return frame.filter(pl.Series(hash_texts(names) % np.uint64(parts) == 0))


def is_unlike(share: float | None) -> bool:
    """Whether a model loses so much of a base that its rules do not suit it."""
    return share is not None and share > UNLIKE


def lost(records: Records, model: Model, extra: tuple[str, ...] = ()) -> float | None:
    """Of the pairs that the records themselves show to be of one party, the share that a model neither joins nor asks about.

    Args:
        records: of the base, or of a part of it in which records of one party stand together.
        extra: further textual fields that they have.

    Returns:
        None where too few pairs are sure.
    """
    own = adapt(records, model, extra, keys=model.keys, within=Caps())
    sample = some_candidates(records, Blocks.of_records(records, own.keys))
    scores = Scorer(own, records).score(sample.i, sample.j)
    sure = np.flatnonzero((scores.weight >= SURE) & ~scores.forbidden)
    if len(sure) < ENOUGH:
        return None
    theirs = Scorer(model, records).score(sample.i[sure], sample.j[sure])
    return float((theirs.forbidden | (theirs.weight < model.review)).mean())
