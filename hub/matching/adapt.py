"""A model for one file without labels: three kinds of pairs, told apart by EM.

Two records are of one party, of two relatives, or of any two parties. Relatives share surname, house, phone and what else
a household shares, but not the given name or the birth date; a mixture of two kinds takes them for one party (Larsen &
Rubin 2001 on the third class). So each field has three distributions of levels: m, kin and u. u comes from random pairs; in
what is personal kin is u; all else follows from the candidate pairs, by EM (Dempster, Laird & Rubin 1977). There is no
seed, and the order of records does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from hub.matching.blocks import Blocks, Rows
from hub.matching.chance import chance_levels
from hub.matching.comparison import NAME_PARTS, extra_name
from hub.matching.crowding import Caps, caps, namesakes
from hub.matching.keys import BLOCK_CAP, LOOKUPS, Features, blocking_keys
from hub.matching.levels import Levels, levels_of
from hub.matching.model import Field, Frequencies, Model
from hub.matching.patterns import Patterns, Shares
from hub.matching.records import Records
from hub.matching.score import Scorer, probability
from hub.matching.train import (
    CHANGEABLE,
    EXTRA_FIELD,
    OF_WORDS,
    Sample,
    frequencies,
    lenient,
    level_shares,
    random_pairs,
    shares,
    some_candidates,
    without,
)

ROUNDS = 12
COMPANY, EMAILS, SLIP = "company", "e-mails", "near"
PERSONAL = ("given name", "birth date", "company", "tax id", "registration", "generation")
SHARED = ("surname", "address", "phones", "vehicles")  # what relatives are first thought to share
DIFFERENCES = ("different", "different_women", "unlike", "same_year")
FAITH = 0.1  # share of the start model's m in what is personal, lest EM slowly take relatives for one party
MOST_DIFFERENT = 0.1  # of the pairs of one party, that differ in what is personal
RENAMED = 0.1  # of the pairs of one woman, at the most, in which her surname differs
UNHEARD = 0.01  # m, at the least, of agreement that the start model's base never showed
# No difference speaks against by more than seven bits, nor by more than four where people move: else EM, once it believes
# a difference impossible, never sees one again. Beside the name two fields are needed to tell how many pairs of one party
# differ in either (a mixture of two kinds is not identifiable from two fields); with one, by two and a half at most
LEAST, PATIENCE, BLIND_PATIENCE = 2.0**-7, 2.0**-4, 2.0**-2.5
BESIDE_NAMES = 0.1  # share of the candidates that must tell something in a field
TWO_PARTIES = 0.05  # probability, at the most, of namesakes to be of one party that are taken for two
_UNCAPPED = 99.0
PAIRS_PER_RECORD = 400  # that a choice of keys may cost


@dataclass(frozen=True)
class _Drawn:
    """Random pairs and their level in each comparison."""

    i: Rows
    j: Rows
    levels: Levels


def _drawn(records: Records, model: Model) -> _Drawn:
    i, j = random_pairs(records)
    return _Drawn(i, j, levels_of(records, model.comparisons, i, j))


def caps_of(records: Records) -> Caps:
    """Caps that suit a file."""
    return caps(namesakes(records, *random_pairs(records)), len(records))


def adapt(
    records: Records,
    start: Model,
    extra: tuple[str, ...] = (),
    keys: tuple[str, ...] = (),
    within: Caps | None = None,
    pairs_per_record: int = PAIRS_PER_RECORD,
    blocks: Blocks | None = None,
) -> Model:
    """Adapt a model to a file without labels: u and frequencies from its values, m, kin and the priors from its candidates.

    Args:
        keys: kinds of keys; chosen for the file if none are given.
        within: caps; those that suit the file unless given.
        pairs_per_record: what a choice of keys may cost.
        blocks: of these ``keys``, where they are there already.
    """
    with ThreadPoolExecutor(1) as beside:
        sample = beside.submit(some_candidates, records, blocks) if blocks else None
        return _adapted(records, start, extra, keys, within, pairs_per_record, sample)


def _adapted(
    records: Records,
    start: Model,
    extra: tuple[str, ...],
    keys: tuple[str, ...],
    within: Caps | None,
    pairs_per_record: int,
    sample: Future[Sample] | None,
) -> Model:
    fields = dict(start.fields)
    for name in extra:
        fields.setdefault(extra_name(name), EXTRA_FIELD)
    model = replace(start, version=f"{start.version}+adapted", extra=extra, fields=fields)
    random = _drawn(records, model)
    share = namesakes(records, random.i, random.j)
    within = within or caps(share, len(records))
    u = {
        c.name: shares(level_shares(c, level), model.fields[c.name].u)
        for c, level in zip(model.comparisons, random.levels, strict=True)
    }
    tables = frequencies(records, extra)
    if within.block > BLOCK_CAP:  # many records of one name are of one party here
        tables = {name: replace(table, whole={}) for name, table in tables.items()}
    model = replace(
        model,
        fields={name: replace(_open_minded(field), u=u[name]) for name, field in model.fields.items()},
        frequencies={name: table for name, table in tables.items() if name not in OF_WORDS},
        prior=float(np.log2(max(share, 1 / max(len(records), 2)))),  # each record has one companion, or its namesakes
        name_cap=_UNCAPPED,
        keys=keys or choose_keys(records, extra, within.block, pairs_per_record),
    )
    some = sample.result() if sample else some_candidates(records, Blocks.of_records(records, model.keys, within.block))
    learned = with_words(records, estimate_three(records, model, random, within, some), tables, some)
    match = threshold(learned.prior, len(records))
    return replace(learned, match=match, review=match - REVIEWED)


def with_words(records: Records, model: Model, tables: dict[str, Frequencies], sample: Sample) -> Model:
    """The model with the rarity of values that are made of words, which tells apart the pairs that it gave one weight.

    How many of them are of one party stays what it said: words are not drawn each by itself, so EM knows that better.
    """
    sharpened = replace(model, frequencies={**model.frequencies, **{n: t for n, t in tables.items() if n in OF_WORDS}})
    if sharpened.frequencies.keys() == model.frequencies.keys():
        return model
    levels = levels_of(records, model.comparisons, sample.i, sample.j)
    before = Scorer(model, records).weigh(sample.i, sample.j, levels).weight
    scorer = Scorer(sharpened, records)
    fields = dict(model.fields)
    for number, (comparison, level) in enumerate(zip(model.comparisons, levels, strict=True)):
        if OF_WORDS.isdisjoint(comparison.rarity.values()):
            continue
        u = dict(fields[comparison.name].u)
        for at, rarity in scorer.rarities(number, level, sample.i, sample.j):
            u[comparison.levels[level[at[0]]]] *= 2.0 ** -_shift(
                before[at].astype(np.float64), rarity.astype(np.float64)
            )
        fields[comparison.name] = replace(fields[comparison.name], u=u)
    return replace(sharpened, fields=fields)


def _shift(bits: Shares, added: Shares) -> float:
    """What is to be added beside, so that as many of some pairs are expected to be of one party as before; by bisection."""
    expected = probability(bits).sum()
    low, high = -float(added.max()), -float(added.min())
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if probability(bits + added + middle).sum() > expected else (middle, high)
    return low


REVIEWED = 4.0  # bits below the threshold from which a pair waits for a steward


def threshold(prior: float, n: int) -> float:
    """The score from which clusters of a file merge.

    Even odds, corrected for what the mean over a cluster's pairs leaves out: where a record has many companions, they vouch
    for each other, and the mean is too cautious; where it has hardly any, a coincidence is likelier than it seems. The slope
    was found on generated sets and on the half of the historical records that is meant for tuning.
    """
    return float(np.clip(-np.log2(companions(prior, n) / 1.75), -3.0, 1.0))


def companions(prior: float, n: int) -> float:
    """How many other records of its party a record of a file has, on average."""
    return float(2.0**prior * n)


def estimate_three(records: Records, model: Model, random: _Drawn, within: Caps, sample: Sample) -> Model:
    """EM over one party, relatives, and any two parties.

    Random pairs hold a few of one party, and where agreement is rare these few are most of it: their share is taken out of u.
    """
    patterns = Patterns.of(Scorer(_with_relatives(model), records), sample.i, sample.j)
    model = _counted(model, len(records), sample, patterns, random)
    telling = _telling(model, patterns)
    by_chance = chance_levels(records)
    if by_chance and not telling:
        model = _with_u(model, by_chance)
    first = _with_relatives(model)
    learner = _Learner(
        patterns,
        sample.share,
        model,
        len(records) * (len(records) - 1) / 2,
        PATIENCE if telling > 1 else BLIND_PATIENCE,
        shares(by_chance, model.fields[COMPANY].u, 1.0) if by_chance else {},
        not telling,
    )
    # what random pairs of a crowded file show is hardly chance
    model = _with_u(first, by_chance) if by_chance and within.block > BLOCK_CAP else first
    for _ in range(ROUNDS):
        model = learner.round(model)
    return replace(model, fields={name: _doubtful(lenient(parameters)) for name, parameters in model.fields.items()})


def _with_relatives(model: Model) -> Model:
    """The model with a first idea of what relatives show."""
    fields = {
        name: field if name in PERSONAL else replace(field, kin=dict(field.m if name in SHARED else field.u))
        for name, field in model.fields.items()
    }
    return replace(model, kin=model.prior, fields=fields)


def _doubtful(field: Field) -> Field:
    """Forbid only what speaks loudly against: a whole cluster's veto needs more than a few bits."""
    return replace(field, forbids=tuple(level for level in field.forbids if field.weight(level) <= VETO))


