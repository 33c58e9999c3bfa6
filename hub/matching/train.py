"""Estimating a model's parameters, with labels or without.

u comes from pairs picked at random (nearly all of them are two parties) and, for exact agreement, from the frequencies of values.
m comes either from labelled clusters or from the data itself: each field's m is the distribution of its levels among
candidate pairs, weighted by the probability that the *other* fields give the pair. That is an EM step in which no field
votes on itself; it needs no seed and the order of records does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hub.matching.ahead import map_ahead
from hub.matching.blocks import Blocks, Rows
from hub.matching.candidates import drawn
from hub.matching.comparison import Comparison, comparisons
from hub.matching.hashing import mix
from hub.matching.levels import levels_of
from hub.matching.levels_of_contacts import SAME_CAR
from hub.matching.model import Field, Frequencies, Model
from hub.matching.patterns import Patterns
from hub.matching.records import Records, Texts, column_of
from hub.matching.score import Scorer, probability
from hub.matching.vocabulary import gather

U_PAIRS = 1_000_000
CANDIDATES = 2_000_000  # pairs that one round looks at, at the most
ROUNDS = 8
_STRENGTH = 20.0  # pseudo-counts with which a round leans on the parameters before it


def random_pairs(records: Records, count: int = U_PAIRS) -> tuple[Rows, Rows]:
    """Pairs of different records, spread evenly by a fixed hash of their rank."""
    n = len(records)
    by_rank = np.argsort(records.rank, kind="stable")
    draw = mix(np.arange(2 * count, dtype=np.uint64)) % np.uint64(max(n, 1))
    i, j = by_rank[draw[:count].astype(np.int64)], by_rank[draw[count:].astype(np.int64)]
    packed = np.minimum(i, j) << 32 | np.maximum(i, j)
    packed.sort()  # neighbours in memory are looked at one after the other
    i, j = packed >> 32, packed & 0xFFFFFFFF
    return i[i != j], j[i != j]


def level_shares(
    comparison: Comparison, levels: npt.NDArray[np.uint8], weights: npt.NDArray[np.float64] | None = None
) -> dict[str, float]:
    """Weighted count of each level but "missing"."""
    counts = np.bincount(levels, weights, minlength=len(comparison.levels))
    return {name: float(counts[number]) for number, name in enumerate(comparison.levels) if number}


def shares(counts: dict[str, float], lean: dict[str, float], strength: float = _STRENGTH) -> dict[str, float]:
    """Counts → probabilities, leaning on former ones with ``strength`` pseudo-counts (Dirichlet prior)."""
    total = sum(counts.values()) + strength
    return {name: (count + strength * lean.get(name, 1e-4)) / total for name, count in counts.items()}


def estimate_u(records: Records, model: Model) -> dict[str, dict[str, float]]:
    """u of every comparison's levels, from random pairs and, for sharpened exact levels, from value frequencies."""
    i, j = random_pairs(records)
    estimated = {}
    for comparison, levels in zip(model.comparisons, levels_of(records, model.comparisons, i, j), strict=True):
        counts = level_shares(comparison, levels)
        estimated[comparison.name] = shares(counts, model.fields[comparison.name].u)
    return estimated


@dataclass(frozen=True)
class Sample:
    """The candidate pairs that training looks at, and how many candidates there are."""

    i: Rows
    j: Rows
    share: float  # of all candidates


