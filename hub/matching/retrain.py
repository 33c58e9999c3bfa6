"""A model for a base, and two models compared: what `dealerhub model` trains, names and tells apart.

A model takes its parameters from the base, with labels or without; what may contradict, the keys and the thresholds stay
those of the model it starts from. Nothing here decides that a model comes into force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hub.errors import Invalid
from hub.matching.comparison import extra_name
from hub.matching.model import Field, Frequencies, Model, dump, load
from hub.matching.records import Records
from hub.matching.train import (
    EXTRA_FIELD,
    LEAST,
    MOST,
    MOST_OTHERS,
    SOCIAL,
    estimate,
    estimate_u,
    fit,
    frequencies,
    patient,
    told,
)

LEAST_RECORDS = 1000  # fewer teach nothing


def train_unlabelled(records: Records, start: Model, extra: tuple[str, ...] = ()) -> Model:
    """A model of the records at hand: u, m and the prior estimated without labels (`hub.matching.train.estimate`).

    The prior follows the size of the base. What a name, a phone or any one field may count moves with it, so that whatever
    merges nobody alone under ``start`` merges nobody alone under the new model.

    Raises:
        Invalid: too few records.
    """
    enough(records)
    fields = {**dict.fromkeys(map(extra_name, extra), EXTRA_FIELD), **start.fields}
    model = replace(start, extra=tuple(sorted({*start.extra, *extra})), fields=fields)
    u = estimate_u(records, model)
    model = replace(
        model,
        fields={name: replace(field, u=u[name]) for name, field in fields.items()},
        frequencies=frequencies(records, model.extra),
        prior=-float(np.log2(len(records))),
    )
    learned = estimate(records, model)
    shift = learned.prior - start.prior
    learned_fields = {
        name: _within(replace(field, forbids=fields[name].forbids), name, start, shift)
        for name, field in learned.fields.items()
    }
    return replace(
        learned,
        name_cap=start.name_cap - shift,
        fields=told(_by_words(learned_fields, learned.frequencies.get(COMPANY))),
    )


COMPANY = "company"


def _by_words(fields: dict[str, Field], names: Frequencies | None) -> dict[str, Field]:
    """No names of companies agree more seldom than their words do: those of one party are nearly all that agree."""
    if names is None or COMPANY not in fields:
        return fields
    u = fields[COMPANY].u
    return {**fields, COMPANY: replace(fields[COMPANY], u={**u, "exact": max(u["exact"], names.typical)})}


def train_labelled(records: Records, parties: npt.NDArray[np.integer], start: Model) -> Model:
    """A model from records whose party is known (`hub.matching.train.fit`), for a base of the size that ``start`` is for.

    Raises:
        Invalid: too few records, or no party has two of them.
    """
    enough(records)
    if len(np.unique(parties)) == len(parties):
        raise Invalid("No party of the truth has two records in the base: there is nothing to learn from.")
    return fit(records, parties, start, start.version)


def enough(records: Records) -> Records:
    """The records.

    Raises:
        Invalid: too few to learn from.
    """
    if len(records) < LEAST_RECORDS:
        raise Invalid(f"{len(records):,} records teach nothing; a model needs {LEAST_RECORDS:,} of them at least.")
    return records


def _within(field: Field, name: str, start: Model, shift: float) -> Field:
    """What random pairs cannot show is taken from ``start``, and every weight is bounded.

    How often relatives and colleagues share a phone, an e-mail address or a house is too rare to be seen in random pairs.
    By how much such a level speaks for one party beyond the prior is therefore what ``start`` says.
    """
    most = MOST.get(name, MOST_OTHERS) - shift
    u = {}
    for level, share in field.u.items():
        if level in SOCIAL.get(name, ()) and name in start.fields:
            weight = start.fields[name].weight(level)
            share = field.m[level] / 2 ** (weight - shift if weight > 0 else weight)
        u[level] = min(max(share, field.m[level] / 2**most), max(field.m[level] / 2**LEAST, 1e-300))
    u = {level: min(share, 1.0) for level, share in u.items()}
    return replace(field, m=patient(name, field.m, u), u=u)


def named(model: Model, trained_on: str, stem: str = "trained") -> Model:
    """The model under a name made from its content: two models of one name have the same parameters."""
    bare = replace(model, version="", trained_on=trained_on, quality={})
    version = f"{stem}-{hashlib.sha256(dump(bare).encode()).hexdigest()[:10]}"
    # as it will be read back: rounded as the file rounds
    return load(dump(replace(bare, version=version)), version)


# ------------------------------------------------------------------ differences


@dataclass(frozen=True)
class Difference:
    """What two models say of one thing; None where one of them does not know it."""

    part: str
    detail: str
    a: float | str | None
    b: float | str | None


def differences(a: Model, b: Model, least: float = 0.05) -> Iterator[Difference]:
    """All that differs: numbers, then the weights of levels (bits, by ``least`` or more), then keys and frequencies."""
    for name in ("prior", "match", "review", "name_cap"):
        one, other = getattr(a, name), getattr(b, name)
        if round(one, 3) != round(other, 3):
            yield Difference("number", name, one, other)
    for name in dict.fromkeys((*a.fields, *b.fields)):
        yield from _levels(name, a.fields.get(name), b.fields.get(name), least)
    for part in ("keys", "extra"):
        ones, others = getattr(a, part), getattr(b, part)
        for value in dict.fromkeys((*ones, *others)):
            if (value in ones) != (value in others):
                yield Difference(part, value, _said(value in ones), _said(value in others))
    for column in dict.fromkeys((*a.frequencies, *b.frequencies)):
        one_table, other_table = a.frequencies.get(column), b.frequencies.get(column)
        if one_table != other_table:
            one, other = (len(t.values) if t else None for t in (one_table, other_table))
            yield Difference("frequencies", f"{column}: values listed", one, other)


def _levels(name: str, a: Field | None, b: Field | None, least: float) -> Iterator[Difference]:
    levels = dict.fromkeys([*(a.m if a else ()), *(b.m if b else ())])
    for level in levels:
        one, other = (field.weight(level) if field and level in field.m else None for field in (a, b))
        if one is None or other is None or abs(one - other) >= least:
            yield Difference(name, level, one, other)
        forbids = [bool(field and level in field.forbids) for field in (a, b)]
        if forbids[0] != forbids[1]:
            yield Difference(name, f"{level}: forbidden", *map(_said, forbids))


def _said(flag: bool) -> str:
    return "yes" if flag else "no"