VETO = -5.0  # bits


def _counted(model: Model, n: int, sample: Sample, patterns: Patterns, random: _Drawn) -> Model:
    """u as counted over all pairs: candidates one by one, the others by the random pairs that are none.

    Rare agreement is nearly all among the candidates, where it is counted and not guessed from a handful of random pairs.
    """
    if sample.share < 1.0:
        return model
    packed = np.minimum(random.i, random.j) << 32 | np.maximum(random.i, random.j)
    known = np.sort(sample.i << 32 | sample.j)
    other = known[np.minimum(np.searchsorted(known, packed), len(known) - 1)] != packed if len(known) else packed >= 0
    times = n * (n - 1) / 2 / len(packed)
    fields = {}
    for comparison, level, drawn in zip(model.comparisons, patterns.levels, random.levels, strict=True):
        field = model.fields[comparison.name]
        inside = level_shares(comparison, level, patterns.pairs)
        beside = level_shares(comparison, drawn[other])
        counts = {each: inside[each] + times * beside[each] for each in inside}
        fields[comparison.name] = replace(field, u=shares(counts, field.u))
    return replace(model, fields=fields)


@dataclass(frozen=True)
class _Learner:
    """What all rounds look at.

    Attributes:
        patterns: of the candidates that training looks at, which are ``share`` of all.
        start: gives u as seen in random pairs, and m that personal fields hold on to.
        pairs: how many pairs the file has.
        patience: share of u that m of a difference is at the least, in what people change.
        by_chance: u of companies' names as chance has it (`hub.matching.chance`): no names agree more seldom.
        known: it is u, and not learned.
    """

    patterns: Patterns
    share: float
    start: Model
    pairs: float
    patience: float
    by_chance: dict[str, float]
    known: bool

    def round(self, model: Model) -> Model:
        """One step of EM."""
        one, kin = (self.patterns.by_kind(p * self.patterns.count) for p in self.patterns.posteriors(model))
        one_share, kin_share = self._share(one, 1.0), self._share(kin, 0.01)
        fields: dict[str, Field] = {}
        for comparison, level in zip(model.comparisons, self.patterns.levels, strict=True):
            name, former, start = comparison.name, model.fields[comparison.name], self.start.fields[comparison.name]
            m = shares(level_shares(comparison, level, one), former.m)
            m = _plausible(name, m, former.u, start.m, self.patience)
            relatives = {} if name in PERSONAL else shares(level_shares(comparison, level, kin), former.kin)
            u = {
                each: without(seen, one_share * m[each] + kin_share * relatives.get(each, seen))
                for each, seen in start.u.items()
            }
            if name == COMPANY and self.by_chance:
                u = start.u if self.known else {each: max(share, self.by_chance[each]) for each, share in u.items()}
            fields[name] = replace(former, m=m, u=u, kin=relatives)
        if EMAILS in fields:
            fields[EMAILS] = self._of_namesakes(model, fields[EMAILS])
        fields = {**fields, **_coherent(fields), "surname": self._among_women(fields["surname"], one, kin)}
        return replace(model, fields=fields, prior=_log2_odds(one_share), kin=_log2_odds(kin_share))

    def _share(self, posterior: Shares, least: float) -> float:
        """The share of all pairs; ``least``: pairs that there are at the least."""
        return min(max(float(posterior.sum()) / self.share, least) / self.pairs, 0.5)

    def _of_namesakes(self, model: Model, emails: Field) -> Field:
        """u of addresses a slip apart, as two namesakes have them: most addresses are made from the name.

        Any two parties hardly ever have such addresses. Were that their u, name and address would count one agreement twice, and
        EM would take namesakes for one party. Which namesakes are two parties is told by all but the address.
        """
        place = {comparison.name: number for number, comparison in enumerate(model.comparisons)}
        levels = {name: self.patterns.levels[number] for name, number in place.items()}
        named = model.comparisons[place[EMAILS]].levels
        slips, others = levels[EMAILS] == named.index(SLIP), levels[EMAILS] == named.index("different")
        namesakes = (levels["surname"] == 1) & (levels["given name"] == 1)
        if COMPANY in levels:
            namesakes |= levels[COMPANY] == 1
        one, _ = self.patterns.posteriors(model, silent=place[EMAILS])
        chosen = (namesakes & (slips | others))[self.patterns.kind]
        pairs = self.patterns.count * (chosen & (one < TWO_PARTIES))
        # the few of one party among them: of these, too, some addresses are a slip apart
        unequal = emails.m[SLIP] + emails.m["different"]
        of_one = float((pairs * one * unequal / (one * unequal + 1 - one)).sum())
        counted = {SLIP: max(float(self.patterns.by_kind(pairs)[slips].sum()) - of_one * emails.m[SLIP] / unequal, 0.0)}
        counted["different"] = max(float(pairs.sum()) - of_one - counted[SLIP], 0.0)
        return replace(emails, u={**emails.u, SLIP: max(emails.u[SLIP], shares(counted, emails.u)[SLIP])})

    def _among_women(self, surname: Field, one: Shares, kin: Shares) -> Field:
        """Judge women's different surnames among pairs of women alone, and swapped names as `_swapped` says."""
        names = next((place for place, c in enumerate(self.start.comparisons) if c.name == "surname"))
        level = self.patterns.levels[names]
        changed = level == self.start.comparisons[names].levels.index("different_women")
        known = self.patterns.women & (level != 0)

        def share(weight: Shares) -> float:
            return (float(weight[changed].sum()) + 1.0) / (float(weight[known].sum()) + 20.0)

        u = 1.0 - surname.u["exact"]
        m = max(min(share(one), u, RENAMED), surname.m["different"])
        relatives = max(min(share(kin), u), surname.kin["different"])
        field = replace(
            surname,
            m={**surname.m, "different_women": m},
            u={**surname.u, "different_women": u},
            kin={**surname.kin, "different_women": relatives},
        )
        field = _swapped(field, max(float(np.log2(max(field.m["swapped"], 1e-9))), -5.0))
        return replace(field, kin={**field.kin, "swapped": field.u["swapped"] * 2.0**-12})