def estimate(records: Records, model: Model, rounds: int = ROUNDS) -> Model:
    """Self-training by EM (Dempster, Laird & Rubin 1977; Winkler 1988), on personal evidence alone.

    Relatives share phone, address, car and surname. Were these to count here, EM would take households for parties and
    learn that given names differ. So the posterior that weighs a pair leaves out what households share; m of every field,
    u and the prior follow from it. Random pairs hold a few of one party, and where agreement is rare these few are most
    of it: their share is taken out of u.
    """
    sample = some_candidates(records, Blocks.of_records(records, model.keys))
    patterns = Patterns.of(Scorer(model, records), sample.i, sample.j)
    observed = estimate_u(records, model)
    pairs = len(records) * (len(records) - 1) / 2
    for _ in range(rounds):
        posterior = patterns.by_kind(_personal(model, patterns) * patterns.count)
        share = min(max(float(posterior.sum()) / sample.share / pairs, 1.0 / pairs), 0.5)
        fields = {}
        for comparison, level in zip(model.comparisons, patterns.levels, strict=True):
            former = model.fields[comparison.name]
            m = shares(level_shares(comparison, level, posterior), former.m)
            u = {name: without(seen, share * m[name]) for name, seen in observed[comparison.name].items()}
            fields[comparison.name] = replace(former, m=m, u=u)
        model = replace(model, fields=fields, prior=float(np.log2(share / (1 - share))))
    return replace(model, fields={name: lenient(parameters) for name, parameters in model.fields.items()})


HOUSEHOLD = {"phones": ("shared", "common"), "vehicles": SAME_CAR, "address": ("flat", "house")}


def _personal(model: Model, patterns: Patterns) -> npt.NDArray[np.float64]:
    """The probability of a pair of each pattern, what households share left out."""

    def weights(number: int) -> npt.NDArray[np.float32]:
        comparison = model.comparisons[number]
        shared = [comparison.levels.index(name) for name in HOUSEHOLD.get(comparison.name, ())]
        personal = model.tables[0][number].copy()
        personal[shared] = 0.0
        return personal

    return probability(patterns.evidence(weights) + patterns.rarity + model.prior) * patterns.comparable[patterns.kind]


def without(seen: float, matches: float) -> float:
    """What is left of a share of random pairs without those of one party; never less than a fiftieth."""
    return max(seen - matches, seen / 50)


FORGIVABLE = 0.003  # share of the pairs of one party from which a contradiction is taken for a slip of this file


def lenient(field: Field) -> Field:
    """Forbid only what pairs of one party hardly ever show in this file."""
    return replace(field, forbids=tuple(level for level in field.forbids if field.m[level] < FORGIVABLE))


# Two parties share these because they are relatives or colleagues, not by chance: of all pairs of a base that is
# twice as large, half the share does. Names, dates and towns coincide by chance, whatever the size.
SOCIAL = {
    "phones": ("shared", "common"),
    "e-mails": ("shared", "common"),
    "vehicles": SAME_CAR,
    "address": ("flat", "house"),
    "tax id": ("exact",),
    "registration": ("exact",),
    "account": ("same_account",),
}
# People move, change numbers and sell cars more than any sample shows: difference there is never more than two bits
CHANGEABLE = ("phones", "e-mails", "vehicles", "address", "account")
_PATIENCE = 0.25
# Bits that agreement on one field may count: 20 unless said otherwise. With the usual prior an e-mail address alone
# identifies a record that says nothing else; a phone alone never does, since families share and operators reassign them.
# Nor does anything surpass the dealer's own word that a lead is its customer.
MOST = {"e-mails": 23.0, "account": 24.0}
MOST_OTHERS, LEAST = 20.0, -12.0


def fit(records: Records, parties: npt.NDArray[np.integer], start: Model, version: str, base: int = 1_000_000) -> Model:
    """A model from labelled records: m from pairs of one party, u from pairs of two, frequencies from values.

    Args:
        parties: the true party of each record.
        start: gives the comparisons, what they forbid, prior and thresholds, and steadies rare levels.
        base: records of the base that the model is meant for; shares of what relatives have in common are scaled to it.
    """
    i, j = _labelled_pairs(parties)
    u = _scaled(_labelled_u(records, parties, start), len(records) / base)
    comparable = np.flatnonzero(Scorer(start, records).comparable(i, j))
    fields = {
        c.name: _bounded(
            replace(
                start.fields[c.name],
                m=patient(
                    c.name,
                    shares(level_shares(c, c.compare(records, i[comparable], j[comparable])), start.fields[c.name].m),
                    u[c.name],
                ),
                u=u[c.name],
            ),
            c.name,
        )
        for c in start.comparisons
    }
    fields["vehicles"] = _said(fields["vehicles"], ONE_CAR)
    return replace(start, version=version, fields=told(fields), frequencies=frequencies(records, start.extra))


