"""The model's versions: train one on the present base, install, compare, activate. No night does any of this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from hub.errors import Invalid
from hub.flows.base import Base, extra_fields, read_base, read_model, share_lost
from hub.matching.evaluate import Quality, quality
from hub.matching.model import Model, dump, load
from hub.matching.own_model import is_unlike, own_model
from hub.matching.quality import estimate_quality, scored_candidates
from hub.matching.resolve import resolve
from hub.matching.retrain import Difference, differences, enough, named, train_labelled, train_unlabelled
from hub.store.engine import Database
from hub.store.models import Installed, activate_model, install_model, list_models, model_body
from hub.store.partition import lock_partition


def train(db: Database, truth: Path | None = None, start: str = "active", own: bool | None = None) -> Model:
    """Train a model on the present base and keep it, not in force.

    Args:
        truth: labels: dealer, feed, record_no, party_id; without them the model learns by itself.
        start: the model that gives keys, contradictions and thresholds, and steadies rare levels.
        own: whether these, too, follow from the base; unless said, they do where ``start`` loses much of it. Not with labels.

    Raises:
        Invalid: the base is too small, or the labels fit it badly.
    """
    base = read_base(db, start)
    model = _labelled(base, truth) if truth else _unlabelled(base, own)
    with db.worker() as conn:
        install_model(conn, model.version, dump(model), datetime.now(UTC))
    return model


def _unlabelled(base: Base, own: bool | None) -> Model:
    extra = tuple(sorted({*base.model.extra, *extra_fields(base.frame)}))
    records = base.records(extra)
    said = f"{len(records):,} records of {base.names['dealer'].n_unique():,} dealers, without labels, from {base.model.version}"
    if own is None:
        own = is_unlike(share_lost(base.frame, base.model, base.own))
    if own:
        said += "; keys, contradictions and thresholds of the base's own"
        model = named(own_model(enough(records), base.model, extra), said)
    else:
        model = named(train_unlabelled(records, base.model, extra), said)
    measured = replace(base, model=model)
    estimate = estimate_quality(scored_candidates(measured.scorer, measured.keys), model)
    told = {
        "expected, without labels": {
            "precision of pairs": round(estimate.precision, 4),
            "recall among candidates": round(estimate.recall, 4),
        }
    }
    return replace(model, quality=told)


def _labelled(base: Base, truth: Path) -> Model:
    parties = base.parties(truth)
    known = np.flatnonzero(parties >= 0)
    part = replace(base, frame=base.frame[known], names=base.names[known])
    said = f"{len(known):,} labelled records of {part.names['dealer'].n_unique():,} dealers, from {base.model.version}"
    records = part.records(base.model.extra)
    model = named(train_labelled(records, parties[known], base.model), said)
    found = measure(base, model, truth)
    return replace(model, quality={"on the records it was trained on": _told(found)})


def _told(found: Quality) -> dict[str, float]:
    return {
        "pairwise precision": round(found.precision, 4),
        "pairwise recall": round(found.recall, 4),
        "B³ precision": round(found.b3_precision, 4),
        "B³ recall": round(found.b3_recall, 4),
    }


def measure(base: Base, model: Model, truth: Path) -> Quality:
    """Match the base by a model, in memory, and measure the clusters against the truth."""
    parties = base.parties(truth)
    known = parties >= 0
    clusters = resolve(base.records(model.extra), model)
    return quality(pl.Series(clusters.label[known]), pl.Series(parties[known]))


@dataclass(frozen=True)
class Comparison:
    """Two models: what differs and, with a truth, how good each is on the present base."""

    a: Model
    b: Model
    differences: list[Difference]
    quality_a: Quality | None = None
    quality_b: Quality | None = None


def compare(db: Database, a: str, b: str, truth: Path | None = None) -> Comparison:
    """Compare two models, given by version or as files.

    Raises:
        NotFound: there is no such model.
        Invalid: a file is no model, or the truth knows no record of the base.
    """
    with db.worker() as conn:
        one, other = read_model(conn, a), read_model(conn, b)
    found = list(differences(one, other))
    if truth is None:
        return Comparison(one, other, found)
    base = read_base(db, a)
    return Comparison(one, other, found, measure(base, one, truth), measure(base, other, truth))


def install(db: Database, file: Path) -> tuple[str, bool]:
    """Keep a model that a person wrote or was sent, not in force; returns its version and whether it is new.

    Raises:
        Invalid: the file is no model, or no version can be read from it.
        Conflict: another model bears its version.
    """
    try:
        body = file.read_text("utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{file.name} is not a model: it is not text in UTF-8.") from None
    model = load(body, file.name)
    with db.worker() as conn:
        return model.version, install_model(conn, model.version, body, datetime.now(UTC))


def activate(db: Database, version: str) -> None:
    """Bring a version into force: the next night matches everything anew.

    Raises:
        NotFound: there is none of this name.
    """
    with db.worker() as conn:
        lock_partition(conn)  # not in the midst of a night's match
        activate_model(conn, version)


def versions(db: Database) -> list[Installed]:
    """All versions, and which is in force."""
    with db.worker() as conn:
        return list_models(conn)


def text(db: Database, version: str) -> str:
    """A model as the file that a person reads.

    Raises:
        NotFound: there is none of this name.
    """
    with db.worker() as conn:
        return model_body(conn, version)