def _log2_odds(share: float) -> float:
    return float(np.log2(share / (1 - share)))


def _open_minded(field: Field) -> Field:
    """m in which no level that may speak for one party is unheard of: what one base never shows another is full of."""
    m = {level: share if level in DIFFERENCES else max(share, UNHEARD) for level, share in field.m.items()}
    return replace(field, m={level: share / sum(m.values()) for level, share in m.items()})


def _telling(model: Model, patterns: Patterns) -> int:
    """How many fields tell something beside the name."""
    pairs = patterns.pairs
    named = {*NAME_PARTS, "company", "sex", "generation"}
    return len(
        [
            comparison
            for comparison, level in zip(model.comparisons, patterns.levels, strict=True)
            if comparison.name not in named and pairs[level != 0].sum() > BESIDE_NAMES * pairs.sum()
        ]
    )


def _with_u(model: Model, by_chance: dict[str, float]) -> Model:
    """The model with u of the names of companies as chance has it."""
    field = model.fields[COMPANY]
    return replace(model, fields={**model.fields, COMPANY: replace(field, u=shares(by_chance, field.u, 1.0))})


def _plausible(
    name: str, m: dict[str, float], u: dict[str, float], start: dict[str, float], patience: float
) -> dict[str, float]:
    """m within reason."""
    if name in PERSONAL:
        m = {level: (1 - FAITH) * share + FAITH * start[level] for level, share in m.items()}
        m = {level: min(share, MOST_DIFFERENT) if level in DIFFERENCES else share for level, share in m.items()}
    least = patience if name in CHANGEABLE else LEAST
    return {level: max(share, least * u[level]) for level, share in m.items()}


