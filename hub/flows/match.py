"""Match what changed: blocking keys, candidate pairs, scores. Leaves edges, and marks whose components to cluster again.

A night's changes touch only the records they concern, and yet the result equals a full match of everything. Besides the changed
records, those are scored again whose evidence depends on the base as a whole: the holders of a contact value that became common
(or ordinary again), and the members of a block that crossed the cap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from sqlalchemy import Connection

from hub.flows.base import share_lost
from hub.flows.progress import SILENT, Progress
from hub.golden.survivorship import VERSION as SURVIVORSHIP
from hub.matching.frequency import SHARED_SCHEMA, own_values, shared_values, weigh_contacts
from hub.matching.keys import BLOCK_CAP, VERSION, Keys, blocking_keys, contact_keys
from hub.matching.model import Model
from hub.matching.records import encode
from hub.matching.resolve import distinct_edges, edges
from hub.matching.score import Scorer
from hub.store import block_keys, partition, scopes, shared_contacts
from hub.store import matching as store
from hub.store.engine import Database
from hub.store.models import active_model

FULL_SHARE = 0.2  # share of the base from which a full match costs less than many look-ups


@dataclass(frozen=True)
class MatchSummary:
    """What one match did: records scored anew, whether everything was matched, edges written.

    Attributes:
        lost: where everything was matched: of the pairs that the base itself shows to be of one party, the share that the
            model neither joins nor asks about (`hub.matching.own_model.lost`); 0 where that cannot be told.
    """

    records: int
    full: bool
    edges: int
    lost: float = 0.0


def match(db: Database, progress: Progress = SILENT) -> MatchSummary:
    """Bring the edges up to date, in one transaction; running it again changes nothing."""
    with db.worker() as conn:
        partition.lock_partition(conn)
        model = active_model(conn)
        version = f"{model.version}/{VERSION}/{SURVIVORSHIP}"
        waiting, base = store.dirty_count(conn), store.count_parties(conn)
        if store.matched_with(conn) != version or waiting > FULL_SHARE * base:
            found, lost = _match_all(conn, model, progress)
            store.set_matched_with(conn, version)
            return MatchSummary(base, True, found, lost)
        if not waiting:
            return MatchSummary(0, False, 0)
        return _match_changed(conn, model, progress)


def _match_all(conn: Connection, model: Model, progress: Progress) -> tuple[int, float]:
    store.take_dirty(conn, "changed")
    frame = store.matching_parties(conn)
    own = shared_contacts.own_contacts(conn)
    shared = shared_values(frame, own)
    shared_contacts.replace_shared_values(conn, shared)
    records = encode(weigh_contacts(frame, shared), model.extra)
    keys = blocking_keys(records, model.keys)
    scorer = Scorer(model, records)
    i, j, weight = edges(scorer, keys, lambda step, done: progress.advance(step, done, 0))
    lost = share_lost(frame, model, own) or 0.0
    # last of all: from here to the commit whoever searches waits for the new keys
    block_keys.replace_keys(conn, _key_rows(keys, frame))
    store.replace_edges(conn, _edge_rows(records.rid, i, j, weight))
    store.reopen(conn, None)
    return len(i), round(lost, 4)


def _match_changed(conn: Connection, model: Model, progress: Progress) -> MatchSummary:
    store.take_dirty(conn, "changed")
    former_keys = block_keys.keys_of(conn, "changed")
    frame = store.matching_parties(conn, "changed")
    keys = _key_rows(blocking_keys(encode(frame, model.extra), model.keys), frame)
    block_keys.exchange_keys(conn, *_differences(former_keys, keys))
    shared = _review_contacts(conn, frame, former_keys["key"])
    _reopen_crossed_blocks(conn, former_keys, keys)
    store.drop_edges(conn, "changed")
    found = _score_around(conn, model, shared)
    store.add_edges(conn, found)
    store.reopen(conn, "changed")
    progress.advance("score", len(found), len(found))
    return MatchSummary(len(frame), False, len(found))


def _review_contacts(conn: Connection, frame: pl.DataFrame, former_keys: pl.Series) -> pl.DataFrame:
    """Classify again the contact values that the changed records hold or held; re-open the holders of what changed class."""
    stored = shared_contacts.shared_values(conn)
    own = own_values(shared_contacts.own_contacts(conn))
    held = pl.concat(
        [
            frame.select(field=pl.lit(field), value=pl.col(field).list.drop_nulls())
            .explode("value")
            .drop_nulls("value")
            for field in ("phones", "emails")
        ]
    )
    suspects = pl.concat([stored.select("field", "value"), own.select("field", "value")]).unique()
    suspect_keys = contact_keys(suspects)
    formerly = suspect_keys.filter(pl.col("key").is_in(former_keys.implode())).select("field", "value")
    unlisted = own.join(stored, on=["field", "value", "dealer"], how="anti").select("field", "value")
    doubtful = pl.concat([held, formerly, unlisted]).unique()
    if doubtful.is_empty():
        return stored
    scopes.new_scope(conn, "holder", block_keys.holders_of(conn, contact_keys(doubtful)["key"])["rid"])
    found = shared_values(store.matching_parties(conn, "holder"), shared_contacts.own_contacts(conn))
    fresh = found.join(doubtful, on=["field", "value"], how="semi")
    stale = stored.join(doubtful, on=["field", "value"], how="semi")
    changed = pl.concat(
        [
            fresh.join(stale, on=list(SHARED_SCHEMA), how="anti"),
            stale.join(fresh, on=list(SHARED_SCHEMA), how="anti"),
        ]
    )
    if changed.is_empty():
        return stored
    current = pl.concat([stored.join(doubtful, on=["field", "value"], how="anti"), fresh])
    shared_contacts.replace_shared_values(conn, current)
    scopes.new_scope(conn, "holder", block_keys.holders_of(conn, contact_keys(changed)["key"])["rid"])
    scopes.add_to_scope(conn, "changed", "SELECT rid FROM holder")
    return current


def _differences(former: pl.DataFrame, present: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The keys that are gone, and those that have come."""
    pair = ["key", "rid"]
    return former.join(present, on=pair, how="anti"), present.join(former, on=pair, how="anti")