def patient(name: str, m: dict[str, float], u: dict[str, float]) -> dict[str, float]:
    """Keep difference in what people change within two bits."""
    if name not in CHANGEABLE:
        return m
    return {level: max(share, _PATIENCE * u[level]) for level, share in m.items()}


# The demo writes each company and each double surname in one way only: what real bases show there is said here, as the m of a
# level at the least, and its weight in bits.
TOLD = {
    "surname": {"part": (0.01, 4.0)},
    "company": {"alike": (0.15, 8.5), "part": (0.05, 3.0), "akin": (0.02, 1.0), "different": (0.005, -7.6)},
}
# Whom pairs picked at random do not hold are those with whom people share a car: relatives and next owners. Of the pairs with a
# car in common (labelled networks) those in one role at one time were of one party more often than others by 1.7 bits, at other
# times that allow it by 0.8, those in different roles or in turn less often by five; clerks are not believed that far
ONE_CAR = {"shared": (0.05, 17.5), "undated": (0.05, 17.5), "other_role": (0.01, 0.0), "in_turn": (0.01, -2.0)}


def told(fields: dict[str, Field]) -> dict[str, Field]:
    """Set what pairs of two parties cannot show: chance never swaps a stranger's names, and sex follows from the name."""
    for name, discount in (("surname", 2.0), ("given name", 0.0)):
        field = fields[name]
        weight = field.weight("exact") - discount
        fields[name] = replace(field, u={**field.u, "swapped": field.m["swapped"] / 2**weight})
    for name, levels in TOLD.items():
        fields[name] = _said(fields[name], levels)
    for name in ("phones", "e-mails"):
        field = fields[name]
        for level, weight in (("common", 4.0), ("near", 5.0)):
            m = max(field.m[level], 0.002)
            field = replace(field, m={**field.m, level: m}, u={**field.u, level: m / 2**weight})
        fields[name] = field
    fields["sex"] = replace(fields["sex"], u={**fields["sex"].u, "equal": fields["sex"].m["equal"]})
    return fields


def _said(field: Field, levels: Mapping[str, tuple[float, float]]) -> Field:
    """Give levels an m at the least and a weight."""
    shown = {level: max(field.m[level], share) for level, (share, _) in levels.items()}
    by_chance = {level: shown[level] / 2**weight for level, (_, weight) in levels.items()}
    return replace(field, m={**field.m, **shown}, u={**field.u, **by_chance})


def _bounded(field: Field, name: str) -> Field:
    """Keep the weight of each level within what one field may count: a sample knows nothing of rarer accidents."""
    most, least = MOST.get(name, MOST_OTHERS), LEAST
    u = {
        level: min(max(share, field.m[level] / 2**most), max(field.m[level] / 2**least, 1e-300))
        for level, share in field.u.items()
    }
    return replace(field, u=u)


def _labelled_u(records: Records, parties: npt.NDArray[np.integer], start: Model) -> dict[str, dict[str, float]]:
    i, j = random_pairs(records, 4 * U_PAIRS)
    apart = (parties[i] != parties[j]) & Scorer(start, records).comparable(i, j)
    i, j = i[apart], j[apart]
    return {
        c.name: shares(level_shares(c, c.compare(records, i, j)), start.fields[c.name].u, 1.0)
        for c in start.comparisons
    }


def _scaled(u: dict[str, dict[str, float]], factor: float) -> dict[str, dict[str, float]]:
    scaled = {}
    for name, levels in u.items():
        social = SOCIAL.get(name, ())
        part = {level: share * (factor if level in social else 1.0) for level, share in levels.items()}
        scaled[name] = {level: share / sum(part.values()) for level, share in part.items()}
    return scaled


