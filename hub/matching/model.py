"""The model: a versioned file that a person can read and diff, and nothing else that decides.

Fellegi & Sunter (1969): a pair's evidence is the sum over fields of log2(m/u), where m is the probability of the observed
level among pairs of one party and u among pairs of two. Agreement on a rare value says more than on a common one: its
weight is sharpened by the value's own frequency (Winkler 2000). The prior is the log2 odds that two records picked at random
are one party.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from hub.errors import Invalid
from hub.matching.comparison import Comparison, comparisons
from hub.matching.keys import NETWORK
from hub.matching.levels_of_contacts import SAME_CAR

START_MODEL = Path(__file__).parent / "models" / "start.yml"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Field:
    """The parameters of one comparison.

    Attributes:
        m: probability of each level (by name, "missing" left out) among pairs of one party.
        u: the same among pairs of two parties.
        forbids: levels that may not occur between any two records of one cluster.
        kin: probability of each level among pairs of relatives (or colleagues), who share what a household shares; where it is
            empty they are like any two parties.
    """

    m: dict[str, float]
    u: dict[str, float]
    forbids: tuple[str, ...] = ()
    kin: dict[str, float] = field(default_factory=dict)

    def weight(self, level: str) -> float:
        """log2(m/u) of a level; 0 for "missing" and for a level the model does not know."""
        if level not in self.m:
            return 0.0
        return round(math.log2(self.m[level] / self.u[level]), 3)

    def kin_weight(self, level: str) -> float:
        """log2(kin/u) of a level: how much more often relatives show it than any two parties."""
        if level not in self.kin:
            return 0.0
        return round(math.log2(self.kin[level] / self.u[level]), 3)


@dataclass(frozen=True)
class Frequencies:
    """How often a value occurs among distinct parties.

    Attributes:
        rest: the frequency assumed for a value that is not listed.
        values: listed frequencies, a share of 1.
        words: if these are of the words that values are made of: the share of values of one word, of two words …; there are no
            longer ones. A value is as frequent as its words make it, each drawn by itself (a unigram model), at the least.
        whole: of such values those that are more frequent as a whole, and how frequent.
        least: no value counts as rarer.
    """

    rest: float
    values: dict[str, float] = field(default_factory=dict)
    words: tuple[float, ...] = ()
    whole: dict[str, float] = field(default_factory=dict)
    least: float = 2.0**-20  # one in a million

    @cached_property
    def typical(self) -> float:
        """The chance that two parties picked at random agree: the sum of squared frequencies."""
        listed = sum(self.values.values())
        squares = sum(share * share for share in self.values.values()) + self.rest * max(1.0 - listed, 0.0)
        if not self.words:
            return squares
        return sum(share**2 * squares**length for length, share in enumerate(self.words, 1))

    def share(self, value: str) -> float:
        """How frequent a value is."""
        if not self.words:
            return max(self.values.get(value, self.rest), self.least)
        drawn = value.split(" ")
        made = self.words[min(len(drawn), len(self.words)) - 1]
        for word in drawn:
            made *= self.values.get(word, self.rest)
        return max(made, self.whole.get(value, 0.0), self.least)


@dataclass(frozen=True)
class Model:
    """Everything that scoring and clustering depend on besides the records themselves.

    Attributes:
        version: its name; two models with the same name have the same content.
        prior: log2 odds that two records picked at random are one party.
        match: log2 odds from which clusters merge.
        review: log2 odds from which a pair waits for a steward.
        name_cap: bits that the parts of a name may count together.
        fields: parameters by comparison.
        frequencies: frequencies by column.
        keys: kinds of blocking keys (`hub.matching.keys`) under which candidates meet.
        extra: further textual fields it knows.
        trained_on: what the parameters were estimated from, in words.
        quality: what was measured, by name.
        kin: log2 odds that two records picked at random are of two relatives; None where the model does not tell them from
            any two parties.
    """

    version: str
    prior: float
    match: float
    review: float
    name_cap: float
    fields: dict[str, Field]
    frequencies: dict[str, Frequencies] = field(default_factory=dict)
    keys: tuple[str, ...] = NETWORK
    extra: tuple[str, ...] = ()
    trained_on: str = ""
    quality: dict[str, Any] = field(default_factory=dict)
    kin: float | None = None

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The comparisons that this model has parameters for, in their fixed order."""
        return tuple(c for c in comparisons(self.extra) if c.name in self.fields)

    @cached_property
    def tables(self) -> tuple[list[Floats], list[npt.NDArray[np.bool_]]]:
        """For each of `comparisons` its `weights` and what it has `forbidden`."""
        return [self.weights(c) for c in self.comparisons], [self.forbidden(c) for c in self.comparisons]

    @cached_property
    def kin_tables(self) -> list[Floats]:
        """For each of `comparisons` the kin weight of each level."""
        return [
            np.array([self.fields[c.name].kin_weight(level) for level in c.levels], np.float32)
            for c in self.comparisons
        ]

    def weights(self, comparison: Comparison) -> Floats:
        """The weight of each level, as an array to be indexed by level."""
        parameters = self.fields[comparison.name]
        return np.array([parameters.weight(level) for level in comparison.levels], np.float32)

    def forbidden(self, comparison: Comparison) -> npt.NDArray[np.bool_]:
        """Which levels may not occur within a cluster."""
        return np.array([level in self.fields[comparison.name].forbids for level in comparison.levels])


