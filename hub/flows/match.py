"""Match what changed: blocking keys, candidate pairs, scores. Leaves edges, and marks whose components to cluster again.

A night's changes touch only the records they concern, and yet the result equals a full match of everything. Besides the changed
records, those are scored again whose evidence depends on the base as a whole: the holders of a contact value that became common
(or ordinary again), and the members of a block that crossed the cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import polars as pl
from sqlalchemy import Connection

from hub.flows.base import share_lost
from hub.flows.beside import meanwhile, reading_beside
from hub.flows.blocks import Blocks
from hub.flows.progress import SILENT, Progress
from hub.golden.survivorship import VERSION as SURVIVORSHIP
from hub.matching.blocks import Blocks as BlocksOfRows
from hub.matching.frequency import SHARED_SCHEMA, fewest_holders, own_values, shared_values, weigh_contacts
from hub.matching.keys import BLOCK_CAP, VERSION, Keys, blocking_keys, contact_keys
from hub.matching.model import Model
from hub.matching.outline import worth_reading
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
        waiting = store.dirty_count(conn)
        if store.matched_with(conn) != version or exceeds(conn, waiting, FULL_SHARE):
            base = store.count_parties(conn)
            found, lost = _match_all(conn, model, progress)
            store.set_matched_with(conn, version)
            return MatchSummary(base, True, found, lost)
        if not waiting:
            return MatchSummary(0, False, 0)
        with reading_beside(db) as reader:
            return _match_changed(conn, reader, model, progress)


def exceeds(conn: Connection, waiting: int, share: float) -> bool:
    """Whether so many records are more than this share of the base, which is counted no further than that takes."""
    least = ceil(waiting / share)
    return store.parties_up_to(conn, least) < least


def _match_all(conn: Connection, model: Model, progress: Progress) -> tuple[int, float]:
    store.take_dirty(conn, "changed")
    frame = store.matching_parties(conn)
    own = shared_contacts.own_contacts(conn)
    shared = shared_values(frame, own)
    shared_contacts.replace_shared_values(conn, shared)
    records = encode(weigh_contacts(frame, shared), model.extra)
    keys = blocking_keys(records, model.keys)
    scorer = Scorer(model, records)
    met = BlocksOfRows.of(keys, cap=BLOCK_CAP)
    i, j, weight = edges(scorer, met, lambda step, done: progress.advance(step, done, 0))
    lost = share_lost(frame, model, own) or 0.0
    # last of all: from here to the commit whoever searches waits for the new keys
    block_keys.replace_keys(conn, _key_rows(keys, frame))
    store.replace_edges(conn, _edge_rows(records.rid, i, j, weight))
    store.reopen(conn, None)
    store.reopen(conn, "changed")  # of these, some are no more: the golden records that they stood in are made anew
    return len(i), round(lost, 4)


def _match_changed(conn: Connection, reader: Connection, model: Model, progress: Progress) -> MatchSummary:
    """``reader`` sees all that matching reads as it is: a match changes no party record, and the keys' index at the end."""
    store.take_dirty(conn, "changed")
    former = block_keys.keys_of(conn, "changed")
    frame = store.matching_parties(conn, "changed")
    present = _key_rows(blocking_keys(encode(frame, model.extra), model.keys), frame)
    blocks = Blocks(conn, former, present, BLOCK_CAP, reader)
    blocks.read(pl.concat([former["key"], present["key"]]))
    nearly = blocks.usable(present["key"])["rid"]
    with meanwhile(lambda: _outlines(reader, nearly)) as outlined:
        shared, holders = _review_contacts(conn, blocks, frame, former["key"])
        touched, keys = _widened(conn, blocks, present["key"], pl.concat([holders, blocks.crossed()]))
        met = blocks.usable(keys)

        def write() -> None:
            block_keys.exchange_keys(conn, blocks.gone, blocks.come)
            store.drop_edges(conn, "changed")

        with meanwhile(write):
            found = _score_around(reader, model, shared, met, touched, outlined())
    store.add_edges(conn, found)
    store.reopen(conn, "changed")
    progress.advance("score", len(found), len(found))
    return MatchSummary(len(frame), False, len(found))


def _review_contacts(
    conn: Connection, blocks: Blocks, frame: pl.DataFrame, former_keys: pl.Series
) -> tuple[pl.DataFrame, pl.Series]:
    """Classify again the contact values that the changed records hold or held.

    Returns:
        the classified values of the base, and the holders of those that changed class.
    """
    stored, registry = shared_contacts.shared_values(conn), shared_contacts.own_contacts(conn)
    own = own_values(registry)
    doubtful = contact_keys(_doubtful(frame, stored, own, former_keys))
    blocks.read(doubtful["key"])
    crowd = blocks.crowded(doubtful, fewest_holders())
    scopes.new_scope(conn, "holder", blocks.holders(crowd["key"]))
    found = shared_values(store.contact_holders(conn, "holder"), registry)
    fresh = found.join(doubtful, on=["field", "value"], how="semi")
    stale = stored.join(doubtful, on=["field", "value"], how="semi")
    changed = pl.concat(
        [
            fresh.join(stale, on=list(SHARED_SCHEMA), how="anti"),
            stale.join(fresh, on=list(SHARED_SCHEMA), how="anti"),
        ]
    )
    if changed.is_empty():
        return stored, pl.Series("rid", [], pl.Int64)
    current = pl.concat([stored.join(doubtful, on=["field", "value"], how="anti"), fresh])
    shared_contacts.replace_shared_values(conn, current)
    return current, blocks.holders(contact_keys(changed)["key"])