def _labelled_pairs(parties: npt.NDArray[np.integer]) -> tuple[Rows, Rows]:
    """Each record with the next few of its party: enough to learn from, and linear in the size of large parties."""
    order = np.argsort(parties, kind="stable")
    pairs = []
    for step in (1, 2, 3):
        i, j = order[:-step], order[step:]
        same = parties[i] == parties[j]
        pairs.append((i[same], j[same]))
    return np.concatenate([i for i, _ in pairs]), np.concatenate([j for _, j in pairs])


def some_candidates(records: Records, blocks: Blocks) -> Sample:
    """Candidate pairs, thinned evenly by a hash when there are very many; those left out are never written down."""
    share = min(1.0, CANDIDATES / max(blocks.pairs, 1))
    found = list(map_ahead(lambda chunk: chunk(), drawn(blocks, mix(records.rank.astype(np.uint64)), share)))
    none = np.zeros(0, np.int64), np.zeros(0, np.int64)
    i, j = (np.concatenate(column) for column in zip(*[none, *found], strict=True))
    return Sample(i, j, share)


LISTED = 1e-4  # share from which a value is listed with its own frequency


def value_frequencies(texts: Texts, least: int = 3) -> Frequencies:
    """Frequencies of a column's values; those held by fewer than ``least`` records share one frequency."""
    counts = np.bincount(texts.codes, minlength=len(texts.values)).astype(np.float64)
    counts[0] = 0
    total = max(counts.sum(), 1.0)
    listed = np.flatnonzero(counts >= max(least, LISTED * total))
    others = np.count_nonzero(counts) - len(listed)
    rest = (total - counts[listed].sum()) / total / others if others else 1.0 / total
    names = zip(gather(texts.values, listed), (counts[listed] / total).tolist(), strict=True)
    return Frequencies(rest, dict(sorted(names)))


def frequencies(records: Records, extra: tuple[str, ...] = ()) -> dict[str, Frequencies]:
    """Frequency tables for every column that sharpens a comparison."""
    tables = {}
    for name in sorted({name for comparison in comparisons(extra) for name in comparison.rarity.values()}):
        column = column_of(records, name)
        if column is not None and column.present.any():
            tables[name] = word_frequencies(column) if name in OF_WORDS else value_frequencies(column)
    return tables


OF_WORDS = frozenset({"company"})  # columns of which a value is as rare as its words


def word_frequencies(texts: Texts) -> Frequencies:
    """Frequencies of the words of a column's distinct values; those of one value only share one frequency.

    Each value counts once: how many records a party has says nothing of how many parties bear a name. But one that stands in
    far more records than others do is borne by several.
    """
    records = np.bincount(texts.codes, minlength=len(texts.values))
    records[0] = 0
    many = _MANY * int(records.sum()) / max(int(np.count_nonzero(records)), 1)
    common = np.flatnonzero(records > many)
    whole = dict(zip(gather(texts.values, common), ((records[common] - many) / records.sum()).tolist(), strict=True))
    values = [value.split(" ") for value in texts.values.to_list() if value]
    counts = Counter(word for words in values for word in words)
    sizes = Counter(len(words) for words in values)
    total = counts.total()
    listed = {word: count for word, count in counts.items() if count >= max(2, LISTED * total)}
    others = len(counts) - len(listed)
    rest = (total - sum(listed.values())) / total / others if others else 1.0 / total
    lengths = tuple(max(sizes[length], 0.5) / len(values) for length in range(1, max(sizes) + 1))
    return Frequencies(rest, {word: count / total for word, count in sorted(listed.items())}, lengths, whole)


_MANY = 3.0  # times as many records as the mean name has


EXTRA_FIELD = Field(
    m={"exact": 0.7, "near": 0.05, "part": 0.1, "different": 0.15},
    u={"exact": 0.02, "near": 0.002, "part": 0.01, "different": 0.968},
)
