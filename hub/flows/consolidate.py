"""From edges to golden records, for the components that were reopened: clusters, ids, survivorship; one transaction.

Stewards' judgements enter here, whatever set the work off: a night, a new model, a rebuild or the judgement itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import polars as pl
from sqlalchemy import Connection

from hub.flows.beside import meanwhile, reading_beside
from hub.flows.identify import current_model
from hub.flows.match import FULL_SHARE, exceeds
from hub.flows.progress import SILENT, Progress
from hub.golden.survivorship import consolidate as survive
from hub.golden.survivorship import contact_points
from hub.matching.cluster import Clusters, cluster
from hub.matching.frequency import weigh_contacts
from hub.matching.judgements import constraints
from hub.matching.model import Model
from hub.matching.priority import priorities
from hub.matching.records import Records, encode
from hub.matching.score import Scorer
from hub.store import decisions, partition, scopes, shared_contacts
from hub.store import matching as store
from hub.store.engine import Database

_CHUNK = 150_000  # records whose golden records are made at once; bounds memory


@dataclass(frozen=True)
class ConsolidateSummary:
    """What one consolidation did: records clustered again, golden records new or changed."""

    records: int
    golden_changed: int


def consolidate(db: Database, progress: Progress = SILENT) -> ConsolidateSummary:
    """Cluster the reopened components and write their golden records; running it again changes nothing."""
    with db.worker() as conn:
        partition.lock_partition(conn)
        restated, waiting = partition.take_restated(conn, "restating"), partition.reopened_count(conn)
        if not waiting and not len(restated):
            return ConsolidateSummary(0, 0)
        if exceeds(conn, waiting, FULL_SHARE):
            return _consolidate_all(conn, progress)
        reopened = scopes.rids(conn, "reopened")
        scopes.new_scope(conn, "component", partition.connected(conn, reopened, decisions.any_standing(conn)))
        beside = partition.seats_beside(conn, "restating", "component")
        with reading_beside(db) as reader:
            summary, _ = consolidate_around(conn, "component", restated, progress, beside, reader)
            return summary


def _consolidate_all(conn: Connection, progress: Progress) -> ConsolidateSummary:
    former = partition.golden_keys(conn)
    membership, reviews = _partition(conn, current_model(conn), None)
    partition.replace_partition(conn, None, membership, reviews)
    partition.drop_golden(conn, former.filter(~former.is_in(membership["golden"].implode())))
    changed = sum(partition.write_golden(conn, part) for part in _golden_parts(conn, membership, progress))
    partition.close_reopened(conn)
    return ConsolidateSummary(len(membership), changed)


def consolidate_around(
    conn: Connection,
    scope: str,
    rids: Iterable[int],
    progress: Progress = SILENT,
    beside: pl.DataFrame | None = None,
    reader: Connection | None = None,
) -> tuple[ConsolidateSummary, pl.DataFrame]:
    """The same for a scope of whole components, under the partition's lock; none of them is reopened any more.

    Golden records whose members stay, none of them reopened, are not made again.

    Args:
        rids: records whose golden records are made anew in any case.
        beside: ``rid`` and ``golden`` of whole golden records outside the scope that are made anew as well.
        reader: if given, a second connection: it reads what golden records are made of while the first clusters and writes the
            partition. What this transaction said before (a steward's pin) is not seen by it.

    Returns:
        what it did, and for each record of the scope where it stood and stands: ``rid``, ``before``, ``now``
        (null if it is gone).
    """
    waiting = partition.reopened_within(conn, scope)
    former = partition.seats(conn, scope)
    touched = pl.concat([waiting, pl.Series("rid", rids, pl.Int64)])
    with _read_ahead(reader, former, touched, beside) as members:
        membership, reviews = _partition(conn, current_model(conn), scope)
        now = membership.select("rid", now="golden")
        seats = now.join(former, on="rid", how="full", coalesce=True).select("rid", "before", "now")
        moved = seats.filter(pl.col("before").ne_missing(pl.col("now")) | pl.col("rid").is_in(touched.implode()))
        concerned = pl.concat([moved["before"], moved["now"]]).drop_nulls().unique()
        made = membership.filter(pl.col("golden").is_in(concerned.implode())).select("rid", "golden")
        made = made if beside is None else pl.concat([made, beside])
        gone = former["before"].unique()
        gone = gone.filter(gone.is_in(concerned.implode()) & ~gone.is_in(made["golden"].implode()))

        def write() -> None:
            partition.replace_partition(conn, scope, membership, reviews)
            partition.drop_golden(conn, gone)

        if reader is None:
            write()
            parts = list(_golden_parts(conn, made, progress))
        else:
            with meanwhile(write):
                parts = list(_golden_parts(reader, made, progress, members()))
    changed = sum(partition.write_golden(conn, part) for part in parts)
    partition.close_reopened(conn, scope)
    return ConsolidateSummary(len(membership), changed), seats


@contextmanager
def _read_ahead(
    reader: Connection | None, former: pl.DataFrame, touched: pl.Series, beside: pl.DataFrame | None
) -> Iterator[Callable[[], pl.DataFrame | None]]:
    """While records are clustered, read what survivorship needs of those whose golden records will be made anew in any case."""
    concerned = former.filter(pl.col("rid").is_in(touched.implode()))["before"]
    likely = former.filter(pl.col("before").is_in(concerned.implode()))["rid"]
    likely = pl.concat([touched, likely, *([] if beside is None else [beside["rid"]])]).unique()
    if reader is None or len(likely) > _CHUNK:
        yield lambda: None
        return

    def read() -> pl.DataFrame:
        scopes.new_scope(reader, "likely", likely)
        return store.members(reader, "likely")

    with meanwhile(read) as members:
        yield members


def _partition(conn: Connection, model: Model, scope: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cluster as stewards' judgements allow: ``rid``, ``golden``, ``dealer``, and what waits for a steward."""
    frame = store.matching_parties(conn, scope)
    edges = store.edges(conn, scope)
    row_of = pl.DataFrame({"rid": frame["rid"], "row": np.arange(len(frame), dtype=np.int64)})
    placed = (
        edges.join(row_of.rename({"rid": "rid_a", "row": "i"}), on="rid_a")
        .join(row_of.rename({"rid": "rid_b", "row": "j"}), on="rid_b")
        .sort("i", "j")
    )
    records = encode(weigh_contacts(frame, shared_contacts.shared_values(conn)), model.extra)
    said = constraints(decisions.standing(conn, scope), frame["id"], records.kind)
    i, j, weight = (placed[name].to_numpy() for name in ("i", "j", "weight"))
    clusters = cluster(Scorer(model, records), i, j, weight, said)
    return _membership(frame, clusters), _reviews(records, clusters, model)


def _membership(frame: pl.DataFrame, clusters: Clusters) -> pl.DataFrame:
    """A golden record bears the rid of its first-seen member."""
    return (
        frame.select("rid", "dealer", "first_seen", "id")
        .with_columns(label=clusters.label)
        .with_columns(golden=pl.col("rid").sort_by("first_seen", "id").first().over("label"))
        .select("rid", "golden", "dealer")
        .sort("rid")
    )


def _reviews(records: Records, clusters: Clusters, model: Model) -> pl.DataFrame:
    a, b = records.rid[clusters.review_i], records.rid[clusters.review_j]
    return pl.DataFrame(
        {
            "rid_a": np.minimum(a, b),
            "rid_b": np.maximum(a, b),
            "weight": clusters.review_weight,
            "reason": clusters.review_reason.tolist(),
            "priority": priorities(clusters, records.dealer.codes, model.match),
        },
        schema_overrides={"reason": pl.String},
    )


def _golden_parts(
    conn: Connection, membership: pl.DataFrame, progress: Progress, known: pl.DataFrame | None = None
) -> Iterator[pl.DataFrame]:
    """The golden records of whole sets of members (``rid``, ``golden``), chunk by chunk.

    Args:
        known: of some members, and maybe others, what survivorship sees, if that was read before.
    """
    ordered, shared = membership.sort("golden"), shared_contacts.shared_values(conn)
    for start, stop in _chunks(ordered["golden"].to_numpy()):
        part = ordered[start:stop]
        members = _members(conn, part["rid"], known).join(part.select("rid", "golden"), on="rid")
        yield golden_rows(contact_points(members, shared), decisions.pins(conn, "part"))
        progress.advance("golden", stop, len(ordered))


def _members(conn: Connection, rids: pl.Series, known: pl.DataFrame | None) -> pl.DataFrame:
    """Of these records, and maybe others, what survivorship sees; they are scope ``part`` afterwards."""
    read = [] if known is None else [known]
    if known is not None and not (unknown := rids.filter(~rids.is_in(known["rid"].implode()))).is_empty():
        scopes.new_scope(conn, "part", unknown)
        read.append(store.members(conn, "part"))
    scopes.new_scope(conn, "part", rids)
    return pl.concat(read or [store.members(conn, "part")])


def _chunks(golden: np.ndarray) -> list[tuple[int, int]]:
    """Spans of about `_CHUNK` members that never split a golden record."""
    bounds, start = [], 0
    while start < len(golden):
        stop = min(start + _CHUNK, len(golden))
        if stop < len(golden):
            stop = int(np.searchsorted(golden, golden[stop], side="left"))
            if stop <= start:
                stop = int(np.searchsorted(golden, golden[start], side="right"))
        bounds.append((start, stop))
        start = stop
    return bounds


def golden_rows(members: pl.DataFrame, pins: pl.DataFrame | None = None) -> pl.DataFrame:
    """Golden records as rows of table ``golden``: survivorship, the id of the first-seen member, and the version."""
    golden = survive(members, pins)
    identity = members.filter(pl.col("rid") == pl.col("golden")).select("golden", golden_id="id")
    golden = golden.join(identity, on="golden", how="left")
    visible = pl.concat_str(
        [
            pl.col(name).list.join("\x1f").fill_null("\x1e")
            if isinstance(kind, pl.List)
            else pl.col(name).cast(pl.String).fill_null("\x1e")
            for name, kind in sorted(golden.schema.items())
        ],
        separator="\x1d",
    )
    sources = (
        members.select("golden", "id")
        .sort("golden", "id")
        .group_by("golden", maintain_order=True)
        .agg(pl.col("id").str.join("\x1c"))
    )
    text = golden.select("golden", visible.alias("visible")).join(
        sources, on="golden", how="left", maintain_order="left"
    )
    version = _digests(text.select(pl.concat_str("visible", "id", separator="\x1d")).to_series())
    return golden.with_columns(version=version)


def _digests(texts: pl.Series) -> pl.Series:
    """64 bits of BLAKE2b each: stable over the years, and on long texts faster than array operations byte by byte."""
    joined = b"".join([blake2b(text.encode(), digest_size=8).digest() for text in texts.to_list()])
    return pl.Series(np.frombuffer(joined, "<i8").astype(np.int64))