def _doubtful(frame: pl.DataFrame, stored: pl.DataFrame, own: pl.DataFrame, former_keys: pl.Series) -> pl.DataFrame:
    """The contact values (``field``, ``value``) whose class may have changed: those that the changed records hold, those of
    the classified that they held, and dealers' own that are not classified yet."""
    held = [
        frame.select(field=pl.lit(field), value=pl.col(field).list.drop_nulls()).explode("value").drop_nulls("value")
        for field in ("phones", "emails")
    ]
    suspects = pl.concat([stored.select("field", "value"), own.select("field", "value")]).unique()
    formerly = contact_keys(suspects).filter(pl.col("key").is_in(former_keys.implode())).select("field", "value")
    unlisted = own.join(stored, on=["field", "value", "dealer"], how="anti").select("field", "value")
    return pl.concat([*held, formerly, unlisted]).unique()


def _widened(
    conn: Connection, blocks: Blocks, present_keys: pl.Series, reopened: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Take records into the scope ``changed`` that are to be scored again although they are as they were.

    Returns:
        all records of the scope, and their keys.
    """
    if reopened.is_empty():
        return scopes.rids(conn, "changed"), present_keys
    scopes.new_scope(conn, "holder", reopened)
    keys = block_keys.keys_of(conn, "holder")["key"]
    blocks.read(keys)
    scopes.add_to_scope(conn, "changed", "SELECT rid FROM holder")
    return scopes.rids(conn, "changed"), pl.concat([present_keys, keys])


def _score_around(
    conn: Connection,
    model: Model,
    shared: pl.DataFrame,
    met: pl.DataFrame,
    touched: pl.Series,
    outlined: pl.DataFrame,
) -> pl.DataFrame:
    """Edges between the changed records and all whom they meet in a block (``met``: ``key``, ``rid``).

    Args:
        outlined: names and birth dates of most of them, read before.
    """
    rest = met["rid"].filter(~met["rid"].is_in(outlined["rid"].implode()))
    outline = pl.concat([outlined, _outlines(conn, rest)])
    met = _worth_reading(model, outline, met, touched)
    scopes.new_scope(conn, "met", met["rid"])
    frame = store.matching_parties(conn, "met")
    if frame.is_empty():
        return _edge_rows(np.zeros(0, np.int64), *distinct_edges([]))
    records = encode(weigh_contacts(frame, shared), model.extra)
    near = frame["rid"].is_in(touched.implode()).to_numpy()
    blocks = BlocksOfRows.of(_placed(met, frame), near, BLOCK_CAP)
    return _edge_rows(records.rid, *edges(Scorer(model, records), blocks, touched=near))


def _outlines(conn: Connection, rids: pl.Series) -> pl.DataFrame:
    """Names and birth dates of records."""
    scopes.new_scope(conn, "outlined", rids, indexed=False)
    return store.outlines(conn, "outlined")


def _worth_reading(model: Model, outline: pl.DataFrame, met: pl.DataFrame, touched: pl.Series) -> pl.DataFrame:
    """``met`` without the records that contradict all the changed ones whom they meet: most of them."""
    near = outline["rid"].is_in(touched.implode()).to_numpy()
    worth = worth_reading(model, outline, _placed(met, outline), near)
    return met.filter(pl.col("rid").is_in(outline["rid"].filter(pl.Series(worth)).implode()))


def _placed(met: pl.DataFrame, frame: pl.DataFrame) -> Keys:
    """Keys of records (``key``, ``rid``) as keys of the rows of ``frame``."""
    row_of = pl.DataFrame({"rid": frame["rid"], "row": np.arange(len(frame), dtype=np.int32)})
    placed = met.join(row_of, on="rid")
    return Keys(placed["key"].to_numpy().view(np.uint64), placed["row"].to_numpy(), np.zeros(len(placed), np.uint8))


def _key_rows(keys: Keys, frame: pl.DataFrame) -> pl.DataFrame:
    """Keys as rows of table ``party_key``, in the order of the index."""
    rows = pl.DataFrame({"key": keys.keys.view(np.int64), "row": keys.rows})
    owners = frame.select("rid", "dealer")[rows["row"]]
    return pl.concat([rows.select("key"), owners], how="horizontal").sort("key")


def _edge_rows(rid: np.ndarray, i: np.ndarray, j: np.ndarray, weight: np.ndarray) -> pl.DataFrame:
    a, b = rid[i], rid[j]
    return pl.DataFrame({"rid_a": np.minimum(a, b), "rid_b": np.maximum(a, b), "weight": weight}).sort("rid_a", "rid_b")
