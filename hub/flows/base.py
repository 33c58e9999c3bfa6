"""The present base as matching sees it, for everything that measures or trains: nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.evaluate import KEY, read_labels, read_truth
from hub.matching.constraints import Constraints
from hub.matching.judgements import Judgement, constraints
from hub.matching.keys import Keys, blocking_keys
from hub.matching.model import Model, load
from hub.matching.own_model import lost, part_of
from hub.matching.records import Records
from hub.matching.resolve import prepare
from hub.matching.retrain import LEAST_RECORDS
from hub.matching.score import Scorer
from hub.store import decisions, shared_contacts
from hub.store import matching as store
from hub.store.engine import Database
from hub.store.models import model_body, record_keys


@dataclass(frozen=True)
class Base:
    """All party records, in the order of their identities.

    Attributes:
        frame: as `hub.store.matching.matching_parties` reads them.
        own: the dealers' own contact points.
        names: ``dealer``, ``feed``, ``record_no`` and ``golden`` of each, in the same order.
        model: the model to measure by.
        judgements: of stewards that stand.
    """

    frame: pl.DataFrame
    own: pl.DataFrame
    names: pl.DataFrame
    model: Model
    judgements: tuple[Judgement, ...] = ()

    @cached_property
    def scorer(self) -> Scorer:
        """The model applied to the base."""
        return Scorer(self.model, self.records(self.model.extra))

    @cached_property
    def keys(self) -> Keys:
        """The keys under which the model lets records meet."""
        return blocking_keys(self.scorer.records, self.model.keys)

    @cached_property
    def said(self) -> Constraints | None:
        """What stewards said of the records."""
        return constraints(self.judgements, self.frame["id"], self.scorer.records.kind)

    def records(self, extra: tuple[str, ...] = ()) -> Records:
        """The records encoded, with these further textual fields."""
        return prepare(self.frame, extra, self.own)

    def clusters(self, links: Path | None) -> npt.NDArray[np.int64]:
        """The cluster of each record as a number: by a file as `dealerhub export links` writes it, or the base's own; −1 unknown.

        Raises:
            Invalid: the file lacks a column, or knows no record of the base.
        """
        if links is None:
            return self.names["golden"].fill_null(-1).to_numpy()
        return self._numbered(read_labels(links, "golden_id"), "golden_id", links)

    def parties(self, truth: Path) -> npt.NDArray[np.int64]:
        """The true party of each record as a number; −1 where the truth does not know it.

        Raises:
            Invalid: the file lacks a column, or knows no record of the base.
        """
        return self._numbered(read_truth(truth), "party_id", truth)

    def _numbered(self, labels: pl.DataFrame, column: str, path: Path) -> npt.NDArray[np.int64]:
        # of a number that was given to another party, the labels mean the later holder
        latest = pl.col("first_seen") == pl.col("first_seen").max().over(KEY)
        names = self.names.with_columns(self.frame["first_seen"]).with_columns(latest=latest)
        joined = names.join(labels, on=list(KEY), how="left", maintain_order="left")
        told = joined.select(pl.when("latest").then(pl.col(column))).to_series()
        if told.null_count() == len(told):
            raise Invalid(f"{path.name} knows no record of this base: compare its dealer, feed and record_no.")
        return (told.rank("dense").cast(pl.Int64) - 1).fill_null(-1).to_numpy()


def read_base(db: Database, model: str = "active") -> Base:
    """Read the base.

    Args:
        model: a version, or the file of one.

    Raises:
        Invalid: the base holds no records of people or companies.
        NotFound: there is no such model.
    """
    with db.worker() as conn:
        chosen = read_model(conn, model)
        names = record_keys(conn)
        frame = store.matching_parties(conn)
        own = shared_contacts.own_contacts(conn)
        judgements = tuple(decisions.standing(conn))
    if frame.is_empty():
        raise Invalid("The base is empty: `dealerhub nightly` fills it.")
    # a record that came between two of the queries is left out
    names = frame.select("rid").join(names, on="rid", how="left", maintain_order="left")
    return Base(frame, own, names, chosen, judgements)


def read_model(conn: Connection, model: str) -> Model:
    """A model by its version, or from a file.

    Raises:
        NotFound: there is neither.
        Invalid: the file is no model.
    """
    path = Path(model)
    if path.suffix in (".yml", ".yaml") and path.exists():
        return load(path.read_text("utf-8"), path.name)
    return load(model_body(conn, model), model)


_FIELDS = ("birth_date", "phones", "emails", "tax_id", "registration_no", "postcode", "vin", "plate")


def extra_fields(frame: pl.DataFrame, least: float = 0.02) -> tuple[str, ...]:
    """The names of further textual fields that enough records have to learn from; never a value that another field lost."""
    texts = frame["extra"].drop_nulls()
    names = texts.str.extract_all(r'"((?:[^"\\]|\\.)*)"\s*:').explode().drop_nulls().value_counts(sort=True)
    frequent = names.filter(pl.col("count") >= least * len(frame))[names.columns[0]].to_list()
    return tuple(sorted(name for name in (text.rstrip(": ").strip('"') for text in frequent) if name not in _FIELDS))


def share_lost(frame: pl.DataFrame, model: Model, own: pl.DataFrame | None = None) -> float | None:
    """Of the pairs that a base itself shows to be of one party, the share that a model neither joins nor asks about.

    Args:
        frame: the base, as `hub.store.matching.matching_parties` reads it; of a large one a part is looked at.
        own: the dealers' own contact points.

    Returns:
        None where there is too little to judge by.
    """
    if len(frame) < LEAST_RECORDS:
        return None
    part = part_of(frame)
    extra = tuple(sorted({*model.extra, *extra_fields(part)}))
    return lost(prepare(part, extra, own), model, extra)