def dump(model: Model) -> str:
    """The model as YAML: stable order, short numbers."""
    body: dict[str, Any] = {
        "version": model.version,
        "trained_on": model.trained_on,
        "quality": model.quality,
        "prior": round(model.prior, 3),
        "match": round(model.match, 3),
        "review": round(model.review, 3),
        "name_cap": round(model.name_cap, 3),
        **({"kin": round(model.kin, 3)} if model.kin is not None else {}),
        "keys": list(model.keys),
        "extra": list(model.extra),
        "fields": {
            name: {
                **({"forbids": list(parameters.forbids)} if parameters.forbids else {}),
                "m": {level: _short(value) for level, value in parameters.m.items()},
                "u": {level: _short(value) for level, value in parameters.u.items()},
                **(
                    {"kin": {level: _short(value) for level, value in parameters.kin.items()}} if parameters.kin else {}
                ),
            }
            for name, parameters in model.fields.items()
        },
        "frequencies": {
            column: {
                **({"words": [_short(share) for share in table.words]} if table.words else {}),
                **(
                    {"whole": {value: _short(table.whole[value]) for value in sorted(table.whole)}}
                    if table.whole
                    else {}
                ),
                **({"least": _short(table.least)} if table.least != Frequencies.least else {}),
                "rest": _short(table.rest),
                "values": {value: _short(share) for value, share in sorted(table.values.items())},
            }
            for column, table in model.frequencies.items()
        },
    }
    text: str = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=110)
    return text


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def load(text: str, source: str = "model") -> Model:
    """Read a model.

    Raises:
        Invalid: the text is no model; the message names the place.
    """
    try:
        body = yaml.load(text, Loader=_LOADER)
        return Model(
            version=str(body["version"]),
            prior=float(body["prior"]),
            match=float(body["match"]),
            review=float(body["review"]),
            name_cap=float(body["name_cap"]),
            fields={
                name: Field(
                    _read(name, parameters["m"]),
                    _read(name, parameters["u"]),
                    tuple(parameters.get("forbids", ())),
                    _read(name, parameters.get("kin") or {}),
                )
                for name, parameters in body["fields"].items()
            },
            frequencies={
                column: Frequencies(
                    float(table["rest"]),
                    {str(k): float(v) for k, v in table["values"].items()},
                    tuple(float(share) for share in table.get("words") or ()),
                    {str(k): float(v) for k, v in (table.get("whole") or {}).items()},
                    float(table.get("least", Frequencies.least)),
                )
                for column, table in (body.get("frequencies") or {}).items()
            },
            keys=tuple(str(kind) for kind in body["keys"]),
            extra=tuple(body.get("extra") or ()),
            trained_on=str(body.get("trained_on", "")),
            quality=dict(body.get("quality") or {}),
            kin=float(body["kin"]) if body.get("kin") is not None else None,
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(
            f"{source} is not a model: {type(error).__name__} at {error}. Compare it with models/start.yml."
        ) from error


def _read(name: str, shares: dict[str, Any]) -> dict[str, float]:
    """The share of each level.

    A model from before roles were dated knows but one level of a car in common: all weigh as it. Likewise one from before
    companies' names could be akin.
    """
    read = {level: float(share) for level, share in shares.items()}
    if name == "vehicles" and "shared" in read:
        return {**dict.fromkeys(SAME_CAR, read["shared"]), **read}
    if name == "company" and "part" in read:
        return {**read, "akin": read.get("akin", read["part"])}
    return read


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def start_model() -> Model:
    """The model that ships with the hub, so that the first night works without training."""
    return load(START_MODEL.read_text("utf-8"), START_MODEL.name)