def _reopen_crossed_blocks(conn: Connection, former: pl.DataFrame, present: pl.DataFrame) -> None:
    """Re-open the members of blocks that grew past the cap, or shrank under it."""
    gone, come = _differences(former, present)
    moved = gone.group_by("key").len("gone").join(come.group_by("key").len("come"), on="key", how="full", coalesce=True)
    moved = moved.fill_null(0)
    # counted no further than tells on which side of the cap a block was and is
    most = BLOCK_CAP + 1 + (moved.select(pl.col("come").max()).item() or 0)
    crossed = (
        moved.join(block_keys.block_sizes(conn, moved["key"], most).rename({"size": "now"}), on="key", how="left")
        .with_columns(before=pl.col("now") - pl.col("come").cast(pl.Int64) + pl.col("gone").cast(pl.Int64))
        .filter((pl.col("now") > BLOCK_CAP) != (pl.col("before") > BLOCK_CAP))
    )
    if not crossed.is_empty():
        scopes.new_scope(conn, "holder", block_keys.holders_of(conn, crossed["key"])["rid"])
        scopes.add_to_scope(conn, "changed", "SELECT rid FROM holder")


def _score_around(conn: Connection, model: Model, shared: pl.DataFrame) -> pl.DataFrame:
    """Edges between the changed records and all whom they meet in a block."""
    changed = scopes.rids(conn, "changed")
    blocks = block_keys.holders_of(conn, block_keys.keys_of(conn, "changed")["key"], BLOCK_CAP)
    scopes.new_scope(conn, "holder", blocks["rid"])
    frame = store.matching_parties(conn, "holder")
    if frame.is_empty():
        return _edge_rows(np.zeros(0, np.int64), *distinct_edges([]))
    records = encode(weigh_contacts(frame, shared), model.extra)
    row_of = pl.DataFrame({"rid": frame["rid"], "row": np.arange(len(frame), dtype=np.int32)})
    placed = blocks.join(row_of, on="rid")
    keys = Keys(placed["key"].to_numpy().view(np.uint64), placed["row"].to_numpy(), np.zeros(len(placed), np.uint8))
    touched = frame["rid"].is_in(changed.implode()).to_numpy()
    return _edge_rows(records.rid, *edges(Scorer(model, records), keys, touched=touched))


def _key_rows(keys: Keys, frame: pl.DataFrame) -> pl.DataFrame:
    """Keys as rows of table ``party_key``, in the order of the index."""
    rows = pl.DataFrame({"key": keys.keys.view(np.int64), "row": keys.rows})
    owners = frame.select("rid", "dealer")[rows["row"]]
    return pl.concat([rows.select("key"), owners], how="horizontal").sort("key")


def _edge_rows(rid: np.ndarray, i: np.ndarray, j: np.ndarray, weight: np.ndarray) -> pl.DataFrame:
    a, b = rid[i], rid[j]
    return pl.DataFrame({"rid_a": np.minimum(a, b), "rid_b": np.maximum(a, b), "weight": weight}).sort("rid_a", "rid_b")