def _coherent(fields: dict[str, Field]) -> dict[str, Field]:
    """Sex follows from the given name, so its agreement says nothing; swapped names agree as names do."""
    sex = fields["sex"]
    equal = sex.m["equal"]
    sex = replace(sex, u={**sex.u, "equal": equal}, kin={**sex.kin, "equal": equal})
    return {"sex": sex, "given name": _swapped(fields["given name"], 0.0)}


def _swapped(field: Field, discount: float) -> Field:
    """Two names in each other's place are as rare as the two in their own; they are just seldom swapped."""
    return replace(field, u={**field.u, "swapped": field.m["swapped"] / 2 ** (field.weight("exact") + discount)})


# ------------------------------------------------------------------ keys

_COMBINED = (
    "name", "name's beginning", "given name", "surname", "birth date", "birth year", "birthday", "postcode",
    "postal area", "city", "street", "phone", "company",
)  # fmt: skip
_FILLED = 0.02  # share of records that must have a feature for it to be worth a key


def choose_keys(
    records: Records, extra: Sequence[str] = (), cap: int = BLOCK_CAP, pairs_per_record: int = PAIRS_PER_RECORD
) -> tuple[str, ...]:
    """Choose blocking keys for a file: single features and pairs of features, the cheapest first, within a budget of pairs."""
    features = Features(records)
    names = [name for name in (*_COMBINED, *(f"extra:{name}" for name in extra)) if _is_filled(features, name)]
    kinds = [*names, *(", ".join(pair) for pair in combinations(names, 2)), *LOOKUPS, "all names"]
    costs = {kind: _cost(records, kind, cap) for kind in dict.fromkeys(kinds)}
    budget, settled = pairs_per_record * len(records), frozenset[str]()
    while True:
        chosen = _within(costs, budget, settled)
        whole = frozenset(kind for kind in chosen if ", " not in kind and costs[kind].whole)
        if whole <= settled:
            return chosen
        settled |= whole


def _within(costs: dict[str, _Cost], budget: int, settled: frozenset[str]) -> tuple[str, ...]:
    """The cheapest kinds within a budget of pairs; none that combines a feature which alone finds all that it would."""
    chosen, spent = [], 0
    for kind, cost in sorted(costs.items(), key=lambda item: (item[1].pairs, item[0])):
        if kind not in settled and not settled.isdisjoint(kind.split(", ")):
            continue
        spent += cost.pairs
        if cost.pairs and spent <= budget:
            chosen.append(kind)
    return tuple(chosen)


def _is_filled(features: Features, name: str) -> bool:
    return features[name].records >= _FILLED * len(features.records)


@dataclass(frozen=True)
class _Cost:
    """The pairs that the blocks of one kind make, and whether no block is too large to make any."""

    pairs: int
    whole: bool


def _cost(records: Records, kind: str, cap: int) -> _Cost:
    keys = np.sort(blocking_keys(records, (kind,)).keys)
    size = np.diff(np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1], [True]])))
    small = size[size <= cap]
    return _Cost(int((small * (small - 1) // 2).sum()), len(small) == len(size))
