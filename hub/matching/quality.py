"""How good the matching is: without labels, from the model's own probabilities; with labels, by thresholds and kinds of error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.blocks import Rows
from hub.matching.candidates import candidate_pairs
from hub.matching.cluster import cluster
from hub.matching.evaluate import quality
from hub.matching.keys import Keys
from hub.matching.model import Floats, Model
from hub.matching.resolve import distinct_edges
from hub.matching.score import Scorer, probability

FLOOR = -12.0  # bits; a pair below has one chance in four thousand, and is only counted
STEADY = 30  # pairs that a bin of the reliability diagram needs to say anything


@dataclass(frozen=True)
class Candidates:
    """Candidate pairs that hold no contradiction, each once, in the order of their rows.

    Attributes:
        below: how many more there are that score less than `FLOOR`.
        expected_below: how many matches the model expects among these.
    """

    i: Rows
    j: Rows
    weight: Floats
    below: int
    expected_below: float


def scored_candidates(scorer: Scorer, keys: Keys) -> Candidates:
    """Score all pairs that share a key."""
    found: list[tuple[Rows, Rows, Floats]] = []
    below, expected = 0, 0.0
    for i, j in candidate_pairs(keys):
        scores = scorer.score(i, j)
        low = ~scores.forbidden & (scores.weight < FLOOR)
        keep = ~scores.forbidden & ~low
        below += int(low.sum())
        expected += float(probability(scores.weight[low]).sum())
        found.append((i[keep], j[keep], scores.weight[keep]))
    return Candidates(*distinct_edges(found), below, expected)


# ------------------------------------------------------------------ without labels


@dataclass(frozen=True)
class Estimate:
    """What the model itself expects of its decisions about candidate pairs, before clustering.

    Attributes:
        precision: mean probability of the pairs at or above ``match``.
        recall: of all matches expected among the candidates, the share at or above ``match``.
        zones: for "joined", "steward" and "nothing": pairs, and matches expected among them.
    """

    precision: float
    recall: float
    zones: dict[str, tuple[int, float]]


def estimate_quality(candidates: Candidates, model: Model) -> Estimate:
    """Expected precision and recall from posterior probabilities; right as far as these are calibrated."""
    chance = probability(candidates.weight)
    joined = candidates.weight >= model.match
    steward = ~joined & (candidates.weight >= model.review)
    rest = ~joined & ~steward
    zones = {
        "joined": (int(joined.sum()), float(chance[joined].sum())),
        "steward": (int(steward.sum()), float(chance[steward].sum())),
        "nothing": (int(rest.sum()) + candidates.below, float(chance[rest].sum()) + candidates.expected_below),
    }
    pairs, right = zones["joined"]
    expected = sum(matches for _, matches in zones.values())
    return Estimate(right / pairs if pairs else 1.0, right / expected if expected else 1.0, zones)


# ------------------------------------------------------------------ with labels


@dataclass(frozen=True)
class Bin:
    """Pairs of nearly one predicted probability: how many, the mean prediction, and how many really were one party."""

    low: float  # log2 odds
    pairs: int
    predicted: float
    observed: float


def reliability(weight: Floats, same: npt.NDArray[np.bool_], step: float = 1.0, most: float = 10.0) -> list[Bin]:
    """The reliability diagram (DeGroot & Fienberg 1983): predicted probability against the share that came true.

    Bins are of equal width in log2 odds, since nearly all pairs are either nearly certain or nearly impossible.
    """
    place = np.floor(np.clip(weight, -most, most - step / 2) / step).astype(np.int64)
    chance = probability(weight)
    bins = []
    for number in np.unique(place).tolist():
        within = place == number
        pairs = int(within.sum())
        bins.append(Bin(number * step, pairs, float(chance[within].mean()), float(same[within].mean())))
    return bins


def calibration_error(bins: Iterable[Bin]) -> float:
    """Expected calibration error: mean distance of predicted and observed, each bin by its pairs."""
    listed = list(bins)
    pairs = sum(b.pairs for b in listed)
    return sum(b.pairs * abs(b.predicted - b.observed) for b in listed) / pairs if pairs else 0.0


@dataclass(frozen=True)
class Point:
    """Pairwise measures of the clusters that one threshold ``match`` makes."""

    threshold: float
    precision: float
    recall: float
    f1: float


AROUND = 12  # bits to either side of the model's ``match`` that the curve covers


def curve(scorer: Scorer, candidates: Candidates, truth: npt.NDArray[np.int64]) -> list[Point]:
    """Cluster anew at rising thresholds, a bit apart, around the model's own; the measures are those of `quality`.

    Args:
        truth: the party of each record; less than 0 where the truth does not know the record: it is left out.
    """
    known = truth >= 0
    first = max(scorer.model.match - AROUND, FLOOR)
    edge = candidates.weight >= first
    i, j, weight = candidates.i[edge], candidates.j[edge], candidates.weight[edge]
    points = []
    for threshold in np.arange(first, scorer.model.match + AROUND + 0.5).tolist():
        tried = Scorer(replace(scorer.model, match=threshold), scorer.records)
        label = cluster(tried, i, j, weight).label
        found = quality(pl.Series(label[known]), pl.Series(truth[known]))
        points.append(Point(threshold, found.precision, found.recall, found.f1))
    return points


@dataclass(frozen=True)
class Choice:
    """Thresholds to choose from: the best F1, and the lowest of the wished precision (None if no threshold has it)."""

    best_f1: Point
    precise: Point | None


def choose(points: list[Point], precision: float = 0.99) -> Choice:
    """Of equals the higher threshold: a wrong merge costs more than a missed one."""
    best = max(points, key=lambda point: (round(point.f1, 4), point.threshold))
    precise = [point for point in points if point.precision >= precision]
    return Choice(best, max(precise, key=lambda point: (round(point.recall, 4), point.threshold), default=None))
